"""Which frames deserve a look, worst first; pure functions on a target's arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Together the thresholds and weights below say what comes first: severities begin at 0.6 for a
# drop, 0.5 for a low score, 0.45 for a jump, 0.27 for a size change and 0.15 for removed tokens.
LOW_SCORE = 0.35
DROP = 0.25
"""Fall of the score from one tracked frame to the next."""
JUMP = 0.75
"""Movement of the centre between neighbouring frames, as a share of the box's mean side."""
SIZE_CHANGE = 1.35
"""Ratio of the mean side between neighbouring frames."""


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """One reason to look at one frame."""

    frame_index: int
    reason: str
    """`low score`, `drop`, `jump`, `size change` or `tokens removed`."""
    detail: str
    severity: float
    """0 (harmless) to 1 (surely wrong); the queue is sorted by it."""


def review_items(
    boxes: NDArray[np.float64],
    score: NDArray[np.float32],
    machine: NDArray[np.bool_],
    tokens_removed: NDArray[np.int32],
) -> tuple[ReviewItem, ...]:
    """Return what to look at, worst first; frames set by hand are never listed.

    `boxes` is (N, 4) with NaN for none, the others are (N,); `machine` marks the frames that a
    machine placed, `tokens_removed` counts tokens of the target itself.
    """
    items = [
        *_low_scores(score, machine),
        *_drops(score, machine),
        *_moves(boxes, machine),
        *_removed(tokens_removed, machine),
    ]
    worst: dict[int, ReviewItem] = {}
    for item in items:
        # One line per frame: who looks at it sees its other faults as well.
        known = worst.get(item.frame_index)
        if known is None or item.severity > known.severity:
            worst[item.frame_index] = item
    # The index decides between equals, so that the list keeps its order during a run.
    return tuple(sorted(worst.values(), key=lambda item: (-item.severity, item.frame_index)))


def _low_scores(score: NDArray[np.float32], machine: NDArray[np.bool_]) -> list[ReviewItem]:
    # An unknown score is not a low one.
    low = machine & (np.nan_to_num(score, nan=1.0) < LOW_SCORE)
    return [
        ReviewItem(int(i), "low score", f"{score[i]:.2f}", 0.5 + 0.5 * (1 - score[i] / LOW_SCORE))
        for i in np.flatnonzero(low)
    ]


def _drops(score: NDArray[np.float32], machine: NDArray[np.bool_]) -> list[ReviewItem]:
    fall = np.zeros(len(score))
    # The first frame has none before it; beside a gap nothing is known of a fall.
    fall[1:] = np.nan_to_num(score[:-1] - score[1:], nan=0.0)
    return [
        ReviewItem(int(i), "drop", f"−{fall[i]:.2f}", min(1.0, 0.35 + float(fall[i])))
        for i in np.flatnonzero(machine & (fall > DROP))
    ]


def _moves(boxes: NDArray[np.float64], machine: NDArray[np.bool_]) -> list[ReviewItem]:
    if len(boxes) < 2:
        return []
    centre = boxes[:, :2] + boxes[:, 2:] / 2
    side = np.sqrt(np.maximum(boxes[:, 2] * boxes[:, 3], 1e-9))
    moved = np.full(len(boxes), np.nan)
    ratio = np.full(len(boxes), np.nan)
    moved[1:] = np.hypot(*(centre[1:] - centre[:-1]).T) / side[:-1]  # (N - 1,)
    # Growing and shrinking count alike.
    ratio[1:] = np.maximum(side[1:] / side[:-1], side[:-1] / side[1:])
    jumps = [
        ReviewItem(int(i), "jump", f"{moved[i]:.1f} × box", min(1.0, 0.3 + 0.2 * float(moved[i])))
        for i in np.flatnonzero(machine & (np.nan_to_num(moved) > JUMP))
    ]
    changes = [
        ReviewItem(int(i), "size change", f"× {ratio[i]:.2f}", min(1.0, 0.2 * float(ratio[i])))
        for i in np.flatnonzero(machine & (np.nan_to_num(ratio) > SIZE_CHANGE))
    ]
    return jumps + changes


def _removed(tokens_removed: NDArray[np.int32], machine: NDArray[np.bool_]) -> list[ReviewItem]:
    return [
        ReviewItem(int(i), "tokens removed", f"{tokens_removed[i]}", _severity(tokens_removed[i]))
        for i in np.flatnonzero(machine & (tokens_removed > 0))
    ]


def _severity(count: int) -> float:
    """Return a severity that grows with the removed tokens but stays below the worst."""
    return 0.6 * float(count) / (float(count) + 3.0)


def neighbour(items: tuple[ReviewItem, ...], frame_index: int, direction: int) -> int | None:
    """Return the next frame to review in queue order (`direction` +1 or -1), or None.

    From a frame that is not in the queue the walk begins at the worst (or the least bad) one.
    """
    if not items:
        return None
    frames = [item.frame_index for item in items]
    if frame_index in frames:
        # Round and round: after the last comes the worst again.
        return frames[(frames.index(frame_index) + direction) % len(frames)]
    return frames[0] if direction > 0 else frames[-1]
