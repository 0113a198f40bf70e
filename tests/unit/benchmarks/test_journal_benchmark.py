from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import journal
from sessions.places import STATE_DIR_VARIABLE


@pytest.fixture(autouse=True)
def kept_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STATE_DIR_VARIABLE, "")


def test_it_measures_and_leaves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ordinary, waited = journal.measure(tmp_path, frames=64, commands=7)
    assert len(ordinary.seconds) == 7
    assert waited > 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"on {journal.processor()}, ")
    for words in ("7 boxes: p50", "4 parts of a run", "its end", "undo of it", "on disk after"):
        assert words in shown
    assert not list(tmp_path.glob(".walk*"))


@pytest.mark.parametrize(
    ("seconds", "waited", "code"), [(0.001, 0.5, 0), (0.003, 0.5, 1), (0.001, 1.5, 1)]
)
def test_what_takes_too_long_fails(
    monkeypatch: pytest.MonkeyPatch, seconds: float, waited: float, code: int
) -> None:
    monkeypatch.setattr(journal, "measure", lambda _: (journal.Times((seconds,)), waited))
    assert journal.main() == code


def test_figures_in_words() -> None:
    times = journal.Times(tuple(number / 1000 for number in range(101)))
    assert str(times) == "p50 50.00 ms, p95 95.00 ms, max 100.00 ms"
