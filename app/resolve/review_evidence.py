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

AROUND = 3
"""Frames on either side that a frame is judged with: a target is seldom lost for one frame alone,
and a tracker that is lost is sure of itself now and then."""
SURE = 0.4
"""Doubt of a tracker that is sure, at the most: one that never was is compared with that."""
HOME = 5
"""Frames beside a box by hand on which a run from the other end has to be on it."""


@dataclass(frozen=True, slots=True, eq=False)
class Opinions:
    """Second opinions on the boxes of a target; NaN where not asked."""

    boxes: NDArray[np.float64]
    """(N, 4) the boxes that they are about; NaN where there was none."""
    alone: NDArray[np.float64]
    """(N, 2, 4) where RGB alone and thermal alone see the target."""
    likeness: NDArray[np.float64]
    """(N,) how like the template the box looks, -1 to 1."""
    back: NDArray[np.float64]
    """(N, 4) where a run from the other end sees the target."""
    missed: NDArray[np.float64]
    """(N,) how far that run was from the box by hand that it should have come to, 0 to 1; NaN where
    it began at a box by hand itself, so that neither way is the surer one."""

    @classmethod
    def about(cls, boxes: NDArray[np.float64]) -> Opinions:
        """Return that nothing is known yet of these boxes (N, 4)."""
        count = len(boxes)
        return cls(boxes, *(np.full((count, *rest), np.nan) for rest in ((2, 4), (), (4,), ())))


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
    lost: NDArray[np.bool_] | None = None
    """(N,) frames on which the target is perhaps lost; None where nobody has looked."""
    overlap: NDArray[np.float32] | None = None
    """(N,) overlap that the tracker expects of its box, NaN for none; None likewise."""


def doubt(known: Evidence) -> Values:
    """One minus the score of the frames around."""
    return mean_around(np.where(known.machine, 1 - known.score.astype(np.float64), np.nan))


def fallen(known: Evidence) -> Values:
    """How far the score around is below where the tracker was surest of this target.

    What a sure tracker says differs from target to target, and from day to night; so one that has
    gone over to something else, and is fairly sure of that, shows only beside itself.
    """
    around = doubt(known)
    if np.isnan(around).all():
        return around
    return np.asarray(around - min(float(np.nanmin(around)), SURE))


def drop(known: Evidence) -> Values:
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
    """One minus the overlap of where each camera alone sees the target, around the frame."""
    opinions = known.opinions
    if opinions is None:
        return _nothing(known)
    apart = _apart(opinions.alone[:, 0], opinions.alone[:, 1])
    return mean_around(np.where(_still(known, opinions), apart, np.nan))


def ways_apart(known: Evidence) -> Values:
    """How much a run from the other end speaks against the box.

    Between two boxes by hand: as far as it sees the target elsewhere. One that begins at a tracked
    box follows back whatever that box is on: where it does not come home to the box by hand, that
    was something else, and so was every box on which both ways agree.
    """
    opinions = known.opinions
    if opinions is None:
        return _nothing(known)
    apart = _apart(known.boxes, opinions.back)
    strayed = opinions.missed * (1 - apart)
    against = np.where(np.isnan(opinions.missed), apart, strayed)
    return mean_around(np.where(_still(known, opinions), against, np.nan))


def unlike(known: Evidence) -> Values:
    """How unlike the template the boxes around look."""
    opinions = known.opinions
    if opinions is None:
        return _nothing(known)
    return mean_around(np.where(_still(known, opinions), 1 - opinions.likeness, np.nan))


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
    return np.where(there, mean, np.nan)


def how_far_from_home(
    boxes: NDArray[np.float64], back: NDArray[np.float64], frames: NDArray[np.int64]
) -> Values:
    """(N,) how far a run backward was from the boxes beside the one by hand, on `frames`.

    `frames` go on from the box by hand. NaN everywhere else, and where no run came that far.
    """
    missed = np.full(len(boxes), np.nan)
    home = _apart(boxes[frames[:HOME]], back[frames[:HOME]])
    if not np.isnan(home).all():
        # The smallest: one frame on which both agree is enough to have come home.
        missed[frames] = np.nanmin(home)
    return missed


def _nothing(known: Evidence) -> Values:
    return np.full(len(known.score), np.nan)


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
