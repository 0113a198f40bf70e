"""The fewest boxes a person must draw when a program only interpolates between them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracker_core.evaluation.metrics import overlaps

ENOUGH = 0.5
"""The overlap with the truth from which a box counts as right."""


def between(boxes: NDArray[np.float64], first: int, last: int) -> NDArray[np.float64]:
    """(last - first + 1, 4) boxes on a straight line from one frame's to another's."""
    share = np.linspace(0.0, 1.0, last - first + 1)[:, None]
    line: NDArray[np.float64] = boxes[first] + share * (boxes[last] - boxes[first])
    return line


def fewest_keyframes(boxes: NDArray[np.float64]) -> tuple[int, ...]:
    """Return the fewest frames whose true boxes, joined by straight lines, are right on all frames.

    Before the first and after the last keyframe its box stays. The shortest way through all
    frames, an edge wherever a line is right: no choice of keyframes needs fewer.
    """
    count = len(boxes)
    right = np.array(
        [[_holds(boxes, first, last) for last in range(count)] for first in range(count)]
    )
    cost = np.full(count, count + 1)
    before = np.full(count, -1)
    for last in range(count):
        if _stays(boxes, last, range(last)):
            cost[last] = 1
        for first in range(last):
            if right[first, last] and cost[first] + 1 < cost[last]:
                cost[last], before[last] = cost[first] + 1, first
    ends = [frame for frame in range(count) if _stays(boxes, frame, range(frame + 1, count))]
    frame = min(ends, key=lambda end: int(cost[end]))
    way = [frame]
    while before[way[-1]] >= 0:
        way.append(int(before[way[-1]]))
    return tuple(reversed(way))


def _holds(boxes: NDArray[np.float64], first: int, last: int) -> bool:
    if last - first < 2:
        return last > first
    inner = slice(first + 1, last)
    found = overlaps(between(boxes, first, last)[1:-1], boxes[inner])
    return bool((found >= ENOUGH).all())


def _stays(boxes: NDArray[np.float64], frame: int, others: range) -> bool:
    if not others:
        return True
    held = np.repeat(boxes[frame][None], len(others), axis=0)
    return bool((overlaps(held, boxes[others.start : others.stop]) >= ENOUGH).all())
