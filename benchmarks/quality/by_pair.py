"""Means and their intervals over still pairs: windows over one still are no independent samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tracker_core.evaluation.metrics import Values

RIGHT = 0.5
"""Overlap above which a box is right."""
RESAMPLES = 10_000
_AUC_RESAMPLES = 400
"""Each of these weighs all frames, and the ends of an interval still move by thousandths only."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure, and the 95 % bootstrap interval over pairs."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        if np.isnan(self.value):
            return "-"
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"

    @property
    def signed(self) -> str:
        """The figure of a difference."""
        return f"{self.value:+.3f} [{self.low:+.3f}, {self.high:+.3f}]"


def mean_over(values: Sequence[float], pairs: Sequence[str]) -> Estimate:
    """The mean of one value for each window, with the interval over the pairs they belong to."""
    known = np.asarray(values, np.float64)
    names, owner = np.unique(np.asarray(pairs), return_inverse=True)
    sums = np.bincount(owner, known, len(names))
    counts = np.bincount(owner, minlength=len(names))
    drawn = _draws(len(names), RESAMPLES)
    # Over what was drawn: pairs may have unlike numbers of windows.
    means = (drawn @ sums) / (drawn @ counts)
    low, high = np.percentile(means, (2.5, 97.5)).tolist()
    return Estimate(float(known.mean()), low, high)


def area_under_roc(said: Values, right: NDArray[np.bool_], pairs: NDArray[np.str_]) -> Estimate:
    """How surely a higher value stands at a right frame than at a wrong one, frames by pairs.

    1 parts them, .5 is chance; ties count half. NaN where all frames are right, or all wrong.
    """
    order = np.argsort(said, kind="stable")
    names, owner = np.unique(pairs, return_inverse=True)
    _, level = np.unique(said[order], return_inverse=True)  # frames of one value are one step
    hits, owner = right[order].astype(np.float64), owner[order]
    drawn = _draws(len(names), _AUC_RESAMPLES)
    areas = [_area(level, hits, weights[owner]) for weights in drawn]
    known = [area for area in areas if np.isfinite(area)]
    value = _area(level, hits, np.ones(len(hits)))
    if not known:
        return Estimate(value, value, value)
    low, high = np.percentile(known, (2.5, 97.5)).tolist()
    return Estimate(value, low, high)


def _area(level: NDArray[np.intp], hits: Values, weights: Values) -> float:
    levels = int(level[-1]) + 1
    good = np.bincount(level, weights * hits, levels)
    bad = np.bincount(level, weights * (1 - hits), levels)
    both = good.sum() * bad.sum()
    if both == 0:
        return float("nan")
    below = np.cumsum(bad) - bad
    return float((good * (below + bad / 2)).sum() / both)


@lru_cache(maxsize=4)
def _draws(count: int, resamples: int) -> Values:
    """(R, N) how often each of N pairs was drawn; always the same."""
    # The same seed, so that the same scores have the same interval, and trackers the same draws.
    rng = np.random.default_rng(0)
    return rng.multinomial(count, np.full(count, 1 / count), size=resamples).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Bin:
    """The frames of which a tracker said about the same."""

    low: float
    high: float
    frames: int
    said: float
    """Mean of what it said."""
    iou: float
    """Mean overlap."""
    right: float
    """Share of frames with an overlap above a half."""


def bin_numbers(said: Values, bins: int = 10) -> NDArray[np.intp]:
    """In which of the bins of one width each value between 0 and 1 is."""
    return np.clip((said * bins).astype(np.intp), 0, bins - 1)


def reliability(said: Values, iou: Values, bins: int = 10) -> list[Bin]:
    """What values between 0 and 1 were worth, in bins of one width; empty ones are left out."""
    number = bin_numbers(said, bins)
    found = []
    for each in range(bins):
        own = number == each
        if own.any():
            share = float((iou[own] > RIGHT).mean())
            means = float(said[own].mean()), float(iou[own].mean())
            found.append(Bin(each / bins, (each + 1) / bins, int(own.sum()), *means, share))
    return found


def calibration_error(bins: Sequence[Bin]) -> float:
    """Mean distance of what was said from the mean overlap, weighted by frames."""
    frames = sum(each.frames for each in bins)
    return sum(each.frames * abs(each.said - each.iou) for each in bins) / frames
