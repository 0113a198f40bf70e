"""What a run is going to do, worked out before it begins: where from, how far, and what stays.

A person's decisions come first: a run goes up to the next box set by hand, the tracker does not
look where the target is marked absent, and boxes that were interpolated or imported stay unless
somebody asks for them to be replaced.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.resolve.anchors import Anchor, box_on, boxed, by_hand, template_anchor
from app.workers.tracker_requests import Leg
from sessions import Flag, Source, Target
from tracker_core.errors import CKDError
from tracker_core.frames import Box

REPLACE = "switch on Track > Replace interpolated and imported boxes"
"""What a person does who wants a run to write over them."""


@dataclass(frozen=True, slots=True)
class RunPlan:
    """One run of one target; it leaves one step to undo."""

    target_id: str
    legs: tuple[Leg, ...]
    """Tracked one after the other."""
    kept: frozenset[int] = frozenset()
    """Frames on its way whose boxes stay as they are."""
    absent: frozenset[int] = frozenset()
    """Frames on its way that are marked absent: nobody looks there."""
    stops_at: int | None = None
    """The frame set by hand before which it ends; None where it ends by itself."""
    blended: bool = False
    """Whether two legs go over the same frames, from both ends."""

    @property
    def start(self) -> int:
        """The frame it sets out from."""
        return self.legs[0].start.frame_index

    @property
    def total(self) -> int:
        """How many answers are asked for; two on a frame that is reached from both ends."""
        passed = self.kept | self.absent
        return sum(index not in passed for leg in self.legs for index in leg.frames)


def plan_ahead(target: Target, start: int, end: int, *, replace: bool = False) -> RunPlan:
    """Return the run from the box on `start` towards `end`, up to the next box set by hand.

    Where the boxes right after `start` are set by hand too, it sets out from the last of these.
    Raises CKDError, with what to do, where there is nothing to track.
    """
    _check_box(target, start)
    if end == start:
        raise CKDError(f"Frame {start} is at the end of the sequence; there is nothing to track.")
    way = 1 if end > start else -1
    hand = set(by_hand(target).tolist())
    first = start
    while first != end and first + way in hand:
        first += way
    if first == end:
        where = _frames_text(start + way, end)
        raise CKDError(f"{target.name} is set by hand on {where}; there is nothing to track.")
    stops_at = next((index for index in range(first + way, end + way, way) if index in hand), None)
    last = end if stops_at is None else stops_at - way
    return _plan(target, [_leg(target, first, last)], replace=replace, stops_at=stops_at)


def plan_to_here(target: Target, here: int, *, replace: bool = False) -> RunPlan:
    """Return the run to the frame `here` from the box set by hand that is nearest before it.

    Without one before it, from the nearest one after it; without any, from the nearest other box.
    """
    there = np.flatnonzero(boxed(target))
    for frames in (by_hand(target), there):
        before, after = frames[frames < here], frames[frames > here]
        if before.size or after.size:
            return plan_ahead(
                target, int(before[-1] if before.size else after[0]), here, replace=replace
            )
    raise CKDError(f"{target.name} has no box to start from; draw one, then track to here.")


def plan_range(target: Target, first: int, stop: int, *, replace: bool = False) -> RunPlan:
    """Return the run over the frames `first` to before `stop`, from each box set by hand on.

    It sets out from the box by hand on `first`, else from the frame before, else from the box on
    `first`; else it goes back to `first` from the first box by hand in the range.
    """
    hand = by_hand(target)
    inside = hand[(hand >= first) & (hand < stop)].tolist()
    legs = []
    begin = next((index for index in _beginnings(target, first, inside) if index >= 0), None)
    if begin is None:
        if not inside:
            raise CKDError(
                f"{target.name} has no box on frame {first} or right before it, and none set by "
                f"hand on {_frames_text(first, stop - 1)}; draw one, then track the range."
            )
        begin = int(inside[0])
        legs.append(_leg(target, begin, first))
    corners = [begin, *(index for index in inside if index > begin)]
    for here, after in zip(corners, [*corners[1:], stop], strict=True):
        if after - 1 > here:
            legs.append(_leg(target, here, after - 1))
    if not legs:
        where = _frames_text(first, stop - 1)
        raise CKDError(f"{target.name} is set by hand on {where}; there is nothing to track.")
    return _plan(target, legs, replace=replace)


def plan_between(target: Target, here: int, *, replace: bool = False) -> RunPlan:
    """Return the run between the boxes set by hand around `here`, from both of them."""
    hand = by_hand(target)
    before, after = hand[hand <= here], hand[hand > here]
    if not before.size or not after.size:
        raise CKDError(
            f"{target.name} needs a box set by hand before and after frame {here}; draw both first."
        )
    low, high = int(before[-1]), int(after[0])
    if high - low < 2:
        raise CKDError(
            f"Frames {low} and {high} are both set by hand; there is nothing between them."
        )
    legs = [_leg(target, low, high - 1), _leg(target, high, low + 1)]
    return _plan(target, legs, replace=replace, blended=True)


def start_of_all(target: Target, here: int) -> int:
    """Return where tracking all targets sets out from for one: here, or its last box before."""
    there = np.flatnonzero(boxed(target)[: here + 1])
    # Here, where it has no box, so that `plan_ahead` says that.
    return int(there[-1]) if there.size else here


def _check_box(target: Target, frame_index: int) -> Box:
    if target.flags[frame_index] & Flag.ABSENT:
        raise CKDError(
            f"{target.name} is marked absent on frame {frame_index}; track from a frame "
            "where it is to be seen, or take the mark away."
        )
    box = box_on(target, frame_index)
    if box is None:
        raise CKDError(f"{target.name} has no box on frame {frame_index}; draw one, then track.")
    return box


def _leg(target: Target, start: int, end: int) -> Leg:
    box = _check_box(target, start)
    # Where no box set by hand leads here, the box that is here has to do.
    here = Anchor(start, box)
    return Leg(template_anchor(target, start, 1 if end > start else -1) or here, here, end)


def _plan(
    target: Target,
    legs: list[Leg],
    *,
    replace: bool,
    stops_at: int | None = None,
    blended: bool = False,
) -> RunPlan:
    """Return the plan of these legs with what they leave alone."""
    on_way = np.unique(np.concatenate([np.array(leg.frames, np.int64) for leg in legs]))
    absent = on_way[target.absent()[on_way]]
    source = target.source[on_way]
    others = np.isin(source, (Source.INTERPOLATED, Source.IMPORTED)) & (not replace)
    kept = np.setdiff1d(on_way[others], absent)
    # By hand is also what has a thermal box alone, which no run can set out from.
    left = np.setdiff1d(on_way[~others & (source != Source.MANUAL)], absent)
    if not left.size:
        raise CKDError(_nothing_left(target, on_way, kept))
    shortened = [leg for leg in (_shortened(leg, left) for leg in legs) if leg is not None]
    if shortened[-1].end != legs[-1].end:
        # It ends before what stays, and not at the box by hand behind that.
        stops_at = None
    return RunPlan(
        target.id, tuple(shortened), _some(kept), _some(absent), stops_at, blended=blended
    )


def _shortened(leg: Leg, left: NDArray[np.int64]) -> Leg | None:
    """Return a leg that ends on the last frame it may write; None where it may write none."""
    mine = left[np.isin(left, np.array(leg.frames, np.int64))]
    if not mine.size:
        return None
    forward = leg.end > leg.start.frame_index
    return Leg(leg.template, leg.start, int(mine[-1] if forward else mine[0]))


def _nothing_left(target: Target, on_way: NDArray[np.int64], kept: NDArray[np.int64]) -> str:
    where = _frames_text(int(on_way[0]), int(on_way[-1]))
    if not kept.size:
        return f"{target.name} is marked absent on {where}; there is nothing to track."
    return (
        f"{target.name} has interpolated or imported boxes on {where}, which are kept; "
        f"{REPLACE} to track over them."
    )


def _beginnings(target: Target, first: int, inside: list[int]) -> list[int]:
    """Return frames a range may be tracked from, the best one first; -1 for those that are none."""
    there = boxed(target)
    return [
        first if first in inside else -1,
        first - 1 if first > 0 and there[first - 1] else -1,
        first if there[first] else -1,
    ]


def _some(frames: Iterable[int]) -> frozenset[int]:
    return frozenset(int(index) for index in frames)


def _frames_text(first: int, last: int) -> str:
    low, high = min(first, last), max(first, last)
    return f"frame {low}" if low == high else f"frames {low} to {high}"
