"""What the mouse holds in a frame pane."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF

from app.resolve.hit_test import Grip
from sessions import Modality
from tracker_core.frames import Box


@dataclass(slots=True)
class Drag:
    """What the mouse button is holding."""

    kind: str
    """`pan`, `draw`, `box` or `swipe`."""
    start: QPointF
    """Frame point where it began."""
    last: QPointF
    """Pane point of the last move."""
    grip: Grip = Grip.OUTSIDE
    box: Box | None = None
    modality: Modality = Modality.RGB
    moved: bool = False
