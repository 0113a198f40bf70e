"""What a table is: numbers under heads, how they are shown, and which is the best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from numpy.typing import NDArray


class Form(Enum):
    """How the numbers of a column are shown."""

    PERCENT = "percent"
    """A fraction, shown in percent with one decimal."""
    DIFFERENCE = "difference"
    """The same with its sign."""
    COUNT = "count"
    RATE = "rate"
    """Of frames per second."""


class Ranked(Enum):
    """Among which numbers the best one is marked."""

    DOWN = "column"
    ACROSS = "row"
    NOT = "none"


# No comparison by value: arrays have none that is true or false.
@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Numbers under heads, beside labels."""

    name: str
    """Of its file."""
    title: str
    corner: tuple[str, ...]
    """Heads of the labels."""
    labels: tuple[tuple[str, ...], ...]
    heads: tuple[str, ...]
    forms: tuple[Form, ...]
    values: NDArray[np.float64]
    """(rows, heads); NaN where there is no figure."""
    ranked: Ranked = Ranked.NOT
    intervals: dict[int, NDArray[np.float64]] = field(default_factory=dict)
    """By column, (rows, 2): the ends of its 95 % interval."""

    def shown(self, row: int, column: int) -> str:
        """Return a number as people read it; a dash where there is none."""
        return _shown(float(self.values[row, column]), self.forms[column])

    def interval(self, row: int, column: int) -> str:
        """Return an interval as people read it, `43.1 to 50.2`."""
        low, high = self.intervals[column][row]
        return f"{_shown(low, self.forms[column])} to {_shown(high, self.forms[column])}"

    def rank(self, row: int, column: int) -> int:
        """Return 1 for the best number of its column or row, 2 for the second, else 0.

        Numbers that are shown alike share a rank.
        """
        if self.ranked is Ranked.NOT or self.forms[column] is not Form.PERCENT:
            return 0
        line = self.values[:, column] if self.ranked is Ranked.DOWN else self.values[row]
        # As they are printed: of two that look alike, both are the best.
        shown = np.round(100 * line, 1)
        known = np.unique(shown[np.isfinite(shown)])[::-1]
        own = round(100 * float(self.values[row, column]), 1)
        if len(line) < 2 or not np.isfinite(own):
            return 0
        return next((rank for rank, each in enumerate(known[:2], 1) if each == own), 0)


def _shown(value: float, form: Form) -> str:
    if not np.isfinite(value):
        return "-"
    if form in (Form.COUNT, Form.RATE):
        # Of a slow tracker the digits behind the point matter.
        return f"{value:.1f}" if form is Form.RATE and value < 100 else f"{value:.0f}"
    return f"{100 * value:+.1f}" if form is Form.DIFFERENCE else f"{100 * value:.1f}"


def columns_of(table: Table) -> Sequence[tuple[str, int, bool]]:
    """Return the columns after the labels: head, index in `heads`, whether it is an interval."""
    found: list[tuple[str, int, bool]] = []
    for index, head in enumerate(table.heads):
        found.append((head, index, False))
        if index in table.intervals:
            found.append(("95 %", index, True))
    return found
