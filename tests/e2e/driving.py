"""Hands and eyes for tests of the real window."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QKeySequence, QMouseEvent
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from app.views.frame.view import FrameView
from app.window.main_window import MainWindow
from sessions import AnnotationSession, Target
from tests.e2e.conftest import BOX

# Not from the conftest of all tests, which gives whoever imports it another home.
ROOT = Path(__file__).resolve().parents[2]
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


def press(qtbot: QtBot, window: MainWindow, keys: str) -> None:
    """Press a key of the menu, such as "Ctrl+S"."""
    # A dialog that has just gone leaves the keys to no window for a moment.
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=PATIENCE)
    combination = QKeySequence(keys)[0]
    qtbot.keyClick(window, combination.key(), combination.keyboardModifiers())


@contextmanager
def answered(window: MainWindow, button_text: str) -> Iterator[list[str]]:
    """Click a button of every dialog that is asked within this; gives what the dialogs said."""
    # Only within this: at the end of a test Qt closes the window, and nobody answers.
    window.confirm_discard = None
    asked: list[str] = []
    timer = QTimer()

    def look() -> None:
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            found = [each for each in box.buttons() if each.text().replace("&", "") == button_text]
            asked.append(f"{box.text()} {box.informativeText()}")
            found[0].click()

    timer.timeout.connect(look)
    timer.start(20)
    try:
        yield asked
    finally:
        timer.stop()
        window.confirm_discard = lambda: True


@contextmanager
def another_program(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A running program that has this session open."""
    code = (
        "import sys\nfrom sessions import HeldFile\nheld = HeldFile.take(sys.argv[1])\n"
        "print('open', flush=True)\nsys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        yield process
        process.kill()
