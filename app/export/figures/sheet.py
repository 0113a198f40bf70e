"""Where squares stand on a figure: rows of them below a title, and a legend under it all.

Placed by the inch: layouts of matplotlib leave more paper between squares than within them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence as Several
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.export.figures.base import Wish
from tracker_core.drawn_figures import FAINT, SIZE, SMALL

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import LayoutEngine

TITLE, HEADING, FOOT, BESIDE, EDGE, GAP, LINE = 0.18, 0.15, 0.13, 0.17, 0.02, 0.035, 0.135
"""Inches: heights of lines of words, the words beside a row, the edge of the paper, what
lies between two squares, a line of the legend."""
LARGEST = 1.6
"""Inches of a square: larger ones show their pixels and nothing more."""
POINTS = 72


@dataclass(frozen=True, slots=True)
class Column:
    """One column of squares, a row for each modality or map."""

    axes: tuple[Axes, ...]
    heading: str
    foot: str = ""


def sheet(
    wish: Wish, words: Several[tuple[str, str]], rows: Several[str], legend: Several[Artist]
) -> tuple[Figure, list[Column]]:
    """Return a figure with a column of squares for each heading and foot in `words`."""
    # Not pyplot, which keeps figures alive and looks for a screen.
    from matplotlib.figure import Figure

    across = min(len(words), 8 if wish.wide else 4)
    bands = math.ceil(len(words) / across)
    # As many in each band, or the last would hold a single one.
    across = math.ceil(len(words) / bands)
    room = wish.width - BESIDE - EDGE - (across - 1) * GAP
    side = min(LARGEST, room / across)
    foot = FOOT if any(below for _, below in words) else 0.04
    band = HEADING + len(rows) * side + (len(rows) - 1) * GAP + foot
    entries = 5 if wish.wide else 2
    below = math.ceil(len(legend) / entries) * LINE + (0.05 if legend else 0.0)
    height = TITLE + bands * band + below
    figure = Figure(figsize=(wish.width, height))
    # A few squares stand in the middle, and what is above and below them too.
    left = BESIDE + (room - across * side) / 2
    columns = []
    for number, (heading, under) in enumerate(words):
        line, place = divmod(number, across)
        top, x = height - TITLE - line * band - HEADING, left + place * (side + GAP)
        made = []
        for row, label in enumerate(rows):
            y = top - row * (side + GAP) - side
            axes = figure.add_axes((x / wish.width, y / height, side / wish.width, side / height))
            if place == 0:
                axes.set_ylabel(label, fontsize=SMALL, labelpad=2)
            made.append(axes)
        made[0].set_title(heading, fontsize=SMALL, pad=2)
        made[-1].set_xlabel(under, fontsize=SMALL, color=FAINT, labelpad=2)
        columns.append(Column(tuple(made), heading, under))
    write_title(figure, wish, height, left - BESIDE)
    if legend:
        figure.legend(
            handles=list(legend), loc="lower center", ncols=min(entries, len(legend)),
            bbox_to_anchor=(0.5, 0.0), borderaxespad=0.1, columnspacing=1.2, labelspacing=0.25,
        )  # fmt: skip
    return figure, columns


def below_title(height: float) -> LayoutEngine:
    """Return the layout of a figure of axes that leaves room for the title above them."""
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    return ConstrainedLayoutEngine(rect=(0, 0, 1, 1 - (TITLE + 0.01) / height))


def write_title(figure: Figure, wish: Wish, height: float, left: float = 0.0) -> None:
    """Write target and sequence at the top, from `left` inches, cut where they are long."""
    from tracker_core.lettering import cut_to

    room = (wish.width - 2 * left - 0.1) * POINTS
    name = cut_to(wish.target.name, room * 0.6, SIZE)
    words = cut_to(f"{name}, {wish.subject.session.sequence.name}", room, SIZE)
    figure.text(
        (left + 0.03) / wish.width, 1 - 0.05 / height, words, fontsize=SIZE, va="top", ha="left"
    )
