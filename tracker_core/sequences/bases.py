"""Whether two folders count from different numbers: only where nothing else is possible."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker_core.sequences.listing import FrameList
from tracker_core.sequences.moments import is_moved
from tracker_core.sequences.remarks import Remark, warning
from tracker_core.sequences.steps import usual_step


@dataclass(frozen=True, slots=True)
class Base:
    """How the numbers of both folders lie to each other."""

    shift: int | None
    """What to add to the thermal numbers, 0 for as they stand; None when it is not certain."""
    why: str = ""
    """What made it certain, where numbers alone do not; a part of a sentence."""

    def remarks(self, rgb_first: int, tir_first: int) -> tuple[Remark, ...]:
        """Say it where the numbers are not simply taken as they stand."""
        if self.shift is None or not (self.shift or self.why):
            return ()
        how = "from the first of each" if self.shift else "by equal numbers"
        sentence = (
            f"RGB frames are numbered from {rgb_first} and thermal frames from {tir_first}; they "
            f"are paired {how}{self.why}."
        )
        return (warning("other-base", sentence),)


_SHOWN = ", because the pictures change alike so"
_ROWS = ", because the ground truth has as many rows"
_AS_THEY_STAND = Base(0)


def base_between(rgb: FrameList, tir: FrameList, rows: Callable[[], frozenset[int]]) -> Base:
    """Decide it by the numbers, by how many rows there are, or by what the pictures show."""
    own, other = _values(rgb), _values(tir)
    start, end = int(other[0] - own[0]), int(other[-1] - own[-1])
    overlap = len(np.intersect1d(own, other, assume_unique=True))
    alike = len(own) == len(other) and bool(np.array_equal(own - own[0], other - other[0]))
    # Nothing in common, and the same steps: whoever numbered one folder began elsewhere.
    if overlap == 0:
        return Base(-start) if alike else Base(None)
    # Counting from 0 in one folder and from 1 in the other is what programs do.
    both_bases = {int(own[0]), int(other[0])} == {0, 1}
    if both_bases and alike and usual_step(np.diff(own)) == 1:
        return _whole(rgb, tir, start, rows)
    # Moved as a whole, though not by as much as is usual, or with losses: or one lost its first
    # and the other its last frames.
    if start * end > 0 and (both_bases or 2 * abs(start - end) < max(abs(start), abs(end))):
        return Base(None)
    # Fewer than half in common: the numbers have nothing to do with each other.
    if overlap * 2 < min(len(own), len(other)):
        return Base(None)
    # One has a frame 0 more. Most often the other lost it; but it may count from 1, too, and have
    # lost its last, which only pictures show.
    if both_bases and is_moved(rgb, tir, start):
        return Base(-start, _SHOWN)
    return _AS_THEY_STAND


def _whole(rgb: FrameList, tir: FrameList, start: int, rows: Callable[[], frozenset[int]]) -> Base:
    """Two folders without holes, from 0 and from 1; or each lost one frame, at another end."""
    count, known = len(rgb), rows()
    # With files of both, nobody knows which is right.
    if (count in known) != (count + 1 in known):
        return Base(-start if count in known else 0, _ROWS)
    moved = is_moved(rgb, tir, start)
    if moved is None:
        return Base(None)
    return Base(-start if moved else 0, _SHOWN)


def _values(frames: FrameList) -> NDArray[np.int64]:
    return np.zeros(0, np.int64) if frames.values is None else frames.values
