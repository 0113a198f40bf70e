"""Where the person is in what is open, as one value, and going there again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from sessions import ViewState

if TYPE_CHECKING:
    from app.window.port import WindowPort


def view_now(window: WindowPort) -> ViewState | None:
    """Return frame, target and zoom; None where nothing is open."""
    space, viewport = window.workspace, window.views.panes.viewport
    if space.source is None:
        return None
    zoom: dict[str, object] = {}
    if not viewport.fitted:
        centre = viewport.pane_map(0.0, 0.0).centre
        zoom = {"zoom": [viewport.scale, centre.x(), centre.y()]}
    return ViewState.of(space.playback.index, space.selection.value.target_id or "", zoom)


def zoom_again(window: WindowPort, view: ViewState | None) -> None:
    """Zoom as a person did when they stopped there."""
    found = None if view is None else view.settings.get("zoom")
    # The file may come from another program, or from a hand.
    numbers = (
        [each for each in found if isinstance(each, int | float) and math.isfinite(each)]
        if isinstance(found, list)
        else []
    )
    if len(numbers) == 3:
        scale, x, y = numbers
        window.views.panes.viewport.show_at(float(scale), QPointF(float(x), float(y)))
