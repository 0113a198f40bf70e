"""Frames worth going to: keyframes, and where something begins or ends; no Qt."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sessions import Source, Target


def keyframes(source: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the frames with a box set by hand, ascending."""
    return np.flatnonzero(source == Source.MANUAL).astype(np.int64)


def changes(column: NDArray[Any]) -> NDArray[np.int64]:
    """Return the frames that differ from the one before them, ascending."""
    return (np.flatnonzero(column[1:] != column[:-1]) + 1).astype(np.int64)


def nearest(frames: NDArray[np.int64], index: int, direction: int) -> int | None:
    """Return the nearest of ascending `frames` after `index`, or before it (`direction` -1)."""
    if direction > 0:
        place = int(np.searchsorted(frames, index, side="right"))
        return int(frames[place]) if place < len(frames) else None
    place = int(np.searchsorted(frames, index, side="left")) - 1
    return int(frames[place]) if place >= 0 else None


def middle(keys: NDArray[np.int64], index: int) -> int | None:
    """Return the frame halfway between the keyframes around `index`.

    On a keyframe those that follow it are meant, so that asking again halves what is left of a gap
    once a box was set. None where there are no two, or no frame lies between them.
    """
    place = int(np.searchsorted(keys, index, side="right"))
    if not 0 < place < len(keys):
        return None
    before, after = int(keys[place - 1]), int(keys[place])
    return (before + after) // 2 if after - before > 1 else None


def ends_beside(target: Target, first: int, stop: int) -> tuple[int, int] | None:
    """Return the frames of the boxes between which `first` to before `stop` are to be filled.

    They are the nearest boxes outside, whoever placed them. Where there are none before the target
    is absent, the outermost box set by hand inside has to do; None without one of both.
    """
    boxed, absent = target.boxed(), target.absent()
    by_hand = keyframes(target.source[first:stop]) + first
    inside = by_hand[boxed[by_hand]]
    before = np.flatnonzero((boxed | absent)[:first])
    after = np.flatnonzero((boxed | absent)[stop:]) + stop
    low = int(before[-1]) if before.size and boxed[before[-1]] else None
    high = int(after[0]) if after.size and boxed[after[0]] else None
    if low is None and inside.size:
        low = int(inside[0])
    if high is None and inside.size:
        high = int(inside[-1])
    return None if low is None or high is None or high - low < 2 else (low, high)
