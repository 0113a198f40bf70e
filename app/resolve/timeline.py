"""What the timeline draws, and how many frames become one column of pixels; no Qt."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from app.look.palette import Rgb
from sessions import Flag, Source

T = TypeVar("T", bound=np.generic)

BLOCK = 8
"""Frames, or blocks of the level before, that become one block of the next level."""
ABSENT_CODE = 5
"""What a column of a strip shows where the target is marked absent; sources are 0 to 4."""
# What is shown of a column with several: a single frame by hand must not vanish in a crowd, and
# whatever has a box goes before what has none.
_ORDER = (
    Source.NONE,
    ABSENT_CODE,
    Source.IMPORTED,
    Source.INTERPOLATED,
    Source.TRACKED,
    Source.MANUAL,
)
_CODE_OF_RANK = np.array(_ORDER, np.uint8)
_RANK_OF_CODE = np.argsort(_CODE_OF_RANK).astype(np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """What W columns of pixels show of one target."""

    codes: NDArray[np.uint8]
    """(W,) the strongest source, 0 none to 4 imported, or `ABSENT_CODE`."""
    flags: NDArray[np.uint16]
    """(W,) bits of all flags of the column's frames."""
    score: NDArray[np.float32]
    """(W,) the lowest score, NaN where no frame has one."""


# Not in slots: what is reduced once is kept with the row.
@dataclass(frozen=True, eq=False)
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
    locked: bool = False
    hidden: bool = False

    @cached_property
    def levels(self) -> Levels:
        """The same, reduced for whatever zoom."""
        absent = (self.flags & np.uint16(Flag.ABSENT)) != 0
        codes = np.where(absent, np.uint8(ABSENT_CODE), self.source).astype(np.uint8)
        return Levels(_RANK_OF_CODE[codes], self.flags, self.score)


@dataclass(frozen=True, eq=False)
class TimelineModel:
    """Everything on the timeline but the playhead and the selected range."""

    count: int
    gaps: frozenset[int]
    rows: tuple[TimelineRow, ...] = ()

    @cached_property
    def gap_marks(self) -> NDArray[np.bool_]:
        """(N,) the frames that a modality lacks."""
        marks = np.zeros(self.count, np.bool_)
        marks[[index for index in self.gaps if 0 <= index < self.count]] = True
        return marks


EMPTY_TIMELINE = TimelineModel(0, frozenset())


@dataclass(frozen=True, slots=True)
class View:
    """The frames that the timeline shows: `shown` of them from `first` on."""

    first: int
    shown: int

    def zoomed(self, factor: float, at: float, count: int) -> View:
        """Return the view with `factor` times as many frames; the frame position `at` stays."""
        if count < 1:
            return self
        wanted = self.shown * factor
        # A step of the wheel must be one, however few frames are on show.
        shown = round(wanted) if round(wanted) != self.shown else self.shown + (factor > 1) * 2 - 1
        shown = min(max(shown, min(MIN_SHOWN, count)), count)
        share = (at - self.first) / max(1, self.shown)
        return View(round(at - share * shown), shown).within(count)

    def moved(self, frames: int, count: int) -> View:
        """Return the view that begins `frames` later."""
        return View(self.first + frames, self.shown).within(count)

    def with_frame(self, index: int, count: int) -> View:
        """Return the view moved so far that a frame is on show, with some of what comes next."""
        if self.first <= index < self.first + self.shown:
            return self
        # A quarter: who steps on sees where it leads, and the view does not move at each step.
        before = self.shown // 4 if index >= self.first else self.shown - 1 - self.shown // 4
        return View(index - before, self.shown).within(count)

    def within(self, count: int) -> View:
        """Return the view without what lies beyond the sequence."""
        shown = min(max(1, self.shown), max(1, count))
        return View(min(max(0, self.first), max(0, count - shown)), shown)


MIN_SHOWN = 8
"""Frames on show at the largest zoom: each is then as wide as a hand hits easily."""


def column_edges(view: View, columns: int) -> NDArray[np.int64]:
    """Return (columns + 1,) frame indices: column c shows frames edges[c] .. edges[c + 1] - 1.

    With fewer frames than columns several columns show the same frame.
    """
    # In whole numbers: rounded floats leave frames out or show them twice where many share a
    # column.
    return view.first + np.arange(columns + 1, dtype=np.int64) * view.shown // max(1, columns)


@dataclass(slots=True, eq=False)
class Levels:
    """The columns of a target, each level with one value for 8 of the one before.

    However long the sequence is, a view takes some values for each column of pixels.
    """

    ranks: NDArray[np.uint8]
    """(N,)."""
    flags: NDArray[np.uint16]
    """(N,)."""
    score: NDArray[np.float32]
    """(N,)."""
    _coarser: list[Levels] = field(default_factory=list)

    def columns(self, view: View, columns: int) -> Columns:
        """Return what `columns` columns show of a view."""
        if not len(self.ranks) or columns < 1:
            empty = max(0, columns)
            score = np.full(empty, np.nan, np.float32)
            return Columns(np.zeros(empty, np.uint8), np.zeros(empty, np.uint16), score)
        level, block = self, 1
        # Blocks of a quarter column at most: what is drawn lies where its frame is.
        while block * BLOCK * 4 * columns <= view.shown:
            level, block = level._next(), block * BLOCK
        edges = column_edges(view, columns)
        # The last block of a sequence may be of fewer frames.
        stop = -(-int(edges[-1]) // block)
        starts = np.minimum(edges[:-1] // block, len(level.ranks) - 1)
        cut = slice(0, max(stop, int(starts[-1]) + 1))
        return Columns(
            _CODE_OF_RANK[_reduced(level.ranks[cut], starts, np.maximum)],
            _reduced(level.flags[cut], starts, np.bitwise_or),
            # fmin leaves NaN out. The lowest, because a short loss of the target must show among
            # thousands of frames.
            _reduced(level.score[cut], starts, np.fmin),
        )

    def _next(self) -> Levels:
        if not self._coarser:
            starts = np.arange(0, len(self.ranks), BLOCK)
            self._coarser.append(
                Levels(
                    np.maximum.reduceat(self.ranks, starts),
                    np.bitwise_or.reduceat(self.flags, starts),
                    np.fmin.reduceat(self.score, starts),
                )
            )
        return self._coarser[0]


def _reduced(values: NDArray[T], starts: NDArray[np.int64], how: np.ufunc) -> NDArray[T]:
    # Where several columns show one frame, reduceat gives each of them that frame.
    return np.asarray(how.reduceat(values, starts), values.dtype)


def marks_in_columns(marks: NDArray[np.bool_], view: View, columns: int) -> NDArray[np.bool_]:
    """Return (columns,) whether any frame of the column is marked."""
    if not len(marks) or columns < 1:
        # numpy has no maximum of nothing.
        return np.zeros(max(0, columns), np.bool_)
    edges = column_edges(view, columns)
    starts = np.minimum(edges[:-1], len(marks) - 1)
    cut = marks[: max(int(edges[-1]), int(starts[-1]) + 1)]
    return np.asarray(np.logical_or.reduceat(cut, starts), np.bool_)
