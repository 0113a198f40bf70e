"""How much each reason counts: a small logistic form, fitted on clips with known boxes.

`python -m benchmarks.review_reasons --fit` gives the numbers; docs/review.md says how well they do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.resolve import review_evidence as evidence
from app.resolve.lost import LOST_TIP, PERHAPS_LOST
from app.resolve.review_evidence import Evidence, Values

LISTED = 0.2
"""From this risk on a frame belongs to an event: one wrong box that is missed costs a person more
than to see some right ones."""
NAMED = 0.3
"""An event has a frame of at least this risk; less is what right boxes have now and then."""
TOLD = 0.3
"""From this share between usual and most on a reason is told; what others say already adds nothing
to the risk, and helps a person all the same to see what is wrong."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks for a wrong box."""

    name: str
    measure: Callable[[Evidence], Values]
    usual: float
    """What it is on a right box; this much says nothing, and is put in where it is not known."""
    most: float
    """More than this says no more."""
    weights: tuple[float, float, float]
    """For each unit: of a box without a score, with one, and with second looks as well."""
    words: Callable[[float], str]

    def beyond(self, values: Values) -> Values:
        """(N,) how far what was measured is beyond what is usual."""
        known = np.where(np.isnan(values), self.usual, values)
        return np.asarray(np.minimum(known, self.most) - self.usual)


REASONS: tuple[Reason, ...] = (
    Reason("low score", evidence.doubt, 0.17, 1.0, (0.0, 4.2, 5.4),
           lambda value: f"{1 - value:.2f}"),
    Reason("less sure", evidence.fallen, 0.05, 1.0, (0.0, 7.2, 4.7),
           lambda value: f"−{value:.2f}"),
    Reason("jump", evidence.jump, 0.03, 2.0, (0.9, 0.0, 0.0), lambda value: f"{value:.1f} × box"),
    Reason("size change", evidence.size_change, 1.0, 2.0, (1.2, 0.0, 0.0),
           lambda value: f"× {value:.2f}"),
    Reason("cameras disagree", evidence.cameras_apart, 0.08, 1.0, (0.0, 0.0, 0.5),
           lambda value: f"{value:.2f}"),
    Reason("ways disagree", evidence.ways_apart, 0.09, 1.0, (0.0, 0.0, 4.9),
           lambda value: f"{value:.2f}"),
    Reason("looks different", evidence.unlike, 0.42, 2.0, (0.0, 0.0, 1.8),
           lambda value: f"{value:.2f}"),
)  # fmt: skip
MEASURES = {
    PERHAPS_LOST: LOST_TIP,
    "low score": "The mean score of the frames around, 0 to 1; the lower, the less sure.",
    "less sure": "How far the score around lies below where the tracker was surest of this target.",
    "jump": "The way of the box's centre since the frame before, in sides of the box.",
    "size change": "By which factor the box's side changed since the frame before; 1 is none.",
    "cameras disagree": "One minus the overlap of where each camera alone sees the target: 0 is "
    "the same place, 1 another one.",
    "ways disagree": "How much a run from the other end speaks against the box: 0 not at all, 1 "
    "wholly.",
    "looks different": "How unlike the template the boxes around look: 0 is alike; the higher, the "
    "less like it.",
}
"""What the number of each reason is, in one sentence."""
BIAS = (-1.8, -3.9, -4.9)
"""What is added, in the same order of cases."""


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What the reasons say of each frame."""

    values: NDArray[np.float64]
    """(reasons, N) what was measured, NaN where nothing is known."""
    risk: Values
    """(N,) how likely the box is wrong, 0 to 1; 0 where no machine placed it."""
    parts: NDArray[np.float64]
    """(reasons, N) how much each reason adds."""
    shares: NDArray[np.float64]
    """(reasons, N) how far each is between usual and most, whether it adds anything or not."""


def judge(known: Evidence) -> Judged:
    """Return how likely the box on each frame is wrong, and why."""
    case = cases(known)
    weights = np.array([reason.weights for reason in REASONS])  # (reasons, 3)
    values = np.stack([reason.measure(known) for reason in REASONS])  # (reasons, N)
    beyond = np.stack([r.beyond(row) for r, row in zip(REASONS, values, strict=True)])
    parts = weights[:, case] * beyond
    # Far beyond what can be told from sure, and an exponential has limits.
    logit = np.clip(np.array(BIAS)[case] + parts.sum(axis=0), -50, 50)
    ranges = np.array([reason.most - reason.usual for reason in REASONS])
    shares = beyond / ranges[:, np.newaxis]
    risk = np.where(known.machine, 1 / (1 + np.exp(-logit)), 0.0)
    return Judged(values, risk, parts, shares)


def words_of(judged: Judged, kind: int, frame_index: int) -> str:
    """Say what a reason, a row of the table, is on a frame; nothing where it is not known."""
    value = float(judged.values[kind, frame_index])
    return "" if np.isnan(value) else REASONS[kind].words(value)


def cases(known: Evidence) -> NDArray[np.int64]:
    """(N,) what is known of each frame: 0 the box alone, 1 a score, 2 second looks as well."""
    scored = ~np.isnan(known.score)
    again = ~np.isnan(evidence.cameras_apart(known))
    return np.where(scored & again, 2, scored.astype(np.int64))
