"""The review queue in the real window: walked through, marked, undone, looked at again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QComboBox, QToolButton, QTreeWidget
from pytestqt.qtbot import QtBot

from app.window.actions import Id
from app.window.main_window import MainWindow
from sessions import AcceptRun, Flag, SetBox, SetFlags
from tests.e2e.driving import (
    LEFT,
    MakeWindow,
    draw_target,
    open_path,
    press,
    session_of,
    settle,
    target_of,
    track,
)

FRAMES = 60


@pytest.fixture
def opened(
    qtbot: QtBot,
    make_window: MakeWindow,
    make_clip: Callable[[Path, int], Path],
    tmp_path: Path,
) -> MainWindow:
    """Two targets; one is lost on frames 20 to 29 and 45 to 59, the other on 35 to 39."""
    window = make_window()
    open_path(qtbot, window, make_clip(tmp_path / "long", FRAMES))
    for name, lost in (("Walker", (range(20, 30), range(45, 60))), ("Car", (range(35, 40),))):
        target_id = window.workspace.correction.add_target(name)
        assert target_id is not None
        document, frames = window.workspace.document, np.arange(1, FRAMES)
        document.do(SetBox(target_id, 0, np.array([[40.0, 30.0, 24.0, 32.0]] * 2)))
        score = np.where(np.isin(frames, [index for each in lost for index in each]), 0.05, 0.9)
        boxes = np.tile([40.0, 30.0, 24.0, 32.0], (len(frames), 1))
        document.do(AcceptRun(target_id, frames, boxes, score))
    window.workspace.selection.select("1")
    settle(qtbot, window)
    return window


def tree_of(window: MainWindow) -> QTreeWidget:
    tree = window.queue.findChild(QTreeWidget)
    assert isinstance(tree, QTreeWidget)
    return tree


def lines(window: MainWindow) -> list[str]:
    """The target of each line, with its mark."""
    found = []
    for row in range(tree_of(window).topLevelItemCount()):
        line = tree_of(window).topLevelItem(row)
        assert line is not None
        found.append(f"{line.text(3)}{' seen' * line.text(1).startswith('seen')}")
    return found


def test_return_goes_through_the_events_and_undo_takes_a_mark_back(
    qtbot: QtBot, opened: MainWindow
) -> None:
    assert lines(opened) == ["Walker", "Walker", "Car"]
    # From a frame of no event: nothing to mark, and on to the worst.
    press(qtbot, opened, "Return")
    settle(qtbot, opened)
    assert 45 <= opened.frame_index < 60
    assert lines(opened) == ["Walker", "Walker", "Car"]
    for number in (1, 2):
        press(qtbot, opened, "Return")
        settle(qtbot, opened)
        assert sum("seen" in line for line in lines(opened)) == number
    # The event of the other target: that one is selected.
    assert opened.workspace.selection.value.target_id == "2"
    assert 35 <= opened.frame_index < 40
    press(qtbot, opened, "Return")
    settle(qtbot, opened)
    assert opened.message == "There is nothing left to review."
    assert not opened.actions_by_id[Id.NEXT_REVIEW].isEnabled()
    assert len(session_of(opened).target("1").seen) == 2
    press(qtbot, opened, "Ctrl+Z")
    settle(qtbot, opened)
    assert lines(opened) == ["Car", "Walker seen", "Walker seen"]
    press(qtbot, opened, "Shift+Return")
    settle(qtbot, opened)


def test_an_event_that_was_seen_can_be_listed_again(qtbot: QtBot, opened: MainWindow) -> None:
    press(qtbot, opened, "N")
    settle(qtbot, opened)
    here = opened.frame_index
    press(qtbot, opened, "Return")
    settle(qtbot, opened)
    opened.go_to_frame(here)
    settle(qtbot, opened)
    press(qtbot, opened, "Shift+Return")
    settle(qtbot, opened)
    assert not any("seen" in line for line in lines(opened))
    press(qtbot, opened, "Shift+Return")
    assert opened.message == "No event that was seen is on this frame."


def test_n_walks_from_anywhere_and_a_click_goes_to_an_event(
    qtbot: QtBot, opened: MainWindow
) -> None:
    visited = []
    for _ in range(4):
        press(qtbot, opened, "N")
        settle(qtbot, opened)
        visited.append(opened.frame_index)
    assert visited[3] == visited[0]
    assert len(set(visited)) == 3
    press(qtbot, opened, "Shift+N")
    settle(qtbot, opened)
    assert opened.frame_index == visited[2]
    tree = tree_of(opened)
    for row in range(3):
        line = tree.topLevelItem(row)
        assert line is not None
        qtbot.mouseClick(tree.viewport(), LEFT, pos=QPoint(tree.visualItemRect(line).center()))
        settle(qtbot, opened)
        assert opened.frame_index == visited[row]
        assert tree.currentItem() is tree.topLevelItem(row)


def test_the_choosers_list_one_target_and_order_by_time(qtbot: QtBot, opened: MainWindow) -> None:
    targets, order = opened.queue.findChildren(QComboBox)
    qtbot.keyClick(order, Qt.Key.Key_Down)
    settle(qtbot, opened)
    assert lines(opened) == ["Walker", "Car", "Walker"]
    qtbot.keyClick(targets, Qt.Key.Key_Up)
    settle(qtbot, opened)
    assert tree_of(opened).topLevelItemCount() == 2
    opened.workspace.selection.select("2")
    settle(qtbot, opened)
    assert tree_of(opened).topLevelItemCount() == 1


def test_absent_frames_leave_the_queue(qtbot: QtBot, opened: MainWindow) -> None:
    opened.workspace.document.do(SetFlags("1", np.arange(43, 60), add=Flag.ABSENT))
    settle(qtbot, opened)
    assert lines(opened) == ["Walker", "Car"]
    opened.workspace.document.undo()
    settle(qtbot, opened)
    assert lines(opened) == ["Walker", "Walker", "Car"]


def test_return_is_left_to_who_is_typing(qtbot: QtBot, opened: MainWindow) -> None:
    press(qtbot, opened, "Ctrl+G")
    field = opened.transport.frame
    qtbot.waitUntil(field.hasFocus, timeout=60_000)
    qtbot.keyClicks(field, "12")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    settle(qtbot, opened)
    assert opened.frame_index == 12
    assert session_of(opened).target("1").seen == ()


def test_marks_are_kept_with_the_session(qtbot: QtBot, opened: MainWindow, tmp_path: Path) -> None:
    for _ in range(2):
        press(qtbot, opened, "Return")
        settle(qtbot, opened)
    path = tmp_path / "seen.h5"
    with qtbot.waitSignal(opened.saved, timeout=60_000):
        opened.save_session(path)
    open_path(qtbot, opened, path)
    assert lines(opened) == ["Walker", "Car", "Walker seen"]


def test_a_second_look_is_taken_shown_and_can_be_stopped(
    qtbot: QtBot, make_window: MakeWindow, make_clip: Callable[[Path, int], Path], tmp_path: Path
) -> None:
    window = make_window()
    open_path(qtbot, window, make_clip(tmp_path / "clip", 12))
    draw_target(qtbot, window)
    track(qtbot, window)
    looks = window.workspace.second_looks
    (button,) = [
        each
        for each in window.queue.findChildren(QToolButton)
        if each.defaultAction() is window.actions_by_id[Id.SECOND_LOOK]
    ]
    qtbot.mouseClick(button, LEFT)
    assert looks.running
    settle(qtbot, window)
    assert window.message == "Took a second look at 11 frames."
    opinions = looks.opinions(target_of(window).id)
    assert opinions is not None
    assert not np.isnan(opinions.alone[1:]).any()
    assert not np.isnan(opinions.back[1:-1]).any()
    qtbot.mouseClick(button, LEFT)
    qtbot.mouseClick(button, LEFT)
    settle(qtbot, window)
    assert "stopped" in window.message
    assert not looks.running
