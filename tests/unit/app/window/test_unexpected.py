from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.state.error_log import MAX_LOG_BYTES
from app.window.unexpected import UnexpectedErrors, hooked

APP = Path(__file__).resolve().parents[4] / "app"


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


def fail_at_one_place(errors: UnexpectedErrors, words: str) -> None:
    with hooked(errors):
        try:
            int(words)
        except ValueError as error:
            sys.excepthook(type(error), error, error.__traceback__)


def test_the_same_error_again_and_again_is_counted(
    errors: UnexpectedErrors, said: list[str], tmp_path: Path
) -> None:
    for number in range(2_500):
        fail_at_one_place(errors, f"frame {number}")
    assert len(said) == 4
    assert "(ValueError)" in said[0]
    assert [words[words.index("(") : words.index(")") + 1] for words in said[1:]] == [
        "(ValueError, 10 times)",
        "(ValueError, 100 times)",
        "(ValueError, 1000 times)",
    ]
    log = (tmp_path / "logs" / "errors.log").read_text(encoding="utf-8")
    assert log.count("Traceback") == 1
    assert log.count("ValueError as above") == 3
    _raise_in(errors, KeyError("elsewhere"))
    assert len(said) == 5


class _Torn(QWidget):
    """A view that has a mistake in its painting."""

    painted = 0

    def paintEvent(self, _event: QPaintEvent) -> None:
        self.painted += 1
        with QPainter(self) as painter:
            painter.drawText(10, 10, "begun")
            raise IndexError(f"paint {self.painted}")


def test_a_mistake_in_painting_is_said_once_and_the_program_goes_on(
    errors: UnexpectedErrors, said: list[str], qtbot: QtBot
) -> None:
    widget = _Torn()
    qtbot.addWidget(widget)
    with hooked(errors):
        # As the message bar does: what is said makes the window paint again.
        errors.happened.connect(lambda _words: widget.update())
        timer, loop = QTimer(), QEventLoop()
        timer.timeout.connect(widget.update)
        timer.timeout.connect(lambda: loop.quit() if widget.painted > 50 else None)
        timer.start(1)
        widget.show()
        # As the program does; whoever processes events from Python gets the error himself.
        loop.exec()
        timer.stop()
        # No paint may come when nobody hears of it.
        widget.close()
    assert widget.painted > 50
    assert 1 <= len(said) <= 2


def test_every_view_ends_its_painter_whatever_happens() -> None:
    """A painter that is left open ends the program when Qt goes on painting."""
    left = [
        f"{path.relative_to(APP)}:{number}"
        for path in sorted(APP.rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if re.search(r"\bQPainter\(", line) and not line.strip().startswith("with ")
    ]
    assert left == []
