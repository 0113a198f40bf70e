"""How far a predicted box is from the true one, and how often it is near enough.

Boxes are (N, 4) arrays of x, y, w, h in frame pixels. Everything here is vectorised over all frames
of all sequences at once; `lengths` says how many frames each sequence has, in order.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Boxes: TypeAlias = NDArray[np.float64]
"""(N, 4): x, y, w, h in frame pixels."""
Values: TypeAlias = NDArray[np.float64]

INVALID = -1.0
"""Error and overlap where the ground truth is invalid: a hit in precision, a miss in success."""


def centre_errors(predicted: Boxes, truth: Boxes) -> Values:
    """Return the distance of the centres in pixels, (N,).

    Whether a centre is x + w/2 or x + (w-1)/2 makes no difference: it cancels out.
    """
    right, down = _centre_offsets(predicted, truth)
    return np.asarray(np.sqrt(right * right + down * down))


def normalised_centre_errors(predicted: Boxes, truth: Boxes) -> Values:
    """Return the distance of the centres in units of the true width and height, (N,).

    Frames whose true width or height is zero get infinity.
    """
    right, down = _centre_offsets(predicted, truth)
    right = _divide(right, truth[:, 2], np.inf)
    down = _divide(down, truth[:, 3], np.inf)
    return np.asarray(np.sqrt(right * right + down * down))


def _centre_offsets(predicted: Boxes, truth: Boxes) -> tuple[Values, Values]:
    x, y, w, h = (predicted - truth).T
    return x + w / 2, y + h / 2  # of the differences: halves of w - 1 cancel out in them


def _divide(values: Values, by: Values, otherwise: float) -> Values:
    """Return values / by, and `otherwise` where `by` is zero."""
    quotient = np.full(len(values), otherwise)
    np.divide(values, by, out=quotient, where=by != 0)
    return quotient


def overlaps(predicted: Boxes, truth: Boxes) -> Values:
    """Return intersection over union, (N,), 0 to 1; 0 where a box has no area."""
    shared = _shared(predicted, truth, 0) * _shared(predicted, truth, 1)
    union = predicted[:, 2] * predicted[:, 3] + truth[:, 2] * truth[:, 3] - shared
    # Without shared area the union may be 0, or less where a size is negative.
    return _divide(shared, np.where(shared > 0, union, 0.0), 0.0)


def _shared(predicted: Boxes, truth: Boxes, axis: int) -> Values:
    """Return the length that both boxes cover along x (0) or y (1), (N,)."""
    start, size = axis, axis + 2
    end = np.minimum(predicted[:, start] + predicted[:, size], truth[:, start] + truth[:, size])
    return np.asarray(np.maximum(end - np.maximum(predicted[:, start], truth[:, start]), 0.0))


def hold_last_valid(predicted: Boxes) -> Boxes:
    """Return the boxes with every unusable row replaced by the last usable one before it, (N, 4).

    A row is unusable when a value is not finite or its width or height is not positive; unusable
    rows before the first usable one stay.
    """
    x, y, w, h = predicted.T
    usable = np.isfinite(x + y + w + h) & (w > 0) & (h > 0)  # one value not finite makes the sum so
    # The index of the last usable row so far: indices only rise.
    source = np.maximum.accumulate(np.where(usable, np.arange(len(predicted)), 0))
    return predicted[source]


def round_half_up(boxes: Boxes) -> Boxes:
    """Return whole pixels with halves rounded away from zero, as the reference toolkits do."""
    return np.asarray(np.trunc(boxes + np.copysign(0.5, boxes)))  # np.round takes halves to even


def share_within(
    errors: Values, thresholds: Values, lengths: NDArray[np.int64], inclusive: bool
) -> Values:
    """Return how often the error is at most (or, not inclusive, below) each threshold.

    (sequences, thresholds), fractions of the frames of each sequence.
    """
    # The first threshold that each error is within; an error equal to one is its last miss or its
    # first hit. Counted in bins, 220 703 frames need no table of frames by thresholds.
    first_hit = np.searchsorted(thresholds, errors, side="left" if inclusive else "right")
    hits = np.cumsum(_histogram(first_hit, len(thresholds), lengths), axis=1)
    return np.asarray(hits[:, :-1] / lengths[:, None])  # the last bin is within none


def share_above(overlap: Values, thresholds: Values, lengths: NDArray[np.int64]) -> Values:
    """Return how often the overlap is above each threshold, (sequences, thresholds)."""
    passed = np.searchsorted(thresholds, overlap, side="left")  # thresholds below it, not equal
    misses = np.cumsum(_histogram(passed, len(thresholds), lengths), axis=1)
    return np.asarray((lengths[:, None] - misses[:, :-1]) / lengths[:, None])


def _histogram(bins: NDArray[np.intp], count: int, lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count the frames of each sequence per bin, (sequences, count + 1)."""
    sequence = np.repeat(np.arange(len(lengths)), lengths)
    # One number for sequence and bin, so that one count serves all sequences.
    flat = np.bincount(sequence * (count + 1) + bins, minlength=len(lengths) * (count + 1))
    return np.asarray(flat.reshape(len(lengths), count + 1), dtype=np.int64)  # (sequences, bins)


def area_by_mean(curves: Values) -> Values:
    """Return the mean height of each curve, (sequences,): the usual area under a success plot."""
    return np.asarray(curves.mean(axis=1))


def area_by_trapezoid(curves: Values) -> Values:
    """Return the trapezoid area under each curve over 0 to 1, (sequences,): what GTOT uses."""
    return np.asarray((curves[:, 1:] + curves[:, :-1]).mean(axis=1) / 2)
