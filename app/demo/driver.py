"""Driving the window as a person would: pointer, actions, waiting, screenshots."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QBuffer, QEvent, QEventLoop, QIODevice, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.views.frame.view import FrameView
from app.window.main_window import MainWindow
from safe_files import write_bytes
from tracker_core.errors import CKDError

PATIENCE = 900.0
"""Seconds that one step may take on a slow machine."""
_STEPS = 8
"""Moves of the pointer in one drag."""


class WindowDriver:
    """Hands and eyes for one window."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self._errors: list[str] = []
        window.message_shown.connect(self._on_message)

    def _on_message(self, level: str, text: str) -> None:
        if level == "error":
            self._errors.append(text)

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Let the window work until the condition holds; CKDError when it says why it cannot."""
        deadline = time.monotonic() + PATIENCE
        loop = QEventLoop()
        while not condition():
            loop.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            if self._errors:
                raise CKDError(self._errors[0])
            if time.monotonic() > deadline:
                raise CKDError(f"The window did not {what} within {PATIENCE:.0f} seconds.")
            # Without a rest this loop would take the interpreter from the threads it waits for.
            time.sleep(0.002)

    def settle(self) -> None:
        """Wait until nothing is under way and everything is painted."""
        self.wait(lambda: self.window.is_idle, "come to rest")
        until = time.monotonic() + 0.15
        self.wait(lambda: time.monotonic() > until and self.window.is_idle, "come to rest")

    def trigger(self, action_id: str) -> None:
        """Use an action of the menu by its id, as its shortcut would."""
        action = self.window.actions_by_id[action_id]
        if not action.isEnabled():
            raise CKDError(f"The action {action.toolTip()!r} cannot be used now.")
        action.trigger()

    def check(self, action_id: str, on: bool) -> None:
        """Turn a checkable action on or off."""
        if self.window.actions_by_id[action_id].isChecked() is not on:
            self.trigger(action_id)

    def drag(self, pane: FrameView, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Press, move and release the left button between two points of the frame."""
        first, last = pane.pane_point(*start), pane.pane_point(*end)
        self._mouse(pane, QEvent.Type.MouseMove, first, Qt.MouseButton.NoButton)
        self._mouse(pane, QEvent.Type.MouseButtonPress, first, Qt.MouseButton.LeftButton)
        for step in range(1, _STEPS + 1):
            point = first + (last - first) * (step / _STEPS)
            self._mouse(pane, QEvent.Type.MouseMove, point, Qt.MouseButton.LeftButton)
        self._mouse(pane, QEvent.Type.MouseButtonRelease, last, Qt.MouseButton.LeftButton)
        # The pointer goes away, and with it the crosshair that would stand in the pictures.
        QApplication.sendEvent(pane, QEvent(QEvent.Type.Leave))

    def _mouse(
        self, widget: QWidget, kind: QEvent.Type, point: QPointF, button: Qt.MouseButton
    ) -> None:
        none = Qt.MouseButton.NoButton
        moving = kind == QEvent.Type.MouseMove
        held = none if kind == QEvent.Type.MouseButtonRelease else button
        event = QMouseEvent(
            kind,
            point,
            QPointF(widget.mapToGlobal(point)),
            # Of a move Qt tells the buttons that are held, and none that was pressed.
            none if moving else button,
            held,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(widget, event)

    def screenshot(self, path: Path) -> Path:
        """Save a picture of the whole window as it is now."""
        # In memory first, so that a full disk leaves no half picture.
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        if not self.window.grab().save(buffer, "PNG"):
            raise CKDError(f"The window could not be drawn for {path}; there may be no memory.")
        write_bytes(path, bytes(buffer.data().data()))
        return path
