"""What was closed is gone: sessions, sequences and windows, and what they were shown with."""

from __future__ import annotations

import gc
import weakref
from collections import Counter
from pathlib import Path

from PySide6.QtCore import SIGNAL, QCoreApplication, QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from app.state.settings import SettingsStore
from app.window.main_window import MainWindow
from app.workers.frame_source import FrameSource
from safe_files import writing
from sessions import AnnotationSession, History, Target
from tests.e2e.driving import (
    PATIENCE,
    draw_target,
    open_path,
    settle,
    track,
)
from tracker_core.sequences import Sequence

ROUNDS = 4


def work_and_close(qtbot: QtBot, window: MainWindow, clip: Path, saved: Path) -> None:
    """Everything that is done with one session."""
    open_path(qtbot, window, clip)
    window.settings.values.tracker = "correlation"
    draw_target(qtbot, window)
    track(qtbot, window)
    with qtbot.waitSignal(window.saved, timeout=PATIENCE):
        window.save_session(saved)
    window.add_target("dog")
    for key in (Qt.Key.Key_Z, Qt.Key.Key_Y, Qt.Key.Key_Z):
        qtbot.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
    for tab in range(window.inspector.count()):
        window.inspector.setCurrentIndex(tab)
        settle(qtbot, window)
    window.show_message("Something is asked.", choices=[("Yes", window.stop), ("No", window.stop)])
    window.commands.close_sequence()
    settle(qtbot, window)
    # As the program's own loop would before it goes on.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def ours() -> Counter[str]:
    """How many objects there are of each class of the program."""
    gc.collect()
    kinds = (type(each) for each in gc.get_objects())
    return Counter(
        f"{kind.__module__}.{kind.__qualname__}"
        for kind in kinds
        if str(kind.__module__).startswith(("app.", "sessions", "tracker_core", "safe_files"))
    )


OPEN = (AnnotationSession, History, FrameSource, Sequence, Target)
"""Of which a window holds nothing where nothing is open."""


def held() -> list[object]:
    """Everything of these classes that somebody still holds."""
    gc.collect()
    return [each for each in gc.get_objects() if issubclass(type(each), OPEN)]


def test_a_closed_session_is_gone_with_all_that_showed_it(
    qtbot: QtBot, window: MainWindow, clip: Path, tmp_path: Path
) -> None:
    counts: list[tuple[Counter[str], int, int]] = []
    # Other tests of this process leave theirs: a signal holds the function a test connected to it.
    others = held()
    for _ in range(ROUNDS):
        work_and_close(qtbot, window, clip, tmp_path / "walk.h5")
        assert [each for each in held() if not any(each is other for other in others)] == []
        counts.append((ours(), len(window.findChildren(QObject)), len(writing._left)))
    # The first round makes what stays, such as tables of colours.
    (before, children, left), (after, children_after, left_after) = counts[1], counts[-1]
    assert after - before == Counter()
    assert children_after == children
    assert left_after == left


def test_a_closed_window_is_gone(qtbot: QtBot, clip: Path, tmp_path: Path) -> None:
    settings = SettingsStore(tmp_path / "settings" / "settings.json")
    settings.values.tracker = "correlation"
    window = MainWindow(settings)
    window.confirm_discard = lambda: True
    window.show()
    # Keys reach their actions in the active window only.
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is not None, timeout=PATIENCE)
    work_and_close(qtbot, window, clip, tmp_path / "walk.h5")
    window.close()
    parts = [weakref.ref(each) for each in (window, window.workspace, window.presenter)]
    delete(window)
    del window
    gc.collect()
    assert [part() for part in parts] == [None, None, None]


def test_no_button_of_the_window_makes_its_action_slower(window: MainWindow) -> None:
    found = [button for button in window.findChildren(QToolButton) if button.defaultAction()]
    assert len(found) > 15
    for button in found:
        action = button.defaultAction()
        counts = []
        for turn in range(6):
            action.setStatusTip(f"{turn}")
            counts.append(action.receivers(SIGNAL("changed()")))
        assert counts[-1] == counts[1], action.text()
