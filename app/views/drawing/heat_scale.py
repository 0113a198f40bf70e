"""The key of a heat map: its colours with the lowest and the highest value."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.look.numbers import short_number
from app.look.theme import current_theme, qcolor, theme_signals
from app.resolve.overlay import colour_map
from app.views.drawing.painting import LEFT, RIGHT, to_qimage

GAP = 6.0


class HeatScale(QWidget):
    """A strip of colours between two numbers; hidden when there is nothing to measure."""

    def __init__(self, parent: QWidget | None = None, colours: str = "heat") -> None:
        super().__init__(parent)
        self._low = self._high = 0.0
        self._strip = to_qimage(colour_map(colours)[None, :, :])  # (1, 256, 3)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme_signals().changed.connect(self._recolour)

    def set_values(self, values: NDArray[np.float32] | None) -> None:
        """Take the extent of a map, NaN left out; None or nothing known hides the strip."""
        # numpy has no minimum of nothing.
        known = np.empty(0) if values is None else values[np.isfinite(values)]
        self.set_range((float(known.min()), float(known.max())) if known.size else None)

    def set_range(self, extent: tuple[float, float] | None) -> None:
        """Show these two numbers at the ends; None hides the strip."""
        self.setVisible(extent is not None)
        if extent is not None:
            self._low, self._high = extent
            low, high = short_number(self._low), short_number(self._high)
            self.setAccessibleName(f"Colours from {low} to {high}")
        self.update()

    def sizeHint(self) -> QSize:
        """One line of text."""
        return QSize(160, round(QFontMetricsF(self.font()).height()))

    def minimumSizeHint(self) -> QSize:
        """Room for two numbers and some colour."""
        return QSize(120, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw number, strip, number."""
        with QPainter(self) as painter:
            # 256 colours are stretched over any width.
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            area = QRectF(self.rect())
            low, high = short_number(self._low), short_number(self._high)
            metrics = QFontMetricsF(self.font())
            left = metrics.horizontalAdvance(low) + GAP
            right = metrics.horizontalAdvance(high) + GAP
            middle = area.adjusted(left, area.height() * 0.2, -right, -area.height() * 0.2)
            painter.drawImage(middle, self._strip)
            painter.setPen(qcolor(current_theme().palette.border))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(middle)
            painter.setPen(qcolor(current_theme().palette.muted))
            painter.drawText(area, LEFT, low)
            painter.drawText(area, RIGHT, high)

    def _recolour(self, _theme: object) -> None:
        self.update()
