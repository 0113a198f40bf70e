from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from PySide6.QtGui import QCloseEvent, QPaintEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.window.application import close_on_interrupt


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
