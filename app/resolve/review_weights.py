"""How much each reason counts: a small logistic form, measured on clips with known boxes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.resolve import review_evidence as evidence
from app.resolve.review_evidence import Evidence, Values

LISTED = 0.5
"""From this risk on a frame is listed."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks for a wrong box."""

    name: str
    measure: Callable[[Evidence], Values]
    weight: float
    usual: float
    """What is put in where it is not known, and what says nothing."""
    words: Callable[[float], str]

    def detail(self, known: Evidence, frame_index: int) -> str:
        """Say what it is on a frame."""
        value = float(self.measure(known)[frame_index])
        return "" if np.isnan(value) else self.words(value)


REASONS: tuple[Reason, ...] = (
    Reason("low score", evidence.doubt, 8.0, 0.3, lambda value: f"{1 - value:.2f}"),
)
BIAS = -3.0


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What the reasons say of each frame."""

    risk: Values
    """(N,) 0 to 1; 0 where no machine placed the box."""
    contributions: NDArray[np.float64]
    """(reasons, N) how much each reason adds."""


def judge(known: Evidence) -> Judged:
    """Return how likely the box on each frame is wrong, and why."""
    parts = np.zeros((len(REASONS), len(known.score)))
    for kind, reason in enumerate(REASONS):
        value = reason.measure(known)
        parts[kind] = reason.weight * (
            np.where(np.isnan(value), reason.usual, value) - reason.usual
        )
    logit = np.clip(BIAS + parts.sum(axis=0), -50, 50)
    return Judged(np.where(known.machine, 1 / (1 + np.exp(-logit)), 0.0), parts)
