"""Where things stand on a plot: axes, and beside or below them a ranked key of the trackers.

Placed by the inch, like the other figures for papers, so that no name lies over a curve and none
decides how large the axes are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from tracker_core.drawn_figures import FAINT, INK, SIZE, SMALL
from tracker_core.evaluation.plot_style import BEST, look_of
from tracker_core.lettering import cut_to, width_of, wrap_to

POINTS = 72
EDGE, GAP = 0.05, 0.14
"""Inches: the edge of the paper, and what lies between axes and key."""
TITLE, BELOW = 0.2, 0.36
"""Inches above the axes for the title, and below them for numbers and the label."""
LINE, BETWEEN = 0.105, 0.022
"""Inches of a line of the key, and between two entries of it."""
SAMPLE = 0.3
"""Inches of a line with its mark in the key."""
NAME_LINES = 4
"""Lines that one name may take; what is longer loses its middle."""
LEAST_AXES = 0.54
"""Share of the width that axes keep; where names leave less, the key goes below."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One tracker in the key."""

    number: str
    """Its rank by what the plot shows, from 1."""
    figure: str
    name: str
    look: Mapping[str, Any] | None
    """None for the trackers that are drawn in gray."""


@dataclass(frozen=True, slots=True)
class Page:
    """A figure with its axes' place in it, in inches: left, bottom, width, height."""

    figure: Figure
    place: tuple[float, float, float, float]

    def axes(self) -> Axes:
        """Add axes that fill the place."""
        return self.add(self.place)

    def add(
        self, place: tuple[float, float, float, float], projection: str = "rectilinear"
    ) -> Axes:
        """Add axes at a place, in inches: left, bottom, width, height."""
        width, height = self.figure.get_size_inches()
        left, bottom, across, up = place
        share = (left / width, bottom / height, across / width, up / height)
        return self.figure.add_axes(share, projection=projection)


def key_of(
    names: Sequence[str], figures: Sequence[float], *, digits: int = 3
) -> tuple[list[Entry], list[Entry]]:
    """Return the entries of trackers in their order by success, ranked by `figures`.

    First those with a look of their own, then those in gray.
    """
    order = sorted(range(len(names)), key=lambda row: -figures[row])
    found: tuple[list[Entry], list[Entry]] = ([], [])
    for number, row in enumerate(order, 1):
        look = look_of(row) if row < BEST else None
        shown = f"{figures[row]:.{digits}f}" if digits else ""
        found[look is None].append(Entry(str(number), shown, names[row], look))
    return found


def page(
    width: float,
    title: str,
    key: tuple[Sequence[Entry], Sequence[Entry]],
    *,
    left: float = 0.42,
    below: float = BELOW,
    above: float = TITLE,
    height: float | None = None,
    rise: float = 0.78,
    beneath: bool = False,
) -> Page:
    """Return a figure of this many inches with room for axes and its key.

    `left`, `below` and `above` are what the axes need around them; they are `height` inches high,
    or `rise` of their width. `beneath` puts the key below them, however short its names are.
    """
    best, rest = key
    gray = f"In gray: ranks {_span(rest)}" if rest else ""
    natural = _natural(best)
    room = width - left - GAP - EDGE
    beside = not beneath and room - natural >= LEAST_AXES * width
    across = room - natural if beside else width - left - EDGE - 0.08
    up = min(max(1.3, rise * across), 2.5) if height is None else height
    columns = [_block(best, natural)] if beside else _flow(best, width)
    gray_columns = _flow(rest, width) if rest else []
    beside_height = columns[0].height if beside else 0.0
    under = 0.0 if beside else max(each.height for each in columns) + 0.06
    if rest:
        under += LINE + 0.05 + max(each.height for each in gray_columns)
    body = max(above + up + below, TITLE + beside_height + EDGE if beside else 0.0)
    total = body + under + EDGE
    # Not pyplot, which keeps figures alive and looks for a screen.
    figure = Figure(figsize=(width, total))
    figure.text(
        EDGE, total - 0.05, cut_to(title, (width - 2 * EDGE) * POINTS, SIZE),
        transform=figure.dpi_scale_trans, va="top", ha="left", fontsize=SIZE,
    )  # fmt: skip
    top = total - body
    if beside:
        _write(figure, columns[0], left + across + GAP, total - TITLE)
    else:
        top = _write_columns(figure, columns, top)
    if rest:
        figure.text(
            EDGE, top - 0.03, gray, transform=figure.dpi_scale_trans, va="top", ha="left",
            fontsize=SMALL, color=FAINT,
        )  # fmt: skip
        _write_columns(figure, gray_columns, top - LINE - 0.02)
    return Page(figure, (left, total - above - up, across, up))


def _span(entries: Sequence[Entry]) -> str:
    numbers = sorted(int(each.number) for each in entries)
    straight = numbers == list(range(numbers[0], numbers[-1] + 1))
    # By another figure than success the gray ones may rank between the drawn ones.
    if not straight:
        return f"of the {len(numbers)} that success ranks after the best {BEST}"
    return f"{numbers[0]} to {numbers[-1]}" if len(numbers) > 1 else str(numbers[0])


@dataclass(frozen=True, slots=True)
class _Block:
    """Entries below each other, with their names as lines."""

    entries: tuple[tuple[Entry, tuple[str, ...]], ...]
    number: float
    sample: float
    figure: float
    width: float

    @property
    def height(self) -> float:
        return sum(_high(lines) for _, lines in self.entries)


def _high(lines: Sequence[str]) -> float:
    return len(lines) * LINE + BETWEEN


def _columns(entries: Sequence[Entry]) -> tuple[float, float, float]:
    """Return the inches of rank, sample and figure, with what lies after each."""
    number = max((width_of(each.number, SMALL) for each in entries), default=0) / POINTS
    figure = max((width_of(each.figure, SMALL) for each in entries), default=0) / POINTS
    sample = SAMPLE + 0.05 if any(each.look for each in entries) else 0.0
    return number + 0.04, sample, figure + 0.05 if figure else 0.0


def _natural(entries: Sequence[Entry]) -> float:
    """Return the inches of a column in which every name has one line."""
    names = max((width_of(each.name, SMALL) for each in entries), default=0) / POINTS
    return sum(_columns(entries)) + names + 0.02


def _block(entries: Sequence[Entry], width: float) -> _Block:
    number, sample, figure = _columns(entries)
    room = max(0.4, width - number - sample - figure) * POINTS
    lines = tuple((each, tuple(wrap_to(each.name, room, SMALL, NAME_LINES))) for each in entries)
    return _Block(lines, number, sample, figure, width)


def _flow(entries: Sequence[Entry], width: float) -> list[_Block]:
    """Return the entries in as many columns as fit below the axes, ranked downwards."""
    room = width - 2 * EDGE
    natural = min(_natural(entries) + 0.12, room)
    # Long names get two columns and several lines, before each has a line of its own.
    least = 1.5 if len(entries) > BEST else 3.2
    count = max(1, math.floor(room / min(natural, max(least, natural / NAME_LINES))))
    count = min(count, len(entries))
    high = math.ceil(len(entries) / count)
    chunks = [entries[at : at + high] for at in range(0, len(entries), high)]
    return [_block(chunk, room / count - 0.12) for chunk in chunks]


def _write_columns(figure: Figure, columns: Sequence[_Block], top: float) -> float:
    """Write columns side by side and return where they end."""
    for index, block in enumerate(columns):
        _write(figure, block, EDGE + index * (block.width + 0.12), top - 0.02)
    return top - max(each.height for each in columns) - 0.04


def _write(figure: Figure, block: _Block, left: float, top: float) -> None:
    inches = figure.dpi_scale_trans
    for entry, lines in block.entries:
        middle = top - LINE / 2
        colour = INK if entry.look else FAINT
        places = (
            (left + block.number - 0.04, "right", entry.number, SMALL),
            (left + block.number + block.sample, "left", entry.figure, SMALL),
        )
        for x, align, text, size in places:
            if text:
                figure.text(
                    x, middle, text, transform=inches, ha=align, va="center_baseline",
                    fontsize=size, color=colour,
                )  # fmt: skip
        if entry.look:
            start, end = left + block.number, left + block.number + SAMPLE
            line = Line2D(
                (start, (start + end) / 2, end), (middle,) * 3, transform=inches,
                markevery=(1, 5), **entry.look,
            )  # fmt: skip
            figure.add_artist(line)
        for index, text in enumerate(lines):
            figure.text(
                left + block.number + block.sample + block.figure, middle - index * LINE, text,
                transform=inches, ha="left", va="center_baseline", fontsize=SMALL, color=colour,
            )  # fmt: skip
        top -= _high(lines)
