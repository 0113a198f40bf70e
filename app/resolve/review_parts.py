"""Where a long event is parted, so that each part is one job for a person."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from app.resolve.lost import RULE

DEEP = 0.4
"""Where the risk falls by as much and rises by as much again, the tracker was sure in between: what
comes before and after has causes of its own, a tree first and a passer-by then."""
LEAST = 8
"""Frames of a part; less is a moment of the same thing."""
NOT_FOUND = RULE.score
"""Score around a frame below which nothing there is like the target."""
LONG = 30
"""Frames in a row with such scores, from which on the target is probably absent: what hides it for
a moment only is passed sooner."""


def parts_of(
    risk: NDArray[np.float64], score: NDArray[np.float64], first: int, last: int
) -> list[tuple[int, int, bool]]:
    """Return first and last frame of each part of an event, and whether nothing is found there.

    `risk` and `score` (N,) are of all frames, the score as the mean around each; NaN for none.
    """
    count = last - first + 1
    if count < 2 * LEAST:
        return [(first, last, False)]
    empty = [
        # What little is left at an end of the event belongs to it.
        (begin if begin >= LEAST else 0, stop if count - stop >= LEAST else count)
        for begin, stop in _long_runs(score[first : last + 1] <= NOT_FOUND)
    ]
    cuts = {0, count, *(edge for run in empty for edge in run)}
    inner = _valleys(risk[first : last + 1].tolist())
    # Within such a stretch the score is low everywhere, whatever it does.
    cuts.update(cut for cut in inner if not any(begin <= cut < stop for begin, stop in empty))
    firsts = _apart(sorted(cuts), {begin for begin, _ in empty})
    return [
        (first + begin, first + stop - 1, any(start == begin for start, _ in empty))
        for begin, stop in pairwise(firsts)
    ]


def _long_runs(there: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return beginning and end of each long run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], there.astype(np.int8), [0]])))
    pairs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return [(begin, stop) for begin, stop in pairs if stop - begin >= LONG]


def _valleys(risk: list[float]) -> list[int]:
    """Return the lowest place of each deep valley, ascending."""
    found: list[int] = []
    peak, low, where = risk[0], risk[0], 0
    for index, value in enumerate(risk):
        if peak - low >= DEEP and value - low >= DEEP:
            found.append(where)
            peak = low = value
        elif value > peak and peak - low < DEEP:
            # Still on the way up.
            peak = low = value
        if value < low:
            low, where = value, index
    return found


def _apart(cuts: list[int], firm: set[int]) -> list[int]:
    """Leave out what would make a part too short; the ends stay, and of the others `firm` ones."""
    kept = [cuts[0]]
    for cut in cuts[1:-1]:
        if cuts[-1] - cut < LEAST and cut not in firm:
            continue
        if cut - kept[-1] >= LEAST:
            kept.append(cut)
        elif cut in firm and len(kept) > 1 and kept[-1] not in firm:
            kept[-1] = cut
    return [*kept, cuts[-1]]
