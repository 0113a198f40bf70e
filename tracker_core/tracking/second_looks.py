"""Second opinions on boxes that a tracker gave: each camera alone, likeness, and the way back.

Where they part from the first opinion, a box is more often wrong. Together they cost as much as
tracking three times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tracker_core.ckd.crop import crop_window, cut
from tracker_core.errors import CKDError
from tracker_core.frames import COVERED, Box, FramePair
from tracker_core.imaging import thermal_over_rgb
from tracker_core.trackers.protocol import Result, Tracker, capabilities_of

PairOf = Callable[[int], FramePair | None]
"""Gives the images of a frame; None for a gap."""
Modality = Literal["rgb", "tir"]

PATCH = 32
"""Side of the pictures by which a box is compared with the template, in pixels."""
PATCH_FACTOR = 1.2
"""Side of what is compared over that of the box: its outline against the ground counts as well."""
FLAT = 4.0
"""Gray levels added to the deviation of a picture: noise of a flat one must not be its content."""


@dataclass(frozen=True, slots=True)
class Alone:
    """Where each camera alone sees the target on a frame, and how like the template its box is."""

    frame_index: int
    rgb: Box
    tir: Box
    likeness: float
    """Correlation of the given box with the template, the mean of both cameras; NaN without one."""


@dataclass(frozen=True, slots=True)
class Back:
    """Where a run from the other end sees the target on a frame."""

    frame_index: int
    box_xywh: Box


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
) -> Iterator[Alone]:
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
    index, given = template
    first = _pair(pair_of, index)
    look = _patches(first, given)
    rgb: Any = tracker.start(covered(first, "rgb"), given)
    tir: Any = tracker.start(covered(first, "tir"), given)
    before: Box | None = given
    for frame_index in frames:
        pair, box = pair_of(frame_index), as_box(boxes[frame_index])
        if pair is not None and before is not None:
            _, by_rgb = tracker.step(rgb.moved_to(before), covered(pair, "rgb"))
            _, by_tir = tracker.step(tir.moved_to(before), covered(pair, "tir"))
            likeness = float("nan") if box is None else _correlation(look, _patches(pair, box))
            yield Alone(frame_index, by_rgb.box_xywh, by_tir.box_xywh, likeness)
        before = box


def way_back(
    tracker: Tracker[Result],
    pair_of: PairOf,
    start: tuple[int, Box],
    frames: Iterable[int],
) -> Iterator[Back]:
    """Yield where a tracker that starts at the other end sees the target; raises CKDError."""
    index, box = start
    state = tracker.start(_pair(pair_of, index), box)
    for frame_index in frames:
        pair = pair_of(frame_index)
        if pair is not None:
            state, result = tracker.step(state, pair)
            yield Back(frame_index, result.box_xywh)


def as_box(row: NDArray[np.float64]) -> Box | None:
    """Return a row of boxes as a box; None where there is none."""
    if np.isnan(row).any():
        return None
    x, y, w, h = row.tolist()
    return x, y, w, h


def _pair(pair_of: PairOf, frame_index: int) -> FramePair:
    pair = pair_of(frame_index)
    if pair is None:
        raise CKDError(
            f"Frame {frame_index}, from whose box the others are looked at again, lacks an image."
        )
    return pair


def _patches(pair: FramePair, box: Box) -> NDArray[np.float32]:
    """(2, P, P) the box in RGB's gray and in thermal, each with mean 0 and deviation 1."""
    window = crop_window(box, PATCH_FACTOR)
    found = []
    for image in (pair.rgb, thermal_over_rgb(pair)):
        patch = cut(image, window, PATCH).astype(np.float32)
        patch = patch if patch.ndim == 2 else patch.mean(axis=-1)
        found.append((patch - patch.mean()) / (patch.std() + FLAT))
    return np.stack(found)


def _correlation(some: NDArray[np.float32], others: NDArray[np.float32]) -> float:
    return float((some * others).mean())
