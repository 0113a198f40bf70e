"""The shape of the pointer over a frame pane: what a press would do there."""

from __future__ import annotations

from PySide6.QtCore import Qt

from app.resolve.hit_test import Grip

_SHAPES = {
    "size_fdiag": Qt.CursorShape.SizeFDiagCursor,
    "size_bdiag": Qt.CursorShape.SizeBDiagCursor,
    "size_hor": Qt.CursorShape.SizeHorCursor,
    "size_ver": Qt.CursorShape.SizeVerCursor,
    "move": Qt.CursorShape.SizeAllCursor,
    "cross": Qt.CursorShape.CrossCursor,
}


def cursor_of(*, panning: bool, drawing: bool, grip: Grip | None, swipe: bool) -> Qt.CursorShape:
    """Return the shape for what the mouse does or would take hold of."""
    if panning:
        return Qt.CursorShape.ClosedHandCursor
    if drawing:
        return Qt.CursorShape.CrossCursor
    if grip is not None:
        return _SHAPES.get(grip.cursor, Qt.CursorShape.ArrowCursor)
    return Qt.CursorShape.SplitHCursor if swipe else Qt.CursorShape.ArrowCursor
