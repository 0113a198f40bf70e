"""Hands and eyes for tests of the real window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.views.frame.view import FrameView
from app.window.main_window import MainWindow
from sessions import AnnotationSession, Target
from tests.e2e.conftest import BOX

LEFT = Qt.MouseButton.LeftButton
PATIENCE = 60_000
MakeWindow = Callable[[], MainWindow]


def settle(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.is_idle, timeout=PATIENCE)


def open_path(qtbot: QtBot, window: MainWindow, *paths: Path) -> None:
    with qtbot.waitSignal(window.opened, timeout=PATIENCE):
        window.open_path(*paths)
    settle(qtbot, window)


def session_of(window: MainWindow) -> AnnotationSession:
    session = window.workspace.document.session
    assert session is not None
    return session


def target_of(window: MainWindow) -> Target:
    target = window.workspace.correction.target
    assert target is not None
    return target


def drag(
    qtbot: QtBot, view: FrameView, start: tuple[float, float], end: tuple[float, float]
) -> None:
    """Drag with the left button between two frame points."""
    first, last = view.pane_point(*start).toPoint(), view.pane_point(*end).toPoint()
    qtbot.mousePress(view, LEFT, pos=first)
    for step in (0.3, 0.7, 1.0):
        move(view, first + (last - first) * step)
    qtbot.mouseRelease(view, LEFT, pos=last)


def move(view: FrameView, point: QPoint) -> None:
    there = QPointF(point)
    event = QMouseEvent(
        QEvent.Type.MouseMove, there, view.mapToGlobal(there),
        Qt.MouseButton.NoButton, LEFT, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(view, event)


def draw_target(qtbot: QtBot, window: MainWindow) -> None:
    x, y, w, h = BOX
    drag(qtbot, window.views.panes.tir, (x, y), (x + w, y + h))
    settle(qtbot, window)


def track(qtbot: QtBot, window: MainWindow) -> str:
    with qtbot.waitSignal(window.run_ended, timeout=PATIENCE) as ended:
        qtbot.keyClick(window, Qt.Key.Key_T)
    settle(qtbot, window)
    return str(ended.args[0])


def choose_tracker(qtbot: QtBot, window: MainWindow, text: str) -> None:
    """Open the toolbar's list of trackers and click a row."""
    box = window.tracker_chooser.tracker
    row = box.findText(text)
    assert row >= 0, [box.itemText(each) for each in range(box.count())]
    qtbot.mouseClick(box, LEFT)
    rows = box.view()
    qtbot.waitUntil(rows.isVisible, timeout=PATIENCE)
    place = rows.visualRect(rows.model().index(row, 0)).center()
    qtbot.mouseMove(rows.viewport(), place)
    # Qt takes a click right after the opening for the one that opened the list.
    qtbot.wait(QApplication.doubleClickInterval() + 50)
    qtbot.mouseClick(rows.viewport(), LEFT, pos=place)
    qtbot.waitUntil(lambda: not rows.isVisible(), timeout=PATIENCE)
    settle(qtbot, window)
