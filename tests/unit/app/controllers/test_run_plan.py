"""What a run will do, before it begins."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from app.controllers.run_plan import (
    RunPlan,
    plan_ahead,
    plan_between,
    plan_range,
    plan_to_here,
    start_of_all,
)
from app.state.document import Document
from sessions import AcceptRun, Flag, ImportBoxes, Interpolate, SetBox, SetFlags, Target
from tracker_core.errors import CKDError

PAIR = np.array([[10.0, 20.0, 30.0, 40.0]] * 2)


class Bench:
    """A target of 20 frames, with a box by hand on frame 3, and what it is given."""

    def __init__(self, document: Document) -> None:
        self._document = document

    @property
    def target(self) -> Target:
        assert self._document.session is not None
        return self._document.session.target("1")

    def hand(self, *frames: int) -> None:
        for frame in frames:
            self._document.do(SetBox("1", frame, PAIR))

    def tracked(self, *frames: int) -> None:
        count = len(frames)
        self._document.do(
            AcceptRun("1", np.array(frames), np.repeat(PAIR[:1], count, 0), np.full(count, 0.5))
        )

    def imported(self, *frames: int) -> None:
        boxes = np.repeat(PAIR[np.newaxis], len(frames), 0)
        self._document.do(ImportBoxes("1", np.array(frames), boxes))

    def absent(self, *frames: int) -> None:
        self._document.do(SetFlags("1", np.array(frames), Flag.ABSENT))

    def interpolated(self, start: int, stop: int) -> None:
        self._document.do(Interpolate("1", start, stop))


@pytest.fixture
def bench(document: Document) -> Bench:
    return Bench(document)


def legs(plan: RunPlan) -> list[tuple[int, int, int]]:
    """Template, start and end of each leg."""
    return [(leg.template.frame_index, leg.start.frame_index, leg.end) for leg in plan.legs]


def test_ahead_goes_to_the_end_or_to_the_next_box_by_hand(bench: Bench) -> None:
    assert legs(plan_ahead(bench.target, 3, 19)) == [(3, 3, 19)]
    bench.hand(9)
    there = plan_ahead(bench.target, 3, 19)
    assert (legs(there), there.stops_at, there.total) == ([(3, 3, 8)], 9, 5)
    back = plan_ahead(bench.target, 9, 0)
    assert (legs(back), back.stops_at) == ([(9, 9, 4)], 3)
    assert legs(plan_ahead(bench.target, 3, 7)) == [(3, 3, 7)]
    assert plan_ahead(bench.target, 3, 7).stops_at is None


def test_from_boxes_by_hand_in_a_row_it_sets_out_from_the_last(bench: Bench) -> None:
    bench.hand(4, 5, 12)
    plan = plan_ahead(bench.target, 3, 19)
    assert (legs(plan), plan.stops_at) == ([(5, 5, 11)], 12)


def test_what_was_tracked_is_tracked_again(bench: Bench) -> None:
    bench.tracked(*range(4, 20))
    assert legs(plan_ahead(bench.target, 6, 19)) == [(3, 6, 19)]


def test_interpolated_and_imported_boxes_are_kept_until_somebody_says_otherwise(
    bench: Bench,
) -> None:
    bench.imported(5, 6, 18, 19)
    bench.hand(12)
    bench.interpolated(3, 13)
    bench.absent(15)
    with pytest.raises(CKDError, match="boxes on frames 4 to 11, which are kept; switch on Track"):
        plan_ahead(bench.target, 3, 19)
    plan = plan_ahead(bench.target, 12, 19)
    # It ends before what is kept at the end: going through it would be for nothing.
    assert (legs(plan), plan.kept, plan.absent) == ([(12, 12, 17)], {18, 19}, {15})
    plan = plan_ahead(bench.target, 12, 19, replace=True)
    assert (legs(plan), plan.kept, plan.absent, plan.total) == ([(12, 12, 19)], set(), {15}, 6)
    assert legs(plan_ahead(bench.target, 3, 19, replace=True)) == [(3, 3, 11)]


def test_a_kept_box_in_between_is_passed(bench: Bench) -> None:
    bench.imported(5, 6)
    plan = plan_ahead(bench.target, 3, 9)
    assert (legs(plan), plan.kept, plan.total) == ([(3, 3, 9)], {5, 6}, 4)


def test_to_here_comes_from_the_box_by_hand_before(bench: Bench) -> None:
    bench.tracked(*range(4, 9))
    assert legs(plan_to_here(bench.target, 14)) == [(3, 3, 14)]
    bench.hand(6)
    assert legs(plan_to_here(bench.target, 14)) == [(6, 6, 14)]
    assert legs(plan_to_here(bench.target, 1)) == [(3, 3, 1)]
    # A box by hand here is where it arrives.
    bench.hand(14)
    assert legs(plan_to_here(bench.target, 14)) == [(6, 6, 13)]


def test_a_range_goes_on_from_each_box_by_hand_in_it(bench: Bench) -> None:
    bench.hand(8, 12)
    assert legs(plan_range(bench.target, 3, 16)) == [(3, 3, 7), (8, 8, 11), (12, 12, 15)]
    bench.tracked(5)
    # Without one at its beginning: from the frame before, whatever placed the box there.
    assert legs(plan_range(bench.target, 6, 10)) == [(3, 5, 7), (8, 8, 9)]
    assert legs(plan_range(bench.target, 5, 7)) == [(3, 5, 6)]
    # From a box by hand inside, also back to the beginning.
    assert legs(plan_range(bench.target, 7, 11)) == [(8, 8, 7), (8, 8, 10)]
    with pytest.raises(CKDError, match="no box on frame 15 or right before it, and none set by"):
        plan_range(bench.target, 15, 18)
    bench.hand(13)
    with pytest.raises(CKDError, match="set by hand on frames 12 to 13"):
        plan_range(bench.target, 12, 14)


def test_between_comes_from_both_ends(bench: Bench) -> None:
    with pytest.raises(CKDError, match="before and after frame 5; draw both first"):
        plan_between(bench.target, 5)
    bench.hand(9)
    for here in (3, 5, 8):
        plan = plan_between(bench.target, here)
        assert legs(plan) == [(3, 3, 8), (9, 9, 4)]
        assert (plan.blended, plan.total) == (True, 10)
    bench.hand(4)
    with pytest.raises(CKDError, match="Frames 3 and 4 are both set by hand"):
        plan_between(bench.target, 3)
    bench.interpolated(4, 10)
    with pytest.raises(CKDError, match="which are kept"):
        plan_between(bench.target, 6)


def test_all_targets_set_out_from_here_or_from_their_last_box(bench: Bench) -> None:
    assert start_of_all(bench.target, 3) == 3
    assert start_of_all(bench.target, 8) == 3
    assert start_of_all(bench.target, 1) == 1
    bench.tracked(4, 5)
    assert start_of_all(bench.target, 8) == 5


def absent_at_start(bench: Bench) -> None:
    bench.absent(3)


def absent_ahead(bench: Bench) -> None:
    bench.absent(*range(4, 20))


@pytest.mark.parametrize(
    ("prepare", "start", "end", "words"),
    [
        (None, 9, 19, "has no box on frame 9; draw one"),
        (None, 3, 3, "nothing to track"),
        (absent_at_start, 3, 19, "marked absent on frame 3; track from a frame where"),
        (absent_ahead, 3, 19, "marked absent on frames 4 to 19; there is nothing to track"),
    ],
)
def test_what_cannot_be_tracked_is_said(
    bench: Bench, prepare: Callable[[Bench], None] | None, start: int, end: int, words: str
) -> None:
    if prepare is not None:
        prepare(bench)
    with pytest.raises(CKDError, match=words):
        plan_ahead(bench.target, start, end)
