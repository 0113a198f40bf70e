"""An evaluation of several trackers as numbers for programs and rows for people."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker_core.evaluation.scores import Scores
from tracker_core.evaluation.truth import BenchmarkTruth

FORMAT = "ckd-studio evaluation 1"


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """The scores of one or more trackers on the same sequences."""

    truth: BenchmarkTruth
    scores: tuple[Scores, ...]
    """Best success first."""
    attributes: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)
    """Which sequences have each attribute, (sequences,)."""

    @classmethod
    def of(
        cls,
        truth: BenchmarkTruth,
        scores: Sequence[Scores],
        attributes: Mapping[str, NDArray[np.bool_]] | None = None,
    ) -> Evaluation:
        """Return the evaluation with its trackers ranked."""
        success = truth.benchmark.success
        # Names settle ties.
        ranked = sorted(scores, key=lambda each: (-each.metrics[success], each.tracker))
        return cls(truth, tuple(ranked), dict(attributes or {}))

    @property
    def trackers(self) -> tuple[str, ...]:
        """Names of the trackers, best success first."""
        return tuple(each.tracker for each in self.scores)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the figures should know, each sentence once."""
        every = [*self.truth.notes, *(note for each in self.scores for note in each.notes)]
        return tuple(dict.fromkeys(every))

    def success_table(self) -> NDArray[np.float64]:
        """Return the success of every tracker on every sequence, (trackers, sequences)."""
        success = self.truth.benchmark.success
        return np.array([each.curves[success].figures for each in self.scores])

    def hardest_first(self) -> list[int]:
        """Return the indices of the sequences by rising mean success of the trackers."""
        mean = self.success_table().mean(axis=0)
        # Names settle ties, so that the ranking does not depend on the order in which files are
        # listed.
        return sorted(range(len(mean)), key=lambda index: (mean[index], self.truth.names[index]))

    def wins(self) -> dict[str, int]:
        """Return on how many sequences each tracker is best or shares the first place."""
        table = self.success_table()
        best = table >= table.max(axis=0) - 1e-12  # equal shares may differ by rounding
        return {name: int(best[row].sum()) for row, name in enumerate(self.trackers)}

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain numbers; figures are fractions.

        `metrics`, `per_sequence` and `curves` are kept per tracker, and once more at the top when
        there is a single tracker.
        """
        truth = self.truth
        trackers = [self._tracker(each) for each in self.scores]
        found = {
            "format": FORMAT,
            "benchmark": truth.benchmark.key,
            "ground_truth": str(truth.folder),
            "sequences": len(truth.names),
            "frames": int(truth.lengths.sum()),
            "trackers": trackers,
            "ranking": self._ranking(),
            "notes": list(self.notes),
        }
        if len(trackers) == 1:  # who scores one tracker need not look into a list
            found |= {key: value for key, value in trackers[0].items() if key != "tracker"}
        return found

    def _tracker(self, scores: Scores) -> dict[str, Any]:
        found: dict[str, Any] = {
            "tracker": scores.tracker,
            "metrics": scores.metrics,
            "frames_per_second": None if math.isnan(scores.rate) else scores.rate,
            "per_sequence": {
                name: {
                    "frames": int(scores.lengths[index]),
                    **{key: float(curve.figures[index]) for key, curve in scores.curves.items()},
                }
                for index, name in enumerate(scores.names)
            },
            "curves": {
                metric: {
                    "thresholds": curve.thresholds.tolist(),
                    "values": scores.mean_curve(metric).tolist(),
                }
                for metric, curve in scores.curves.items()
            },
        }
        if self.attributes:
            found["attributes"] = {
                name: {"sequences": int(chosen.sum()), **_without_nan(scores.over(chosen))}
                for name, chosen in self.attributes.items()
            }
        return found

    def _ranking(self) -> list[dict[str, Any]]:
        """Return the sequences, hardest first, with every tracker's success."""
        table = self.success_table()
        return [
            {
                "sequence": self.truth.names[index],
                "best": self.trackers[int(table[:, index].argmax())],
                self.truth.benchmark.success: dict(
                    zip(self.trackers, table[:, index].tolist(), strict=True)
                ),
            }
            for index in self.hardest_first()
        ]


def _without_nan(figures: dict[str, float]) -> dict[str, float | None]:
    """Return the figures with None, which JSON has, for NaN, which it has not."""
    return {key: None if math.isnan(value) else value for key, value in figures.items()}
