from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.resolve.left_words import looking_words, offer_words, when_words
from sessions import LeftBehind

NOW = datetime(2026, 3, 1, 14, 5, tzinfo=UTC).astimezone()


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (datetime(2026, 3, 1, 0, 1), "today 00:01"),  # noqa: DTZ001 - as clocks on the wall have it
        (datetime(2026, 2, 28, 23, 59), "yesterday 23:59"),  # noqa: DTZ001
        (datetime(2026, 2, 27, 9, 5), "2026-02-27 09:05"),  # noqa: DTZ001
        (datetime(2025, 3, 1, 14, 5), "2025-03-01 14:05"),  # noqa: DTZ001
    ],
)
def test_the_time_is_said_as_people_say_it(when: datetime, words: str) -> None:
    assert when_words(when, datetime(2026, 3, 1, 14, 5)) == words  # noqa: DTZ001


def left(changes: int, session: Path | None = None, problem: str = "") -> LeftBehind:
    return LeftBehind(Path("x.journal"), session, "walk", ("/d",), changes, NOW, problem)


def test_an_offer_is_one_sentence() -> None:
    time = f"today {NOW:%H:%M}"
    assert offer_words(left(12), NOW) == (
        f"12 changes of walk ({time}) were not saved when CKD Studio ended."
    )
    assert offer_words(left(1, Path("/d/day.h5")), NOW) == (
        f"1 change of day.h5 ({time}) was not saved when CKD Studio ended."
    )
    cut = offer_words(left(2, problem="The last record was cut off."), NOW)
    assert cut.endswith("CKD Studio ended. The last record was cut off.")
    broken = offer_words(left(0, problem="x.journal is not a journal."), NOW)
    assert broken == (
        f"Unsaved work was left ({time}), but it cannot be restored: x.journal is not a journal."
    )
    assert "walk" in looking_words(left(3), NOW)
