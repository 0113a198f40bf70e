"""What a dialog belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication, QWidget

if TYPE_CHECKING:
    from app.window.port import WindowPort


def asking(window: WindowPort) -> QWidget:
    """Return the dialog that is open, before which another one would lie hidden, or the window."""
    return QApplication.activeModalWidget() or window.widget
