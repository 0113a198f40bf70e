"""The bar of the first look, alone."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.resolve.first_look import FIRST_LOOK
from app.views.shell.first_look import FirstLookBar


def button(bar: FirstLookBar, text: str) -> QPushButton:
    QApplication.processEvents()  # what was just made is shown by then
    found = [each for each in bar.findChildren(QPushButton) if each.text() == text]
    return next(each for each in found if each.isVisibleTo(bar))


def words_shown(bar: FirstLookBar) -> list[str]:
    return [each.text() for each in bar.findChildren(QLabel) if each.isVisibleTo(bar)]


def test_in_a_low_window_the_words_make_room_for_what_a_button_shows(qtbot: QtBot) -> None:
    bar = FirstLookBar()
    qtbot.addWidget(bar)
    bar.resize(760, 80)
    bar.begin()
    asked: list[str] = []
    bar.wanted.connect(asked.append)
    first, second = FIRST_LOOK[0].words, FIRST_LOOK[1].words
    # In a window with room they stay.
    qtbot.mouseClick(button(bar, "Set the box"), Qt.MouseButton.LeftButton)
    assert first in words_shown(bar)
    bar.set_low(True)
    assert first in words_shown(bar), "until they were read"
    height = bar.sizeHint().height()
    qtbot.mouseClick(button(bar, "Track to frame 60"), Qt.MouseButton.LeftButton)
    assert asked == ["box", "track"]
    assert first not in words_shown(bar)
    assert bar.sizeHint().height() < height
    qtbot.mouseClick(button(bar, "Words"), Qt.MouseButton.LeftButton)
    assert first in words_shown(bar)
    qtbot.mouseClick(button(bar, "Track to frame 60"), Qt.MouseButton.LeftButton)
    # Another step is read first, and a larger window has room.
    qtbot.mouseClick(button(bar, "Next"), Qt.MouseButton.LeftButton)
    assert second in words_shown(bar)
    qtbot.mouseClick(button(bar, "Show attention"), Qt.MouseButton.LeftButton)
    assert second not in words_shown(bar)
    bar.set_low(False)
    assert second in words_shown(bar)
