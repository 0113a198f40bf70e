from __future__ import annotations

from pathlib import Path

import pytest

from app.state.error_log import default_log_path, report_words, write_details
from app.workers.failures import failure_message
from sessions import SessionError
from tests.failing import Kind, every_kind


class SpeechlessError(Exception):
    """Cannot even be turned into words."""

    def __str__(self) -> str:
        raise MemoryError


def throw(error: BaseException) -> None:
    raise error


def caught(error: BaseException) -> BaseException:
    try:
        throw(error)
    except BaseException as same:  # noqa: BLE001 - to give it a traceback
        return same
    return error


@every_kind
def test_every_kind_is_said_with_what_to_do(kind: Kind) -> None:
    error = caught(kind.make())
    message = failure_message(error, "Frame 7 cannot be shown")
    assert kind.words in message
    assert message.endswith(".")
    assert "Traceback" not in message
    assert message.startswith("Frame 7 cannot be shown: ") == kind.logged
    assert default_log_path().exists() == kind.logged
    if kind.logged:
        log = default_log_path().read_text(encoding="utf-8")
        assert "in throw" in log
        assert type(error).__name__ in log


def test_a_bug_names_the_log() -> None:
    assert str(default_log_path()) in failure_message(caught(KeyError("x")), "It cannot be done")


def test_a_session_error_is_its_own_sentence() -> None:
    assert failure_message(SessionError("The disk is full."), "Saving failed") == (
        "The disk is full."
    )


def test_what_cannot_be_put_into_words_is_said_all_the_same() -> None:
    message = failure_message(caught(SpeechlessError()), "Saving failed")
    assert message.startswith("Saving failed")
    assert message.endswith(".")


def test_without_a_place_for_the_log_the_terminal_has_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    written = write_details(caught(KeyError("lost")), tmp_path / "file" / "errors.log")
    assert written is None
    assert "lost" in capsys.readouterr().err
    assert report_words(written) == "report the error in the terminal."


def test_without_log_and_terminal_nothing_more_goes_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr("sys.stderr", None)
    assert write_details(KeyError("lost"), tmp_path / "file" / "errors.log") is None
