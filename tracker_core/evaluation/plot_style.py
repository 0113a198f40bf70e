"""How trackers look in plots: colour, dash and mark by rank, told apart without colour too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

COLOURS = (
    *("#0072B2", "#D55E00", "#009E73", "#CC79A7"),
    *("#E69F00", "#56B4E9", "#7A5195", "#4D4D4D"),
    *("#8C510A", "#A50044"),
)
"""The first eight are told apart with every kind of colour vision (Okabe and Ito, two exchanged);
the last two by their dashes and marks, too."""
DASHES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", "p")
BEST = len(MARKERS)
"""How many trackers are drawn with a look of their own: as many as there are marks."""
REST = "#B4B4B4"
"""The gray of the trackers after the best ones."""
_STROKES: tuple[Any, ...] = ("-", (0, (4.5, 1.2)), (0, (5, 1.2, 1, 1.2)), (0, (1.2, 0.9)))


def look_of(rank: int) -> Mapping[str, Any]:
    """Return colour, dash and mark of the tracker with this rank by success, counted from 0.

    No two of the best ones have the same mark, and neighbours differ in dash and filling.
    """
    if rank >= BEST:
        return {"color": REST, "linewidth": 0.5, "zorder": 1.5, "marker": "None"}
    colour = COLOURS[rank % len(COLOURS)]
    return {
        "color": colour,
        "linestyle": _STROKES[rank % len(_STROKES)],
        "linewidth": 1.1,
        "marker": MARKERS[rank],
        "markersize": 4.6 if MARKERS[rank] == "*" else 3.4,
        "markeredgewidth": 0.7,
        # Every other one is open: a shade of gray that ink and paper hold best.
        "markerfacecolor": "white" if rank % 2 else colour,
        # The best on top, where curves cross.
        "zorder": 3 - rank / 100,
    }
