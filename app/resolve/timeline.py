"""What the timeline draws, and how many frames become one column of pixels; no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from app.look.palette import Rgb
from sessions import Flag, Source

T = TypeVar("T", bound=np.generic)

ABSENT_CODE = 5
"""What a column of a strip shows where the target is marked absent; sources are 0 to 4."""
# What is shown of a column with several: a single frame by hand must not vanish in a crowd, and
# whatever has a box goes before what has none.
_CODE_OF_RANK = np.array(
    [
        Source.NONE,
        ABSENT_CODE,
        Source.IMPORTED,
        Source.INTERPOLATED,
        Source.TRACKED,
        Source.MANUAL,
    ],
    np.uint8,
)


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
    hidden: bool = False

    @cached_property
    def levels(self) -> Levels:
        """The same, reduced for whatever zoom."""
        # By hand (1) is rank 5, imported (4) is rank 2. Computed, for looking up each of a hundred
        # thousand in a table takes ten times as long.
        ranks = (self.source > 0) * (6 - self.source)
        ranks[(self.flags & np.uint16(Flag.ABSENT)) != 0] = 1
        return Levels(
            Pyramid(ranks, np.maximum),
            Pyramid(self.flags, np.bitwise_or),
            # fmin leaves NaN out. The lowest, because a short loss of the target must show among
            # thousands of frames.
            Pyramid(self.score, np.fmin),
        )


@dataclass(frozen=True, eq=False)
class TimelineModel:
    """Everything on the timeline but the playhead and the selected range."""

    count: int
    gaps: frozenset[int]
    rows: tuple[TimelineRow, ...] = ()

    @cached_property
    def gap_marks(self) -> Pyramid[np.bool_]:
        """(N,) the frames that a modality lacks."""
        marks = np.zeros(self.count, np.bool_)
        marks[[index for index in self.gaps if 0 <= index < self.count]] = True
        return Pyramid(marks, np.logical_or)


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


# All strips of one timeline are painted in the same columns.
@lru_cache(maxsize=4)
def column_edges(view: View, columns: int) -> NDArray[np.int64]:
    """Return (columns + 1,) frame indices: column c shows frames edges[c] .. edges[c + 1] - 1.

    With fewer frames than columns several columns show the same frame.
    """
    # In whole numbers: rounded floats leave frames out or show them twice where many share a
    # column.
    edges = view.first + np.arange(columns + 1, dtype=np.int64) * view.shown // max(1, columns)
    edges.setflags(write=False)
    return edges


class Pyramid(Generic[T]):
    """A value for each frame, then one for 2 frames, for 4 and so on.

    However long the sequence is, a view takes some values for each column of pixels, from the
    second look on: making the levels takes longer than one look without them, and of a target
    that changes all the time, as in a run, there is only one.
    """

    def __init__(self, values: NDArray[T], how: np.ufunc) -> None:
        """`how` makes one of two values."""
        self._levels = [values]
        self._how = how
        self._looked = False

    def columns(self, view: View, columns: int) -> NDArray[T]:
        """Return (columns,) what is shown of a view; of no frames nothing."""
        if not len(self._levels[0]):
            return np.empty(0, self._levels[0].dtype)
        # Blocks of a quarter column at most: what is drawn lies where its frame is.
        number = max(0, (view.shown // (4 * columns)).bit_length() - 1)
        if not self._looked:
            number = min(number, len(self._levels) - 1)
            self._looked = True
        values = self._level(number)
        edges = column_edges(view, columns)
        # The last block of a sequence may be of fewer frames.
        stop = -(-int(edges[-1]) >> number)
        starts = np.minimum(edges[:-1] >> number, len(values) - 1)
        cut = values[: max(stop, int(starts[-1]) + 1)]
        # Where several columns show one frame, reduceat gives each of them that frame.
        return np.asarray(self._how.reduceat(cut, starts), values.dtype)

    def _level(self, number: int) -> NDArray[T]:
        while len(self._levels) <= number:
            finer = self._levels[-1]
            even = finer[: len(finer) // 2 * 2]
            coarser = self._how(even[::2], even[1::2])
            if len(finer) % 2:
                coarser = np.append(coarser, finer[-1])
            self._levels.append(np.asarray(coarser, finer.dtype))
        return self._levels[number]


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """What is drawn of a target, reduced for whatever zoom."""

    ranks: Pyramid[np.uint8]
    flags: Pyramid[np.uint16]
    score: Pyramid[np.float32]

    def columns(self, view: View, columns: int) -> Columns:
        """Return what `columns` columns show of a view."""
        return Columns(
            _CODE_OF_RANK[self.ranks.columns(view, columns)],
            self.flags.columns(view, columns),
            self.score.columns(view, columns),
        )
