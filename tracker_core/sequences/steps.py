"""How rising numbers step: one by one, by a fixed step with some lost, or like a clock."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_SMALLEST_TICK = 4
"""Numbers that step by less are counters, of which many are lost."""


def usual_step(steps: NDArray[np.int64]) -> int:
    """Return the most frequent of some steps; 1 where others lie between its multiples."""
    values, counts = np.unique(steps, return_counts=True)
    step = int(values[np.argmax(counts)])
    return 1 if bool((steps % step).any()) else step


def grid(present: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Every number that should be there, from first to last; None when most would be missing."""
    if len(present) < 2:
        return present
    step = usual_step(np.diff(present))
    span = int(present[-1] - present[0]) // step + 1
    # Time stamps, or two recordings in one folder: thousands of gaps would help nobody.
    if span > 2 * len(present):
        return None
    return np.arange(present[0], present[-1] + 1, step, dtype=np.int64)


def counts_on(numbers: Sequence[int]) -> bool:
    """True when different numbers, in any order, are nearly all of those between two."""
    return len(set(numbers)) == len(numbers) > 1 and (
        max(numbers) - min(numbers) < 2 * len(numbers)
    )


def ticks(rising: NDArray[np.int64]) -> float | None:
    """Return the interval at which a clock wrote rising numbers; None when none did.

    Where many are lost the median is that of two or three intervals, and the short ones tell.
    """
    if len(rising) < 3:
        return None
    steps = np.diff(rising)
    usual, short = float(np.median(steps)), float(np.quantile(steps, 0.1))
    if usual < _SMALLEST_TICK or short < 0.4 * usual:
        return None
    return usual if usual < 1.6 * short else short
