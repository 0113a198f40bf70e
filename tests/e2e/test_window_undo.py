"""Undo and redo at the real window: by keys, during runs, and where the view goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from app.window.actions import Id
from app.window.main_window import MainWindow
from sessions import SetTargetProperties, Source
from tests.e2e.conftest import BOX, FRAMES
from tests.e2e.driving import (
    LEFT,
    PATIENCE,
    draw_target,
    move,
    open_path,
    session_of,
    settle,
    target_of,
)
from tests.scripted import ScriptedTracker

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
BOX_XYWH = (float(BOX[0]), float(BOX[1]), float(BOX[2]), float(BOX[3]))


def undo(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    settle_unless_running(qtbot, window)


def redo(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL | SHIFT)
    settle_unless_running(qtbot, window)


def settle_unless_running(qtbot: QtBot, window: MainWindow) -> None:
    if not window.workspace.tracking.running:
        settle(qtbot, window)


@pytest.fixture
def scripted(
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    make_window: Callable[[], MainWindow],
    clip: Path,
) -> Iterator[tuple[MainWindow, ScriptedTracker]]:
    """The window on a clip, with a tracker that says what the test wants."""
    monkeypatch.setattr("app.window.workspace.TrackerClient", ScriptedTracker)
    window = make_window()
    open_path(qtbot, window, clip)
    client = window.workspace.tracker
    assert isinstance(client, ScriptedTracker)
    yield window, client
    if client.running:
        client.end()


def tracked(window: MainWindow) -> list[int]:
    return [int(each) for each in np.flatnonzero(target_of(window).source == Source.TRACKED)]


def test_undo_ends_the_run_and_loses_nothing(
    qtbot: QtBot, window: MainWindow, make_clip: Callable[[Path, int], Path], tmp_path: Path
) -> None:
    open_path(qtbot, window, make_clip(tmp_path / "long", 400))
    draw_target(qtbot, window)
    tracking = window.workspace.tracking
    with qtbot.waitSignal(window.run_ended, timeout=PATIENCE) as ended:
        qtbot.keyClick(window, Qt.Key.Key_T)
        qtbot.waitUntil(lambda: len(tracking.live_frames) >= 5, timeout=PATIENCE)
        qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
        # Pressed again while the run is still ending, it asks for nothing more.
        qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    settle(qtbot, window)
    count = len(tracked(window))
    assert count >= 5
    assert ended.args[0] == (
        f"Stopped; {count} frames tracked so far stay; undo once more to take them back. "
        f"Perhaps lost on {count} frames, the first is frame 1."
    )
    assert window.message == ended.args[0]
    assert target_of(window).source[0] == Source.MANUAL
    undo(qtbot, window)
    assert tracked(window) == []
    assert window.message == "", "what it says is not so any more"
    assert window.status_line.note.text() == f"Undone: Track Target 1 on frames 1 to {count}."
    undo(qtbot, window)
    undo(qtbot, window)
    assert session_of(window).targets == {}
    undo(qtbot, window)
    assert window.status_line.note.text() == "There is nothing to undo."
    for _ in range(3):
        redo(qtbot, window)
    assert len(tracked(window)) == count
    redo(qtbot, window)
    assert window.status_line.note.text() == "There is nothing to redo."


def test_undo_while_the_tracker_is_loaded_keeps_the_first_box(
    qtbot: QtBot, scripted: tuple[MainWindow, ScriptedTracker]
) -> None:
    window, client = scripted
    draw_target(qtbot, window)
    client.loads_slowly = True
    qtbot.keyClick(window, Qt.Key.Key_T)
    assert window.workspace.tracking.running
    assert window.actions_by_id[Id.REDO].isEnabled()
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert not window.workspace.tracking.running
    assert window.message == "Stopped before any frame; nothing was undone."
    assert target_of(window).source[0] == Source.MANUAL
    undo(qtbot, window)
    assert target_of(window).source[0] == Source.NONE
    redo(qtbot, window)
    assert target_of(window).source[0] == Source.MANUAL


def test_a_key_held_down_ends_a_run_and_no_more(
    qtbot: QtBot, scripted: tuple[MainWindow, ScriptedTracker]
) -> None:
    window, client = scripted
    draw_target(qtbot, window)
    action = window.actions_by_id[Id.UNDO]
    qtbot.keyClick(window, Qt.Key.Key_T)
    client.step(3)
    assert action.text() == "&Undo (ends the run first)"
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert window.status_line.activity.text() == "Ending the run…"
    client.end()
    assert not action.autoRepeat()
    assert tracked(window) == [1, 2, 3]
    undo(qtbot, window)
    assert action.autoRepeat()
    assert tracked(window) == []


def test_redo_ends_the_run_too(qtbot: QtBot, scripted: tuple[MainWindow, ScriptedTracker]) -> None:
    window, client = scripted
    draw_target(qtbot, window)
    qtbot.keyClick(window, Qt.Key.Key_T)
    client.step(2)
    redo(qtbot, window)
    client.end()
    assert window.message == "Stopped; 2 frames tracked so far stay; undo takes them back."
    undo(qtbot, window)
    redo(qtbot, window)
    assert tracked(window) == [1, 2]


def test_the_tracked_target_is_removed_with_its_frames_and_comes_back(
    qtbot: QtBot, scripted: tuple[MainWindow, ScriptedTracker]
) -> None:
    window, client = scripted
    draw_target(qtbot, window)
    qtbot.keyClick(window, Qt.Key.Key_T)
    client.step(3)
    window.actions_by_id[Id.REMOVE_TARGET].trigger()
    assert client.stopping
    assert list(session_of(window).targets) == ["1"]
    client.end()
    assert session_of(window).targets == {}
    assert window.message == "Removed Target 1 with 4 boxes."
    (button,) = window.workbench.messages.buttons
    assert button.text() == "Undo"
    qtbot.mouseClick(button, LEFT)
    assert tracked(window) == [1, 2, 3]
    assert window.status_line.note.text() == ("Undone: Remove Target 1; it is back with 4 boxes.")


def test_the_button_of_a_removal_never_undoes_something_else(
    qtbot: QtBot, scripted: tuple[MainWindow, ScriptedTracker]
) -> None:
    window, _ = scripted
    draw_target(qtbot, window)
    window.add_target("Car")
    window.actions_by_id[Id.REMOVE_TARGET].trigger()
    assert window.message == "Removed Car, which had no box."
    window.go_to_frame(2)
    assert window.message != ""
    window.set_target_box(BOX_XYWH)
    assert window.message == ""


def test_the_view_goes_where_undo_acts(
    qtbot: QtBot, scripted: tuple[MainWindow, ScriptedTracker]
) -> None:
    window, _ = scripted
    for frame in (1, 5):
        window.go_to_frame(frame)
        window.set_target_box(BOX_XYWH)
    first = window.workspace.selection.value.target_id
    window.workbench.messages.clear()
    # Where one is already, a note will do.
    undo(qtbot, window)
    assert (window.frame_index, window.message) == (5, "")
    assert window.status_line.note.text() == "Undone: Draw box of Target 1 on frame 5."
    assert window.status_line.note.isVisible()
    window.add_target("Car")
    window.actions_by_id[Id.UNDO].trigger()
    assert window.workspace.selection.value.target_id == first
    second = window.add_target("Car")
    assert window.status_line.note.text() == "", "it was about another step"
    undo(qtbot, window)
    # Who is elsewhere is taken along, and told so over the frames.
    window.go_to_frame(7)
    undo(qtbot, window)
    assert window.frame_index == 1
    assert window.message == "Undone: Draw box of Target 1 on frame 1."
    window.go_to_frame(7)
    redo(qtbot, window)
    assert window.frame_index == 1
    assert window.message == "Redone: Draw box of Target 1 on frame 1."
    redo(qtbot, window)
    assert window.workspace.selection.value.target_id == second


def test_a_warning_that_was_not_read_yet_stays(
    qtbot: QtBot, scripted: tuple[MainWindow, ScriptedTracker]
) -> None:
    window, _ = scripted
    window.set_target_box(BOX_XYWH)
    window.go_to_frame(5)
    window.show_error("Frame 3 is damaged.")
    undo(qtbot, window)
    assert window.frame_index == 0
    assert window.message == "Frame 3 is damaged."


def test_whole_targets_say_what_came_back(
    qtbot: QtBot, scripted: tuple[MainWindow, ScriptedTracker]
) -> None:
    window, _ = scripted
    names = ("Walker", "Car", "Bus")
    ids = [window.add_target(name) for name in names]
    correction, selection = window.workspace.correction, window.workspace.selection
    correction.rename(str(ids[1]), "Taxi")
    selection.select(ids[2])
    undo(qtbot, window)
    assert selection.value.target_id == ids[1]
    assert window.status_line.note.text() == ("Undone: Rename Car to Taxi; it is called Car again.")
    correction.remove_target()
    assert selection.value.target_id == ids[2]
    correction.remove_target()
    assert selection.value.target_id == ids[0]
    undo(qtbot, window)
    undo(qtbot, window)
    assert list(session_of(window).targets) == ids
    assert selection.value.target_id == ids[1]
    correction.apply(SetTargetProperties(str(ids[0]), class_name="person", visible=False))
    undo(qtbot, window)
    assert window.status_line.note.text() == (
        "Undone: Change properties of Walker; its class is empty again, it is shown again."
    )


def test_undo_during_a_drag_lets_go_of_it_and_no_more(
    qtbot: QtBot, scripted: tuple[MainWindow, ScriptedTracker]
) -> None:
    window, _ = scripted
    draw_target(qtbot, window)
    pane, target = window.views.panes.rgb, target_of(window)
    x, y, w, h = BOX
    middle = pane.pane_point(x + w / 2, y + h / 2).toPoint()
    before = target.boxes[0].copy()
    qtbot.mousePress(pane, LEFT, pos=middle)
    move(pane, middle + QPoint(30, 10))
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    qtbot.mouseRelease(pane, LEFT, pos=middle + QPoint(30, 10))
    assert np.array_equal(target.boxes[0], before)
    undo(qtbot, window)
    assert target.source[0] == Source.NONE
    redo(qtbot, window)
    assert np.array_equal(target.boxes[0], before)


def test_del_takes_away_what_the_run_has_just_said(
    qtbot: QtBot, scripted: tuple[MainWindow, ScriptedTracker]
) -> None:
    window, client = scripted
    draw_target(qtbot, window)
    qtbot.keyClick(window, Qt.Key.Key_T)
    client.step(4)
    window.go_to_frame(2)
    qtbot.waitUntil(lambda: window.presenter.shown_index() == 2, timeout=PATIENCE)
    qtbot.keyClick(window, Qt.Key.Key_Delete)
    assert window.message == (
        "What you set by hand on Target 1 stays; the run goes on with the box it began with."
    )
    client.step(FRAMES)
    client.end()
    assert tracked(window) == [1, 3, 4, 5, 6, 7]
    undo(qtbot, window)
    assert tracked(window) == []
    undo(qtbot, window)
    assert tracked(window) == [2]
    redo(qtbot, window)
    redo(qtbot, window)
    assert tracked(window) == [1, 3, 4, 5, 6, 7]


def test_closing_during_a_run_counts_its_frames(
    qtbot: QtBot, window: MainWindow, make_clip: Callable[[Path, int], Path], tmp_path: Path
) -> None:
    open_path(qtbot, window, make_clip(tmp_path / "long", 400))
    draw_target(qtbot, window)
    tracking, asked = window.workspace.tracking, list[int]()

    def no() -> bool:
        asked.append(len(tracked(window)))
        return False

    window.confirm_discard = no
    window.track_forward()
    qtbot.waitUntil(lambda: len(tracking.live_frames) >= 3, timeout=PATIENCE)
    window.actions_by_id[Id.CLOSE_SEQUENCE].trigger()
    assert len(asked) == 1
    assert asked[0] >= 3
    assert len(tracked(window)) == asked[0]
    window.confirm_discard = lambda: True


def test_another_tracker_is_the_next_runs(
    qtbot: QtBot, scripted: tuple[MainWindow, ScriptedTracker]
) -> None:
    window, client = scripted
    draw_target(qtbot, window)
    qtbot.keyClick(window, Qt.Key.Key_T)
    client.step(2)
    window.commands.set_tracker("static")
    client.step(2)
    assert window.workspace.tracking.running
    client.end()
    assert tracked(window) == [1, 2, 3, 4]
