from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from app.state.error_log import MAX_LOG_BYTES
from app.window.unexpected import UnexpectedErrors, hooked


def _raise_in(errors: UnexpectedErrors, error: BaseException) -> None:
    with hooked(errors):
        sys.excepthook(type(error), error, error.__traceback__)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def errors(qapp: QApplication, tmp_path: Path, said: list[str]) -> UnexpectedErrors:  # noqa: ARG001
    errors = UnexpectedErrors(tmp_path / "logs" / "errors.log")
    errors.happened.connect(said.append)
    return errors


def test_an_unexpected_error_is_said_and_written_down(
    errors: UnexpectedErrors, said: list[str], tmp_path: Path
) -> None:
    before = sys.excepthook
    _raise_in(errors, ZeroDivisionError("by zero"))
    assert sys.excepthook is before
    log = tmp_path / "logs" / "errors.log"
    assert len(said) == 1
    assert "ZeroDivisionError" in said[0]
    assert str(log) in said[0]
    assert "by zero" in log.read_text(encoding="utf-8")


def test_the_log_does_not_grow_for_ever(errors: UnexpectedErrors, tmp_path: Path) -> None:
    log = tmp_path / "logs" / "errors.log"
    log.parent.mkdir()
    log.write_bytes(b"x" * (MAX_LOG_BYTES + 1))
    _raise_in(errors, ValueError("new"))
    assert log.stat().st_size < 10_000


def test_without_a_place_for_the_log_the_terminal_has_it(
    qapp: QApplication,  # noqa: ARG001
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="ascii")
    errors = UnexpectedErrors(blocked / "errors.log")
    said: list[str] = []
    errors.happened.connect(said.append)
    _raise_in(errors, ValueError("lost"))
    assert "terminal" in said[0]
    assert "lost" in capsys.readouterr().err


def test_ctrl_c_is_left_alone(
    errors: UnexpectedErrors, said: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    _raise_in(errors, KeyboardInterrupt())
    assert said == []
    assert "KeyboardInterrupt" in capsys.readouterr().err
