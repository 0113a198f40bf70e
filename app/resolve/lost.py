"""When a target is perhaps lost, by what its tracker says of itself; pure functions.

`python -m benchmarks.lost` measures what the limits are worth; docs/review.md has its figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.look.numbers import score_number


@dataclass(frozen=True, slots=True)
class LostRule:
    """From when on a tracker's own numbers say that its target is perhaps lost."""

    score: float
    """Scores below this are low."""
    overlap: float
    """Expected overlaps below this are low."""
    frames: int
    """So many low frames in a row are needed, so that one weak frame is not an alarm."""

    def low(self, score: NDArray[np.floating], overlap: NDArray[np.floating]) -> NDArray[np.bool_]:
        """(N,) where either is low; NaN is not said, and speaks neither for nor against it."""
        return np.asarray((score < self.score) | (overlap < self.overlap), np.bool_)

    def lost(self, score: NDArray[np.floating], overlap: NDArray[np.floating]) -> NDArray[np.bool_]:
        """(N,) frames that lie among enough low ones in a row, of (N,) frames in a row."""
        low = self.low(score, overlap)
        edges = np.flatnonzero(np.diff(low, prepend=False, append=False))
        for first, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            if stop - first < self.frames:
                low[first:stop] = False
        return low


RULE = LostRule(score=0.25, overlap=0.3, frames=5)
"""What window, queue and command line go by."""

PERHAPS_LOST = "perhaps lost"
LOST_TIP = (
    f"Perhaps lost is said where on {RULE.frames} frames in a row the score is below "
    f"{RULE.score:.2f}, or a network that guesses how well its box overlaps the target expects "
    f"less than {RULE.overlap:.2f}."
)


def lost_in_a_row(said: Mapping[int, tuple[float, float]]) -> list[int]:
    """Return which frames of a run are lost, ascending; `said` has score and expected overlap."""
    if not said:
        return []
    first = min(said)
    score, overlap = np.full((2, max(said) - first + 1), np.nan)
    for index, values in said.items():
        score[index - first], overlap[index - first] = values
    return (first + np.flatnonzero(RULE.lost(score, overlap))).tolist()


def words_of_lost(score: float, overlap: float) -> str:
    """Return what speaks for it on one frame: "score 0.12"."""
    said = []
    if score < RULE.score:
        said.append(f"score {score_number(score)}")
    if overlap < RULE.overlap:
        said.append(f"expected overlap {score_number(overlap)}")
    return ", ".join(said)
