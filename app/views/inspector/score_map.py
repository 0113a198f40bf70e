"""The response as a heat map: what the head answered, and what is left after the Hann window."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.look.numbers import short_number
from app.look.plain_text import plain_label
from app.look.theme import current_theme, qcolor, theme_signals
from app.resolve.inspection import Missing, ScoreMapModel
from app.resolve.overlay import apply_colour_map
from app.resolve.token_words import DRAW_AND_TRACK
from app.state.key_words import with_keys
from app.views.drawing.heat_scale import HeatScale
from app.views.drawing.painting import (
    LEFT,
    RIGHT,
    paint_box,
    paint_empty,
    paint_focus,
    paint_marker,
    scaled_font,
    to_qimage,
)

GAP = 12.0
MARGIN = 4.0
COLOURS = "heat"

_STEPS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


def peak(values: NDArray[np.float32]) -> tuple[int, int]:
    """Return row and column of the highest cell."""
    row, column = np.unravel_index(int(np.argmax(values)), values.shape)
    return int(row), int(column)


class ScoreMaps(QWidget):
    """Both maps upon one scale of colours, one cursor in both."""

    def __init__(self, words: QLabel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._model: ScoreMapModel | None = None
        self._missing: Missing | None = None
        self._cell: tuple[int, int] | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Score map before and after the Hann window")
        theme_signals().changed.connect(self._recolour)

    def set_view(self, view: ScoreMapModel | Missing | None) -> None:
        """Show the response of a frame, or say why there is none."""
        self._missing = view if isinstance(view, Missing) else None
        model = None if isinstance(view, Missing) else view
        if (
            model is None
            or self._model is None
            # The cell may not exist on a map of another size; else it is kept, to be followed over
            # frames.
            or model.score_map.shape != self._model.score_map.shape
        ):
            self._cell = None
        self._model = model
        self._describe()
        self.update()

    def sizeHint(self) -> QSize:
        """Two maps of 160 pixels."""
        return QSize(340, 190)

    def minimumSizeHint(self) -> QSize:
        """Enough to see where the peak is."""
        return QSize(120, 110)

    def squares(self) -> tuple[QRectF, QRectF]:
        """Return where the two maps are drawn: one above the other where it is high."""
        header = round(QFontMetricsF(self.font()).height() + MARGIN)
        width, height = self.width() - 2 * MARGIN, self.height() - 2 * MARGIN
        # Both ways are tried; the larger maps win.
        beside = min((width - GAP) / 2, height - header)
        above = min(width, (height - GAP) / 2 - header)
        cells = 1 if self._model is None else self._model.score_map.shape[0]
        side = max(max(beside, above) // cells, 1) * cells
        if beside >= above:
            first = QRectF((self.width() - 2 * side - GAP) // 2, MARGIN + header, side, side)
            return first, first.translated(side + GAP, 0)
        first = QRectF((self.width() - side) // 2, MARGIN + header, side, side)
        return first, first.translated(0, header + side + GAP)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw both maps, the peak of each, and the cursor."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            model = self._model
            if model is None:
                title, hint = "No response here", with_keys(DRAW_AND_TRACK)
                if self._missing is not None:
                    title, hint = self._missing.words, ""
                paint_empty(painter, QRectF(self.rect()), title, hint)
            else:
                before, after = self.squares()
                # The maximum of the response for both maps, so that the loss by the window is seen.
                high = float(model.score_map.max())
                self._paint_map(painter, before, "Response", model.score_map, model, high)
                self._paint_map(painter, after, "× Hann window", model.windowed, model, high)
            if self.hasFocus():
                paint_focus(painter, QRectF(self.rect()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read the cell under the pointer."""
        self._point_at(self.cell_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Go back to the peak."""
        super().leaveEvent(event)
        self._point_at(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys move the cursor, from the peak at first; Escape goes back to it."""
        step = _STEPS.get(Qt.Key(event.key()))
        if self._model is not None and step is not None:
            size = self._model.score_map.shape[0]
            # Without a cell the words are about the peak, so the cursor sets out from there.
            row, column = self._cell or peak(self._model.windowed)
            row, column = row + step[0], column + step[1]
            self._point_at((min(max(row, 0), size - 1), min(max(column, 0), size - 1)))
        # At the peak already, Escape belongs to the window: it stops a run.
        elif event.key() == Qt.Key.Key_Escape and self._cell is not None:
            self._point_at(None)
        else:
            super().keyPressEvent(event)

    def cell_at(self, point: QPointF) -> tuple[int, int] | None:
        """Return row and column under a point of the widget, in either map."""
        if self._model is None:
            return None
        size = self._model.score_map.shape[0]
        for square in self.squares():
            if square.contains(point):
                share = (point - square.topLeft()) * (size / square.width())
                return min(int(share.y()), size - 1), min(int(share.x()), size - 1)
        return None

    def _recolour(self, _theme: object) -> None:
        self.update()

    def _point_at(self, cell: tuple[int, int] | None) -> None:
        if cell != self._cell:
            self._cell = cell
            self._describe()
            self.update()

    def _describe(self) -> None:
        words = "" if self._model is None else describe(self._model, self._cell)
        self._words.setText(words)
        self.setAccessibleDescription(words)

    def _paint_map(
        self,
        painter: QPainter,
        square: QRectF,
        title: str,
        values: NDArray[np.float32],
        model: ScoreMapModel,
        high: float,
    ) -> None:
        palette = current_theme().palette
        line = QFontMetricsF(self.font()).height() + MARGIN
        header = QRectF(square.left(), square.top() - line, square.width(), line)
        painter.setFont(scaled_font(self.font(), 1.0, bold=True))
        painter.setPen(qcolor(palette.text))
        painter.drawText(header, LEFT, title)
        room = header.width() - QFontMetricsF(painter.font()).horizontalAdvance(title) - MARGIN
        painter.setFont(self.font())
        painter.setPen(qcolor(palette.muted))
        highest = f"{values.max():.2f}"
        # Below the map it is said in words as well.
        if QFontMetricsF(self.font()).horizontalAdvance(highest) <= room:
            painter.drawText(header, RIGHT, highest)
        # Single cells are pointed at and read, so they must be told apart.
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(square, to_qimage(apply_colour_map(values, COLOURS, 0.0, high)))
        size = square.width() / values.shape[0]
        if model.box_in_map is not None:
            paint_box(painter, square, model.box_in_map, palette.rgb_box, 1.5)
        row, column = peak(values)
        centre = square.topLeft() + QPointF((column + 0.5) * size, (row + 0.5) * size)
        paint_marker(painter, centre, max(3.0, size * 0.32))
        if self._cell is not None:
            row, column = self._cell
            painter.setPen(QPen(qcolor((255, 255, 255)), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            cell = QRectF(square.left() + column * size, square.top() + row * size, size, size)
            painter.drawRect(cell)


def describe(model: ScoreMapModel, cell: tuple[int, int] | None) -> str:
    """Return the values of one cell in words, of the highest one when none is meant."""
    row, column = peak(model.windowed) if cell is None else cell
    before, after = model.score_map[row, column], model.windowed[row, column]
    head = "Peak at" if cell is None else "Cell"
    words = f"{head} ({row}, {column}): {before:.3f} before the Hann window, {after:.3f} after it."
    raw = peak(model.score_map)
    # Worth a sentence: the window has decided which of two peaks it was.
    if cell is None and raw != (row, column):
        words += (
            f" Without the window the highest cell is ({raw[0]}, {raw[1]}) "
            f"with {short_number(round(float(model.score_map[raw]), 3))}."
        )
    return words


class ScoreMapView(QWidget):
    """The maps, their key and the value under the pointer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAutoFillBackground(True)
        self._words = plain_label(self)
        self._words.setWordWrap(True)
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._scale = HeatScale(self, COLOURS)
        self._maps = ScoreMaps(self._words, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        layout.addWidget(self._maps, 1)
        layout.addWidget(self._scale)
        layout.addWidget(self._words)
        self.set_view(None)

    def set_view(self, view: ScoreMapModel | Missing | None) -> None:
        """Show the response of a tracked frame, or say that there is none, or why."""
        model = None if isinstance(view, Missing) else view
        self._maps.set_view(view)
        self._words.setVisible(model is not None)
        self._scale.set_range(None if model is None else (0.0, float(model.score_map.max())))
