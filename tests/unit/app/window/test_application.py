from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QCloseEvent, QPaintEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.state.error_log import default_log_path
from app.window import main_window
from app.window.application import close_on_interrupt, run
from app.window.main_window import MainWindow
from app.window.unexpected import UnexpectedErrors


class InterruptedWhilePainting(QWidget):
    """Gets Ctrl+C between two lines of its painting, and says when it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.painting = False
        self.closed_while_painting: list[bool] = []

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self.painting = True
        signal.raise_signal(signal.SIGINT)
        self.painting = False

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closed_while_painting.append(self.painting)
        super().closeEvent(event)


@pytest.fixture
def old_handler() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("old_handler")
def test_ctrl_c_in_the_midst_of_painting_closes_the_window_after_it(qtbot: QtBot) -> None:
    window = InterruptedWhilePainting()
    qtbot.addWidget(window)
    close_on_interrupt(window)

    window.show()

    qtbot.waitUntil(lambda: window.closed_while_painting != [])
    assert window.closed_while_painting == [False]
    assert not window.isVisible()


@pytest.mark.usefixtures("old_handler", "qapp")
def test_what_goes_wrong_while_a_path_is_opened_is_said_in_the_window(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said: list[str] = []

    def open_path(window: MainWindow, *what: object) -> None:
        assert what == (tmp_path, None, None, False, None)
        assert isinstance(sys.excepthook, UnexpectedErrors)
        window.told.connect(lambda _level, text: said.append(text))
        sys.excepthook(KeyError, KeyError("x"), None)
        QTimer.singleShot(0, window.close)

    monkeypatch.setattr(MainWindow, "open_path", open_path)
    before = sys.excepthook
    assert run(tmp_path) == 0
    assert sys.excepthook is before
    assert len(said) == 1
    assert "KeyError" in said[0]


@pytest.mark.usefixtures("old_handler", "qapp")
def test_a_window_that_cannot_be_built_is_said_in_the_terminal_and_its_threads_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def presenter(*_parts: object) -> None:
        # By now the workers run; this is what a slot would do with an error of its own.
        sys.excepthook(ValueError, ValueError("in a slot"), None)
        raise KeyError("no such view")

    monkeypatch.setattr(main_window, "Presenter", presenter)
    assert run() == 1
    first, second = capsys.readouterr().err.strip().splitlines()
    assert "ValueError" in first
    assert second == (
        "CKD Studio cannot start: something unexpected went wrong (KeyError); "
        f"report the details in {default_log_path()}."
    )
    log = default_log_path().read_text(encoding="utf-8")
    assert "no such view" in log
    assert "in a slot" in log
