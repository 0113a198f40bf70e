"""The timeline: gaps, sources per target, score curve, flags, the playhead and a range."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFont,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.look.plain_text import plain_tip
from app.look.theme import current_theme, qcolor, theme_signals
from app.resolve.comparing import OverlapLane
from app.resolve.timeline import EMPTY_TIMELINE, TimelineModel, TimelineRow, View
from app.views.timeline.geometry import LEFT, Geometry, height_for, least_height_for, visible_rows
from app.views.timeline.painting import (
    LEAST_POINTS,
    TimelinePainter,
    paint_events,
    paint_playhead,
    paint_range,
)
from app.views.timeline.words import words_at

NOTCH = 120
"""What a wheel says for one notch."""
ZOOM_STEP = 0.8
"""Frames on show after a notch towards the screen, as a share of those before."""


class Timeline(QWidget):
    """Keyboard focusable; click or drag to scrub, arrows to step, wheel to zoom."""

    scrubbed = Signal(int)
    stepped = Signal(int)
    target_clicked = Signal(str)
    range_chosen = Signal(object)
    """(first frame, one past the last), or None where the range was let go."""
    height_wanted = Signal(int)
    """How high it would be with all targets and lanes; a dock does not follow a hint by itself."""
    menu_wanted = Signal(QPoint, str)
    """Where on the screen, and the target whose strip lies there (empty: none)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = EMPTY_TIMELINE
        self._index = 0
        self._view = View(0, 1)
        self._range: tuple[int, int] | None = None
        self._events = np.empty((0, 2), np.int64)
        self._overlaps: tuple[OverlapLane, ...] = ()
        self._background: QPixmap | None = None
        self._anchor: int | None = None
        """The end of a range that stays while the mouse drags the other one."""
        self._pressed_at = QPointF()
        self._panned_from: float | None = None
        """The frame position that was grabbed to move the view."""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.setAccessibleName("Timeline")
        theme_signals().changed.connect(self._on_theme)

    @property
    def model(self) -> TimelineModel:
        """What is drawn."""
        return self._model

    @property
    def view(self) -> View:
        """The frames on show."""
        return self._view

    def set_model(self, model: TimelineModel) -> None:
        """Draw `model`."""
        taller = len(model.rows) != len(self._model.rows)
        # Another sequence is shown as a whole; of the same one the zoom stays.
        if model.count != self._model.count:
            self._view = View(0, max(1, model.count))
        self._model = model
        self._background = None
        # Only then: a new hint makes the window lay everything out again.
        if taller:
            self.updateGeometry()
            self.height_wanted.emit(self.sizeHint().height())
        self.update()

    def set_row(self, row: TimelineRow) -> None:
        """Draw one strip again, and the curve of its score; the others stay as they are."""
        before = next((r for r in self._model.rows if r.target_id == row.target_id), None)
        rows = tuple(row if each is before else each for each in self._model.rows)
        marks = self._model.__dict__.get("gap_marks")
        self._model = replace(self._model, rows=rows)
        if marks is not None:
            # The gaps are the same ones.
            self._model.__dict__["gap_marks"] = marks
        geometry = self._geometry()
        # Painted with all the rest, or out of sight.
        if self._background is None or row not in geometry.rows:
            return
        # Names may be cut otherwise now that one of them is another.
        if before is not None and before.name != row.name:
            self._background = None
        else:
            with QPainter(self._background) as painter:
                self._painter(painter, geometry).paint_row_again(row, geometry.rows.index(row))
        self.update()

    def set_index(self, index: int) -> None:
        """Move the playhead, and the frames on show where it would leave them."""
        self._index = index
        self._look_at(self._view.with_frame(index, self._model.count))
        self.update()

    def set_range(self, frames: tuple[int, int] | None) -> None:
        """Draw the selected range, (first, one past the last) or none."""
        self._range = frames
        self.update()

    def set_events(self, events: Sequence[tuple[int, int]]) -> None:
        """Mark what the review queue names, first and last frames."""
        self._events = np.array(events, np.int64).reshape(-1, 2)
        self.update()

    def set_overlaps(self, lanes: tuple[OverlapLane, ...]) -> None:
        """Draw how well the boxes of each tracker lie, a lane each."""
        taller = len(lanes) != len(self._overlaps)
        self._overlaps = lanes
        self._background = None
        if taller:
            self.updateGeometry()
            self.height_wanted.emit(self.sizeHint().height())
        self.update()

    def zoom(self, factor: float, at: float | None = None) -> None:
        """Show `factor` times as many frames; the frame position `at` stays where it is."""
        where = self._index + 0.5 if at is None else at
        self._look_at(self._view.zoomed(factor, where, self._model.count))

    def show_frames(self, first: int, stop: int) -> None:
        """Show these frames, with a little of what lies around them."""
        around = max(1, (stop - first) // 10)
        view = View(first - around, stop - first + 2 * around)
        self._look_at(view.within(self._model.count))

    def show_all(self) -> None:
        """Show the whole sequence."""
        self._look_at(View(0, max(1, self._model.count)))

    def _look_at(self, view: View) -> None:
        if view != self._view:
            self._view = view
            self._background = None
            self.update()

    def sizeHint(self) -> QSize:
        """Room for the ruler, the score curve, one strip per target and the lanes."""
        return QSize(400, height_for(len(self._model.rows), len(self._overlaps)))

    def minimumSizeHint(self) -> QSize:
        """Room for all but the lanes, which a low window may not have."""
        return QSize(200, least_height_for(len(self._model.rows), len(self._overlaps)))

    # --- geometry

    def _geometry(self) -> Geometry:
        size, overlaps = self.size(), len(self._overlaps)
        rows = visible_rows(self._model.rows, size.height(), overlaps)
        return Geometry(size.width(), size.height(), self._model.count, self._view, rows, overlaps)

    def x_of(self, index: float) -> float:
        """Return the left edge of frame `index` in widget pixels."""
        return self._geometry().x_of(index)

    def frame_at(self, x: float) -> int:
        """Return the frame under the widget pixel column `x`, clipped to the sequence."""
        return self._geometry().frame_at(x)

    # --- painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the cached strips, and over them the range and the playhead."""
        geometry, palette = self._geometry(), current_theme().palette
        if self._background is None:
            ratio = self.devicePixelRatioF()
            self._background = QPixmap(self.size() * ratio)
            self._background.setDevicePixelRatio(ratio)
            with QPainter(self._background) as painter:
                self._painter(painter, geometry).paint_all()
        with QPainter(self) as painter:
            painter.drawPixmap(0, 0, self._background)
            painter.setFont(self._small_font())
            if self._model.count:
                paint_events(painter, palette, geometry, self._events)
                if self._range is not None:
                    paint_range(painter, palette, geometry, self._range)
                paint_playhead(painter, palette, geometry, self._index)
            if self.hasFocus():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(qcolor(palette.accent), 2.0))
                painter.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def _painter(self, painter: QPainter, geometry: Geometry) -> TimelinePainter:
        painter.setFont(self._small_font())
        palette, ratio = current_theme().palette, self.devicePixelRatioF()
        return TimelinePainter(painter, palette, self._model, geometry, ratio, self._overlaps)

    def _small_font(self) -> QFont:
        font = QFont(self.font())
        # A font set in pixels says -1.
        font.setPointSizeF(max(LEAST_POINTS, font.pointSizeF() * 0.88))
        return font

    # --- gestures

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the frame under the pointer, select its target, or begin a range or a move."""
        where, geometry = event.position(), self._geometry()
        if not self._model.count:
            return
        self._pressed_at = where
        left = event.button() == Qt.MouseButton.LeftButton
        if event.button() == Qt.MouseButton.MiddleButton:
            self._panned_from = geometry.position_at(where.x())
        elif left and geometry.in_overview(where.y()):
            self._show_part(where.x())
        elif left:
            self._press(event, geometry)

    def _press(self, event: QMouseEvent, geometry: Geometry) -> None:
        where = event.position()
        row = geometry.row_at(where.y())
        if row is not None and not row.selected:
            self.target_clicked.emit(row.target_id)
        # Four pixels of grace: frame 0 begins where the names end.
        if where.x() < LEFT - 4:
            return
        frame = geometry.frame_at(where.x())
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._anchor = self._far_end(frame)
            self._drag_range(frame)
        elif geometry.in_range_lane(where.y()):
            self._anchor = frame
        self.scrubbed.emit(frame)

    def _far_end(self, frame: int) -> int:
        """Return the end of a range that stays when `frame` becomes the other one."""
        if self._range is None:
            return self._index
        first, last = self._range[0], self._range[1] - 1
        return first if abs(frame - first) > abs(frame - last) else last

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Scrub, drag the range, or move the frames on show."""
        where, geometry = event.position(), self._geometry()
        if not self._model.count:
            return
        if event.buttons() & Qt.MouseButton.MiddleButton and self._panned_from is not None:
            away = self._panned_from - geometry.position_at(where.x())
            self._look_at(self._view.moved(round(away), self._model.count))
        elif event.buttons() & Qt.MouseButton.LeftButton:
            if geometry.in_overview(self._pressed_at.y()):
                self._show_part(where.x())
                return
            frame = geometry.frame_at(where.x())
            if self._anchor is not None:
                self._drag_range(frame)
            # Along with the range, too: where it ends is seen on the frames.
            self.scrubbed.emit(frame)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag; a mere click into the lane of the range lets it go."""
        moved = (event.position() - self._pressed_at).manhattanLength() > 2
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if self._anchor is not None and not moved and not shift:
            self.range_chosen.emit(None)
        self._anchor = self._panned_from = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Treat the second press as a press, so that fast scrubbing loses none."""
        self.mousePressEvent(event)

    def _drag_range(self, frame: int) -> None:
        if self._anchor is not None:
            first, last = sorted((self._anchor, frame))
            self.range_chosen.emit((first, last + 1))

    def _show_part(self, x: float) -> None:
        """Show the part of the sequence that the bar below has at `x`."""
        bar = self._geometry().overview
        middle = (x - bar.left()) / bar.width() * self._model.count
        view = View(round(middle - self._view.shown / 2), self._view.shown)
        self._look_at(view.within(self._model.count))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of what lies under the pointer."""
        row = self._geometry().row_at(event.pos().y())
        if self._model.count:
            self.menu_wanted.emit(event.globalPos(), "" if row is None else row.target_id)
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the pointer; sideways or with Shift, move."""
        across, along = event.angleDelta().x(), event.angleDelta().y()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and not across:
            across, along = along, 0
        if across:
            # A tenth of what is on show for a notch, and never less than a frame.
            step = max(1.0, self._view.shown / 10) * -across / NOTCH
            frames = math.copysign(max(1, round(abs(step))), step)
            self._look_at(self._view.moved(int(frames), self._model.count))
        elif along:
            at = self._geometry().position_at(event.position().x())
            self.zoom(ZOOM_STEP ** (along / NOTCH), at)
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
        """Say in a tooltip what is under the pointer, and zoom by pinching."""
        if isinstance(event, QHelpEvent) and self._model.count:
            QToolTip.showText(event.globalPos(), plain_tip(self._words_at(event)), self)
            return True
        if (
            isinstance(event, QNativeGestureEvent)
            and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture
        ):
            self.zoom(1 / (1 + event.value()), self._geometry().position_at(event.position().x()))
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Paint again for the new width."""
        self._background = None
        super().resizeEvent(event)

    def _words_at(self, event: QHelpEvent) -> str:
        at = float(event.pos().x()), float(event.pos().y())
        return words_at(self._geometry(), at, self._model, self._events, self._overlaps)

    def _on_theme(self, _theme: object) -> None:
        self._background = None
        self.update()
