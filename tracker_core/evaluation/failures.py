"""Where trackers fail: first frame lost, longest loss, the worst sequences, where two differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker_core.evaluation.report import Evaluation
from tracker_core.evaluation.table import Form, Table
from tracker_core.evaluation.truth import SequenceTruth


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong on one sequence. Frames are those of the sequence, counted from 0."""

    first_lost: int | None
    """The first frame on which box and target do not touch; None where there is none."""
    longest_loss: int
    """Rows of ground truth of the longest loss; those where the target is absent do not count."""
    longest_from: int | None
    """The frame on which it begins."""
    recovered: bool
    """Whether the last row that counts is touched: the target was not lost for good."""
    absent: int
    """Rows of ground truth on which the target is absent."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A sequence on which two trackers differ."""

    sequence: str
    better: str
    other: str
    difference: float
    """Of success, as a fraction."""


def failures(evaluation: Evaluation, row: int) -> dict[str, Failure]:
    """Return the failures of a tracker, by its rank from 0, for every sequence by its name."""
    truth, found, begin = evaluation.truth, {}, 0
    overlap = evaluation.scores[row].overlap
    for sequence in truth.sequences:
        own = overlap[begin : begin + len(sequence)]
        begin += len(sequence)
        found[sequence.name] = _failure(sequence, own)
    return found


def _failure(sequence: SequenceTruth, overlap: NDArray[np.float32]) -> Failure:
    present = np.flatnonzero(in_view(sequence))
    # Among the rows that have a target: an absence neither ends a loss nor makes it longer.
    lost = overlap[present] <= 0
    edges = np.flatnonzero(np.diff(np.concatenate([[0], lost.astype(np.int8), [0]])))
    starts, ends = edges[::2], edges[1::2]
    if not len(starts):
        return Failure(None, 0, None, recovered=True, absent=len(overlap) - len(present))
    longest = int((ends - starts).argmax())
    return Failure(
        frame_of(sequence, int(present[starts[0]])),
        int(ends[longest] - starts[longest]),
        frame_of(sequence, int(present[starts[longest]])),
        recovered=not lost[-1],
        absent=len(overlap) - len(present),
    )


def in_view(sequence: SequenceTruth) -> NDArray[np.bool_]:
    """Return on which rows the target has a box in a modality at least, (rows,)."""
    rgb, tir = sequence.rgb[:, 2:].min(axis=1) > 0, sequence.tir[:, 2:].min(axis=1) > 0
    return np.asarray(rgb | tir)


def frame_of(sequence: SequenceTruth, row: int) -> int:
    """Return the frame of a row of ground truth."""
    if sequence.lossy is not None:
        return int(sequence.lossy.at[row])
    return sequence.offset + row * sequence.stride


def worst(evaluation: Evaluation, row: int, count: int) -> list[int]:
    """Return the indices of the sequences on which a tracker has the least success, worst first."""
    success = evaluation.success_table()[row]
    names = evaluation.truth.names
    # Names settle ties.
    return sorted(range(len(names)), key=lambda index: (success[index], names[index]))[:count]


def widest_gaps(evaluation: Evaluation, one: int, other: int, count: int) -> list[Gap]:
    """Return the sequences on which two trackers differ most in success, the widest first."""
    table = evaluation.success_table()
    gaps = table[one] - table[other]
    names, trackers = evaluation.truth.names, evaluation.trackers
    order: Sequence[int] = sorted(
        range(len(names)), key=lambda index: (-abs(gaps[index]), names[index])
    )
    return [
        Gap(
            names[index],
            trackers[one if gaps[index] > 0 else other],
            trackers[other if gaps[index] > 0 else one],
            abs(float(gaps[index])),
        )
        for index in order[:count]
        if gaps[index] != 0
    ]


def failures_table(evaluation: Evaluation, count: int | None = None) -> Table:
    """Return a row for each tracker and sequence, or each of its `count` worst, the worst first."""
    labels, values = [], []
    table = evaluation.success_table()
    for row, tracker in enumerate(evaluation.trackers):
        found = failures(evaluation, row)
        for index in worst(evaluation, row, len(found) if count is None else count):
            name = evaluation.truth.names[index]
            each = found[name]
            labels.append((tracker, name))
            frames = [np.nan if at is None else at for at in (each.first_lost, each.longest_from)]
            first, begin = frames
            values.append(
                [table[row, index], first, each.longest_loss, begin, each.recovered, each.absent]
            )
    kind = "" if count is None else f", the {count} worst sequences of each tracker"
    return Table(
        "failures",
        f"Failures{kind}",
        ("Tracker", "Sequence"),
        tuple(labels),
        (
            evaluation.truth.benchmark.success,
            *("First lost", "Longest loss", "From", "Found again", "Absent"),
        ),
        (Form.PERCENT, *(Form.COUNT,) * 5),
        np.array(values, np.float64),
    )


def gaps_table(evaluation: Evaluation, count: int) -> Table:
    """Return the sequences on which each pair of trackers differs most, `count` of each pair."""
    trackers = len(evaluation.scores)
    found = [
        gap
        for one in range(trackers)
        for other in range(one + 1, trackers)
        for gap in widest_gaps(evaluation, one, other, count)
    ]
    return Table(
        "gaps",
        f"Where trackers differ most in {evaluation.truth.benchmark.success}",
        ("Better", "Other", "Sequence"),
        tuple((each.better, each.other, each.sequence) for each in found),
        ("Difference",),
        (Form.DIFFERENCE,),
        np.array([[each.difference] for each in found], np.float64).reshape(-1, 1),
    )
