"""The honest empty view: what is missing here and how it gets there."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.look.theme import theme_signals
from app.state.key_words import with_keys
from app.views.drawing.painting import paint_empty


class EmptyState(QWidget):
    """One strong sentence and one quiet one, in the middle."""

    def __init__(self, title: str, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # It stands in for a view and must leave the layout as that does.
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.say(title, hint)
        theme_signals().changed.connect(self._recolour)

    def say(self, title: str, hint: str = "") -> None:
        """Say something else; keys are named as `with_keys` takes them."""
        self._title, self._hint = title, hint
        self.setAccessibleName(title)
        self.setAccessibleDescription(with_keys(hint))
        self.update()

    def sizeHint(self) -> QSize:
        """Room for a few lines."""
        return QSize(240, 120)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Write both sentences."""
        with QPainter(self) as painter:
            paint_empty(painter, QRectF(self.rect()), self._title, with_keys(self._hint))

    def _recolour(self, _theme: object) -> None:
        self.update()
