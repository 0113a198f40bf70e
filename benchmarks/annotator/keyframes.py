"""The fewest boxes a person must draw when a program only interpolates between them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracker_core.evaluation.metrics import overlaps

ENOUGH = 0.5
"""The overlap with the truth from which a box counts as right."""

Boxes = NDArray[np.float64]


def fewest_keyframes(boxes: Boxes) -> tuple[int, ...]:
    """Return the fewest frames whose true boxes, joined by straight lines, are right on all frames.

    `boxes` are (N, 4); where they are NaN the target is absent, and nothing is asked. Before the
    first and after the last keyframe its box stays. Frames are the knots of a graph, with an edge
    wherever a line is right: the shortest way through it has as few keyframes as any choice.
    """
    there = np.flatnonzero(~np.isnan(boxes[:, 0]))
    if not there.size:
        return ()
    present = boxes[there]
    count = len(present)
    cost = np.full(count, count + 1)
    before = np.full(count, -1)
    cost[_stays(present, ahead=False)] = 1
    for first in range(count - 1):
        reached = first + 1 + np.flatnonzero(_holds(there, present, first))
        shorter = reached[cost[first] + 1 < cost[reached]]
        cost[shorter], before[shorter] = cost[first] + 1, first
    ends = np.flatnonzero(_stays(present, ahead=True))
    way = [int(ends[np.argmin(cost[ends])])]
    while before[way[-1]] >= 0:
        way.append(int(before[way[-1]]))
    return tuple(int(there[knot]) for knot in reversed(way))


def _holds(frames: NDArray[np.int64], boxes: Boxes, first: int) -> NDArray[np.bool_]:
    """(k,) whether the line from `first` to each later row is right on all rows between."""
    later = boxes[first + 1 :]
    away = (frames[first + 1 :] - frames[first]).astype(np.float64)
    share = away[np.newaxis] / away[:, np.newaxis]  # (ends, between)
    lines = boxes[first] + share[..., np.newaxis] * (later - boxes[first])[:, np.newaxis]
    right = _right(lines, np.broadcast_to(later, lines.shape))
    # Rows at and after the end are no part of the line.
    right |= share >= 1
    return np.asarray(right.all(axis=1))


def _stays(boxes: Boxes, *, ahead: bool) -> NDArray[np.bool_]:
    """(N,) whether each box is right on all rows after it (`ahead`), or before it."""
    count = len(boxes)
    held = np.broadcast_to(boxes[:, np.newaxis], (count, count, 4))
    right = _right(held, np.broadcast_to(boxes, (count, count, 4)))
    row, other = np.indices((count, count))
    right |= other <= row if ahead else other >= row
    return np.asarray(right.all(axis=1))


def _right(boxes: Boxes, truth: Boxes) -> NDArray[np.bool_]:
    """(...,) whether (..., 4) boxes overlap the truth enough."""
    found = overlaps(boxes.reshape(-1, 4), truth.reshape(-1, 4)).reshape(boxes.shape[:-1])
    return np.asarray(found >= ENOUGH)
