"""How sure figures are: bootstrap intervals over sequences, and paired differences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker_core.evaluation.report import Evaluation

RESAMPLES = 2000
"""Fifty of them lie beyond each end of an interval."""
SEED = 20240
"""Fixed, so that the same results give the same intervals."""
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a figure lies for 95 % of the ways to draw as many sequences again."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """How much better one tracker is than another on the same sequences."""

    better: str
    """The tracker that success ranks higher."""
    other: str
    difference: float
    """Of the figures over all sequences, as a fraction."""
    interval: Interval
    won: int
    """Sequences on which `better` is better; `tied` where both are equal."""
    lost: int
    tied: int

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.interval.low > 0 or self.interval.high < 0


@dataclass(frozen=True, slots=True, eq=False)
class Certainty:
    """Intervals of an evaluation's figures, from one set of resampled sequences."""

    evaluation: Evaluation
    samples: dict[str, NDArray[np.float64]]
    """By metric, (trackers, RESAMPLES): the figure over each resampled set."""

    @classmethod
    def of(cls, evaluation: Evaluation) -> Certainty:
        """Resample the sequences, with the same draws for all trackers: differences are paired."""
        truth = evaluation.truth
        count = len(truth.names)
        rng = np.random.default_rng(SEED)
        # How often each sequence is drawn, (RESAMPLES, sequences): a figure is then one product.
        draws = rng.multinomial(count, np.full(count, 1 / count), size=RESAMPLES)
        weights = draws * (truth.lengths if truth.benchmark.over_frames else 1.0)
        weights = weights / weights.sum(axis=1, keepdims=True)
        samples = {
            metric: np.array([each.curves[metric].figures for each in evaluation.scores])
            @ weights.T
            for metric in truth.benchmark.metrics
        }
        return cls(evaluation, samples)

    def interval(self, row: int, metric: str) -> Interval:
        """Return the interval of one tracker, by its rank from 0."""
        return _interval(self.samples[metric][row])

    def differences(self, metric: str) -> Iterator[Difference]:
        """Yield every pair of trackers, the higher ranked first."""
        evaluation, samples = self.evaluation, self.samples[metric]
        totals = [each.metrics[metric] for each in evaluation.scores]
        table = np.array([each.curves[metric].figures for each in evaluation.scores])
        for one, name in enumerate(evaluation.trackers):
            for other in range(one + 1, len(table)):
                gap = table[one] - table[other]
                equal = np.abs(gap) <= 1e-12  # equal shares may differ by rounding
                yield Difference(
                    name,
                    evaluation.trackers[other],
                    totals[one] - totals[other],
                    _interval(samples[one] - samples[other]),
                    int(((gap > 0) & ~equal).sum()),
                    int(((gap < 0) & ~equal).sum()),
                    int(equal.sum()),
                )


def _interval(samples: NDArray[np.float64]) -> Interval:
    low, high = np.quantile(samples, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high))
