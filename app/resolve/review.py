"""Which frames deserve a look, worst first; pure functions on a target's arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import overload

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


@dataclass(frozen=True, slots=True, eq=False)
class ReviewQueue(Sequence[ReviewItem]):
    """What to look at, worst first; an item is made when somebody asks for it.

    Of 20 000 tracked frames nearly all may be listed, and nobody reads more than the first: making
    every item took a quarter of a second in the window's thread.
    """

    frames: NDArray[np.int64]
    """(k,)."""
    kinds: NDArray[np.uint8]
    """(k,) rows of the table of reasons."""
    amounts: NDArray[np.float64]
    """(k,) what the detail tells."""
    severities: NDArray[np.float64]
    """(k,) descending."""

    def __len__(self) -> int:
        return len(self.frames)

    @overload
    def __getitem__(self, index: int) -> ReviewItem: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[ReviewItem, ...]: ...

    def __getitem__(self, index: int | slice) -> ReviewItem | tuple[ReviewItem, ...]:
        if isinstance(index, slice):
            return tuple(self[number] for number in range(*index.indices(len(self))))
        name, detail = _REASONS[self.kinds[index]]
        return ReviewItem(
            int(self.frames[index]),
            name,
            detail(float(self.amounts[index])),
            float(self.severities[index]),
        )


_REASONS: tuple[tuple[str, Callable[[float], str]], ...] = (
    ("low score", lambda score: f"{score:.2f}"),
    ("drop", lambda fall: f"−{fall:.2f}"),
    ("jump", lambda moved: f"{moved:.1f} × box"),
    ("size change", lambda ratio: f"× {ratio:.2f}"),
    ("tokens removed", lambda count: f"{count:.0f}"),
)
"""Name and detail; of two reasons that are as bad the first one is told."""
_LOW, _DROP, _JUMP, _SIZE, _TOKENS = range(len(_REASONS))

NOTHING = ReviewQueue(np.empty(0, np.int64), np.empty(0, np.uint8), np.empty(0), np.empty(0))
"""An empty queue."""


def review_items(
    boxes: NDArray[np.float64],
    score: NDArray[np.float32],
    machine: NDArray[np.bool_],
    tokens_removed: NDArray[np.int32],
) -> ReviewQueue:
    """Return what to look at, worst first; frames set by hand are never listed.

    `boxes` is (N, 4) with NaN for none, the others are (N,); `machine` marks the frames that a
    machine placed, `tokens_removed` counts tokens of the target itself.
    """
    worst = np.full(len(score), -1.0)
    kinds = np.zeros(len(score), np.uint8)
    amounts = np.zeros(len(score))
    fall, moved, ratio = _fall(score), *_motion(boxes)
    removed = np.maximum(tokens_removed, 0)
    for kind, found, amount, severity in (
        (_LOW, score < LOW_SCORE, score, 0.5 + 0.5 * (1 - score / LOW_SCORE)),
        (_DROP, fall > DROP, fall, 0.35 + fall),
        (_JUMP, moved > JUMP, moved, 0.3 + 0.2 * moved),
        (_SIZE, ratio > SIZE_CHANGE, ratio, 0.2 * ratio),
        # Grows with the tokens but stays below the worst: one border token is often harmless.
        (_TOKENS, removed > 0, removed, 0.6 * removed / (removed + 3.0)),
    ):
        # One line per frame: who looks at it sees its other faults as well.
        # A NaN compares as false: what is not known is no reason.
        chosen = machine & found & (np.minimum(severity, 1.0) > worst)
        worst[chosen] = np.minimum(severity[chosen], 1.0)
        amounts[chosen], kinds[chosen] = amount[chosen], kind
    frames = np.flatnonzero(worst >= 0)
    # The index decides between equals, so that the list keeps its order during a run.
    order = frames[np.lexsort((frames, -worst[frames]))]
    return ReviewQueue(order, kinds[order], amounts[order], worst[order])


def _fall(score: NDArray[np.float32]) -> NDArray[np.float64]:
    """(N,) how much lower the score is than on the frame before; NaN where not known."""
    fall = np.full(len(score), np.nan)
    fall[1:] = score[:-1] - score[1:]
    return fall


def _motion(boxes: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Two (N,) since the frame before: way of the centre in box sides, and change of the side."""
    centre = boxes[:, :2] + boxes[:, 2:] / 2
    # A box without an area cannot be divided by, and moved infinitely far.
    side = np.sqrt(np.maximum(boxes[:, 2] * boxes[:, 3], 1e-9))
    moved, ratio = np.full(len(boxes), np.nan), np.full(len(boxes), np.nan)
    moved[1:] = np.hypot(*(centre[1:] - centre[:-1]).T) / side[:-1]
    # Growing and shrinking count alike.
    ratio[1:] = np.maximum(side[1:] / side[:-1], side[:-1] / side[1:])
    return moved, ratio


def neighbour(queue: ReviewQueue, frame_index: int, direction: int) -> int | None:
    """Return the next frame to review in queue order (`direction` +1 or -1), or None.

    From a frame that is not in the queue the walk begins at the worst (or the least bad) one.
    """
    if not queue:
        return None
    found = np.flatnonzero(queue.frames == frame_index)
    if found.size:
        # Round and round: after the last comes the worst again.
        return int(queue.frames[(found[0] + direction) % len(queue)])
    return int(queue.frames[0 if direction > 0 else -1])
