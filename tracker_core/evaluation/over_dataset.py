"""Results of several trackers over a dataset, sequence by sequence, as far as there are any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tracker_core.errors import CKDError
from tracker_core.evaluation.benchmarks import Benchmark
from tracker_core.evaluation.comparing import (
    Compared,
    FrameTruth,
    compare_result,
    differences,
    worst_frame,
)
from tracker_core.evaluation.comparison import failing
from tracker_core.evaluation.result_files import read_result
from tracker_core.evaluation.result_folders import TrackerFiles
from tracker_core.evaluation.scores import Curve
from tracker_core.evaluation.truth import sequence_truth


@dataclass(frozen=True, slots=True, eq=False)
class OnSequence:
    """What one tracker reached on one sequence."""

    figures: Mapping[str, float]
    """Fractions, by the names of the benchmark."""
    curves: Mapping[str, Curve]
    failing: int
    """Frames on which its IoU is below 0.5."""
    worst: int | None
    """The frame of its lowest IoU."""

    @classmethod
    def of(cls, each: Compared) -> OnSequence:
        """Keep what is shown of a dataset, not the boxes of every frame."""
        return cls(each.figures, each.curves, failing(each), worst_frame(each.overlap))


@dataclass(frozen=True, slots=True, eq=False)
class SequenceResults:
    """What the trackers reached on one sequence."""

    name: str
    rows: int
    """Rows of ground truth; 0 where there is none, and nothing is judged."""
    trackers: Mapping[str, OnSequence]
    """Those that have a result that can be judged."""
    apart: float = float("nan")
    """The largest difference of IoU between two trackers on one frame; NaN for fewer than two."""
    apart_at: int | None = None
    """The frame of that difference."""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class TrackerOver:
    """One tracker over the sequences that every tracker has."""

    tracker: str
    figures: Mapping[str, float]
    """Fractions; NaN without a sequence."""
    curves: Mapping[str, Curve]
    """Each with one row, the mean; none without a sequence."""
    sequences: int
    """How many sequences it has itself."""


def on_sequence(
    benchmark: Benchmark, name: str, place: Path, trackers: Sequence[TrackerFiles]
) -> SequenceResults:
    """Judge the results of one sequence by the rules of a benchmark; what is wrong is kept."""
    given = [each for each in trackers if name in each.files]
    try:
        truth, _ = sequence_truth(benchmark, name, place)
    except (CKDError, OSError) as error:
        return SequenceResults(name, 0, {}, problems=(str(error),) if given else ())
    if truth is None:
        return SequenceResults(name, 0, {})
    frames = FrameTruth.of_rows(benchmark, truth)
    found, problems = [], []
    for each in given:
        try:
            found.append(compare_result(frames, each.tracker, read_result(each.files[name])))
        except (CKDError, OSError) as error:
            # The others can be looked at all the same.
            problems.append(str(error))
    apart, at = float("nan"), None
    if len(found) > 1:
        spread = differences([each.overlap for each in found])
        if not np.isnan(spread).all():
            at = int(np.nanargmax(spread))
            apart = float(spread[at])
    reached = {each.tracker: OnSequence.of(each) for each in found}
    return SequenceResults(name, len(frames), reached, apart, at, tuple(problems))


def shared_by_all(
    sequences: Sequence[SequenceResults], trackers: Sequence[str]
) -> list[SequenceResults]:
    """Return the sequences on which every tracker was judged: over others none would compare."""
    return [
        each for each in sequences if trackers and all(name in each.trackers for name in trackers)
    ]


def over_dataset(
    benchmark: Benchmark, sequences: Sequence[SequenceResults], trackers: Sequence[str]
) -> tuple[TrackerOver, ...]:
    """Return the figures of trackers over the sequences that all have, as `eval` has them."""
    shared = shared_by_all(sequences, trackers)
    weights = np.array([each.rows if benchmark.over_frames else 1 for each in shared], np.float64)
    return tuple(_over(benchmark, name, sequences, shared, weights) for name in trackers)


def _over(
    benchmark: Benchmark,
    name: str,
    sequences: Sequence[SequenceResults],
    shared: Sequence[SequenceResults],
    weights: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> TrackerOver:
    own = sum(name in each.trackers for each in sequences)
    if not shared:
        return TrackerOver(name, dict.fromkeys(benchmark.metrics, float("nan")), {}, own)
    figures, curves = {}, {}
    for metric in benchmark.metrics:
        parts = [each.trackers[name].curves[metric] for each in shared]
        values = np.concatenate([part.figures for part in parts])
        shares = np.concatenate([part.shares for part in parts])
        figures[metric] = float(np.average(values, weights=weights))
        mean = np.average(shares, axis=0, weights=weights)[None]
        curves[metric] = Curve(parts[0].thresholds, mean, np.array([figures[metric]]))
    return TrackerOver(name, figures, curves, own)
