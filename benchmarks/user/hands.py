"""Keys and mouse: what reaches the window is what a person's hands would send."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

NO_BUTTON = Qt.MouseButton.NoButton
LEFT = Qt.MouseButton.LeftButton
MIDDLE = Qt.MouseButton.MiddleButton
NO_KEY = Qt.KeyboardModifier.NoModifier
NOTCH = 120


def keys(window: QWidget, sequence: str) -> None:
    """Press a key with what is held beside it, such as "Ctrl+Z", where the keyboard is."""
    where = QApplication.focusWidget() or window
    QTest.keySequence(where, QKeySequence(sequence))


def write(window: QWidget, text: str) -> None:
    """Type a text where the keyboard is."""
    where = QApplication.focusWidget() or window
    # Not by QTest, which ends the process at a letter that is not of ASCII.
    for letter in text:
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QApplication.sendEvent(where, QKeyEvent(kind, 0, NO_KEY, letter))


def press(widget: QWidget, at: QPointF, button: Qt.MouseButton = LEFT) -> None:
    """Press a button of the mouse, which brings the keyboard there as well."""
    QTest.mousePress(widget, button, NO_KEY, at.toPoint())


def move(
    widget: QWidget,
    to: QPointF,
    held: Qt.MouseButton = NO_BUTTON,
    modifiers: Qt.KeyboardModifier = NO_KEY,
) -> None:
    """Move the mouse, with a button held or none."""
    # Not by QTest, whose moves know of no button that is held.
    there = QPointF(widget.mapToGlobal(to))
    event = QMouseEvent(QEvent.Type.MouseMove, to, there, NO_BUTTON, held, modifiers)
    QApplication.sendEvent(widget, event)


def release(widget: QWidget, at: QPointF, button: Qt.MouseButton = LEFT) -> None:
    """Let go of a button."""
    QTest.mouseRelease(widget, button, NO_KEY, at.toPoint())


def drag(
    widget: QWidget,
    way: Iterable[QPointF],
    button: Qt.MouseButton = LEFT,
    modifiers: Qt.KeyboardModifier = NO_KEY,
) -> None:
    """Press at the first point, move to the others, let go at the last."""
    first, *rest = way
    press(widget, first, button)
    for point in rest:
        move(widget, point, button, modifiers)
    release(widget, rest[-1] if rest else first, button)


def click(widget: QWidget, at: QPoint) -> None:
    """Click with the left button."""
    QTest.mouseClick(widget, LEFT, NO_KEY, at)


def double_click(widget: QWidget, at: QPoint) -> None:
    """Click twice with the left button."""
    QTest.mouseDClick(widget, LEFT, NO_KEY, at)


def wheel(widget: QWidget, at: QPointF, notches: int) -> None:
    """Turn the wheel."""
    there = QPointF(widget.mapToGlobal(at))
    turned = QPoint(0, notches * NOTCH)
    event = QWheelEvent(
        at, there, QPoint(), turned, NO_BUTTON, NO_KEY, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(widget, event)
