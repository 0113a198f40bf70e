"""The template of both cameras, small, beside what the tracker looked at."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.look.plain_text import plain_tip
from app.look.theme import current_theme, qcolor, theme_signals
from app.resolve.inspection import TemplateModel
from app.resolve.overlay import box_in_window
from app.views.drawing.painting import (
    LEFT,
    paint_box,
    paint_chip,
    paint_missing,
    scaled_font,
    to_qimage,
)

SIDE, LEAST, LEAST_ACROSS = 64.0, 26.0, 40.0
"""Pixels of a square's side, and what it shrinks to in a low panel, upright and in a row."""
GAP = 5.0
MARGIN = 4.0
TIP = (
    "The square around the given box, cut from both cameras once. The network lays it beside every "
    "search crop, and its tokens attend to those of the search crop."
)


class TemplateStrip(QWidget):
    """Two squares, one above or beside the other; hidden while no template is known."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model: TemplateModel | None = None
        self._upright = self._room = True
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.setAccessibleName("Template, RGB and thermal")
        theme_signals().changed.connect(self._recolour)
        self.hide()

    def set_view(self, model: TemplateModel | None) -> None:
        """Show a template, or nothing."""
        self._model = model
        self.setVisible(self._room and model is not None)
        words = "" if model is None else model.place.words
        self.setAccessibleDescription(words)
        self.setToolTip(plain_tip(f"{words} {TIP}"))
        self.update()

    def set_room(self, room: bool) -> None:
        """Leave it out where the crops themselves would have too little room beside it."""
        self._room = room
        self.setVisible(room and self._model is not None)

    def set_upright(self, upright: bool) -> None:
        """Lay the squares one above the other, or side by side."""
        if upright != self._upright:
            self._upright = upright
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """Both squares, and the name above them."""
        two, one = 2 * SIDE + GAP + MARGIN, SIDE + MARGIN
        width, height = (one, two) if self._upright else (two, one)
        return QSize(round(width + 6), round(height + self._header() + MARGIN))

    def minimumSizeHint(self) -> QSize:
        """As wide, and so high that something can be made out."""
        squares = 2 * LEAST + GAP if self._upright else LEAST_ACROSS
        height = squares + self._header() + 2 * MARGIN
        return QSize(self.sizeHint().width(), round(height))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw both squares."""
        model = self._model
        if model is None:
            return
        palette = current_theme().palette
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            top = MARGIN + self._header()
            painter.setFont(scaled_font(self.font(), 1.0, bold=True))
            painter.setPen(qcolor(palette.text))
            painter.drawText(QRectF(MARGIN, MARGIN, self.width(), top - MARGIN), LEFT, "Template")
            painter.setFont(self.font())
            free = self.height() - top - MARGIN
            side = max(LEAST, min(SIDE, (free - GAP) / 2 if self._upright else free))
            across, down = (0.0, side + GAP) if self._upright else (side + GAP, 0.0)
            for number, (crop, name) in enumerate(((model.rgb, "RGB"), (model.tir, "Thermal"))):
                square = QRectF(MARGIN + number * across, top + number * down, side, side)
                if crop is None:
                    paint_missing(painter, square, "none")
                    continue
                painter.drawImage(square, to_qimage(crop))
                box = box_in_window(model.place.box_xywh, model.place.window)
                paint_box(painter, square, box, (255, 255, 255), 1.2)
                # Else it would lie over the neighbour; the left one is RGB, as everywhere.
                if painter.fontMetrics().horizontalAdvance(name) + 8 <= side:
                    paint_chip(painter, square, name)
                painter.setPen(QPen(qcolor(palette.border), 1))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(square)

    def _recolour(self, _theme: object) -> None:
        self.update()

    def _header(self) -> float:
        return QFontMetricsF(self.font()).height() + 6
