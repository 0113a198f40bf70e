"""What speaks for a wrong box on each frame, as numbers; pure functions on a target's arrays.

Which of them count, and how much, is measured: see `review_weights`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker_core.evaluation.metrics import overlaps

Values = NDArray[np.float64]
"""(N,), NaN where nothing is known."""

AROUND = 7
"""Frames on either side that a frame is judged with: a target is seldom lost for one frame alone,
and a tracker that is lost is sure of itself now and then."""


@dataclass(frozen=True, slots=True, eq=False)
class Opinions:
    """Second opinions on the boxes of a target: each camera alone, and the way back."""

    boxes: NDArray[np.float64]
    """(N, 4) the boxes that they are about; NaN where there was none."""
    alone: NDArray[np.float64]
    """(N, 2, 4) where RGB alone and thermal alone see the target; NaN where not asked."""
    back: NDArray[np.float64]
    """(N, 4) where a run from the other end sees it; NaN where not asked."""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What is known of a target's frames."""

    boxes: NDArray[np.float64]
    """(N, 4) of RGB, NaN for none."""
    score: NDArray[np.float32]
    """(N,) NaN for none."""
    machine: NDArray[np.bool_]
    """(N,) frames that a machine placed and no person has decided on."""
    removed: NDArray[np.int32]
    """(N,) removed tokens of the target itself; below 0 where not known."""
    opinions: Opinions | None = None


def doubt(known: Evidence) -> Values:
    """One minus the score."""
    return np.where(known.machine, 1 - known.score.astype(np.float64), np.nan)


def doubt_around(known: Evidence) -> Values:
    """One minus the mean score of the frames around."""
    return mean_around(doubt(known))


def fall(known: Evidence) -> Values:
    """How much lower the score is than on the frame before."""
    found = np.full(len(known.score), np.nan)
    found[1:] = known.score[:-1] - known.score[1:]
    return found


def jump(known: Evidence) -> Values:
    """Way of the centre since the frame before, in sides of the box."""
    centre = known.boxes[:, :2] + known.boxes[:, 2:] / 2
    side = _side(known.boxes)
    moved = np.full(len(side), np.nan)
    moved[1:] = np.hypot(*(centre[1:] - centre[:-1]).T) / side[:-1]
    return moved


def size_change(known: Evidence) -> Values:
    """By which factor the box's side is another one than on the frame before, at least 1."""
    side = _side(known.boxes)
    change = np.full(len(side), np.nan)
    change[1:] = np.maximum(side[1:] / side[:-1], side[:-1] / side[1:])
    return change


def tokens(known: Evidence) -> Values:
    """Removed tokens of the target."""
    return np.where(known.removed < 0, np.nan, known.removed.astype(np.float64))


def cameras_apart(known: Evidence) -> Values:
    """One minus the overlap of where each camera alone sees the target."""
    if known.opinions is None:
        return np.full(len(known.score), np.nan)
    rgb, tir = known.opinions.alone[:, 0], known.opinions.alone[:, 1]
    return np.where(_still(known, known.opinions), _apart(rgb, tir), np.nan)


def ways_apart(known: Evidence) -> Values:
    """One minus the overlap of the box and where a run from the other end sees the target."""
    if known.opinions is None:
        return np.full(len(known.score), np.nan)
    apart = _apart(known.boxes, known.opinions.back)
    return np.where(_still(known, known.opinions), apart, np.nan)


def mean_around(values: Values) -> Values:
    """(N,) the mean of what is known around each frame."""
    there = ~np.isnan(values)
    # Sums up to each frame, so that it costs the same however many frames are around.
    sums = np.concatenate([[0.0], np.cumsum(np.where(there, values, 0.0))])
    counts = np.concatenate([[0], np.cumsum(there)])
    count = len(values)
    first = np.maximum(np.arange(count) - AROUND, 0)
    stop = np.minimum(np.arange(count) + AROUND + 1, count)
    known = counts[stop] - counts[first]
    mean = (sums[stop] - sums[first]) / np.maximum(known, 1)
    return np.where(there & (known > 0), mean, np.nan)


def highest_around(values: Values) -> Values:
    """(N,) the highest of what is known around each frame."""
    padded = np.pad(np.where(np.isnan(values), -np.inf, values), AROUND, constant_values=-np.inf)
    views = np.lib.stride_tricks.sliding_window_view(padded, 2 * AROUND + 1)  # (N, 2 a + 1)
    highest = views.max(axis=1)
    return np.where(np.isnan(values) | np.isinf(highest), np.nan, highest)


def _still(known: Evidence, opinions: Opinions) -> NDArray[np.bool_]:
    """(N,) where the boxes are those that the opinions are about."""
    return np.asarray((known.boxes == opinions.boxes).all(axis=1))


def _apart(some: NDArray[np.float64], others: NDArray[np.float64]) -> Values:
    unknown = np.isnan(some[:, 0]) | np.isnan(others[:, 0])
    # No overlap is what a box without numbers has; it would look like the worst.
    return np.where(unknown, np.nan, 1 - overlaps(np.nan_to_num(some), np.nan_to_num(others)))


def _side(boxes: NDArray[np.float64]) -> Values:
    # A box without an area cannot be divided by.
    return np.asarray(np.sqrt(np.maximum(boxes[:, 2] * boxes[:, 3], 1e-9)))
