"""Interpolated boxes: in a line or by size, in all gaps at once, and following their ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sessions import (
    AnnotationSession,
    Flag,
    History,
    Interpolate,
    Modality,
    SessionError,
    SetBox,
    SetFlags,
    Source,
    Target,
    command_from_record,
    command_to_record,
)
from sessions.between import Stretch, between, following
from sessions.commands.boxes import Link
from tests.unit.sessions.building import empty, run, state


class Bench:
    """A session of 40 frames with one target, and its history."""

    def __init__(self) -> None:
        self.session: AnnotationSession = empty()
        self.history = History(self.session)

    @property
    def target(self) -> Target:
        return self.session.target("1")

    def draw(self, frame: int, box: Any, **options: Any) -> SetBox:
        command = SetBox.draw(self.session, "1", frame, box, **options)
        self.history.do(command)
        return command

    def x(self, *frames: int) -> list[float]:
        return self.target.boxes[list(frames), 0, 0].tolist()

    def sources(self, start: int, stop: int) -> list[int]:
        return self.target.source[start:stop].tolist()


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    for frame, x in ((4, 10.0), (8, 50.0), (14, 80.0)):
        bench.draw(frame, (x, 20, 30, 40))
    bench.history.do(Interpolate("1", 0, 40))
    return bench


def test_a_keyframe_that_moves_takes_the_frames_beside_it_along(bench: Bench) -> None:
    before = state(bench.session)
    assert bench.x(5, 6, 7, 11) == [20, 30, 40, 65]
    bench.draw(8, (90.0, 20, 30, 40))
    assert bench.x(4, 5, 6, 7, 8, 11, 14) == [10, 30, 50, 70, 90, 85, 80]
    assert bench.sources(4, 15) == [1, 3, 3, 3, 1, 3, 3, 3, 3, 3, 1]
    after = state(bench.session)
    bench.history.undo()
    assert state(bench.session) == before
    bench.history.redo()
    assert state(bench.session) == after
    # The first one has interpolated frames at one side only.
    bench.draw(4, (50.0, 20, 30, 40))
    assert bench.x(5, 6, 7, 11) == [60, 70, 80, 85]


def test_a_box_drawn_between_becomes_a_keyframe_of_both_sides(bench: Bench) -> None:
    bench.draw(6, (0.0, 20, 30, 40))
    assert bench.x(5, 6, 7) == [5, 0, 25]
    assert bench.sources(5, 8) == [3, 1, 3]
    bench.draw(6, (20.0, 20, 30, 40))
    assert bench.x(5, 6, 7, 11) == [15, 20, 35, 65]
    bench.history.undo()
    bench.history.undo()
    assert bench.x(5, 6, 7) == [20, 30, 40]


def test_the_thermal_boxes_follow_as_well(bench: Bench) -> None:
    thermal = bench.target.boxes[8, 1].copy()
    thermal[0] += 8
    bench.draw(8, thermal, modality=Modality.TIR, link=Link.NONE)
    assert bench.x(7) == [40]
    assert bench.target.boxes[7, 1, 0] - bench.target.boxes[7, 0, 0] == pytest.approx(6)


def test_what_does_not_lie_between_its_ends_any_more_stays(bench: Bench) -> None:
    # As a program would leave it that knows nothing of following.
    moved = replace(SetBox.draw(bench.session, "1", 8, (90.0, 20, 30, 40)), follows=())
    bench.history.do(moved)
    assert bench.x(7, 11) == [40, 65]
    bench.draw(8, (91.0, 20, 30, 40))
    assert bench.x(7, 11) == [40, 65]


def test_tracked_frames_and_empty_ones_end_a_stretch(bench: Bench) -> None:
    bench.history.do(run("1", np.array([6])))
    assert following(bench.target, 8) == (Stretch(8, 14),), "frame 7 lies between other ends now"
    bench.draw(20, (80.0, 20, 30, 40))
    assert following(bench.target, 14) == (Stretch(8, 14),)
    assert following(bench.target, 20) == ()
    assert following(bench.target, 30) == ()


def test_absent_frames_are_left_alone_and_end_nothing(bench: Bench) -> None:
    bench.history.do(SetFlags("1", np.array([6, 11]), Flag.ABSENT))
    bench.draw(8, (90.0, 20, 30, 40))
    assert bench.x(5, 6, 7, 9, 10) == pytest.approx([30, 30, 70, 90 - 10 / 6, 90 - 20 / 6])
    assert bench.target.flags[[6, 11]].tolist() == [Flag.ABSENT] * 2


def test_nudges_are_one_step_with_all_that_follows(bench: Bench) -> None:
    before = state(bench.session)
    for x in (51.0, 52.0, 53.0):
        bench.draw(8, (x, 20, 30, 40), nudge=True)
    assert bench.x(6) == [31.5]
    bench.history.undo()
    assert state(bench.session) == before


def test_a_nudge_that_reaches_further_is_a_step_of_its_own(bench: Bench) -> None:
    first = replace(SetBox.draw(bench.session, "1", 8, (51.0, 20, 30, 40), nudge=True), follows=())
    bench.history.do(first)
    later = SetBox("1", 8, first.boxes + 1, True, first.edited_at, (Stretch(4, 8),))
    before = state(bench.session)
    bench.history.do(later)
    bench.history.undo()
    assert state(bench.session) == before


def test_the_record_says_what_follows_and_one_of_before_says_nothing(bench: Bench) -> None:
    command = SetBox.draw(bench.session, "1", 8, (90.0, 20, 30, 40))
    record: Any = command_to_record(command)
    again = command_from_record(record)
    assert isinstance(again, SetBox)
    assert again.follows == (Stretch(4, 8), Stretch(8, 14))
    del record["fields"]["follows"]
    old = command_from_record(record)
    bench.history.do(old)
    assert bench.x(7, 11) == [40, 65]


@pytest.mark.parametrize("follows", [(Stretch(3, 5),), 7, ("8",), (Stretch(8, 9), None)], ids=str)
def test_what_cannot_follow_is_refused(bench: Bench, follows: Any) -> None:
    with pytest.raises(SessionError, match="made of the stretches that end at it"):
        SetBox("1", 8, bench.target.boxes[8], follows=follows)


def test_a_stretch_past_the_end_is_refused(bench: Bench) -> None:
    command = SetBox("1", 8, bench.target.boxes[8], follows=(Stretch(8, 99),))
    with pytest.raises(SessionError, match="does not exist"):
        bench.history.do(command)
    with pytest.raises(SessionError, match="is empty"):
        Stretch(8, 8)


def test_by_size_goes_as_things_that_come_nearer() -> None:
    # Seen from a camera of focal length 100: a box of 2 x 4 that comes from 20 to 5 away, evenly.
    frames = np.arange(16)
    far = 20.0 - frames
    across, up = -3.0 + 0.2 * frames, 1.0 - 0.1 * frames
    seen = np.stack([200 + 100 * across / far, 150 + 100 * up / far, 200 / far, 400 / far], axis=1)
    boxes = np.concatenate([seen[:, :2] - seen[:, 2:] / 2, seen[:, 2:]], axis=1)
    keys = np.array([0, 15])
    by_size = between(frames, keys, boxes[keys], size_aware=True)
    assert np.allclose(by_size, boxes)
    straight = between(frames, keys, boxes[keys])
    assert np.abs(straight - boxes).max() > 10


def test_by_size_is_a_line_where_the_size_stays() -> None:
    keys, boxes = np.array([0, 10]), np.array([[0.0, 5, 30, 40], [100.0, 25, 30, 40]])
    frames = np.arange(11)
    lines = between(frames, keys, boxes), between(frames, keys, boxes, size_aware=True)
    assert np.allclose(*lines)


def test_a_size_aware_stretch_follows_by_size(bench: Bench) -> None:
    bench.draw(14, (80.0, 20, 120, 160))
    bench.history.do(Interpolate("1", 0, 40, size_aware=True))
    bench.draw(8, (60.0, 20, 20, 30))
    keys = np.array([8, 14])
    wanted = between(np.arange(9, 14), keys, bench.target.boxes[keys, 0], size_aware=True)
    assert np.allclose(bench.target.boxes[9:14, 0], wanted)
    # Between boxes of one size both are the same, and the person's choice decides.
    assert following(bench.target, 14)[0].size_aware
    straight = Bench()
    for frame in (4, 8):
        straight.draw(frame, (10.0 * frame, 20, 30, 40))
    straight.history.do(Interpolate("1", 0, 40))
    for way in (True, False):
        assert following(straight.target, 8, size_aware=way) == (Stretch(4, 8, way),)


def test_all_gaps_are_filled_and_nothing_else_is_touched() -> None:
    bench = Bench()
    bench.draw(2, (10.0, 20, 30, 40))
    bench.history.do(run("1", np.array([6, 7, 8])))
    bench.draw(12, (50.0, 20, 30, 40))
    bench.history.do(SetFlags("1", np.array([10]), Flag.ABSENT))
    tracked = bench.target.boxes[6:9].copy()
    before = state(bench.session)
    bench.history.do(Interpolate("1", 0, 40, gaps=True))
    assert bench.sources(1, 15) == [0, 1, 3, 3, 3, 2, 2, 2, 3, 0, 3, 1, 0, 0]
    assert np.array_equal(bench.target.boxes[6:9], tracked)
    assert bench.x(4) == [pytest.approx((bench.x(2)[0] + bench.x(6)[0]) / 2)]
    assert bench.history.undo_label == "Interpolate the gaps of walker on frames 0 to 39"
    bench.history.undo()
    assert state(bench.session) == before
    with pytest.raises(SessionError, match="fewer than two boxes on frames 20 to 29"):
        Interpolate("1", 20, 30, gaps=True).apply(bench.session)


def test_the_source_of_what_follows_stays_interpolated(bench: Bench) -> None:
    bench.draw(8, (90.0, 20, 30, 40))
    assert (bench.target.source[[5, 6, 7]] == Source.INTERPOLATED).all()
    assert np.isnan(bench.target.score[[5, 6, 7]]).all()
    assert not np.isnan(bench.target.edited[[5, 6, 7]]).any()


def test_across_goes_by_the_boxes_at_both_ends_whoever_placed_them() -> None:
    bench = Bench()
    bench.history.do(run("1", np.arange(0, 20)))
    bench.draw(8, (200.0, 20, 30, 40))
    bench.history.do(SetFlags("1", np.array([6]), Flag.ABSENT))
    ends = {frame: bench.x(frame)[0] for frame in (4, 8, 12)}
    before = state(bench.session)
    bench.history.do(Interpolate("1", 4, 13, across=True))
    assert bench.sources(3, 14) == [2, 2, 3, 2, 3, 1, 3, 3, 3, 2, 2]
    assert bench.x(7) == [pytest.approx(ends[4] + (ends[8] - ends[4]) * 3 / 4)]
    assert bench.x(10) == [pytest.approx((ends[8] + ends[12]) / 2)]
    bench.history.undo()
    assert state(bench.session) == before
    # Frame 6 is absent: a box beneath the mark is none to go by.
    with pytest.raises(SessionError, match="fewer than two boxes on frames 6 to 7"):
        Interpolate("1", 6, 8, across=True).apply(bench.session)
