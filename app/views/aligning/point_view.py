"""One picture with numbered points, to be clicked, dragged and nudged; it zooms and moves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.look.theme import current_theme, qcolor

Point = tuple[float, float]
GRASP = 9.0
"""Screen pixels around a point in which it is taken rather than another one set."""
STILL = 4.0
"""Screen pixels that a click may move before it is a drag of the picture."""
ARM = 9.0
"""Length of a mark's arms in screen pixels; its middle stays free, for it is looked at."""
MOST_ZOOM = 40.0
SMOOTH_BELOW = 2.0
STEPS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class PointView(QWidget):
    """Shows a picture; points are in its pixels, counted from its edges."""

    clicked = Signal(float, float)
    """A place where there is no point yet."""
    moved = Signal(int, float, float)
    """A point was dragged or nudged to another place."""
    chosen = Signal(int)

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self._image: QImage | None = None
        self._missing = ""
        self._points: Sequence[Point | None] = ()
        self._meant: Sequence[Point | None] = ()
        self._chosen = -1
        self._zoom = 1.0
        self._middle = QPointF(0.5, 0.5)
        """Of the picture, the part of its width and height that is in the middle of the view."""
        self._pressed: QPointF | None = None
        self._held = -1
        self._panning = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(160, 120)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(title)
        self.setToolTip(
            "Click to set a point, drag one to move it; arrow keys nudge it by a pixel, with Shift "
            "by a tenth. The wheel zooms, a drag beside the points moves the picture."
        )

    # --- what is shown

    def set_picture(self, image: NDArray[Any] | None, missing: str = "") -> None:
        """Show an (H, W, 3) uint8 image, or say why there is none."""
        self._missing = missing
        if image is None:
            self._image = None
        else:
            pixels = np.ascontiguousarray(image)
            height, width = pixels.shape[:2]
            form = QImage.Format.Format_RGB888
            # A copy: the array may be written to or go before it is painted.
            self._image = QImage(pixels.data, width, height, 3 * width, form).copy()
        self.update()

    def set_points(
        self,
        points: Sequence[Point | None],
        chosen: int,
        meant: Sequence[Point | None] = (),
    ) -> None:
        """Show these points; `meant` are the places where the map has each, None for none."""
        self._points, self._chosen, self._meant = points, chosen, meant
        self.update()

    def fit(self) -> None:
        """Show the whole picture."""
        self._zoom, self._middle = 1.0, QPointF(0.5, 0.5)
        self.update()

    def sizeHint(self) -> QSize:
        """Return a size in which a picture can be judged."""
        return QSize(420, 320)

    # --- where things lie

    @property
    def _scale(self) -> float:
        if self._image is None:
            return 1.0
        width, height = self._image.width(), self._image.height()
        return self._zoom * min(self.width() / width, self.height() / height)

    def to_view(self, point: Point) -> QPointF:
        """Return where a point of the picture lies in the view."""
        if self._image is None:
            return QPointF()
        size = QPointF(
            self._middle.x() * self._image.width(), self._middle.y() * self._image.height()
        )
        return QPointF(self.rect().center()) + (QPointF(*point) - size) * self._scale

    def to_picture(self, place: QPointF) -> Point:
        """Return which point of the picture lies at a place of the view."""
        if self._image is None:
            return 0.0, 0.0
        away = (place - QPointF(self.rect().center())) / self._scale
        return (
            self._middle.x() * self._image.width() + away.x(),
            self._middle.y() * self._image.height() + away.y(),
        )

    def _inside(self, point: Point) -> bool:
        image = self._image
        return image is not None and (
            0 <= point[0] <= image.width() and 0 <= point[1] <= image.height()
        )

    def _clamped(self, point: Point) -> Point:
        if self._image is None:
            return point
        return (
            min(max(point[0], 0.0), float(self._image.width())),
            min(max(point[1], 0.0), float(self._image.height())),
        )

    def _point_at(self, place: QPointF) -> int:
        near = [
            ((self.to_view(point) - place).manhattanLength(), index)
            for index, point in enumerate(self._points)
            if point is not None
        ]
        distance, index = min(near, default=(GRASP + 1, -1))
        return index if distance <= GRASP else -1

    # --- mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take a point, or begin what becomes a click or a drag."""
        if self._image is None:
            return
        self._pressed = event.position()
        left = event.button() == Qt.MouseButton.LeftButton
        self._held = self._point_at(event.position()) if left else -1
        self._panning = not left
        if self._held >= 0:
            self.chosen.emit(self._held)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the point that is held, or the picture."""
        if self._pressed is None or self._image is None:
            return
        away = event.position() - self._pressed
        if self._held >= 0:
            self.moved.emit(self._held, *self._clamped(self.to_picture(event.position())))
        elif self._panning or away.manhattanLength() > STILL:
            self._panning = True
            self._pressed = event.position()
            shift = away / self._scale
            self._move_to(
                self._middle
                - QPointF(shift.x() / self._image.width(), shift.y() / self._image.height())
            )

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Set a point where nothing was dragged."""
        pressed, self._pressed = self._pressed, None
        if pressed is None or self._held >= 0 or self._panning:
            self._held, self._panning = -1, False
            return
        point = self.to_picture(event.position())
        if self._inside(point):
            self.clicked.emit(*point)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the pointer."""
        self._zoom_about(event.position(), 1.2 ** (event.angleDelta().y() / 120))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Nudge the chosen point, or zoom."""
        key = Qt.Key(event.key())
        point = self._points[self._chosen] if 0 <= self._chosen < len(self._points) else None
        if key in STEPS and point is not None:
            fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            dx, dy = (step * (0.1 if fine else 1.0) for step in STEPS[key])
            self.moved.emit(self._chosen, *self._clamped((point[0] + dx, point[1] + dy)))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Minus):
            factor = 1.25 if key == Qt.Key.Key_Plus else 0.8
            self._zoom_about(QPointF(self.rect().center()), factor)
        elif key == Qt.Key.Key_0:
            self.fit()
        else:
            super().keyPressEvent(event)

    def _zoom_about(self, place: QPointF, factor: float) -> None:
        if self._image is None:
            return
        under = self.to_picture(place)
        self._zoom = min(max(self._zoom * factor, 1.0), MOST_ZOOM)
        away = (place - QPointF(self.rect().center())) / self._scale
        self._move_to(
            QPointF(
                (under[0] - away.x()) / self._image.width(),
                (under[1] - away.y()) / self._image.height(),
            )
        )

    def _move_to(self, middle: QPointF) -> None:
        # Some of the picture stays in view.
        if self._zoom <= 1.0:
            middle = QPointF(0.5, 0.5)
        self._middle = QPointF(min(max(middle.x(), 0.0), 1.0), min(max(middle.y(), 0.0), 1.0))
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the same part in the new size."""
        self.update()
        super().resizeEvent(event)

    # --- painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint picture, points and heading."""
        palette = current_theme().palette
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), qcolor(palette.canvas))
            if self._image is None:
                painter.setPen(QColor(220, 220, 220))
                flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
                painter.drawText(self.rect().adjusted(12, 12, -12, -12), flags, self._missing)
            else:
                painter.setRenderHint(
                    QPainter.RenderHint.SmoothPixmapTransform, self._scale < SMOOTH_BELOW
                )
                corner = self.to_view((0.0, 0.0))
                size = QPointF(self._image.width(), self._image.height()) * self._scale
                painter.drawImage(QRectF(corner, corner + size), self._image)
                self._paint_points(painter)
            self._paint_title(painter)
            if self.hasFocus():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(qcolor(palette.accent), 2.0))
                painter.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def _paint_points(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index, meant in enumerate(self._meant):
            point = self._points[index] if index < len(self._points) else None
            if meant is not None and point is not None:
                for colour, width in ((QColor(0, 0, 0, 170), 3.5), (QColor(255, 90, 90), 1.6)):
                    painter.setPen(QPen(colour, width))
                    painter.drawLine(self.to_view(point), self.to_view(meant))
        for index, point in enumerate(self._points):
            if point is not None:
                self._paint_mark(painter, self.to_view(point), index)

    def _paint_mark(self, painter: QPainter, at: QPointF, index: int) -> None:
        colours = current_theme().palette.targets
        colour = qcolor(colours[index % len(colours)])
        arm = ARM * (1.4 if index == self._chosen else 1.0)
        for pen, width in ((QColor(0, 0, 0, 190), 4.0), (colour, 2.0)):
            painter.setPen(QPen(pen, width))
            for dx, dy in STEPS.values():
                painter.drawLine(at + QPointF(dx * 3.0, dy * 3.0), at + QPointF(dx * arm, dy * arm))
        # Beside the mark where there is room, for at an edge the number would be cut off.
        across = 6 if at.x() + 30 < self.width() else -28
        label = QRectF(at.x() + across, at.y() + (-22 if at.y() > 24 else 6), 22, 16)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 190))
        painter.drawRoundedRect(label, 3, 3)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(colour)
        painter.drawText(label, int(Qt.AlignmentFlag.AlignCenter), str(index + 1))

    def _paint_title(self, painter: QPainter) -> None:
        metrics = self.fontMetrics()
        chip = QRectF(6, 6, metrics.horizontalAdvance(self._title) + 14, metrics.height() + 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 165))
        painter.drawRoundedRect(chip, 4, 4)
        painter.setPen(QColor(255, 255, 255))
        painter.drawText(chip, int(Qt.AlignmentFlag.AlignCenter), self._title)

    def set_title(self, title: str) -> None:
        """Say what is shown."""
        self._title = title
        self.update()
