"""Which boxes a tracker goes by when it looks at a frame: its template, and where it was before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sessions import Flag, Source, Target
from tracker_core.frames import Box


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where the template is cut."""

    frame_index: int
    box_xywh: Box


def box_on(target: Target, frame_index: int) -> Box | None:
    """Return the RGB box of `target` on a frame, the one that the tracker goes by."""
    # What is stored beneath the mark of absence is no box.
    if target.flags[frame_index] & Flag.ABSENT:
        return None
    x, y, w, h = (float(value) for value in target.boxes[frame_index, 0])
    return None if np.isnan(x) else (x, y, w, h)


def template_anchor(target: Target, frame_index: int, direction: int) -> Anchor | None:
    """Return the box set by hand that a run through `frame_index` goes back to.

    It is the nearest one on the side that the run comes from, the frame itself included.
    """
    return _nearest(target, by_hand(target), frame_index, direction)


def feature_anchors(target: Target, frame_index: int) -> tuple[Anchor, Box] | None:
    """Return the template's box and the box before `frame_index`, to look at a frame again.

    None when nothing before or after the frame leads to it.
    """
    # A run that set out from an imported box, as ground truth is, has its template there; but a
    # box set by hand comes first, on either side.
    for keys in (by_hand(target), _given(target)):
        for direction in (1, -1):
            previous = frame_index - direction
            if not 0 <= previous < len(target.source):
                continue
            box, anchor = box_on(target, previous), _nearest(target, keys, previous, direction)
            if box is not None and anchor is not None:
                return anchor, box
    return None


@dataclass(frozen=True, slots=True)
class Look:
    """What a tracker goes by when it looks at a frame again."""

    anchor: Anchor
    """Where the template is cut."""
    previous: Box
    """Where the target was before: the middle of the search window."""


def looks_of(target: Target, frames: Sequence[int]) -> dict[int, Look]:
    """Return `feature_anchors` of many frames, where there are any, without asking one by one."""
    wanted = np.asarray(frames, np.int64)
    anchors = np.full(len(wanted), -1, np.int64)
    before = np.full(len(wanted), -1, np.int64)
    there = boxed(target)  # (N,)
    for keys in (by_hand(target), _given(target)):
        for direction in (1, -1):
            previous = wanted - direction
            inside = (previous >= 0) & (previous < len(there))
            open_ = inside & (anchors < 0)
            open_[open_] = there[previous[open_]]
            # The last key up to the frame before, or the first one from there on.
            at = np.searchsorted(keys, previous, "right") - 1
            at = at if direction > 0 else np.searchsorted(keys, previous, "left")
            open_ &= (at >= 0) & (at < len(keys))
            anchors[open_], before[open_] = keys[at[open_]], previous[open_]
    looks = {}
    for index, key, last in zip(wanted.tolist(), anchors.tolist(), before.tolist(), strict=True):
        box, previous_box = (None, None) if key < 0 else (box_on(target, key), box_on(target, last))
        if box is not None and previous_box is not None:
            looks[index] = Look(Anchor(key, box), previous_box)
    return looks


def _nearest(
    target: Target, keys: NDArray[np.int64], frame_index: int, direction: int
) -> Anchor | None:
    """Return the nearest of some frames on the side that a run comes from, itself included."""
    reached = keys[keys <= frame_index] if direction > 0 else keys[keys >= frame_index]
    if not reached.size:
        return None
    key = int(reached[-1] if direction > 0 else reached[0])
    box = box_on(target, key)
    return None if box is None else Anchor(key, box)


def _given(target: Target) -> NDArray[np.int64]:
    """Return the frames with an RGB box that no tracker has made."""
    return np.flatnonzero((target.source != Source.TRACKED) & boxed(target)).astype(np.int64)


def by_hand(target: Target) -> NDArray[np.int64]:
    """Return the frames where a person has set an RGB box and the target is not marked absent."""
    there = (target.source == Source.MANUAL) & boxed(target)
    return np.flatnonzero(there).astype(np.int64)


def boxed(target: Target) -> NDArray[np.bool_]:
    """Return (N,) true where it is there with an RGB box, which a run can set out from."""
    found: NDArray[np.bool_] = ~np.isnan(target.boxes[:, 0, 0]) & ~target.absent()
    return found
