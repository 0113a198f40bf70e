"""Results of several trackers on one sequence, frame by frame, beside its ground truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tracker_core.errors import CKDError
from tracker_core.evaluation.benchmarks import BENCHMARKS, LASHER, Benchmark
from tracker_core.evaluation.failures import frame_of, in_view
from tracker_core.evaluation.metrics import Boxes, Values, hold_last_valid, overlaps
from tracker_core.evaluation.result_files import Result
from tracker_core.evaluation.scores import Curve, cut_note, evaluate, rows_of
from tracker_core.evaluation.truth import BenchmarkTruth, SequenceTruth
from tracker_core.sequences.ground_truth import GroundTruth
from tracker_core.sequences.layouts.names import Layout

FAILS_BELOW = 0.5
"""A box whose IoU is less fails; one whose IoU is more does not."""


def benchmark_of(layout: Layout) -> Benchmark:
    """Return whose rules score a layout: LasHeR's where it is no benchmark's."""
    return BENCHMARKS.get(layout.value, LASHER)


@dataclass(frozen=True, slots=True, eq=False)
class FrameTruth:
    """The ground truth of one sequence as a benchmark scores it, each row at its frame."""

    benchmark: Benchmark
    name: str
    frames: int
    """Frames of the sequence."""
    at: NDArray[np.int64]
    """(R,) the frame of each row that is scored, ascending."""
    rgb: Boxes
    """(R, 4)"""
    tir: Boxes
    """(R, 4); the same array as `rgb` where one ground truth is for both modalities."""
    written: NDArray[np.int64] | None = None
    """The frame of each row of the file; -1: that frame is not there."""

    @classmethod
    def of_sequence(
        cls, name: str, frames: int, benchmark: Benchmark, truth: GroundTruth | None
    ) -> FrameTruth:
        """Take what is known of a sequence; without ground truth no row is scored."""
        if truth is None:
            none = np.empty((0, 4))
            return cls(benchmark, name, frames, np.empty(0, np.int64), none, none)
        both = len(benchmark.truth_files) > 1
        rgb = truth.rgb if both or truth.init_boxes is None else truth.init_boxes
        tir = truth.tir if both else rgb
        annotated = truth.annotated
        if not both and truth.init_boxes is not None:
            # Rows of the file that this benchmark scores by, not of the others.
            annotated = annotated | ~np.isnan(rgb).all(axis=1)
        known = annotated
        if not benchmark.marks_invalid_truth:
            known = annotated & np.isfinite(rgb).all(axis=1) & np.isfinite(tir).all(axis=1)
        at = np.flatnonzero(known)
        # LasHeR counts a row without a box by a rule of its own, for which it is one of zeros.
        scored = [np.nan_to_num(each[at]) for each in ((rgb,) if tir is rgb else (rgb, tir))]
        return cls(benchmark, name, frames, at, scored[0], scored[-1], truth.rows)

    @classmethod
    def of_rows(cls, benchmark: Benchmark, truth: SequenceTruth) -> FrameTruth:
        """Take the rows of a benchmark's sequence, whose frames need not be there."""
        at = np.array([frame_of(truth, row) for row in range(len(truth))], np.int64)
        frames = truth.lossy.frames if truth.lossy is not None else int(at[-1]) + 1
        return cls(benchmark, truth.name, frames, at, truth.rgb, truth.tir)

    def __len__(self) -> int:
        return len(self.at)

    def aligned(self, shift: int, to_rgb: Callable[[Boxes], Boxes]) -> FrameTruth:
        """Return it for cameras that are aligned: frame i shows thermal frame i + `shift`.

        `to_rgb` maps boxes of thermal pixels. A row whose thermal frame has no row, or whose box
        cannot be mapped, is judged by RGB alone.
        """
        if self.tir is self.rgb or not len(self):
            return self
        places = np.minimum(np.searchsorted(self.at, self.at + shift), len(self) - 1)
        mapped = to_rgb(self.tir[places])
        known = (self.at[places] == self.at + shift) & np.isfinite(mapped).all(axis=1)
        return replace(self, tir=np.where(known[:, None], mapped, self.rgb))

    def rows(self, chosen: NDArray[np.bool_]) -> SequenceTruth:
        """Return some of the rows as the benchmark's functions take them."""
        rgb = self.rgb[chosen]
        return SequenceTruth(self.name, rgb, rgb if self.tir is self.rgb else self.tir[chosen])

    def boxes(self) -> tuple[Boxes, Boxes]:
        """Return the true boxes over all frames, RGB and thermal; NaN where there is none."""
        made = []
        for rows in (self.rgb, self.tir):
            boxes = np.full((self.frames, 4), np.nan)
            boxes[self.at] = np.where(rows[:, 2:].min(axis=1, keepdims=True) > 0, rows, np.nan)
            made.append(boxes)
        return made[0], made[1]


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """What one tracker said about a sequence, and how good it is."""

    tracker: str
    boxes: Boxes
    """(N, 4), NaN where nothing was said."""
    overlap: Values
    """(N,) IoU with the truth of the nearer modality; NaN where nothing is to be judged."""
    figures: Mapping[str, float]
    """The figures of the benchmark as fractions, NaN where no row was scored."""
    curves: Mapping[str, Curve]
    scored: int
    """Rows of ground truth that the figures are over."""
    notes: tuple[str, ...] = ()


def placed(truth: FrameTruth, result: Result) -> tuple[Boxes, tuple[str, ...]]:
    """Return a result's boxes over the frames of a sequence, (N, 4), and notes on what was cut.

    A result has a row for each frame, for each row of the ground truth, or for each frame from the
    first to the last that has ground truth. Raises CKDError for one that is shorter.
    """
    boxes, frames, rows = result.boxes, truth.frames, len(truth)
    if len(boxes) == frames:
        return boxes, ()
    written = truth.written
    if written is not None and len(boxes) == len(written):
        return _at(frames, written[written >= 0], boxes[written >= 0]), ()
    if rows and len(boxes) == rows:
        return _at(frames, truth.at, boxes), ()
    if len(boxes) > frames:
        return boxes[:frames], (cut_note(result, len(boxes) - frames),)
    first, last = (int(truth.at[0]), int(truth.at[-1])) if rows else (0, frames - 1)
    # A short result must not score better, so that it is never filled up.
    if len(boxes) <= last - first:
        raise CKDError(
            f"{result.origin} has {len(boxes)} rows, but {truth.name} has {frames} frames; "
            "a result must cover every frame."
        )
    begin = 0 if len(boxes) > last else first
    return _at(frames, np.arange(begin, begin + len(boxes)), boxes), ()


def _at(frames: int, places: NDArray[np.int64], boxes: Boxes) -> Boxes:
    found = np.full((frames, 4), np.nan)
    found[places] = boxes[: len(places)]
    return found


def compare_result(truth: FrameTruth, tracker: str, result: Result) -> Compared:
    """Judge a result by the rules of the benchmark, as `eval` does; raises CKDError."""
    boxes, notes = placed(truth, result)
    everything = np.ones(len(truth), np.bool_)
    return _judged(truth, tracker, boxes, everything, result.origin, notes)


def compare_boxes(
    truth: FrameTruth, tracker: str, boxes: Boxes, absent: NDArray[np.bool_]
) -> Compared:
    """Judge boxes that are being made, (N, 4); frames that nobody has decided do not count yet.

    Where the target was marked absent there is no box, and the one before counts, as in a result.
    """
    boxed = np.asarray(np.isfinite(boxes).all(axis=1))
    decided = boxed | absent
    begun = np.logical_or.accumulate(boxed)
    held = hold_last_valid(np.where(boxed[:, None], boxes, np.nan))
    judged = _judged(truth, tracker, held, (decided & begun)[truth.at], tracker, ())
    # What is held to be counted was not said.
    return replace(judged, boxes=boxes, overlap=np.where(boxed, judged.overlap, np.nan))


def _judged(
    truth: FrameTruth,
    tracker: str,
    boxes: Boxes,
    counted: NDArray[np.bool_],
    origin: str,
    notes: tuple[str, ...],
) -> Compared:
    overlap = np.full(truth.frames, np.nan)
    if not counted.any():
        nothing = dict.fromkeys(truth.benchmark.metrics, float("nan"))
        return Compared(tracker, boxes, overlap, nothing, {}, 0, notes)
    # The true first box stands for the first one of a result, not for the first that was counted.
    given = truth.benchmark.first_is_given and bool(counted[0])
    benchmark = replace(truth.benchmark, first_is_given=given)
    rows, at = truth.rows(counted), truth.at[counted]
    result = Result(boxes[at], origin)
    whole = BenchmarkTruth(benchmark, Path(), (rows,))
    scores = evaluate(whole, {truth.name: result}, tracker)
    cleaned = rows_of(benchmark, rows, result)
    found = np.maximum(overlaps(cleaned, rows.rgb), overlaps(cleaned, rows.tir))
    overlap[at] = np.where(in_view(rows), found, np.nan)
    return Compared(
        tracker, boxes, overlap, scores.metrics, scores.curves, len(at), (*notes, *scores.notes)
    )


def worst_frame(overlap: Values) -> int | None:
    """Return the frame of the lowest IoU, the first one where there are several."""
    return None if np.isnan(overlap).all() else int(np.nanargmin(overlap))


def differences(all_overlaps: Sequence[Values]) -> Values:
    """Return by how much IoU differs between the best and the worst on each frame, (N,)."""
    table = np.stack(list(all_overlaps))  # (trackers, N)
    known = ~np.isnan(table)
    spread = np.where(known, table, -1.0).max(axis=0) - np.where(known, table, 2.0).min(axis=0)
    return np.asarray(np.where(known.sum(axis=0) > 1, spread, np.nan))


def fails_alone(failing: Values, other: Values) -> NDArray[np.bool_]:
    """Return on which frames one fails and the other does not, (N,)."""
    # No comparison with NaN is true.
    return np.asarray((failing < FAILS_BELOW) & (other > FAILS_BELOW))


def stretches(marks: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the first and the last frame of every stretch of marks, (k, 2)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], marks.astype(np.int8), [0]])))
    return np.stack([edges[::2], edges[1::2] - 1], axis=1)


def peaks(values: Values, apart: int, most: int = 100) -> list[int]:
    """Return the frames of the largest values, none within `apart` frames of a larger one."""
    left = np.where(np.isnan(values), -np.inf, values)
    found: list[int] = []
    while len(found) < most:
        frame = int(left.argmax()) if len(left) else 0
        if not len(left) or left[frame] <= 0:
            break
        found.append(frame)
        left[max(0, frame - apart) : frame + apart + 1] = -np.inf
    return found
