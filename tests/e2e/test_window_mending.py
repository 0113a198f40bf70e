"""Mending what the queue lists at the real window: an event by one key, absence, drawing on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu, QTreeWidget
from pytestqt.qtbot import QtBot

from app.window.actions import Id
from app.window.main_window import MainWindow
from sessions import AcceptRun, Flag, SetBox, SetFlags, Source
from tests.e2e.driving import (
    MakeWindow,
    drag,
    draw_target,
    open_path,
    press,
    session_of,
    settle,
    target_of,
    track,
)

FRAMES = 80
LOST = range(20, 32)


@pytest.fixture
def opened(
    qtbot: QtBot,
    make_window: MakeWindow,
    make_clip: Callable[[Path, int], Path],
    tmp_path: Path,
) -> MainWindow:
    """A target that goes 1 px a frame, is lost for a moment, and from frame 45 on for good."""
    window = make_window()
    open_path(qtbot, window, make_clip(tmp_path / "clip", FRAMES))
    target_id = window.workspace.correction.add_target("Walker")
    assert target_id is not None
    document, frames = window.workspace.document, np.arange(1, FRAMES)
    document.do(SetBox(target_id, 0, np.array([[40.0, 30.0, 24.0, 32.0]] * 2)))
    lost = np.isin(frames, LOST) | (frames >= 45)
    boxes = np.array([[40.0 + frame, 30.0, 24.0, 32.0] for frame in frames])
    boxes[lost, :2] = 100.0, 80.0
    document.do(AcceptRun(target_id, frames, boxes, np.where(lost, 0.05, 0.9)))
    press(qtbot, window, "Esc")
    settle(qtbot, window)
    return window


def key(qtbot: QtBot, window: MainWindow, keys: str) -> None:
    press(qtbot, window, keys)
    settle(qtbot, window)


def go(qtbot: QtBot, window: MainWindow, frame: int) -> None:
    window.go_to_frame(frame)
    settle(qtbot, window)


def x_of(window: MainWindow, frame: int) -> float:
    return float(target_of(window).boxes[frame, 0, 0])


def steps(window: MainWindow) -> int:
    history = window.workspace.document.history
    assert history is not None
    return history.undo_count


def absent(window: MainWindow) -> list[int]:
    return [int(each) for each in np.flatnonzero(target_of(window).absent())]


def events(window: MainWindow) -> list[tuple[int, int, str]]:
    found = window.workspace.review.queue.events
    return [(event.first, event.last, event.reasons[0]) for event in found]


def test_one_key_mends_an_event_by_the_boxes_beside_it(qtbot: QtBot, opened: MainWindow) -> None:
    before = steps(opened)
    go(qtbot, opened, 25)
    first, last, _ = next(event for event in events(opened) if event[0] <= 25 <= event[1])
    key(qtbot, opened, "Shift+R")
    assert [x_of(opened, frame) for frame in LOST] == pytest.approx([40 + each for each in LOST])
    inside = target_of(opened).source[first : last + 1]
    assert (inside == Source.INTERPOLATED).all()
    assert target_of(opened).source[first - 1] == Source.TRACKED
    assert opened.message == f"Interpolated Walker across frames {first} to {last}."
    assert steps(opened) == before + 1
    assert not any(begin <= 25 <= end for begin, end, _ in events(opened))
    key(qtbot, opened, "Ctrl+Z")
    assert x_of(opened, 25) == 100.0


def test_a_box_by_hand_within_the_event_is_gone_by(qtbot: QtBot, opened: MainWindow) -> None:
    hand = np.array([[80.0, 30.0, 24.0, 32.0]] * 2)
    opened.workspace.document.do(SetBox("1", 26, hand))
    settle(qtbot, opened)
    go(qtbot, opened, 24)
    # The box parts the event; the selected range means both parts.
    opened.workspace.selection.set_range((20, 32))
    key(qtbot, opened, "Shift+R")
    assert x_of(opened, 26) == 80.0
    assert target_of(opened).source[26] == Source.MANUAL
    assert x_of(opened, 25) == pytest.approx(59 + (80 - 59) * 6 / 7)


def test_without_a_box_on_both_sides_it_is_said_and_nothing_changes(
    qtbot: QtBot, opened: MainWindow
) -> None:
    before = steps(opened)
    go(qtbot, opened, 60)
    key(qtbot, opened, "Shift+R")
    assert "has no boxes on both sides of frames" in opened.message
    go(qtbot, opened, 5)
    key(qtbot, opened, "Shift+R")
    assert opened.message.startswith("No event of the review queue is on this frame")
    assert steps(opened) == before


def test_what_is_not_found_is_shown_on_its_first_frame_and_ended_by_one_key(
    qtbot: QtBot, opened: MainWindow
) -> None:
    key(qtbot, opened, "N")
    first, last, reason = events(opened)[0]
    assert (reason, last, opened.frame_index) == ("not found", FRAMES - 1, first)
    key(qtbot, opened, "E")
    assert absent(opened) == list(range(first, FRAMES))
    # The next part of the queue: what is before it.
    assert not any(end >= first for _, end, _ in events(opened))


def test_the_same_key_says_that_the_target_is_there_again(qtbot: QtBot, opened: MainWindow) -> None:
    go(qtbot, opened, 45)
    action = opened.actions_by_id[Id.END_TARGET]
    assert action.text() == "Absent from here on (target &ends)"
    key(qtbot, opened, "E")
    go(qtbot, opened, 60)
    assert action.text() == "There again from her&e on"
    key(qtbot, opened, "E")
    assert absent(opened) == list(range(45, 60))
    assert opened.message == f"Took the mark absent off Walker on frames 60 to {FRAMES - 1}."
    key(qtbot, opened, "Ctrl+Z")
    assert absent(opened) == list(range(45, FRAMES))


def test_s_selects_the_event_so_that_a_mark_means_it(qtbot: QtBot, opened: MainWindow) -> None:
    go(qtbot, opened, 25)
    first, last, _ = next(event for event in events(opened) if event[0] <= 25 <= event[1])
    key(qtbot, opened, "S")
    assert opened.workspace.selection.value.frame_range == (first, last + 1)
    key(qtbot, opened, "Alt+2")
    occluded = np.flatnonzero(target_of(opened).flags & Flag.OCCLUDED)
    assert occluded.tolist() == list(range(first, last + 1))
    key(qtbot, opened, "Esc")
    go(qtbot, opened, 5)
    key(qtbot, opened, "S")
    assert opened.message == "No event of the review queue is on this frame."
    assert opened.workspace.selection.value.frame_range is None


def test_a_right_click_on_a_line_of_the_queue_means_that_event(
    qtbot: QtBot, opened: MainWindow
) -> None:
    tree = opened.queue.findChild(QTreeWidget)
    assert isinstance(tree, QTreeWidget)
    line = tree.topLevelItem(1)
    assert line is not None
    first, last, _ = events(opened)[1]
    where = tree.visualItemRect(line).center()
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, where, tree.viewport().mapToGlobal(where)
    )
    QApplication.sendEvent(tree.viewport(), event)
    settle(qtbot, opened)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    texts = [action.text().replace("&", "") for action in menu.actions()]
    assert f"Absent on {first} to {last}" in texts
    assert f"Interpolate across {first} to {last}" in texts
    assert first <= opened.frame_index <= last
    assert opened.workspace.selection.value.frame_range == (first, last + 1)
    menu.close()


def test_each_drag_draws_until_a_person_has_had_enough(qtbot: QtBot, opened: MainWindow) -> None:
    key(qtbot, opened, "Shift+B")
    assert opened.actions_by_id[Id.KEEP_DRAWING].isChecked()
    pane = opened.views.panes.rgb
    for frame in (22, 26, 30):
        go(qtbot, opened, frame)
        drag(qtbot, pane, (10.0 + frame, 20), (50.0 + frame, 60))
        settle(qtbot, opened)
        assert target_of(opened).source[frame] == Source.MANUAL
        assert x_of(opened, frame) == pytest.approx(10 + frame, abs=1)
    key(qtbot, opened, "Esc")
    assert not opened.actions_by_id[Id.KEEP_DRAWING].isChecked()
    assert not opened.views.panes.drawing
    # As before, one drag after B, and no more.
    key(qtbot, opened, "B")
    drag(qtbot, pane, (20.0, 20.0), (60.0, 60.0))
    settle(qtbot, opened)
    assert not opened.views.panes.drawing


def test_absent_frames_within_what_is_filled_stay_absent(qtbot: QtBot, opened: MainWindow) -> None:
    opened.workspace.document.do(SetFlags("1", np.arange(24, 27), add=Flag.ABSENT))
    settle(qtbot, opened)
    opened.workspace.selection.set_range((20, 32))
    key(qtbot, opened, "Shift+R")
    assert absent(opened) == [24, 25, 26]
    assert x_of(opened, 22) == pytest.approx(62)
    assert session_of(opened).target("1").source[25] != Source.INTERPOLATED


def test_what_the_tracker_saw_is_not_drawn_where_the_target_is_absent(
    qtbot: QtBot, make_window: MakeWindow, clip: Path
) -> None:
    window = make_window()
    open_path(qtbot, window, clip)
    draw_target(qtbot, window)
    track(qtbot, window)
    go(qtbot, window, 4)
    assert "tokens" in window.views.panes.scene.layers
    key(qtbot, window, "E")
    assert window.views.panes.scene.layers == {}
    assert window.views.panes.scene.boxes == ()
    go(qtbot, window, 3)
    assert "tokens" in window.views.panes.scene.layers
