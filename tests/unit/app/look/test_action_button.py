"""Buttons follow their action, however often it changes."""

from __future__ import annotations

import pytest
from PySide6.QtCore import SIGNAL
from PySide6.QtGui import QAction, QIcon, QPixmap
from PySide6.QtWidgets import QLineEdit, QToolBar, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app.look.action_button import clear_by_button, follow_action
from tests.unit.test_rules import ROOT, files_of

CHANGED = SIGNAL("changed()")


def made(kind: str, qtbot: QtBot) -> tuple[QWidget, QAction, QToolButton]:
    if kind == "button":
        button = QToolButton()
        action = QAction("one", button)
        qtbot.addWidget(button)
        follow_action(button, action)
        return button, action, button
    bar = QToolBar()
    action = QAction("one", bar)
    qtbot.addWidget(bar)
    bar.addAction(action)
    found = bar.widgetForAction(action)
    assert isinstance(found, QToolButton)
    follow_action(found, action)
    return bar, action, found


@pytest.mark.parametrize("kind", ["button", "toolbar"])
def test_changes_of_an_action_leave_nothing_behind(qtbot: QtBot, kind: str) -> None:
    owner, action, button = made(kind, qtbot)
    action.setEnabled(False)
    before = action.receivers(CHANGED)
    for turn in range(50):
        action.setEnabled(turn % 2 == 0)
    assert action.receivers(CHANGED) == before
    assert (button.isEnabled(), owner.isHidden()) == (False, True)


def test_the_button_that_empties_a_field_leaves_nothing_behind(qtbot: QtBot) -> None:
    field = QLineEdit()
    qtbot.addWidget(field)
    clear_by_button(field)
    (button,) = field.findChildren(QToolButton)
    action = button.defaultAction()
    field.setText("a")
    before = action.receivers(CHANGED)
    for turn in range(50):
        field.setText("a" * (turn % 2))
    assert action.receivers(CHANGED) == before
    qtbot.wait(1)
    button.click()
    assert field.text() == ""


def test_every_field_that_can_be_emptied_is_made_so() -> None:
    found = [
        path.as_posix()
        for path in files_of("app")
        if "setClearButtonEnabled" in (ROOT / path).read_text(encoding="utf-8")
    ]
    assert found == ["app/look/action_button.py"]


@pytest.mark.parametrize("kind", ["button", "toolbar"])
def test_a_button_shows_and_does_what_its_action_says(qtbot: QtBot, kind: str) -> None:
    owner, action, button = made(kind, qtbot)
    owner.show()
    picture = QPixmap(8, 8)
    picture.fill("red")
    for turn in range(3):
        action.setText(f"text {turn}")
        action.setToolTip(f"tip {turn}")
        action.setIcon(QIcon(picture))
        action.setCheckable(True)
        action.setChecked(turn % 2 == 0)
        action.setEnabled(turn != 1)
        assert (button.text(), button.toolTip()) == (f"text {turn}", f"tip {turn}")
        assert (button.isChecked(), button.isEnabled()) == (turn % 2 == 0, turn != 1)
        assert button.icon().pixmap(8).toImage() == action.icon().pixmap(8).toImage()
    with qtbot.waitSignal(action.triggered, timeout=1000):
        button.click()
    assert not action.isChecked()
    assert not button.isChecked()
