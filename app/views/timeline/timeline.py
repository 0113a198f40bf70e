"""The timeline: gaps, sources per target, score curve, flags, and the playhead."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.look.numbers import score_number
from app.look.palette import Palette
from app.look.plain_text import plain_tip
from app.look.theme import current_theme, qcolor, theme_signals
from app.resolve.answer import SOURCE_WORDS
from app.resolve.flags import FLAGS, lane_words
from app.resolve.timeline import (
    EMPTY_TIMELINE,
    TimelineModel,
    TimelineRow,
    any_in_column,
    lowest_score,
    strongest_source,
)
from sessions import Source

LEFT = 104.0
"""Room for the names of the targets, screen pixels."""
RIGHT = 12.0
RULER = 20.0
ROW = 14.0
CURVE = 34.0
MAX_ROWS = 6


class Timeline(QWidget):
    """Keyboard focusable; click or drag to scrub, arrows to step, wheel to step too."""

    scrubbed = Signal(int)
    stepped = Signal(int)
    target_clicked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = EMPTY_TIMELINE
        self._index = 0
        self._background: QPixmap | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Timeline")
        theme_signals().changed.connect(self._on_theme)

    @property
    def model(self) -> TimelineModel:
        """What is drawn."""
        return self._model

    def set_model(self, model: TimelineModel) -> None:
        """Draw `model`."""
        taller = len(model.rows) != len(self._model.rows)
        self._model = model
        self._background = None
        # Only then: a new hint makes the window lay everything out again.
        if taller:
            self.updateGeometry()
        self.update()

    def set_row(self, row: TimelineRow) -> None:
        """Draw one strip again, and the curve of its score; the others stay as they are."""
        rows = tuple(row if each.target_id == row.target_id else each for each in self._model.rows)
        self._model = replace(self._model, rows=rows)
        visible = self._visible_rows()
        # Painted with all the rest, or out of sight.
        if self._background is None or row not in visible:
            return
        top = self._top_of(visible.index(row))
        with QPainter(self._background) as painter:
            painter.setFont(self._small_font())
            if row.selected:
                self._paint_part(painter, QRectF(0, RULER, self.width(), CURVE), row)
            self._paint_part(painter, QRectF(0, top, self.width(), ROW), row)
        self.update()

    def set_index(self, index: int) -> None:
        """Move the playhead."""
        self._index = index
        self.update()

    def sizeHint(self) -> QSize:
        """Room for the ruler, the score curve and one strip per target."""
        rows = max(1, min(MAX_ROWS, len(self._model.rows)))
        return QSize(400, round(RULER + CURVE + rows * ROW + 10))

    def minimumSizeHint(self) -> QSize:
        """Never less high than its content."""
        return QSize(200, self.sizeHint().height())

    # --- geometry

    def _track(self) -> QRectF:
        return QRectF(LEFT, 0.0, max(1.0, self.width() - LEFT - RIGHT), float(self.height()))

    def x_of(self, index: float) -> float:
        """Return the left edge of frame `index` in widget pixels."""
        track = self._track()
        return track.left() + track.width() * index / max(1, self._model.count)

    def frame_at(self, x: float) -> int:
        """Return the frame under the widget pixel column `x`, clipped to the sequence."""
        track = self._track()
        index = math.floor((x - track.left()) / track.width() * self._model.count)
        return min(max(0, index), max(0, self._model.count - 1))

    def _top_of(self, index: int) -> float:
        return RULER + CURVE + 3 + index * ROW

    def _visible_rows(self) -> tuple[TimelineRow, ...]:
        rows = self._model.rows
        if len(rows) <= MAX_ROWS:
            return rows
        chosen = next((index for index, row in enumerate(rows) if row.selected), 0)
        # The selected one in the middle, no empty line at either end.
        first = min(max(0, chosen - MAX_ROWS // 2), len(rows) - MAX_ROWS)
        return rows[first : first + MAX_ROWS]

    # --- painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the cached strips and the playhead over them."""
        if self._background is None:
            ratio = self.devicePixelRatioF()
            self._background = QPixmap(self.size() * ratio)
            self._background.setDevicePixelRatio(ratio)
            with QPainter(self._background) as painter:
                painter.setFont(self._small_font())
                self._paint_background(painter)
        with QPainter(self) as painter:
            painter.drawPixmap(0, 0, self._background)
            painter.setFont(self._small_font())
            if self._model.count:
                self._paint_playhead(painter)
            if self.hasFocus():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(qcolor(current_theme().palette.accent), 2.0))
                painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))

    def _small_font(self) -> QFont:
        font = QFont(self.font())
        # 7 points can still be read; a font set in pixels says -1.
        font.setPointSizeF(max(7.0, font.pointSizeF() * 0.88))
        return font

    def _paint_background(self, painter: QPainter) -> None:
        palette = current_theme().palette
        painter.fillRect(self.rect(), qcolor(palette.panel))
        if not self._model.count:
            return
        track = self._track()
        self._paint_ruler(painter, palette, track)
        self._paint_curve_ground(painter, palette, track)
        rows = self._visible_rows()
        selected = next((row for row in rows if row.selected), None)
        if selected is not None:
            self._paint_curve(painter, selected, track)
        for index, row in enumerate(rows):
            self._paint_row(painter, palette, row, self._top_of(index))
        self._paint_gaps(painter, palette, track)

    def _paint_part(self, painter: QPainter, area: QRectF, row: TimelineRow) -> None:
        """Paint what one row has in `area` over what was there."""
        palette, track = current_theme().palette, self._track()
        painter.save()
        painter.setClipRect(area)
        painter.fillRect(area, qcolor(palette.panel))
        if area.top() == RULER:
            self._paint_curve_ground(painter, palette, track)
            self._paint_curve(painter, row, track)
        else:
            self._paint_row(painter, palette, row, area.top())
        self._paint_gaps(painter, palette, track)
        painter.restore()

    def _paint_ruler(self, painter: QPainter, palette: Palette, track: QRectF) -> None:
        step = _tick_step(self._model.count, track.width())
        painter.setPen(qcolor(palette.muted))
        painter.drawText(
            QRectF(10, 0, LEFT - 18, RULER), int(Qt.AlignmentFlag.AlignVCenter), "Frame"
        )
        for index in range(0, self._model.count, step):
            x = self.x_of(index)
            painter.setPen(qcolor(palette.border))
            painter.drawLine(QPointF(x, RULER - 5), QPointF(x, RULER))
            painter.setPen(qcolor(palette.muted))
            where = QRectF(x + 3, 0, 60, RULER)
            # A number that is cut off would be read as another one.
            if where.left() + painter.fontMetrics().horizontalAdvance(str(index)) < self.width():
                painter.drawText(where, int(Qt.AlignmentFlag.AlignVCenter), str(index))

    def _paint_curve_ground(self, painter: QPainter, palette: Palette, track: QRectF) -> None:
        ground = QRectF(track.left(), RULER, track.width(), CURVE)
        painter.fillRect(ground, qcolor(palette.background))
        painter.setPen(QPen(qcolor(palette.border), 1.0, Qt.PenStyle.DotLine))
        middle = ground.center().y()
        painter.drawLine(QPointF(ground.left(), middle), QPointF(ground.right(), middle))
        painter.setPen(qcolor(palette.muted))
        painter.drawText(
            QRectF(10, RULER, LEFT - 18, CURVE), int(Qt.AlignmentFlag.AlignVCenter), "Score"
        )

    def _paint_curve(self, painter: QPainter, row: TimelineRow, track: QRectF) -> None:
        # A point per frame where there is room, or steps would be drawn between equal scores.
        columns = max(1, min(int(track.width()), self._model.count))
        score = lowest_score(row.score, columns)
        xs = track.left() + (np.arange(columns) + 0.5) * track.width() / columns
        ys = RULER + CURVE - 2 - np.clip(score, 0.0, 1.0) * (CURVE - 4)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(qcolor(row.colour), 1.6))
        for first, last in _runs(~np.isnan(score)):
            points = [QPointF(float(xs[i]), float(ys[i])) for i in range(first, last)]
            if len(points) == 1:
                # A line of one point draws nothing.
                painter.drawEllipse(points[0], 1.2, 1.2)
            else:
                painter.drawPolyline(QPolygonF(points))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _paint_row(self, painter: QPainter, palette: Palette, row: TimelineRow, top: float) -> None:
        track = self._track()
        if row.selected:
            painter.fillRect(QRectF(4, top, self.width() - 8, ROW), qcolor(palette.accent, 46))
        painter.fillRect(QRectF(10, top + 3, 8, ROW - 6), qcolor(row.colour))
        painter.setPen(qcolor(palette.text if row.selected else palette.muted))
        name = painter.fontMetrics().elidedText(
            row.name, Qt.TextElideMode.ElideRight, round(LEFT - 32)
        )
        painter.drawText(QRectF(24, top, LEFT - 30, ROW), int(Qt.AlignmentFlag.AlignVCenter), name)
        columns = max(1, int(track.width()))
        strip = QRectF(track.left(), top + 3, track.width(), ROW - 6)
        painter.fillRect(strip, qcolor(palette.background))
        source = strongest_source(row.source, columns)
        colours = source_colours(palette)
        for first, last in _constant_runs(source):
            # The ground is drawn already.
            if source[first]:
                painter.fillRect(
                    QRectF(track.left() + first, strip.top(), last - first, strip.height()),
                    qcolor(colours[int(source[first])]),
                )
        for flag in (each for each in FLAGS if each.lane):
            marked = any_in_column((row.flags & flag.flag) != 0, columns)
            for first, last in _runs(marked):
                # A single frame among thousands must be seen.
                width = max(3.0, float(last - first))
                mark = QRectF(track.left() + first, top + ROW - 3, width, 3)
                painter.fillRect(mark, qcolor(getattr(palette, flag.lane)))

    def _paint_gaps(self, painter: QPainter, palette: Palette, track: QRectF) -> None:
        colour = qcolor(palette.gap)
        # Likewise a single gap.
        width = max(2.0, track.width() / self._model.count)
        for index in self._model.gaps:
            x = self.x_of(index)
            painter.fillRect(QRectF(x, RULER - 4, width, 4), colour)
            painter.fillRect(
                QRectF(x, RULER, width, self.height() - RULER), QColor(*palette.gap, 70)
            )

    def _paint_playhead(self, painter: QPainter) -> None:
        palette = current_theme().palette
        # In the middle of its frame, where clicks on it go too.
        x = (self.x_of(self._index) + self.x_of(self._index + 1)) / 2
        painter.setPen(QPen(qcolor(palette.playhead), 1.4))
        painter.drawLine(QPointF(x, RULER - 2), QPointF(x, float(self.height())))
        text = str(self._index)
        width = painter.fontMetrics().horizontalAdvance(text) + 10.0
        left = min(max(LEFT - width / 2, x - width / 2), self.width() - width - 1)
        chip = QRectF(left, 1, width, RULER - 4)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(qcolor(palette.playhead))
        painter.drawRoundedRect(chip, 3, 3)
        painter.setPen(qcolor(palette.background))
        painter.drawText(chip, int(Qt.AlignmentFlag.AlignCenter), text)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    # --- gestures

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the frame under the pointer, or select the target whose name was clicked."""
        if event.button() != Qt.MouseButton.LeftButton or not self._model.count:
            return
        row = self._row_at(event.position().y())
        if row is not None and not row.selected:
            self.target_clicked.emit(row.target_id)
        # Four pixels of grace: frame 0 begins where the names end.
        if event.position().x() >= LEFT - 4:
            self.scrubbed.emit(self.frame_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Scrub."""
        if event.buttons() & Qt.MouseButton.LeftButton and self._model.count:
            self.scrubbed.emit(self.frame_at(event.position().x()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Step, one frame per notch."""
        # 120 is one notch of a wheel; down goes on. Less than half a notch of a touchpad is no
        # step.
        notches = round(-event.angleDelta().y() / 120)
        if notches:
            self.stepped.emit(notches)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step with the arrows; with Shift by ten."""
        direction = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if not direction:
            super().keyPressEvent(event)
            return
        ten = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self.stepped.emit(direction * (10 if ten else 1))

    def event(self, event: QEvent) -> bool:
        """Say in a tooltip what is under the pointer."""
        if isinstance(event, QHelpEvent) and self._model.count:
            QToolTip.showText(event.globalPos(), plain_tip(self._words_at(event)), self)
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Paint again for the new width."""
        self._background = None
        super().resizeEvent(event)

    def _row_at(self, y: float) -> TimelineRow | None:
        index = math.floor((y - RULER - CURVE - 3) / ROW)
        rows = self._visible_rows()
        return rows[index] if 0 <= index < len(rows) else None

    def _words_at(self, event: QHelpEvent) -> str:
        index = self.frame_at(event.pos().x())
        words = [f"Frame {index}"]
        if index in self._model.gaps:
            words.append("one modality is missing")
        row = self._row_at(event.pos().y())
        if row is not None:
            words.append(f"{row.name}: {SOURCE_WORDS[Source(int(row.source[index]))]}")
            if not math.isnan(row.score[index]):
                words.append(f"score {score_number(float(row.score[index]))}")
            marks = lane_words(int(row.flags[index]))
            if marks:
                words.append(marks)
        return ", ".join(words)

    def _on_theme(self, _theme: object) -> None:
        self._background = None
        self.update()


def source_colours(palette: Palette) -> tuple[tuple[int, int, int], ...]:
    """Return the colour of each source code, 0 (none) to 4 (imported)."""
    return (
        palette.background,
        palette.manual,
        palette.tracked,
        palette.interpolated,
        palette.imported,
    )


def _tick_step(count: int, width: float) -> int:
    """Return a round number of frames between two labelled ticks, at least 60 pixels apart."""
    # Never below one frame: there is nothing between frames to label.
    wanted = max(1.0, count * 60.0 / max(1.0, width))
    magnitude = 10 ** math.floor(math.log10(wanted))
    return int(next(step for step in (1, 2, 5, 10) if step * magnitude >= wanted) * magnitude)


def _runs(marks: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return (first, past the last) of every stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], marks, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _constant_runs(codes: NDArray[np.uint8]) -> list[tuple[int, int]]:
    """Return (first, past the last) of every stretch of equal codes."""
    cuts = np.flatnonzero(np.diff(codes)) + 1
    bounds = [0, *(int(cut) for cut in cuts), len(codes)]
    return list(pairwise(bounds))
