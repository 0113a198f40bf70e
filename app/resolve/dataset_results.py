"""Results over a dataset as columns of its list, lines of a table and words; no Qt."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from app.look.palette import Palette, Rgb
from app.resolve.comparing import colour_of
from app.resolve.dataset_rows import NOT_THERE, Column, DatasetRow
from tracker_core.evaluation.over_dataset import OnSequence, SequenceResults, TrackerOver
from tracker_core.evaluation.scores import Curve

MOST_PROBLEMS = 2
"""Sentences below the table; of forty files that do not fit nobody reads more."""


@dataclass(frozen=True, slots=True, eq=False)
class OverRow:
    """One line of the table."""

    name: str
    colour: Rgb
    figures: Mapping[str, float]
    curves: Mapping[str, Curve]
    sequences: int


@dataclass(frozen=True, slots=True, eq=False)
class OverModel:
    """Everything that is shown of results over a dataset."""

    rows: tuple[OverRow, ...]
    metrics: tuple[str, ...]
    words: str
    """Over what the figures are, and what is missing."""
    partial: bool
    """Whether that is less than the whole dataset."""


def over_rows(table: tuple[TrackerOver, ...], palette: Palette) -> tuple[OverRow, ...]:
    """Return the lines of the table, in the colours that the trackers have on frames."""
    return tuple(
        OverRow(each.tracker, colour_of(palette, rank), each.figures, each.curves, each.sequences)
        for rank, each in enumerate(table)
    )


def over_words(
    rules: str,
    counts: tuple[int, int, int, int],
    problems: tuple[str, ...],
    *,
    running: bool,
) -> str:
    """Return over what the figures are.

    `counts` are of sequences that all trackers have, that are done, of the dataset, and of those
    without ground truth.
    """
    shared, done, total, without = counts
    if running:
        return f"Comparing: {done} of {_sequences(total)} so far, {shared} with a result of all."
    said = []
    if shared == total:
        said.append(f"Figures over {_sequences(total)}, by the rules of {rules}.")
    elif shared:
        said.append(
            f"Only {shared} of {_sequences(total)} have ground truth and a result of every "
            f"tracker; the figures are over these, by the rules of {rules}."
        )
    elif done:
        said.append("No sequence has ground truth and a result of every tracker.")
    if without:
        said.append(f"Without ground truth: {without}.")
    said += problems[:MOST_PROBLEMS]
    if len(problems) > MOST_PROBLEMS:
        said.append(f"And {len(problems) - MOST_PROBLEMS} more.")
    return " ".join(said)


def _sequences(count: int) -> str:
    return "1 sequence" if count == 1 else f"{count} sequences"


def result_columns(
    found: Mapping[str, SequenceResults], trackers: tuple[str, ...], metric: str
) -> tuple[Column, ...]:
    """Return a column for each tracker, and one for how far they are apart.

    `found` may be filled later; a sequence that is not in it yet has an empty cell.
    """
    columns = [_tracker_column(found, name, metric) for name in trackers]
    if len(trackers) > 1:
        columns.append(_apart_column(found))
    return tuple(columns)


def _tracker_column(found: Mapping[str, SequenceResults], name: str, metric: str) -> Column:
    def reached(row: DatasetRow) -> OnSequence | None:
        here = found.get(row.name)
        return None if here is None else here.trackers.get(name)

    def key(row: DatasetRow) -> object:
        each = reached(row)
        value = math.nan if each is None else each.figures[metric]
        return None if math.isnan(value) else value

    def text(row: DatasetRow) -> str:
        value = key(row)
        if value is None:
            return NOT_THERE if row.name in found else ""
        return f"{100 * float(str(value)):.1f}"

    def tip(row: DatasetRow) -> str:
        here, each = found.get(row.name), reached(row)
        if here is None:
            return ""
        if each is None:
            return _why_not(here, name)
        figures = ", ".join(f"{key} {100 * value:.1f}" for key, value in each.figures.items())
        worst = "" if each.worst is None else f"; the lowest IoU is on frame {each.worst}"
        return f"{name}: {figures}\nFails on {each.failing} frames{worst}"

    about = f"{metric} of {name} on the sequence, in percent; the worst come first."
    return Column(
        f"result {name}", f"{metric} {name}", about, text, key, is_number=True, tip_of=tip
    )


def _why_not(here: SequenceResults, name: str) -> str:
    if not here.rows:
        return here.problems[0] if here.problems else "The sequence has no ground truth."
    return f"{name} has no result here that can be judged."


def _apart_column(found: Mapping[str, SequenceResults]) -> Column:
    def key(row: DatasetRow) -> object:
        here = found.get(row.name)
        return None if here is None or math.isnan(here.apart) else here.apart

    def text(row: DatasetRow) -> str:
        value = key(row)
        if value is None:
            return NOT_THERE if row.name in found else ""
        return f"{float(str(value)):.2f}"

    def tip(row: DatasetRow) -> str:
        here = found.get(row.name)
        at = None if here is None else here.apart_at
        return "" if at is None else f"On frame {at} IoU differs by {text(row)} between trackers."

    about = "The largest difference of IoU between two trackers on one frame."
    return Column("apart", "Apart", about, text, key, is_number=True, tip_of=tip)
