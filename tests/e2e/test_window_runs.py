"""Runs that respect a person, at the real window by keys and mouse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.state.settings import SettingsStore
from app.views.inspector.curves_panel import CurvesPanel
from app.window.actions import Id
from app.window.commands import first_look
from app.window.main_window import MainWindow
from sessions import AcceptRun, Flag, ImportBoxes, SetFlags, Source
from tests.e2e.conftest import BOX
from tests.e2e.driving import (
    LEFT,
    PATIENCE,
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
from tests.scripted import ScriptedTracker

LENGTH = 24
MANUAL, TRACKED, INTERPOLATED = Source.MANUAL, Source.TRACKED, Source.INTERPOLATED


@pytest.fixture
def scripted(
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    make_window: Callable[[], MainWindow],
    make_clip: Callable[[Path, int], Path],
    tmp_path: Path,
) -> Iterator[tuple[MainWindow, ScriptedTracker]]:
    """The window on a clip of 24 frames, with a tracker that says what the test wants."""
    monkeypatch.setattr("app.window.workspace.TrackerClient", ScriptedTracker)
    window = make_window()
    open_path(qtbot, window, make_clip(tmp_path / "clip", LENGTH))
    client = window.workspace.tracker
    assert isinstance(client, ScriptedTracker)
    yield window, client
    if client.running:
        client.end()


def go(qtbot: QtBot, window: MainWindow, frame: int) -> None:
    """Go to a frame by typing its number."""
    press(qtbot, window, "Ctrl+G")
    qtbot.keyClicks(window.views.transport.frame, str(frame))
    qtbot.keyClick(window.views.transport.frame, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.presenter.shown_index() == frame, timeout=PATIENCE)


def hand(qtbot: QtBot, window: MainWindow, frame: int, shift: int = 0) -> None:
    """Draw a box by mouse on a frame."""
    go(qtbot, window, frame)
    if not window.views.panes.drawing:
        press(qtbot, window, "B")
    x, y, w, h = BOX
    start = x + shift, y
    drag(qtbot, window.views.panes.rgb, start, (start[0] + w, y + h))
    qtbot.waitUntil(lambda: target_of(window).source[frame] == MANUAL, timeout=PATIENCE)


def sources(window: MainWindow, start: int, stop: int) -> list[int]:
    return [int(each) for each in target_of(window).source[start:stop]]


def run_to_end(qtbot: QtBot, window: MainWindow, client: ScriptedTracker, keys: str) -> None:
    press(qtbot, window, keys)
    assert window.workspace.tracking.running, window.message
    client.step(LENGTH * 2)
    client.end()
    settle(qtbot, window)


def test_a_run_stops_at_the_next_box_by_hand_and_the_same_key_goes_on(
    qtbot: QtBot, scripted: tuple[MainWindow, ScriptedTracker]
) -> None:
    window, client = scripted
    hand(qtbot, window, 9, 12)
    hand(qtbot, window, 2)
    run_to_end(qtbot, window, client, "T")
    assert window.message == (
        "Tracked 6 frames, up to the box set by hand on frame 9; track again to go on from there."
    )
    assert sources(window, 1, 12) == [0, 1, 2, 2, 2, 2, 2, 2, 1, 0, 0]
    # The view has come along to the last frame that was tracked.
    assert window.frame_index == 8
    run_to_end(qtbot, window, client, "T")
    assert sources(window, 9, LENGTH) == [1] + [2] * (LENGTH - 10)
    press(qtbot, window, "Ctrl+Z")
    assert sources(window, 8, 11) == [2, 1, 0]


def test_interpolated_and_imported_boxes_are_kept_until_the_switch_says_otherwise(
    qtbot: QtBot, scripted: tuple[MainWindow, ScriptedTracker]
) -> None:
    window, client = scripted
    hand(qtbot, window, 2)
    boxes = np.repeat(target_of(window).boxes[2:3], 3, axis=0)
    window.workspace.document.do(ImportBoxes("1", np.array([5, 6, 7]), boxes))
    window.workspace.document.do(SetFlags("1", np.array([10, 11]), Flag.ABSENT))
    run_to_end(qtbot, window, client, "T")
    assert window.message == (
        "Tracked 16 frames. 3 interpolated or imported boxes were kept. "
        "2 frames marked absent stay so."
    )
    assert sources(window, 3, 13) == [2, 2, 4, 4, 4, 2, 2, 0, 0, 2]
    press(qtbot, window, "Ctrl+Z")
    window.actions_by_id[Id.REPLACE_BOXES].trigger()
    # It is remembered, and seen in the menu.
    assert window.actions_by_id[Id.REPLACE_BOXES].isChecked()
    assert SettingsStore(window.settings.path).values.replace_boxes
    go(qtbot, window, 2)
    run_to_end(qtbot, window, client, "T")
    assert sources(window, 3, 13) == [2, 2, 2, 2, 2, 2, 2, 0, 0, 2]


def test_where_all_that_is_ahead_is_kept_it_is_said_what_to_do(
    qtbot: QtBot, scripted: tuple[MainWindow, ScriptedTracker]
) -> None:
    window, _ = scripted
    hand(qtbot, window, 9, 12)
    hand(qtbot, window, 2)
    press(qtbot, window, "Shift+I")
    assert window.message == "Interpolated Target 1 in 1 gap, on 6 frames."
    press(qtbot, window, "T")
    assert not window.workspace.tracking.running
    assert window.message == (
        "Target 1 has interpolated or imported boxes on frames 3 to 8, which are kept; switch on "
        "Track > Replace interpolated and imported boxes to track over them."
    )


def test_a_run_begins_on_the_frame_on_screen(
    qtbot: QtBot, scripted: tuple[MainWindow, ScriptedTracker]
) -> None:
    window, client = scripted
    hand(qtbot, window, 3)
    # The next frame is asked for, but its pictures do not come.
    window.workspace.playback.frame_changed.disconnect(window.workspace.frames.request)
    press(qtbot, window, "D")
    assert (window.frame_index, window.presenter.shown_index()) == (4, 3)
    press(qtbot, window, "T")
    client.step(LENGTH)
    client.end()
    window.workspace.playback.frame_changed.connect(window.workspace.frames.request)
    assert sources(window, 2, LENGTH) == [0, 1] + [2] * (LENGTH - 4)


def test_to_here_and_between(qtbot: QtBot, scripted: tuple[MainWindow, ScriptedTracker]) -> None:
    window, client = scripted
    hand(qtbot, window, 2)
    go(qtbot, window, 7)
    run_to_end(qtbot, window, client, "V")
    assert sources(window, 1, 10) == [0, 1, 2, 2, 2, 2, 2, 0, 0]
    assert window.frame_index == 7
    hand(qtbot, window, 14, 20)
    go(qtbot, window, 10)
    run_to_end(qtbot, window, client, "Ctrl+B")
    assert sources(window, 1, 16) == [0, 1, *[2] * 11, 1, 0]
    assert window.message == "Tracked 11 frames from both ends."
    press(qtbot, window, "Ctrl+Z")
    assert sources(window, 6, 10) == [2, 2, 0, 0]


def test_over_the_range(qtbot: QtBot, scripted: tuple[MainWindow, ScriptedTracker]) -> None:
    window, client = scripted
    hand(qtbot, window, 6)
    hand(qtbot, window, 10, 8)
    action = window.actions_by_id[Id.TRACK_RANGE]
    assert not action.isEnabled()
    window.workspace.selection.set_range((4, 14))
    assert action.isEnabled()
    run_to_end(qtbot, window, client, "Ctrl+R")
    assert sources(window, 3, 16) == [0, 2, 2, 1, 2, 2, 2, 1, 2, 2, 2, 0, 0]
    press(qtbot, window, "Ctrl+Z")
    assert sources(window, 3, 16) == [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0]


def test_all_targets_in_one_go(qtbot: QtBot, scripted: tuple[MainWindow, ScriptedTracker]) -> None:
    window, client = scripted
    hand(qtbot, window, 0)
    press(qtbot, window, "Ctrl+N")
    hand(qtbot, window, 0, 40)
    press(qtbot, window, "Ctrl+Shift+T")
    client.step(3)
    assert window.status_line.activity.text().startswith("Tracked 3 of 23 of Target 1 (1 of 2), ")
    client.step(LENGTH)
    client.end()
    assert window.workspace.tracking.running
    client.step(LENGTH)
    assert "of Target 2 (2 of 2)" in window.status_line.activity.text()
    client.end()
    settle(qtbot, window)
    assert window.message == (
        "Target 1: Tracked 23 frames. Target 2: Tracked 23 frames. "
        "Each target is a step of its own to undo."
    )
    first, second = session_of(window).targets.values()
    assert (first.source[1:] == TRACKED).all()
    assert (second.source[1:] == TRACKED).all()
    press(qtbot, window, "Ctrl+Z")
    assert (first.source[1:] == TRACKED).all()
    assert not second.source[1:].any()


def test_esc_ends_all_runs_at_once(
    qtbot: QtBot, scripted: tuple[MainWindow, ScriptedTracker]
) -> None:
    window, client = scripted
    hand(qtbot, window, 0)
    press(qtbot, window, "Ctrl+N")
    hand(qtbot, window, 0, 40)
    press(qtbot, window, "Ctrl+Shift+T")
    client.step(3)
    press(qtbot, window, "Esc")
    client.end()
    assert not window.workspace.tracking.running
    assert window.message == (
        "Target 1: Stopped; 3 frames tracked so far stay. Target 2 was not tracked."
    )


def test_a_run_pauses_below_the_limit_beside_the_frame_number(
    qtbot: QtBot,
    window: MainWindow,
    make_clip: Callable[[Path, int], Path],
    tmp_path: Path,
) -> None:
    open_path(qtbot, window, make_clip(tmp_path / "clip", LENGTH))
    draw_target(qtbot, window)
    field = window.pause_field.number
    assert (field.isVisible(), field.text()) == (True, "never")
    window.actions_by_id[Id.PAUSE_BELOW].trigger()
    assert field.hasFocus()
    qtbot.keyClicks(field, "1.00")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert not field.hasFocus()
    assert window.settings.values.pause_below_score == 1.0
    said = track(qtbot, window)
    assert said.startswith("Paused on frame 1: the score fell to 0.")
    assert said.endswith(
        ", below 1.00. Set the box right there and press T, or press T to go on as it is."
    )
    assert window.presenter.shown_index() == 1
    assert sources(window, 0, 4) == [1, 2, 0, 0]
    # As it is: the score was low already, so that the next one is no news.
    assert track(qtbot, window).startswith("Tracked 22 frames. Perhaps lost on ")


def test_a_number_that_is_typed_during_a_run_is_not_lost(
    qtbot: QtBot, scripted: tuple[MainWindow, ScriptedTracker]
) -> None:
    window, client = scripted
    hand(qtbot, window, 0)
    press(qtbot, window, "T")
    client.step(2)
    settle_frames(qtbot, window)
    field = window.views.transport.frame
    press(qtbot, window, "Ctrl+G")
    client.step(1)
    settle_frames(qtbot, window)
    qtbot.keyClicks(field, "1")
    client.step(3)
    settle_frames(qtbot, window)
    qtbot.keyClicks(field, "7")
    client.step(1)
    settle_frames(qtbot, window)
    assert field.text() == "17"
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.presenter.shown_index() == 17, timeout=PATIENCE)
    # Who has gone elsewhere is left there.
    client.step(3)
    settle_frames(qtbot, window)
    assert (window.frame_index, field.value()) == (17, 17)
    assert not field.hasFocus()
    client.end()


def test_the_number_that_stood_there_can_be_typed_again(
    qtbot: QtBot, scripted: tuple[MainWindow, ScriptedTracker]
) -> None:
    window, client = scripted
    hand(qtbot, window, 4)
    press(qtbot, window, "T")
    field = window.views.transport.frame
    press(qtbot, window, "Ctrl+G")
    qtbot.keyClicks(field, "4")
    client.step(3)
    settle_frames(qtbot, window)
    assert window.frame_index == 7
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.presenter.shown_index() == 4, timeout=PATIENCE)
    client.end()


def settle_frames(qtbot: QtBot, window: MainWindow) -> None:
    """Let the frames that were asked for come, while a run goes on."""
    qtbot.waitUntil(lambda: not window.workspace.frames.pending, timeout=PATIENCE)
    QApplication.processEvents()


def test_a_box_belongs_to_the_frame_it_was_begun_on_while_playing(
    qtbot: QtBot, scripted: tuple[MainWindow, ScriptedTracker]
) -> None:
    window, _ = scripted
    hand(qtbot, window, 0)
    press(qtbot, window, "B")
    press(qtbot, window, "Space")
    qtbot.waitUntil(lambda: window.presenter.shown_index() >= 2, timeout=PATIENCE)
    shown = draw_slowly(qtbot, window, between=lambda: press(qtbot, window, "D"))
    assert window.presenter.shown_index() == window.frame_index == shown
    assert np.flatnonzero(target_of(window).source == MANUAL).tolist() == [0, shown]


def test_a_box_belongs_to_the_frame_it_was_begun_on_during_a_run(
    qtbot: QtBot, scripted: tuple[MainWindow, ScriptedTracker]
) -> None:
    window, client = scripted
    hand(qtbot, window, 0)
    press(qtbot, window, "T")
    client.step(3)
    settle_frames(qtbot, window)
    press(qtbot, window, "B")
    shown = draw_slowly(qtbot, window, between=lambda: client.step(4))
    assert shown == 3
    assert window.presenter.shown_index() == window.frame_index == 3
    client.step(2)
    client.end()
    settle(qtbot, window)
    assert sources(window, 0, 11) == [1, 2, 2, 1, 2, 2, 2, 2, 2, 2, 0]
    # What was corrected is still on the screen.
    assert window.frame_index == 3


def draw_slowly(qtbot: QtBot, window: MainWindow, between: Callable[[], object]) -> int:
    """Draw a box and let something happen in the midst of it; return the frame it began on."""
    pane = window.views.panes.rgb
    first, last = pane.pane_point(50, 40).toPoint(), pane.pane_point(90, 80).toPoint()
    qtbot.mousePress(pane, LEFT, pos=first)
    shown = window.presenter.shown_index()
    move(pane, first + (last - first) * 0.5)
    between()
    # For longer than playing needs for a frame.
    qtbot.wait(120)
    move(pane, last)
    qtbot.mouseRelease(pane, LEFT, pos=last)
    settle_frames(qtbot, window)
    return shown


def test_b_after_a_new_target_goes_on_drawing(
    qtbot: QtBot, scripted: tuple[MainWindow, ScriptedTracker]
) -> None:
    window, _ = scripted
    hand(qtbot, window, 0)
    press(qtbot, window, "Ctrl+N")
    press(qtbot, window, "B")
    assert window.views.panes.drawing
    press(qtbot, window, "Esc")
    assert not window.views.panes.drawing
    press(qtbot, window, "B")
    assert window.views.panes.drawing
    hand(qtbot, window, 0, 40)
    press(qtbot, window, "B")
    press(qtbot, window, "B")
    assert not window.views.panes.drawing


def test_undo_of_a_box_out_of_sight_brings_it_into_view(
    qtbot: QtBot, scripted: tuple[MainWindow, ScriptedTracker]
) -> None:
    window, _ = scripted
    hand(qtbot, window, 0)
    pane, viewport = window.views.panes.rgb, window.views.panes.viewport
    hand(qtbot, window, 0, 6)
    for _ in range(14):
        press(qtbot, window, "+")
    for _ in range(8):
        middle = pane.rect().center()
        qtbot.mousePress(pane, Qt.MouseButton.MiddleButton, pos=middle)
        move(pane, middle - QPoint(300, 200))
        qtbot.mouseRelease(pane, Qt.MouseButton.MiddleButton, pos=middle)
    scale = viewport.scale
    assert not pane.rect().contains(pane.pane_point(BOX[0] + 12, BOX[1] + 16).toPoint())
    press(qtbot, window, "Ctrl+Z")
    assert pane.rect().contains(pane.pane_point(BOX[0] + 12, BOX[1] + 16).toPoint())
    assert viewport.scale == scale
    assert window.message.startswith("Undone: Resize box of Target 1 on frame 0")


def test_the_curves_of_a_tracked_target_are_there_when_it_is_selected_again(
    qtbot: QtBot, scripted: tuple[MainWindow, ScriptedTracker]
) -> None:
    window, client = scripted
    hand(qtbot, window, 0)
    run_to_end(qtbot, window, client, "T")
    curves = window.views.tab(CurvesPanel)
    window.inspector.setCurrentWidget(curves)
    settle(qtbot, window)
    press(qtbot, window, "Ctrl+N")
    settle(qtbot, window)
    assert curves._stack.currentIndex() == 0
    window.inspector.setCurrentIndex(0)
    window.workspace.selection.select("1")
    settle(qtbot, window)
    window.inspector.setCurrentWidget(curves)
    settle(qtbot, window)
    assert curves._stack.currentIndex() == 1
    window.workspace.selection.select("2")
    settle(qtbot, window)
    window.workspace.selection.select("1")
    settle(qtbot, window)
    assert curves._stack.currentIndex() == 1
    # Also on a frame where it was not tracked.
    go(qtbot, window, 0)
    window.workspace.selection.select("2")
    window.workspace.selection.select("1")
    settle(qtbot, window)
    assert curves._stack.currentIndex() == 1


def test_interpolated_frames_follow_a_keyframe_by_mouse_and_keys(
    qtbot: QtBot, scripted: tuple[MainWindow, ScriptedTracker]
) -> None:
    window, _ = scripted
    hand(qtbot, window, 10, 40)
    hand(qtbot, window, 0)
    press(qtbot, window, "Shift+I")
    assert sources(window, 0, 12) == [1, *[3] * 9, 1, 0]
    middle = float(target_of(window).boxes[5, 0, 0])
    window.views.panes.rgb.setFocus()
    for _ in range(10):
        qtbot.keyClick(window.views.panes.rgb, Qt.Key.Key_Right)
    assert target_of(window).boxes[5, 0, 0] == pytest.approx(middle + 5)
    press(qtbot, window, "Ctrl+Z")
    assert target_of(window).boxes[5, 0, 0] == pytest.approx(middle)
    # A box in the midst is a keyframe from then on, and stays where it is.
    hand(qtbot, window, 5, 60)
    set_there = target_of(window).boxes[5, 0, 0]
    assert sources(window, 3, 8) == [3, 3, 1, 3, 3]
    hand(qtbot, window, 0, 20)
    assert target_of(window).boxes[5, 0, 0] == set_there
    window.actions_by_id[Id.SIZE_AWARE].trigger()
    assert SettingsStore(window.settings.path).values.size_aware


@pytest.mark.parametrize("end", ["refused", "failed", "closed"])
def test_a_first_look_whose_run_came_to_nothing_leaves_later_runs_alone(
    qtbot: QtBot,
    scripted: tuple[MainWindow, ScriptedTracker],
    end: str,
    make_clip: Callable[[Path, int], Path],
    tmp_path: Path,
) -> None:
    window, client = scripted
    hand(qtbot, window, 0)
    if end == "refused":
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(window.workspace, "track", lambda *_frames: None)
            first_look.do(window, "doubt")
    else:
        first_look.do(window, "doubt")
        assert window.workspace.tracking.running
    if end == "failed":
        client.fail()
    if end == "closed":
        open_path(qtbot, window, make_clip(tmp_path / "other", LENGTH))
        hand(qtbot, window, 0)
    settle(qtbot, window)
    go(qtbot, window, 0)
    run_to_end(qtbot, window, client, "T")
    assert window.frame_index == LENGTH - 1


def test_a_first_look_goes_where_the_score_is_lowest_after_its_run(
    qtbot: QtBot, scripted: tuple[MainWindow, ScriptedTracker]
) -> None:
    window, client = scripted
    hand(qtbot, window, 0)
    first_look.do(window, "doubt")
    client.step(LENGTH)
    client.end()
    settle(qtbot, window)
    assert window.frame_index == 1


def test_a_first_look_says_why_there_is_no_least_sure_frame(
    qtbot: QtBot, scripted: tuple[MainWindow, ScriptedTracker]
) -> None:
    window, _ = scripted
    hand(qtbot, window, 0)
    hand(qtbot, window, LENGTH - 1)
    first_look.do(window, "doubt")
    assert window.message == first_look.NOTHING_TRACKED
    target = target_of(window)
    boxes = np.repeat(target.boxes[:1], 2, axis=0)
    scores = np.full(2, np.nan, np.float32)
    frames = np.array([3, 4])
    window.workspace.document.do(AcceptRun(target.id, frames, boxes, scores))
    first_look.do(window, "doubt")
    assert window.message == first_look.NO_SCORES
