"""Small things that use has shown to be wrong, each tried again as it was found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QTreeWidget
from pytestqt.qtbot import QtBot

from app.look.theme import apply_theme
from app.resolve.review import ReviewEvent, ReviewQueue
from app.window.actions import Id
from app.window.main_window import MainWindow
from tests.e2e.driving import (
    LEFT,
    PATIENCE,
    MakeWindow,
    drag,
    draw_target,
    move,
    open_path,
    press,
    session_of,
    settle,
    target_of,
    track,
)
from tests.media import numbered, write_streams


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> None:
    apply_theme(qapp, "dark")


def click_menu(qtbot: QtBot, window: MainWindow, *names: str) -> QAction:
    """Click an entry of a menu with the mouse, each menu opened on the way."""
    actions, menu = window.menuBar().actions(), None
    for name in names:
        action = next(each for each in actions if each.text().replace("&", "") == name)
        if menu is not None and action.menu() is None:
            qtbot.mouseClick(menu, LEFT, pos=menu.actionGeometry(action).center())
            return action
        menu = action.menu()
        assert isinstance(menu, QMenu)
        menu.popup(window.mapToGlobal(QPoint(40, 40)))
        qtbot.waitUntil(menu.isVisible, timeout=PATIENCE)
        actions = menu.actions()
    raise AssertionError(f"{names} is no entry")


@pytest.mark.parametrize("title", ["Targets", "Review queue", "Inspector", "Timeline"])
def test_a_panel_goes_and_comes_by_clicks_in_the_menu(
    qtbot: QtBot, opened: MainWindow, title: str
) -> None:
    dock = next(dock for dock in opened.docks.values() if dock.windowTitle() == title)
    for shown in (False, True):
        click_menu(qtbot, opened, "View", "Panels", title)
        settle(qtbot, opened)
        assert dock.isVisible() == shown


@pytest.mark.parametrize("pane", ["rgb", "tir"])
def test_with_the_lock_off_a_new_target_has_both_boxes(
    qtbot: QtBot, opened: MainWindow, pane: str
) -> None:
    draw_target(qtbot, opened)
    press(qtbot, opened, "L")
    assert not opened.workspace.selection.value.linked
    press(qtbot, opened, "Ctrl+N")
    drag(qtbot, getattr(opened.views.panes, pane), (90, 40), (120, 80))
    settle(qtbot, opened)
    assert len(session_of(opened).targets) == 2
    boxes = target_of(opened).boxes[0]
    assert np.isfinite(boxes).all()
    assert np.abs(boxes[0] - boxes[1]).max() < 1.0


def test_as_many_frames_as_there_are(opened: MainWindow) -> None:
    assert opened.frame_count == 8
    words = [label.text() for label in opened.status_line.findChildren(QLabel)]
    assert any(text.startswith("Frame 0 · 8 frames") for text in words)
    assert opened.transport._total.text() == "of 8 frames"
    assert opened.transport.frame.maximum() == 7


def test_both_ways_to_zoom_have_keys_of_one_kind(opened: MainWindow) -> None:
    near, far = (opened.actions_by_id[id_] for id_ in (Id.ZOOM_IN, Id.ZOOM_OUT))
    assert [near.shortcut().toString(), far.shortcut().toString()] == ["+", "-"]
    for action, sign in ((near, "+"), (far, "-")):
        assert QKeySequence(f"Ctrl+{sign}") in action.shortcuts()


def test_two_videos_are_called_by_their_names(
    qtbot: QtBot, make_window: MakeWindow, tmp_path: Path
) -> None:
    folder = tmp_path / "Downloads"
    folder.mkdir()
    paths = [write_streams(folder / name, 4, numbered) for name in ("night.mkv", "night_ir.mkv")]
    window = make_window()
    open_path(qtbot, window, *paths)
    assert "night" in window.windowTitle()
    assert "Downloads" not in window.windowTitle()


def test_nothing_is_read_off_what_is_missing(
    qtbot: QtBot, make_window: MakeWindow, clip: Path
) -> None:
    for name in ("visible/v003.jpg", "infrared/i003.jpg", "visible/v004.jpg"):
        (clip / name).write_bytes(b"no image")
    window = make_window()
    open_path(qtbot, window, clip)
    view, info = window.views.panes.rgb, window.transport.info
    move(view, view.pane_point(60, 50).toPoint())
    assert "RGB" in info.text()
    assert "thermal" in info.text()
    window.go_to_frame(3)
    settle(qtbot, window)
    assert info.text() == ""
    window.go_to_frame(4)
    settle(qtbot, window)
    assert "RGB" not in info.text()
    assert "thermal" in info.text()
    window.go_to_frame(5)
    settle(qtbot, window)
    assert "RGB" in info.text()


@pytest.mark.parametrize("size", [QSize(1280, 800), QSize(1024, 700)], ids=["1280", "1024"])
@pytest.mark.parametrize("reason", ["jump", "cameras disagree"])
def test_values_of_the_queue_are_whole(
    qtbot: QtBot, opened: MainWindow, size: QSize, reason: str
) -> None:
    opened.resize(size)
    settle(qtbot, opened)
    event = ReviewEvent(
        target_id="1", target_name="Target 1", first=120, last=123, worst=121,
        reasons=(reason,), detail="11.4 × box", wrong=2.0,
    )  # fmt: skip
    opened.views.queue.set_queue(ReviewQueue((event,)), tracked=True)
    tree = opened.views.queue.findChild(QTreeWidget)
    assert isinstance(tree, QTreeWidget)
    qtbot.waitUntil(tree.isVisible, timeout=PATIENCE)
    item = tree.topLevelItem(0)
    column = next(each for each in range(4) if item.text(each) == "11.4 × box")
    needed = tree.sizeHintForIndex(tree.model().index(0, column)).width()
    # Whole, or not at all where it would leave the reason too little room.
    wide = sum(tree.columnWidth(each) for each in (0, 1)) + needed <= tree.viewport().width()
    assert tree.isColumnHidden(column) == (not wide)
    if wide:
        assert tree.columnWidth(1) >= tree.sizeHintForIndex(tree.model().index(0, 1)).width()
    if not tree.isColumnHidden(column):
        assert tree.columnWidth(column) >= needed
        assert tree.columnViewportPosition(column) + needed <= tree.viewport().width()
    assert reason in item.toolTip(1)
    assert "11.4 × box" in item.toolTip(1)


def test_removing_a_target_says_so(qtbot: QtBot, opened: MainWindow) -> None:
    draw_target(qtbot, opened)
    opened.views.targets.setFocus()
    opened.actions_by_id[Id.REMOVE_TARGET].trigger()
    settle(qtbot, opened)
    assert opened.message == "Removed Target 1 with 1 box."
    assert opened.workbench.messages.isVisible()


def test_stop_is_off_until_something_runs_and_again_after_it(
    qtbot: QtBot, opened: MainWindow
) -> None:
    stop = opened.actions_by_id[Id.STOP]
    assert not stop.isEnabled()
    draw_target(qtbot, opened)
    assert not stop.isEnabled()
    track(qtbot, opened)
    assert not stop.isEnabled()
    button = opened.toolbar.widgetForAction(stop)
    assert button is None or not button.isEnabled()


def test_what_takes_a_letter_is_typed_where_somebody_types(
    qtbot: QtBot, opened: MainWindow
) -> None:
    """A number typed while frames go on is the number that is gone to."""
    press(qtbot, opened, "Ctrl+G")
    field = opened.transport.frame
    assert field.hasFocus()
    qtbot.keyClicks(field, "6")
    opened.go_to_frame(2)
    settle(qtbot, opened)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    settle(qtbot, opened)
    assert opened.frame_index == 6
