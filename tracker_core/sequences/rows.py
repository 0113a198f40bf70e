"""Which frame each row of a box file belongs to: the one place that knows.

A row belongs to a number, not to a place among the files that happen to be there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker_core.errors import CKDError
from tracker_core.sequences.remarks import Remark, error, info, warning
from tracker_core.sequences.steps import usual_step
from tracker_core.sequences.timeline import Timeline

OUTSIDE = -1
"""The frame index of a row whose frame is not there."""
_SLACK = 2
"""Rows for so many stretches more than the pictures fill are no sign of a row for every frame."""


class UndecidedRowsError(CKDError):
    """Nothing says which frames the rows belong to."""


@dataclass(frozen=True, slots=True)
class RowRule:
    """How a layout counts its rows."""

    every: int = 1
    """Row k belongs to every k-th frame."""
    first_row: int | None = None
    """The number of the frame that row 0 belongs to, where the dataset says it."""
    first_number: int | None = None
    """The number of the first frame of every sequence, where the layout fixes it."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Rows at their frames."""

    frames: NDArray[np.int64]
    """(R,) the frame index of each row, OUTSIDE where there is no such frame."""
    remark: Remark | None = None


@dataclass(frozen=True, slots=True)
class RowSpace:
    """The frames that rows are placed on."""

    length: int
    numbers: NDArray[np.int64] | None = None
    """(N,) rising frame numbers; None where frames have none."""
    whole: bool = True
    """True when no frame can be lost without a place: each number from first to last, or none."""
    is_video: bool = False
    moved: bool = False
    """True when the thermal numbers begin elsewhere: `numbers` are what RGB names say alone."""

    @classmethod
    def of(cls, timeline: Timeline, *, is_video: bool) -> RowSpace:
        """Return the frames of a timeline."""
        # With an offset thermal frames may come before the first RGB frame, which row 0 is for.
        whole = timeline.whole or (is_video and int(timeline.rgb[0]) == 0)
        moved = any(remark.code == "other-base" for remark in timeline.remarks)
        return cls(len(timeline), timeline.numbers, whole, is_video, moved)

    @property
    def step(self) -> int:
        """By how much the numbers of whole ones rise."""
        if self.numbers is None or len(self.numbers) < 2:
            return 1
        return usual_step(np.diff(self.numbers)) if self.whole else 1

    def at(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the frame index of each number, OUTSIDE for those that are not there."""
        if self.numbers is None:
            return np.where((numbers >= 0) & (numbers < self.length), numbers, OUTSIDE)
        where = np.searchsorted(self.numbers, numbers).clip(0, self.length - 1)
        return np.where(self.numbers[where] == numbers, where, OUTSIDE).astype(np.int64)


def place_rows(
    name: str,
    count: int,
    space: RowSpace,
    slots: NDArray[np.int64] | None,
    rule: RowRule,
) -> Placement:
    """Say which frame each of `count` rows of the file `name` belongs to.

    `slots` are the frames at which the modality has a file. Raises UndecidedRowsError where more
    than one answer is possible.
    """
    if rule.every > 1 and space.length:
        sparse = _sparse(name, count, space, rule)
        if sparse is not None:
            return sparse
    if count == space.length:
        return Placement(np.arange(count, dtype=np.int64))
    # As many rows as files, not as frame numbers: whoever annotated had these files only.
    if slots is not None and count == len(slots):
        sentence = f"{name} has {count} rows, one for each file; the missing frames have none."
        return Placement(slots.astype(np.int64), warning("rows-by-file", sentence))
    if space.numbers is None:
        return _unnumbered(name, count, space)
    return _by_number(name, count, space, space.numbers, rule)


def _sparse(name: str, count: int, space: RowSpace, rule: RowRule) -> Placement | None:
    """Rows for one frame in `every`, by number; None when the file has a row for every frame."""
    numbers = space.numbers
    if numbers is None:
        first, last = rule.first_row or 0, space.length - 1
    else:
        first = rule.first_row if rule.first_row is not None else rule.first_number or 0
        last = int(numbers[-1])
        _check_unmoved(name, count, space, first)
    # With and without a row for a last stretch that is not whole.
    span = max(0, last + 1 - first)
    fitting = {-(-span // rule.every), span // rule.every}
    if count > max(fitting) + _SLACK and 2 * count >= space.length:
        return None
    if count == space.length > max(fitting):
        return None
    frames = space.at(first + rule.every * np.arange(count, dtype=np.int64))
    if count in fitting:
        said = info("sparse-rows", f"{name} has one row for every {rule.every} frames.")
        return Placement(frames, said)
    needed = f"{name} has {count} rows where {space.length} frames need {max(fitting)}"
    return Placement(frames, _misfit(needed, count < min(fitting), frames))


def _unnumbered(name: str, count: int, space: RowSpace) -> Placement:
    if not space.whole:
        raise UndecidedRowsError(
            f"{name} has {count} rows for {space.length} frames whose names have no numbers, so "
            "nothing says which rows belong to them."
        )
    return _from(name, count, space, np.arange(count, dtype=np.int64))


def _by_number(
    name: str, count: int, space: RowSpace, numbers: NDArray[np.int64], rule: RowRule
) -> Placement:
    first, last, step = int(numbers[0]), int(numbers[-1]), space.step
    if step > 1 and count > space.length and count >= last - first + 1:
        step = 1  # a row for every number, of which every tenth is here
    across = (last - first) // step + 1
    rows = np.arange(count, dtype=np.int64)
    if count == across:
        return Placement(space.at(first + step * rows))
    if count < across:
        known = rule.first_number
        if known is not None and first > known and count <= across:
            raise UndecidedRowsError(
                f"{name} has {count} rows, but the frames are numbered {first} to {last}, and "
                f"nothing says whether its first row belongs to number {known} or {first}."
            )
        if not space.whole:
            raise UndecidedRowsError(
                f"{name} has {count} rows for frames with numbers that jump from {first} to "
                f"{last}, so nothing says which rows belong to them."
            )
        return _from(name, count, space, space.at(first + step * rows))
    base = _base(first, count - across, step, rule)
    if base is None:
        raise UndecidedRowsError(
            f"{name} has {count} rows, but the frames are numbered {first} to {last}, and nothing "
            "says whether frames are missing before the first or after the last of these; add the "
            "missing pictures, or leave out the rows that have none."
        )
    _check_unmoved(name, count, space, base)
    frames = space.at(base + step * rows)
    lost = count - across
    before = (first - base) // step
    where = [f"the first {before}"] * (before > 0) + [f"the last {lost - before}"] * (lost > before)
    sentence = (
        f"{name} has {count} rows where {space.length} frames need {across}; {' and '.join(where)} "
        "belong to frames that are not there and are ignored."
    )
    return Placement(frames, error("too-many-rows", sentence))


def _check_unmoved(name: str, count: int, space: RowSpace, base: int) -> None:
    """Refuse rows before the first frame where the thermal names say that there are none."""
    if space.moved and space.numbers is not None and int(space.numbers[0]) > base:
        raise UndecidedRowsError(
            f"{name} has {count} rows, but RGB frames are numbered from {space.numbers[0]} and "
            f"thermal frames from another number, so nothing says whether its first row belongs to "
            f"number {base} or {space.numbers[0]}; number the files of both alike."
        )


def _base(first: int, lost: int, step: int, rule: RowRule) -> int | None:
    """The number that row 0 belongs to when `lost` numbers are missing at the ends."""
    known = rule.first_number
    if known is not None and first >= known:
        before, rest = divmod(first - known, step)
        return known if rest == 0 and before <= lost else None
    # Nobody counts from below 0.
    if first <= 0 or known is not None:
        return first
    # Everybody counts from 0 or from 1.
    possible = [base for base in (0, 1) if (first - base) % step == 0]
    possible = [base for base in possible if base <= first and (first - base) // step <= lost]
    return possible[0] if len(possible) == 1 and (first - possible[0]) // step == lost else None


def _from(name: str, count: int, space: RowSpace, frames: NDArray[np.int64]) -> Placement:
    """Rows from the first frame on, too few or too many."""
    frames = np.where(frames < space.length, frames, OUTSIDE)
    needed = f"{name} has {count} rows where {space.length} frames need {space.length}"
    return Placement(frames, _misfit(needed, count < space.length, frames))


def _misfit(needed: str, too_few: bool, frames: NDArray[np.int64]) -> Remark:
    if too_few:
        last = f"after index {frames.max()} " if len(frames) else ""
        return error("too-few-rows", f"{needed}; frames {last}have no ground truth.")
    return error("too-many-rows", f"{needed}; the rows after the last frame are ignored.")
