"""Boxes between two others: in a straight line, or as things lie that come nearer or go away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sessions.checks import MAX_FRAMES, as_flag, as_int
from sessions.errors import SessionError
from sessions.model import FrameRows, Source, Target
from sessions.records import recordable

TOLERANCE = 1e-3
"""Pixels by which interpolated boxes may lie off, and still be those of their ends: a file keeps
boxes in double precision, but other programs may not have."""


@recordable
@dataclass(frozen=True, slots=True)
class Stretch:
    """Interpolated frames between two boxes; those two are not among them."""

    start: int
    """Frame of the box before."""
    stop: int
    """Frame of the box after."""
    size_aware: bool = False

    def __post_init__(self) -> None:
        as_int(self.start, "The first frame of a stretch", 0, MAX_FRAMES)
        as_int(self.stop, "The last frame of a stretch", 0, MAX_FRAMES)
        as_flag(self.size_aware, "Whether a stretch is size-aware")
        if self.stop <= self.start:
            raise SessionError(f"The stretch from {self.start} to {self.stop} is empty.")

    def frames(self, target: Target) -> NDArray[np.int64]:
        """Return the interpolated frames of a target in it; absent ones are left alone."""
        span = np.arange(self.start + 1, self.stop, dtype=np.int64)
        interpolated = target.source[span] == Source.INTERPOLATED
        found: NDArray[np.int64] = span[interpolated & ~target.absent()[span]]
        return found

    def boxes(self, frames: NDArray[np.int64], ends: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (k, 2, 4) boxes on these frames for the (2, 2, 4) boxes at both ends."""
        keys = np.array([self.start, self.stop])
        sides = [between(frames, keys, ends[:, m], size_aware=self.size_aware) for m in (0, 1)]
        return np.stack(sides, axis=1)


def between(
    frames: NDArray[np.int64],
    keys: NDArray[np.int64],
    boxes: NDArray[np.float64],
    *,
    size_aware: bool = False,
) -> NDArray[np.float64]:
    """Return (k, 4) boxes on `frames` through the (n, 4) boxes on `keys` that exist, NaN beyond.

    Straight: each number goes evenly from one key to the next. Size-aware: what goes evenly is
    the distance, one over the side of the box, and the place in space.
    """
    known = ~np.isnan(boxes[:, 0])
    result = np.full((frames.size, 4), np.nan)
    if not known.any():
        return result
    # np.interp would go on with the outermost box where this modality has no key.
    inside = (frames >= keys[known][0]) & (frames <= keys[known][-1])
    found = frames[inside], keys[known], boxes[known]
    # A box without an area has no distance.
    deep = size_aware and bool((boxes[known][:, 2:] > 0).all())
    result[inside] = _in_depth(*found) if deep else _straight(*found)
    return result


def _straight(
    frames: NDArray[np.int64], keys: NDArray[np.int64], values: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return (k, c) columns between the (n, c) ones at the keys."""
    return np.stack([np.interp(frames, keys, column) for column in values.T], axis=1)


def _in_depth(
    frames: NDArray[np.int64], keys: NDArray[np.int64], boxes: NDArray[np.float64]
) -> NDArray[np.float64]:
    width, height = boxes[:, 2], boxes[:, 3]
    distance = 1.0 / np.sqrt(width * height)  # (n,)
    centre = boxes[:, :2] + boxes[:, 2:] / 2.0  # (n, 2)
    # A point of space is seen at its place divided by its distance.
    space = np.column_stack([centre * distance[:, np.newaxis], distance, np.log(width / height)])
    moved = _straight(frames, keys, space)  # (k, 4)
    side = 1.0 / moved[:, 2]
    stretched = np.exp(moved[:, 3] / 2.0)
    size = np.column_stack([side * stretched, side / stretched])  # (k, 2)
    return np.concatenate([moved[:, :2] * side[:, np.newaxis] - size / 2.0, size], axis=1)


def anchors(target: Target) -> NDArray[np.bool_]:
    """(N,) true where a target has a box that was not interpolated."""
    firm: NDArray[np.bool_] = target.boxed() & (target.source != Source.INTERPOLATED)
    return firm


def following(target: Target, frame: int, *, size_aware: bool = False) -> tuple[Stretch, ...]:
    """Return the stretches beside `frame` that follow when its box is set by hand.

    Those are interpolated frames that still lie as their ends have it; what somebody has moved
    since stays. Where both ways are the same, as between boxes of one size, `size_aware` decides.
    """
    firm = anchors(target)
    # An empty frame ends a stretch, unless the target is not there at all.
    broken = (target.source == Source.NONE) & ~target.absent()
    ends = [_end(firm, broken, frame, way) for way in (-1, 1)]
    low, high = ends
    if target.source[frame] == Source.INTERPOLATED:
        # The one stretch that it lies in becomes two.
        if low is None or high is None:
            return ()
        whole = _as_it_lies(target, low, high, size_aware=size_aware)
        if whole is None:
            return ()
        halves: tuple[Stretch, ...] = (
            Stretch(low, frame, whole.size_aware),
            Stretch(frame, high, whole.size_aware),
        )
    else:
        halves = tuple(
            stretch
            for start, stop in ((low, frame), (frame, high))
            if start is not None and stop is not None and firm[frame]
            if (stretch := _as_it_lies(target, start, stop, size_aware=size_aware)) is not None
        )
    return tuple(half for half in halves if half.frames(target).size)


def followed_by(target: Target, own: FrameRows, stretches: tuple[Stretch, ...]) -> FrameRows:
    """Return the row of one frame together with those that follow it, ascending."""
    rows = [own, *(_laid_again(target, stretch, own) for stretch in stretches)]
    names = ("frames", "boxes", "source", "flags", "score", "edited")
    columns = {name: np.concatenate([getattr(each, name) for each in rows]) for name in names}
    order = np.argsort(columns["frames"], kind="stable")
    return FrameRows(**{name: column[order] for name, column in columns.items()})


def _laid_again(target: Target, stretch: Stretch, own: FrameRows) -> FrameRows:
    ends = np.array(target.boxes[[stretch.start, stretch.stop]])  # (2, 2, 4)
    ends[0 if own.frames[0] == stretch.start else 1] = own.boxes[0]
    frames = stretch.frames(target)
    boxes = stretch.boxes(frames, ends)
    # Where both cameras lack a box at one end, the old boxes are better than none.
    some = ~np.isnan(boxes[:, :, 0]).all(axis=1)
    frames, boxes = frames[some], boxes[some]
    return FrameRows(
        frames,
        boxes,
        np.full(frames.size, Source.INTERPOLATED, np.uint8),
        target.flags[frames],
        np.full(frames.size, np.nan, np.float32),
        np.repeat(own.edited, frames.size),
    )


def _end(firm: NDArray[np.bool_], broken: NDArray[np.bool_], frame: int, way: int) -> int | None:
    """Return the nearest box that was not interpolated; None behind an empty frame."""
    if way < 0:
        found = np.flatnonzero((firm | broken)[:frame])
        end = int(found[-1]) if found.size else None
    else:
        found = np.flatnonzero((firm | broken)[frame + 1 :])
        end = int(found[0]) + frame + 1 if found.size else None
    return end if end is not None and firm[end] else None


def _as_it_lies(target: Target, start: int, stop: int, *, size_aware: bool) -> Stretch | None:
    """Return the stretch between two frames if it lies in one of the two ways."""
    for way in (size_aware, not size_aware):
        stretch = Stretch(start, stop, way)
        frames = stretch.frames(target)
        boxes = stretch.boxes(frames, target.boxes[[start, stop]])
        if frames.size and np.allclose(
            boxes, target.boxes[frames], rtol=0.0, atol=TOLERANCE, equal_nan=True
        ):
            return stretch
    return None
