"""Second opinions on boxes that a tracker gave: each camera alone, and the way back.

Where they part from the first opinion, a box is more often wrong. Both cost as much as tracking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tracker_core.errors import CKDError
from tracker_core.frames import Box, FramePair
from tracker_core.trackers.protocol import Result, Tracker, capabilities_of

PairOf = Callable[[int], FramePair | None]
"""Gives the images of a frame; None for a gap."""
Modality = Literal["rgb", "tir"]

COVERED = 120
"""The gray level of a covered camera: nearly the mean that frames are normalised with."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """Where somebody else sees the target on a frame."""

    frame_index: int
    boxes: tuple[Box, ...]
    """For `each_alone` that of RGB and that of thermal, for `way_back` one."""


def covered(frames: FramePair, seen: Modality) -> FramePair:
    """The same moment with the camera that is not `seen` covered: one gray everywhere."""
    if seen == "rgb":
        # Of the RGB frame's size: one gray needs no registration.
        return replace(frames, tir=np.full(frames.rgb.shape[:2], COVERED, np.uint8))
    return replace(frames, rgb=np.full_like(frames.rgb, COVERED))


def each_alone(
    tracker: Tracker[Result],
    pair_of: PairOf,
    template: tuple[int, Box],
    boxes: NDArray[np.float64],
    frames: Iterable[int],
) -> Iterator[Opinion]:
    """Yield where each camera alone sees the target, searching where the boxes say it was.

    `template` is a frame and the box that was given there; `frames` go on from it, either way, and
    `boxes` (N, 4) has the first opinion. A tracker that searches from the last box of its own would
    soon be lost without its other camera, and say nothing of any later frame; so each look starts
    from the box before. Gaps, and frames after one without a box, are left out. Raises CKDError.
    """
    if not capabilities_of(tracker).moves:
        raise CKDError(
            "This tracker cannot be asked for one camera alone: it does not say how to go on from "
            "another box. Choose a CKD model."
        )
    index, box = template
    first = pair_of(index)
    if first is None:
        raise CKDError(f"Frame {index}, whose box is the template, lacks an image.")
    states: dict[Modality, Any] = {
        seen: tracker.start(covered(first, seen), box) for seen in ("rgb", "tir")
    }
    before: Box | None = box
    for frame_index in frames:
        pair = pair_of(frame_index)
        if pair is not None and before is not None:
            found = []
            for seen, state in states.items():
                _, result = tracker.step(state.moved_to(before), covered(pair, seen))
                found.append(result.box_xywh)
            yield Opinion(frame_index, tuple(found))
        before = as_box(boxes[frame_index])


def way_back(
    tracker: Tracker[Result],
    pair_of: PairOf,
    start: tuple[int, Box],
    frames: Iterable[int],
) -> Iterator[Opinion]:
    """Yield where a tracker that starts at the other end sees the target; raises CKDError."""
    index, box = start
    first = pair_of(index)
    if first is None:
        raise CKDError(f"Frame {index}, where the way back begins, lacks an image.")
    state = tracker.start(first, box)
    for frame_index in frames:
        pair = pair_of(frame_index)
        if pair is not None:
            state, result = tracker.step(state, pair)
            yield Opinion(frame_index, (result.box_xywh,))


def as_box(row: NDArray[np.float64]) -> Box | None:
    """Return a row of boxes as a box; None where there is none."""
    if np.isnan(row).any():
        return None
    x, y, w, h = row.tolist()
    return x, y, w, h
