"""What the timeline draws, and how many frames become one column of pixels; no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.look.palette import Rgb


@dataclass(frozen=True, slots=True, eq=False)
class TimelineRow:
    """One target's strip."""

    target_id: str
    name: str
    colour: Rgb
    source: NDArray[np.uint8]
    """(N,) 0 none, 1 manual, 2 tracked, 3 interpolated, 4 imported."""
    flags: NDArray[np.uint16]
    """(N,) bits of `Flag`; those with a lane in the table of flags are marked."""
    score: NDArray[np.float32]
    """(N,) NaN where there is none."""
    selected: bool


@dataclass(frozen=True, slots=True, eq=False)
class TimelineModel:
    """Everything on the timeline but the playhead."""

    count: int
    gaps: frozenset[int]
    rows: tuple[TimelineRow, ...] = ()


EMPTY_TIMELINE = TimelineModel(0, frozenset())


def column_edges(count: int, columns: int) -> NDArray[np.int64]:
    """Return (columns + 1,) frame indices: column c shows frames edges[c] .. edges[c + 1] - 1.

    With fewer frames than columns several columns show the same frame.
    """
    # In whole numbers: rounded floats leave frames out or show them twice where many share a
    # column.
    return np.arange(columns + 1, dtype=np.int64) * count // max(1, columns)


def strongest_source(source: NDArray[np.uint8], columns: int) -> NDArray[np.uint8]:
    """Return (columns,) the source to draw: a single manual frame must not vanish in a crowd."""
    count = len(source)
    if count == 0 or columns == 0:
        return np.zeros(columns, np.uint8)
    # Manual (1) outranks tracked (2), interpolated (3) and imported (4); none (0) comes last.
    rank = np.array([0, 4, 3, 2, 1], np.uint8)[source]
    source_of_rank = np.array([0, 4, 3, 2, 1], np.uint8)
    return np.asarray(source_of_rank[_per_column(rank, columns, np.maximum)], np.uint8)


def any_in_column(marks: NDArray[np.bool_], columns: int) -> NDArray[np.bool_]:
    """Return (columns,) whether any frame of the column is marked."""
    if len(marks) == 0:
        # numpy has no maximum of nothing.
        return np.zeros(columns, np.bool_)
    return _per_column(marks.astype(np.uint8), columns, np.maximum).astype(np.bool_)


def lowest_score(score: NDArray[np.float32], columns: int) -> NDArray[np.float32]:
    """Return (columns,) the lowest score of each column, NaN where no frame has one."""
    if len(score) == 0:
        return np.full(columns, np.nan, np.float32)
    # The lowest, because a short loss of the target must show among thousands of frames. NaN would
    # win over every number.
    filled = np.where(np.isnan(score), np.float32(np.inf), score).astype(np.float32)
    lowest = _per_column(filled, columns, np.minimum)
    return np.where(np.isinf(lowest), np.float32(np.nan), lowest).astype(np.float32)


def _per_column(values: NDArray[Any], columns: int, reduce: np.ufunc) -> NDArray[Any]:
    edges = column_edges(len(values), columns)
    # reduceat refuses an index past the end.
    starts = np.minimum(edges[:-1], len(values) - 1)
    if len(values) <= columns:
        return np.asarray(values[starts])
    return np.asarray(reduce.reduceat(values, starts))
