"""Figures of matplotlib as bytes, and what every figure for a paper looks like."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any

from tracker_core.errors import CKDError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTHS = {"single": 3.3, "double": 6.9}
"""Inches of one column, and of both, in the journals of the field."""
FORMATS = ("png", "svg", "pdf")
DOTS_PER_INCH = 300
"""Of PNG: what journals ask of pictures with letters in them."""
SIZE = 7.0
"""Points of the letters: no journal wants less than 6, and captions have 8."""
SMALL = 6.0
INK, FAINT, RULE = "#222222", "#555555", "#DDDDDD"

STYLE: Any = {
    "font.size": SIZE,
    "axes.titlesize": SIZE,
    "axes.labelsize": SIZE,
    "axes.labelcolor": INK,
    "axes.edgecolor": "#666666",
    "axes.linewidth": 0.6,
    "grid.color": RULE,
    "grid.linewidth": 0.5,
    "hatch.linewidth": 0.8,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "legend.handlelength": 2.4,  # a dash and its gap are seen on both sides of a mark
    "lines.linewidth": 1.1,
    "lines.markersize": 3.0,
    "patch.linewidth": 0.6,
    "svg.hashsalt": "ckd-studio",  # the same ids in every run
    "text.color": INK,
    "text.parse_math": False,  # names may hold a dollar sign
    "xtick.color": "#444444",
    "xtick.labelsize": SMALL,
    "xtick.major.width": 0.6,
    "ytick.color": "#444444",
    "ytick.labelsize": SMALL,
    "ytick.major.width": 0.6,
}
UNDATED: dict[str, dict[str, str | None]] = {
    "png": {},
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
}
"""Without it the same figure would be another file every second."""


def width_named(word: str) -> float:
    """Return the inches of a width; CKDError that lists the words."""
    if word not in WIDTHS:
        raise CKDError(f"There is no width {word}; choose one of {', '.join(WIDTHS)}.")
    return WIDTHS[word]


def style_for(texts: tuple[str, ...]) -> dict[Any, Any]:
    """Return the style of a figure that holds these texts."""
    # Publishers refuse outlines of letters in place of fonts (type 3), but only fonts of one kind
    # can be put in as they are; which one stands in for DejaVu nobody knows.
    plain = all(text.isascii() for text in texts)
    return {**STYLE, "pdf.fonttype": 42 if plain else 3}


def drawn(
    figure: Figure, kind: str, dpi: int, metadata: Mapping[str, str | None] | None = None
) -> bytes:
    """Return a figure as `png`, `svg` or `pdf`; `metadata` is that of matplotlib's savefig.

    In memory, for on a full disk matplotlib's writer of PDF fails over its own failure, and hides
    what was wrong.
    """
    stream = BytesIO()
    figure.savefig(stream, format=kind, dpi=dpi, metadata=metadata)
    return stream.getvalue()
