"""What the arrow keys do to a box."""

from __future__ import annotations

from PySide6.QtCore import Qt

from app.resolve.hit_test import Grip, drag_box, grow_box, nudge_box
from tracker_core.frames import Box

_ARROWS = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, -1.0),
    Qt.Key.Key_Down: (0.0, 1.0),
}
FAR = 10.0
"""Pixels of one step with Shift held."""


def box_by_key(
    key: Qt.Key, modifiers: Qt.KeyboardModifier, box: Box, frame_size: tuple[int, int]
) -> Box | None:
    """Return the box after an arrow key, None for any other key.

    Alone an arrow moves the box; with Ctrl it moves the right or bottom edge; with Alt the box
    grows (right, up) or shrinks (left, down) around its centre.
    """
    direction = _ARROWS.get(key)
    if direction is None:
        return None
    step = FAR if modifiers & Qt.KeyboardModifier.ShiftModifier else 1.0
    across, down = direction[0] * step, direction[1] * step
    if modifiers & Qt.KeyboardModifier.ControlModifier:
        # One corner for both arrows; the other edges are reached by moving the box first.
        return drag_box(box, Grip.SE, (across, down), frame_size)
    if modifiers & Qt.KeyboardModifier.AltModifier:
        # Twice, a step for either side; down points down, but Up is to grow.
        return grow_box(box, (2.0 * across, -2.0 * down), frame_size)
    return nudge_box(box, (across, down), frame_size)
