"""Everything that can be laid over the frames, in one table; no Qt.

`app.views.frame.layers` has the painter of each under the same id.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Overlay:
    """One thing that is drawn over both panes, and the action that shows it."""

    id: str
    """The action is called `show_` and this."""
    text: str
    """Menu text, with a mnemonic."""
    tip: str
    """One sentence for the tooltip."""
    keys: tuple[str, ...] = ()
    icon: str = ""
    short: str = ""
    """Toolbar text; empty means the menu text."""
    default: bool = False
    """Whether it is shown when the program starts."""


OVERLAYS: tuple[Overlay, ...] = (
    Overlay(
        "tokens",
        "Show to&kens",
        "Draw kept and removed search tokens over both panes.",
        ("K",),
        icon="tokens",
        short="Tokens",
        default=True,
    ),
    Overlay("score_map", "Show score &map", "Draw the score map over both panes.", ("M",)),
    Overlay(
        "search_window",
        "Show sea&rch window",
        "Draw the region of the frame that the tracker looked at.",
        ("W",),
        default=True,
    ),
)
"""In the order of the menu."""

DEFAULT_OVERLAYS = frozenset(overlay.id for overlay in OVERLAYS if overlay.default)
