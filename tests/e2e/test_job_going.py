"""Going through a sequence: `main()` with a clip, then mouse and keys.

What is promised, and the test that does it:

- the timeline zooms by wheel, pinch and keys, pans, and is readable for 100 000 frames:
  `test_a_hundred_thousand_frames_are_zoomed_and_moved`
- next and previous keyframe, flag, change of source, gap; the middle between keyframes:
  `test_keys_and_menus_go_where_something_changes`
- loop over a range: `test_playing_goes_round_in_the_range`
- what was open opens where one stopped: `test_a_second_start_is_where_the_first_one_ended`
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QNativeGestureEvent, QPointingDevice
from PySide6.QtWidgets import QApplication

from app.look.theme import current_theme
from sessions import AddTarget, Flag, SetFlags, load
from tests.e2e.at_work import (
    MIDDLE,
    SHIFT,
    Hands,
    Program,
    by_hand,
    place_of,
    tracked,
    write_session,
    write_walk,
)

FRAMES = 80
MANY = 100_000


def write_long_video(path: Path, frames: int, gray: int) -> Path:
    """Write a video of as many frames as one likes: one picture, again and again."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        image = np.full((48, 64, 3), gray, np.uint8)
        image[:, :, 0] //= 2
        encoded = [*stream.encode(av.VideoFrame.from_ndarray(image, "rgb24")), *stream.encode()]
        data = bytes(encoded[0])
        for frame in range(frames):
            packet = av.Packet(data)
            packet.stream, packet.time_base = stream, Fraction(1, 25)
            packet.pts = packet.dts = frame
            packet.duration, packet.is_keyframe = 1, True
            container.mux(packet)
    return path


def pinch(hands: Hands, at: QPointF, value: float) -> None:
    """Move two fingers apart on a touch pad, or together where `value` is negative."""
    timeline = hands.timeline
    event = QNativeGestureEvent(
        Qt.NativeGestureType.ZoomNativeGesture, QPointingDevice.primaryPointingDevice(), 2,
        at, QPointF(timeline.mapTo(hands.window, at)), timeline.mapToGlobal(at), value, QPointF(),
    )  # fmt: skip
    QApplication.sendEvent(timeline, event)


@pytest.mark.slow
def test_a_hundred_thousand_frames_are_zoomed_and_moved(program: Program, tmp_path: Path) -> None:
    videos = [write_long_video(tmp_path / f"{name}.avi", MANY, gray)
              for name, gray in (("rgb", 160), ("thermal", 90))]  # fmt: skip
    mark = 54_321

    def person(hands: Hands) -> None:
        timeline, manual = hands.timeline, QColor(*current_theme().palette.manual)
        assert timeline.model.count == MANY
        hands.go(mark)
        hands.draw((20, 14, 12, 16))
        hands.go(MANY - 1)
        # One box by hand among all of them is seen.
        assert timeline.view.shown == MANY
        column = QPointF(timeline.x_of(mark), hands.strip(mark).y())
        near = [hands.painted(timeline, column + QPointF(step, 0)) for step in (-1, 0, 1)]
        assert manual in near
        # The wheel: what is under the pointer stays there, down to single frames.
        place = hands.ruler(mark)
        for _ in range(3):
            before = timeline.view.shown
            hands.wheel(timeline, place, 2)
            assert timeline.view.shown < 0.7 * before
            assert abs(timeline.x_of(mark + 0.5) - place.x()) < 3
        while timeline.view.shown > 8:
            # A pixel is many frames at first: who looks for one points at it again.
            hands.wheel(timeline, hands.ruler(mark), 3)
        assert timeline.view.shown == 8
        assert timeline.view.first <= mark < timeline.view.first + 8
        strips = {hands.painted(timeline, hands.strip(frame)).name()
                  for frame in (mark - 1, mark + 1) if timeline.view.first <= frame}  # fmt: skip
        assert manual.name() not in strips, "the frames beside it have no box"
        hands.click(timeline, hands.ruler(mark))
        hands.settle()
        assert hands.frame == mark
        hands.click(timeline, hands.ruler(timeline.view.first))
        hands.settle()
        assert hands.frame == timeline.view.first
        # Stepping takes the frames on show along.
        hands.key(*"DDDDDDDDDD")
        assert timeline.view.first <= hands.frame < timeline.view.first + 8
        # Moved by Shift and the wheel, by the middle button, and on the bar below.
        first = timeline.view.first
        hands.wheel(timeline, hands.ruler(first + 4), -3, SHIFT)
        assert timeline.view.first > first
        assert timeline.view.shown == 8
        first = timeline.view.first
        hands.drag(timeline, hands.strip(first + 1), hands.strip(first + 6), MIDDLE)
        assert timeline.view.first == first - 5
        bar = timeline.rect().bottomLeft()
        quarter = timeline.x_of(timeline.view.first) * 0.75 + timeline.x_of(first + 3) * 0.25
        hands.click(timeline, QPointF(quarter, bar.y() - 3))
        assert 15_000 < timeline.view.first < 35_000, "a quarter of the bar is a quarter of it all"
        # Keys, and the menu.
        hands.key("[", "[")
        assert timeline.view.shown == 32
        hands.key("]")
        assert timeline.view.shown == 16
        hands.key("\\")
        assert (timeline.view.first, timeline.view.shown) == (0, MANY)
        hands.menu("Timeline", "Zoom timeline in")
        assert timeline.view.shown == MANY / 2
        assert timeline.view.first <= hands.frame < timeline.view.first + timeline.view.shown
        # Two fingers.
        pinch(hands, hands.ruler(hands.frame), 0.25)
        assert timeline.view.shown == pytest.approx(MANY / 2.5, rel=0.01)
        hands.menu("Timeline", "Whole sequence")
        assert timeline.view.shown == MANY

    program(person, *videos)


def test_keys_and_menus_go_where_something_changes(program: Program, tmp_path: Path) -> None:
    clip = write_walk(tmp_path / "walk", FRAMES)
    (clip / "infrared" / "0070.jpg").unlink()
    (clip / "infrared" / "0074.jpg").unlink()
    session = write_session(
        tmp_path / "walk.h5", clip,
        AddTarget("1", "Walker"),
        by_hand("1", 10),
        by_hand("1", 50),
        tracked("1", 11, 40),
        SetFlags("1", np.arange(30, 35), Flag.ABSENT),
        SetFlags("1", np.array([60]), Flag.OCCLUDED),
    )  # fmt: skip

    def person(hands: Hands) -> None:
        visited = []
        hands.go(0)
        for keys in (
            "J", "J", "Shift+J", "H",  # keyframes, and the middle between them
            "G", "G", "G", "G", "Shift+G",  # marks
            "Home", "U", "U", "U", "U", "Shift+U",  # sources
            "Q", "Q", "Shift+Q",  # frames without an image
        ):  # fmt: skip
            hands.key(keys)
            visited.append(hands.frame)
        assert visited == [
            10, 50, 10, 30,
            35, 60, 61, 61, 60,
            0, 10, 11, 30, 35, 30,  # absent is a source as well: none
            70, 74, 70,
        ]  # fmt: skip
        hands.key("Home")
        # What a key does stands in the menu too.
        visited.clear()
        for title in (
            "Next keyframe", "Middle between keyframes", "Next keyframe", "Previous mark",
            "Next mark", "Previous keyframe", "Next change of source", "Previous change of source",
            "Next frame without", "Previous frame without",
        ):  # fmt: skip
            hands.menu("Go", title)
            visited.append(hands.frame)
        assert visited == [10, 30, 50, 35, 60, 50, 51, 50, 70, 70]
        assert hands.note == "No image is missing before this frame."

    program(person, session)


def test_playing_goes_round_in_the_range(program: Program, walk: Path) -> None:

    def person(hands: Hands) -> None:
        seen: list[int] = []
        hands.window.workspace.playback.frame_changed.connect(
            lambda frame, _way: seen.append(frame)
        )
        hands.go(20)
        hands.key("I")
        hands.go(23)
        hands.key("O", "Ctrl+L")
        seen.clear()
        hands.press("Space")
        hands.wait(lambda: len(seen) > 9)
        hands.press("Space")
        hands.settle()
        first = seen.index(20)
        assert seen[first : first + 8] == [20, 21, 22, 23, 20, 21, 22, 23]
        # Without the tick it plays on beyond the range.
        hands.menu("Timeline", "Loop over the range")
        seen.clear()
        hands.press("Space")
        hands.wait(lambda: 26 in seen)
        hands.press("Space")
        hands.settle()

    program(person, walk)


def test_a_second_start_is_where_the_first_one_ended(
    program: Program, walk: Path, tmp_path: Path
) -> None:
    saved = tmp_path / "walk.h5"
    looked: list[tuple[float, float]] = []

    def first(hands: Hands) -> None:
        hands.draw(place_of(0))
        hands.key("Ctrl+N")
        hands.draw((70, 20, 20, 20))
        hands.click_line(hands.target_list, 0)
        hands.go(33)
        hands.wheel(hands.rgb, hands.rgb.pane_point(80, 60), 3)
        hands.settle()
        looked.append((hands.window.views.panes.viewport.scale, hands.rgb.pane_point(80, 60).x()))
        with hands.answering(saved):
            hands.press("Ctrl+S")
        hands.wait(saved.exists)
        hands.settle()
        hands.press("Ctrl+Q")

    def second(hands: Hands) -> None:
        assert hands.frame == 33
        assert hands.target.name == "Target 1"
        scale = hands.window.views.panes.viewport.scale
        assert (scale, hands.rgb.pane_point(80, 60).x()) == pytest.approx(looked[0], rel=0.02)
        assert hands.window.workspace.document.clean, "looking is no change"
        hands.key("End", "F")
        hands.press("Ctrl+Q")

    def third(hands: Hands) -> None:
        assert hands.frame == FRAMES - 1
        assert hands.window.views.panes.viewport.fitted

    program(first, walk)
    assert len(load(saved).targets) == 2
    program(second, saved)
    program(third, saved)
    # The frames alone, too: nothing has been saved there.
    program(lambda hands: hands.key("Home", "D", "D"), walk)

    def again(hands: Hands) -> None:
        assert hands.frame == 2

    program(again, walk)
