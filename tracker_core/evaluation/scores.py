"""Scores of one tracker on one benchmark: figures, curves, and both for every sequence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tracker_core.errors import CKDError
from tracker_core.evaluation.benchmarks import OVERLAPS, Area, Benchmark, Precision
from tracker_core.evaluation.metrics import (
    INVALID,
    Boxes,
    Values,
    area_by_mean,
    area_by_trapezoid,
    centre_errors,
    hold_last_valid,
    normalised_centre_errors,
    overlaps,
    round_half_up,
    share_above,
    share_within,
)
from tracker_core.evaluation.result_files import Result, read_result
from tracker_core.evaluation.result_folders import TrackerFiles
from tracker_core.evaluation.truth import BenchmarkTruth, LossyFrames, SequenceTruth, counted


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One measure over its thresholds, for every sequence."""

    thresholds: Values
    """(T,)"""
    shares: Values
    """(sequences, T), fractions of the frames."""
    figures: Values
    """(sequences,): the figure that each sequence's curve gives."""


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """What one tracker reached on the sequences of one benchmark."""

    tracker: str
    benchmark: Benchmark
    names: tuple[str, ...]
    lengths: NDArray[np.int64]
    curves: dict[str, Curve]
    """By metric, in the order of `benchmark.metrics`."""
    overlap: NDArray[np.float32]
    """(rows of all sequences,): with the truth of the nearer modality, also where it is invalid."""
    notes: tuple[str, ...] = ()
    rate: float = float("nan")
    """Frames per second over the sequences whose time is known; NaN where none is."""

    @property
    def metrics(self) -> dict[str, float]:
        """The figures over all sequences, as fractions."""
        return self.over(np.ones(len(self.names), dtype=np.bool_))

    def over(self, chosen: NDArray[np.bool_]) -> dict[str, float]:
        """Return the figures over some of the sequences; NaN when none is chosen."""
        if not chosen.any():
            return dict.fromkeys(self.curves, float("nan"))
        weights = self._weights()[chosen]
        return {
            metric: float(np.average(curve.figures[chosen], weights=weights))
            for metric, curve in self.curves.items()
        }

    def mean_curve(self, metric: str) -> Values:
        """Return the curve over all sequences, (T,)."""
        return np.asarray(
            np.average(self.curves[metric].shares, axis=0, weights=self._weights()), np.float64
        )

    def _weights(self) -> Values:
        """Return how much each sequence counts: its frames, or the same as every other."""
        return (self.lengths if self.benchmark.over_frames else np.ones(len(self.names))).astype(
            np.float64
        )


def evaluate_files(truth: BenchmarkTruth, tracker: TrackerFiles, cut_long: bool = False) -> Scores:
    """Read one tracker's results and score them; raises CKDError naming the file that is wrong."""
    results = {name: read_result(place) for name, place in tracker.files.items()}
    scores = evaluate(truth, results, tracker.tracker, cut_long)
    frames, seconds = (sum(each) for each in zip((0, 0.0), *tracker.times.values(), strict=True))
    rate = frames / seconds if seconds else float("nan")
    return replace(scores, notes=(*tracker.notes, *scores.notes), rate=rate)


def evaluate(
    truth: BenchmarkTruth,
    results: Mapping[str, Result],
    tracker: str = "tracker",
    cut_long: bool = False,
) -> Scores:
    """Score results, one per sequence of the ground truth.

    `cut_long` accepts results with more rows than the ground truth where the benchmark does not.
    Raises CKDError for a result that is missing, too short, too long or not finite.
    """
    notes: list[str] = []
    predicted = []
    for sequence in truth.sequences:
        result = results.get(sequence.name)
        if result is None:
            raise CKDError(f"{tracker} has no result for {sequence.name}.")
        predicted.append(_cleaned(truth.benchmark, sequence, result, cut_long, notes))
    rgb = np.concatenate([each.rgb for each in truth.sequences])
    # One array for both spares the second half of the work.
    shared = all(each.tir is each.rgb for each in truth.sequences)
    tir = rgb if shared else np.concatenate([each.tir for each in truth.sequences])
    boxes = np.concatenate(predicted)
    overlap = overlaps(boxes, rgb)
    if tir is not rgb:
        overlap = np.maximum(overlap, overlaps(boxes, tir))
    # Whether boxes touch needs no more digits, and forty trackers are held at once.
    kept = overlap.astype(np.float32)
    curves = _curves(truth.benchmark, boxes, rgb, tir, truth.lengths, overlap)
    return Scores(tracker, truth.benchmark, truth.names, truth.lengths, curves, kept, tuple(notes))


def rows_of(benchmark: Benchmark, sequence: SequenceTruth, result: Result) -> Boxes:
    """Return the boxes of a result that are scored, one per row of ground truth."""
    return _cleaned(benchmark, sequence, result, cut_long=True, notes=[])


def _cleaned(
    benchmark: Benchmark,
    sequence: SequenceTruth,
    result: Result,
    cut_long: bool,
    notes: list[str],
) -> Boxes:
    """Return one predicted box per ground truth row, cleaned by the benchmark's rules."""
    cut_long = cut_long or benchmark.holds_invalid
    boxes = _rows_for(sequence, result, cut_long, notes)
    # In this order: the true first box is not rounded, and may be the one that is held.
    if benchmark.whole_pixels:
        boxes = round_half_up(boxes)
    if benchmark.first_is_given or result.starts:
        boxes = np.concatenate([sequence.rgb[:1], boxes[1:]])
    if benchmark.holds_invalid:
        return hold_last_valid(boxes)
    # Only now: LasHeR has a rule for these, and gets no further than the line above.
    finite = np.isfinite(boxes).all(axis=1)
    if not finite.all():
        raise CKDError(
            f"{result.origin}: the box of frame {int(np.argmin(finite)) * sequence.stride + 1} is "
            f"not finite; {benchmark.label} has no rule for that, so write the last known box."
        )
    return boxes


def _rows_for(sequence: SequenceTruth, result: Result, cut_long: bool, notes: list[str]) -> Boxes:
    """Return the result rows that belong to the ground truth rows."""
    if sequence.lossy is not None:
        return _rows_of_lossy(sequence, sequence.lossy, result)
    boxes, rows, name = result.boxes, len(sequence), sequence.name
    if len(boxes) == rows:
        return boxes
    if len(boxes) < sequence.needed:  # never filled up: a short result must not score better
        raise CKDError(
            f"{result.origin} has {counted(len(boxes), 'row')}, but {name} needs "
            f"{sequence.needed}: a result must cover every frame."
        )
    # A result may begin with the first frame or with the first annotated one; its length tells.
    first = sequence.offset if len(boxes) >= sequence.offset + sequence.needed else 0
    most = first + rows * sequence.stride
    if len(boxes) > most and not cut_long:  # more likely the wrong file than a careless tracker
        raise CKDError(
            f"{result.origin} has {counted(len(boxes), 'row')}, but {name} has "
            f"{counted(most, 'frame')}; check that it "
            "is the right file, or cut longer results with --cut-long."
        )
    if len(boxes) > most:
        notes.append(cut_note(result, len(boxes) - most))
    return boxes[first :: sequence.stride][:rows]


def cut_note(result: Result, cut: int) -> str:
    """Say that rows at the end of a result were left out."""
    were = "row after the last frame was" if cut == 1 else "rows after the last frame were"
    return f"{result.origin}: {cut} {were} cut."


def _rows_of_lossy(sequence: SequenceTruth, lossy: LossyFrames, result: Result) -> Boxes:
    """Return the result rows for a sequence of which frames are lost; the count of rows tells.

    A result is over the frames that are here, over all rows, or over the whole recording.
    """
    boxes = result.boxes
    if len(boxes) == lossy.frames:
        return boxes[lossy.at]
    if len(boxes) == lossy.total:
        return boxes[lossy.rows]
    whole = sequence.offset + sequence.stride * lossy.rows
    if sequence.stride > 1 and len(boxes) > lossy.frames and len(boxes) > int(whole[-1]):
        return boxes[whole]
    raise CKDError(
        f"{result.origin} has {counted(len(boxes), 'row')}, but {sequence.name} has "
        f"{counted(lossy.frames, 'frame')} here and {counted(lossy.total, 'row')} of "
        "ground truth; a result must have as many as one of these."
    )


def _curves(
    benchmark: Benchmark,
    predicted: Boxes,
    rgb: Boxes,
    tir: Boxes,
    lengths: NDArray[np.int64],
    overlap: Values,
) -> dict[str, Curve]:
    """Return every curve of the benchmark from all frames of all sequences; changes `overlap`."""
    # np.False_ as an index chooses nothing.
    invalid = rgb.min(axis=1) <= 0 if benchmark.marks_invalid_truth else np.False_
    found = {}
    for precision in benchmark.precisions:
        errors = _errors(precision, predicted, rgb, tir)
        errors[invalid] = INVALID
        shares = share_within(errors, precision.thresholds, lengths, precision.inclusive)
        found[precision.metric] = Curve(precision.thresholds, shares, shares[:, precision.quoted])
    overlap[invalid] = INVALID
    shares = share_above(overlap, OVERLAPS, lengths)
    area = area_by_trapezoid if benchmark.area is Area.TRAPEZOID else area_by_mean
    found[benchmark.success] = Curve(OVERLAPS, shares, area(shares))
    return found


def _errors(precision: Precision, predicted: Boxes, rgb: Boxes, tir: Boxes) -> Values:
    measure = normalised_centre_errors if precision.normalised else centre_errors
    if tir is rgb:
        return measure(predicted, rgb)
    return np.minimum(measure(predicted, rgb), measure(predicted, tir))
