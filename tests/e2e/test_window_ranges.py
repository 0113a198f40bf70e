"""Ranges of frames at the real window: chosen by mouse and keys, and what is done to them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QTreeWidget
from pytestqt.qtbot import QtBot

from app.look.theme import current_theme
from app.views.timeline.geometry import RANGE, ROW, ROWS_TOP, RULER
from app.window.actions import Id
from app.window.main_window import MainWindow
from sessions import AcceptRun, AddTarget, Flag, SetBox, Source
from tests.e2e.driving import LEFT, move, open_path, press, session_of, settle, target_of

FRAMES = 40
SHIFT = Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def tracked(
    qtbot: QtBot, window: MainWindow, make_clip: Callable[[Path, int], Path], tmp_path: Path
) -> MainWindow:
    """A clip with one target, by hand on the first frame and tracked on all others."""
    open_path(qtbot, window, make_clip(tmp_path / "clip", FRAMES))
    document, session = window.workspace.document, session_of(window)
    document.do(AddTarget("1", "Target 1"))
    document.do(SetBox.draw(session, "1", 0, (40, 30, 24, 32)))
    frames = np.arange(1, FRAMES)
    boxes = np.stack([[40 + 2 * frame, 30, 24, 32] for frame in frames]).astype(np.float64)
    document.do(AcceptRun("1", frames, boxes, np.linspace(0.9, 0.2, frames.size)))
    # A clip without a target opens with the pencil in hand.
    press(qtbot, window, "Esc")
    settle(qtbot, window)
    return window


def key(qtbot: QtBot, window: MainWindow, keys: str) -> None:
    press(qtbot, window, keys)
    settle(qtbot, window)


def go(qtbot: QtBot, window: MainWindow, frame: int) -> None:
    """Click on the ruler of the timeline."""
    timeline = window.timeline
    point = QPoint(round(timeline.x_of(frame + 0.5)), 8)
    qtbot.mouseClick(timeline, LEFT, pos=point)
    settle(qtbot, window)
    assert window.presenter.shown_index() == frame


def chosen(window: MainWindow) -> tuple[int, int] | None:
    return window.workspace.selection.value.frame_range


def absent(window: MainWindow) -> list[int]:
    return [int(each) for each in np.flatnonzero(target_of(window).absent())]


def steps(window: MainWindow) -> int:
    history = window.workspace.document.history
    assert history is not None
    return history.undo_count


def test_two_keys_mark_a_stretch_absent_and_it_is_seen_everywhere(
    qtbot: QtBot, tracked: MainWindow
) -> None:
    window, before = tracked, steps(tracked)
    palette = current_theme().palette
    go(qtbot, window, 12)
    key(qtbot, window, "I")
    go(qtbot, window, 20)
    assert chosen(window) == (12, 21)
    assert window.transport.range.text() == "Range: frames 12 to 20 (9), O ends it"
    key(qtbot, window, "Alt+1")
    assert absent(window) == list(range(12, 21))
    assert window.message == "Marked Target 1 absent on frames 12 to 20."
    assert steps(window) == before + 1
    assert chosen(window) is None, "what followed was begun for this mark"
    assert window.views.panes.scene.boxes == ()
    assert "Target 1: absent" in [label.text() for label in window.status_line.findChildren(QLabel)]
    # The list counts the boxes that are there.
    item = window.targets.findChildren(QTreeWidget)[0].topLevelItem(0)
    assert item is not None
    assert item.text(1) == str(FRAMES - 9)
    image = window.timeline.grab().toImage()
    strip = int(ROWS_TOP + ROW / 2)
    for frame, green in ((10, True), (16, False), (25, True)):
        colour = image.pixelColor(int(window.timeline.x_of(frame + 0.5)), strip)
        assert (colour == QColor(*palette.tracked)) is green
    queue = window.workspace.review.queue
    assert not any(queue.at(frame, None) for frame in range(12, 21))
    key(qtbot, window, "Ctrl+Z")
    assert absent(window) == []
    assert window.views.panes.scene.boxes


def test_o_ends_a_range_that_stays_for_more_than_one_mark(
    qtbot: QtBot, tracked: MainWindow
) -> None:
    window = tracked
    go(qtbot, window, 30)
    key(qtbot, window, "I")
    go(qtbot, window, 25)
    key(qtbot, window, "O")
    assert chosen(window) == (25, 31), "backwards, too"
    go(qtbot, window, 3)
    assert chosen(window) == (25, 31)
    before = steps(window)
    for keys, flag in (
        ("Alt+2", Flag.OCCLUDED),
        ("Alt+3", Flag.TRUNCATED),
        ("Alt+4", Flag.REVIEWED),
    ):
        key(qtbot, window, keys)
        assert (target_of(window).flags[25:31] & flag).all()
    assert not target_of(window).flags[3]
    assert steps(window) == before + 3
    assert window.actions_by_id["flag_occluded"].isChecked()
    key(qtbot, window, "Alt+2")
    assert window.message == "Took the mark occluded off Target 1 on frames 25 to 30."
    key(qtbot, window, "Alt+0")
    assert window.message == "Took all marks off Target 1 on frames 25 to 30."
    assert not target_of(window).flags.any()
    key(qtbot, window, "Esc")
    assert chosen(window) is None
    key(qtbot, window, "Alt+1")
    assert absent(window) == [3], "without a range, the frame on show"
    key(qtbot, window, "O")
    key(qtbot, window, "D")
    assert chosen(window) == (3, 5), "O without a range begins one as well"


def test_a_range_is_dragged_and_shift_clicked(qtbot: QtBot, tracked: MainWindow) -> None:
    window, timeline = tracked, tracked.timeline
    lane = round(RULER + RANGE / 2)

    def at(frame: int, y: int) -> QPoint:
        return QPoint(round(timeline.x_of(frame + 0.5)), y)

    qtbot.mousePress(timeline, LEFT, pos=at(10, lane))
    for frame in (12, 15):
        move(timeline, at(frame, lane))  # type: ignore[arg-type]
    qtbot.mouseRelease(timeline, LEFT, pos=at(15, lane))
    settle(qtbot, window)
    assert chosen(window) == (10, 16)
    assert window.presenter.shown_index() == 15, "the frames go along"
    accent = QColor(*current_theme().palette.accent)
    assert timeline.grab().toImage().pixelColor(at(12, lane)) == accent
    qtbot.mouseClick(timeline, LEFT, SHIFT, pos=at(22, 40))
    assert chosen(window) == (10, 23)
    key(qtbot, window, "Esc")
    go(qtbot, window, 5)
    qtbot.mouseClick(timeline, LEFT, SHIFT, pos=at(8, 40))
    assert chosen(window) == (5, 9), "from the frame on show"
    qtbot.mouseClick(timeline, LEFT, NONE, pos=at(20, lane))
    assert chosen(window) is None


def test_deleting_copying_and_interpolating_over_a_range(qtbot: QtBot, tracked: MainWindow) -> None:
    window, target = tracked, target_of(tracked)
    go(qtbot, window, 10)
    key(qtbot, window, "I")
    go(qtbot, window, 14)
    key(qtbot, window, "Del")
    assert window.message == "Removed 5 boxes of Target 1 on frames 10 to 14."
    assert not target.boxed()[10:15].any()
    key(qtbot, window, "Ctrl+Z")
    assert target.boxed()[10:15].all()
    window.workspace.selection.set_range((10, 15))
    key(qtbot, window, "C")
    assert window.message == "Copied a box of Target 1 to frames 11 to 14."
    assert (target.source[11:15] == Source.MANUAL).all()
    assert (target.boxes[11:15] == target.boxes[10]).all()
    key(qtbot, window, "Ctrl+Z")
    for frame in (11, 14):
        go(qtbot, window, frame)
        assert window.set_target_box((50.0 + frame, 30, 24, 32))
    before = steps(window)
    window.workspace.selection.set_range((10, 16))
    key(qtbot, window, "R")
    assert target.source[10:16].tolist() == [2, 1, 3, 3, 1, 2]
    assert steps(window) == before + 1
    assert window.message.startswith("Interpolated Target 1 between its boxes by hand on frames 10")


def test_one_key_ends_the_target_up_to_its_next_box_by_hand(
    qtbot: QtBot, tracked: MainWindow
) -> None:
    window = tracked
    go(qtbot, window, 30)
    assert window.set_target_box((60, 30, 24, 32))
    go(qtbot, window, 22)
    key(qtbot, window, "E")
    assert absent(window) == list(range(22, 30))
    assert window.message == (
        "Marked Target 1 absent on frames 22 to 29, up to its next box by hand."
    )
    go(qtbot, window, 35)
    key(qtbot, window, "E")
    assert absent(window) == [*range(22, 30), *range(35, FRAMES)]
    assert window.message == f"Marked Target 1 absent on frames 35 to {FRAMES - 1}, to the end."
    key(qtbot, window, "Ctrl+Z")
    key(qtbot, window, "Ctrl+Z")
    assert absent(window) == []


def test_keys_go_to_keyframes_marks_sources_and_gaps(qtbot: QtBot, tracked: MainWindow) -> None:
    window = tracked
    go(qtbot, window, 20)
    assert window.set_target_box((60, 30, 24, 32))
    window.workspace.selection.set_range((28, 31))
    key(qtbot, window, "Alt+1")
    key(qtbot, window, "Esc")
    window.workspace.gaps.add(33)
    shown = window.presenter.shown_index
    key(qtbot, window, "Shift+J")
    assert shown() == 0
    key(qtbot, window, "H")
    assert shown() == 10, "halfway between the keyframes 0 and 20"
    key(qtbot, window, "J")
    assert shown() == 20
    visited = []
    for keys in ("G", "G", "Shift+G", "Shift+U", "Q", "Shift+U"):
        key(qtbot, window, keys)
        visited.append(shown())
    assert visited == [28, 31, 28, 21, 33, 31]
    key(qtbot, window, "J")
    assert window.status_line.note.text() == "Target 1 has no box by hand after this frame."


def test_playing_loops_over_the_range(qtbot: QtBot, tracked: MainWindow) -> None:
    window, seen = tracked, list[int]()
    go(qtbot, window, 9)
    window.workspace.selection.set_range((10, 13))
    key(qtbot, window, "Ctrl+L")
    assert window.actions_by_id[Id.RANGE_LOOP].isChecked()
    window.workspace.playback.frame_changed.connect(lambda index, _way: seen.append(index))
    press(qtbot, window, "Space")
    qtbot.waitUntil(lambda: len(seen) > 7, timeout=60_000)
    press(qtbot, window, "Space")
    settle(qtbot, window)
    assert seen[:7] == [10, 11, 12, 10, 11, 12, 10]


def test_keys_zoom_the_timeline_and_the_playhead_stays_on_it(
    qtbot: QtBot, tracked: MainWindow
) -> None:
    window, timeline = tracked, tracked.timeline
    go(qtbot, window, 20)
    for _ in range(5):
        key(qtbot, window, "]")
    assert timeline.view.shown == 8
    assert timeline.view.first <= 20 < timeline.view.first + 8
    for _ in range(8):
        key(qtbot, window, "D")
    assert timeline.view.first <= 28 < timeline.view.first + 8
    key(qtbot, window, "[")
    assert timeline.view.shown == 16
    key(qtbot, window, "\\")
    assert timeline.view.shown == FRAMES
