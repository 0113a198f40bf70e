"""Tool buttons that show an action, for as long as the program runs."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLineEdit, QToolButton


class _Follower(QObject):
    """Takes away what Qt adds to an action at each of its changes."""

    def __init__(self, button: QToolButton, action: QAction) -> None:
        super().__init__(button)
        self._button = button
        self._action = action
        action.changed.connect(self._disconnect)

    @Slot()
    def _disconnect(self) -> None:
        self._action.disconnect(self._button)


def follow_action(button: QToolButton, action: QAction) -> None:
    """Let a button, also one that a toolbar has made, show and do what the action says."""
    if button.defaultAction() is not action:
        button.setDefaultAction(action)
    # Qt 6.11 connects the button once more whenever the action is enabled, checked or renamed: each
    # change would be slower than the one before, and memory grow. What the button shows comes by
    # an event, without any connection.
    _Follower(button, action)


def clear_by_button(field: QLineEdit) -> None:
    """Give a field the button that empties it, which Qt makes of an action, too."""
    field.setClearButtonEnabled(True)
    for button in field.findChildren(QToolButton):
        if (action := button.defaultAction()) is not None:
            follow_action(button, action)
