"""Charts of style: channels of both modalities, the modality gap by block and over time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.look.numbers import short_number
from app.look.theme import current_theme, qcolor
from app.resolve.inspection import GapHistory
from app.views.charts.chart import Chart, Scale, dashed, round_ticks, tick_text
from app.views.drawing.painting import CENTRE

Floats = NDArray[np.float32]

LARGEST = 280.0
"""Pixels of a scatter's side at most."""
REACH = 8.0
"""How near the pointer must be to a dot, in pixels."""
OUTLIER = 3.0
"""Dots beyond this many times the spread of the middle 96 % are drawn at the edge."""


def robust_limits(values: Floats) -> tuple[float, float]:
    """Return limits that show the bulk of the values: a few channels of a ViT are huge."""
    low, high = np.percentile(values, (2.0, 98.0))
    # Equal values have no spread; the axis still needs an extent.
    reach = max(float(high - low) * OUTLIER / 2, 1e-6)
    middle = float(low + high) / 2
    # No further than there are values: without outliers the axis ends with them.
    first, last = max(float(values.min()), middle - reach), min(float(values.max()), middle + reach)
    margin = max(last - first, 1e-6) * 0.06
    return first - margin, last + margin


class StyleScatter(Chart):
    """One dot per channel: RGB to the right, thermal up; agreement lies on the diagonal."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._rgb: Floats = np.empty(0, np.float32)
        self._tir: Floats = np.empty(0, np.float32)
        self._limits = (0.0, 1.0)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_values(self, rgb: Floats | None, tir: Floats | None) -> None:
        """Show (C,) values of each modality, None for nothing."""
        nothing = np.empty(0, np.float32)
        self._rgb = nothing if rgb is None else rgb
        self._tir = nothing if tir is None else tir
        if self.has_data():
            self._limits = robust_limits(np.concatenate([self._rgb, self._tir]))
            self.set_caption("")
        self.setAccessibleDescription(f"{len(self._rgb)} channels")
        self.update()

    def sizeHint(self) -> QSize:
        """Nearly square in half of a narrow panel."""
        return QSize(165, self.heightForWidth(165))

    def hasHeightForWidth(self) -> bool:
        """Keep the plot a square."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height at which the square fills that width."""
        # The plot area of the base: this class's own is already the square.
        free = super().plot_area()
        around_x, around_y = self.width() - free.width(), self.height() - free.height()
        return round(min(width - around_x, LARGEST) + around_y)

    def has_data(self) -> bool:
        """Whether there are channels."""
        return len(self._rgb) > 0 and len(self._rgb) == len(self._tir)

    def plot_area(self) -> QRectF:
        """Return a square, so that the diagonal is one."""
        area = super().plot_area()
        side = min(area.width(), area.height())
        return QRectF(area.left(), area.top(), side, side)

    def paint_data(self, painter: QPainter, area: QRectF) -> None:
        """Draw axes, the diagonal and the dots."""
        palette = current_theme().palette
        across, up = self._scales(area)
        self.paint_frame(painter, area)
        self._paint_ticks(painter, area, across, up)
        painter.setPen(dashed(palette.muted))
        painter.drawLine(area.bottomLeft(), area.topRight())
        points = self._points(area)
        inside = self._inside()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        pen = QPen(qcolor(palette.accent, 170), 4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        # In one call with round caps, which is faster than an ellipse for each of hundreds of
        # channels.
        painter.drawPoints([QPointF(x, y) for x, y in points[inside].tolist()])
        painter.setPen(QPen(qcolor(palette.warning), 1.2))
        for x, y in points[~inside].tolist():
            painter.drawEllipse(QPointF(x, y), 2.6, 2.6)
        self._paint_names(painter, area)

    def explain(self, point: QPointF) -> str:
        """Name the channel nearest to a point."""
        distance = np.hypot(*(self._points(self.plot_area()) - (point.x(), point.y())).T)
        nearest = int(distance.argmin())
        if distance[nearest] > REACH:
            return ""
        rgb, tir = float(self._rgb[nearest]), float(self._tir[nearest])
        beyond = "" if self._inside()[nearest] else "\nBeyond the axes, drawn at their edge."
        return f"Channel {nearest}: RGB {rgb:.3f}, thermal {tir:.3f}{beyond}"

    def _left_room(self) -> float:
        return QFontMetricsF(self.small_font()).horizontalAdvance("−00") + 8

    def _scales(self, area: QRectF) -> tuple[Scale, Scale]:
        low, high = self._limits
        across = Scale(low, high, area.left(), area.right())
        return across, Scale(low, high, area.bottom(), area.top())

    def _inside(self) -> NDArray[np.bool_]:
        low, high = self._limits
        # Outside when either modality is.
        smaller, larger = np.minimum(self._rgb, self._tir), np.maximum(self._rgb, self._tir)
        return (smaller >= low) & (larger <= high)

    def _points(self, area: QRectF) -> NDArray[np.float64]:
        """(C, 2) pixels."""
        low, high = self._limits
        share = (np.clip(np.stack([self._rgb, self._tir], 1), low, high) - low) / (high - low)
        points: NDArray[np.float64] = np.array([area.left(), area.bottom()]) + share * np.array(
            [area.width(), -area.height()]
        )
        return points

    def _paint_ticks(self, painter: QPainter, area: QRectF, across: Scale, up: Scale) -> None:
        palette = current_theme().palette
        self.paint_y_axis(painter, area, up, 4)
        for value in round_ticks(across.low, across.high, 4):
            x = across.pixel(value)
            painter.setPen(QPen(qcolor(palette.border, 120), 1))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            painter.setPen(qcolor(palette.muted))
            self.paint_x_label(painter, area, x, tick_text(value))

    def _paint_names(self, painter: QPainter, area: QRectF) -> None:
        palette = current_theme().palette
        painter.setFont(self.small_font())
        metrics = QFontMetricsF(painter.font())
        height = metrics.height()
        for text, colour, at_right in (
            ("RGB →", palette.rgb, True),
            ("↑ thermal", palette.tir, False),
        ):
            width = metrics.horizontalAdvance(text) + 4
            left = area.right() - width if at_right else area.left() + 2
            top = area.bottom() - height - 1 if at_right else area.top()
            corner = QRectF(left, top, width, height)
            painter.fillRect(corner, qcolor(palette.panel, 190))
            painter.setPen(qcolor(colour))
            painter.drawText(corner, CENTRE, text)


class GapBars(Chart):
    """The modality gap after each block; the block on show stands out."""

    block_chosen = Signal(int)
    """The block whose bar was clicked or reached by the arrow keys."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Gap by block", parent)
        self._gaps: Floats = np.empty(0, np.float32)
        self._block = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def set_values(self, gaps: Floats | None, block: int) -> None:
        """Show (B,) gaps with one block chosen, None for nothing."""
        self._gaps = np.empty(0, np.float32) if gaps is None else gaps
        self._block = block
        known = 0 <= block < len(self._gaps)
        self.set_caption(f"block {block}: {_number(self._gaps[block])}" if known else "")

    def has_data(self) -> bool:
        """Whether there are blocks."""
        return len(self._gaps) > 0

    def paint_data(self, painter: QPainter, area: QRectF) -> None:
        """Draw one bar per block."""
        palette = current_theme().palette
        # nanmax warns where no block is known.
        top = float(np.nanmax(self._gaps)) if np.isfinite(self._gaps).any() else 0.0
        # Gaps of nothing but 0 have no extent either.
        up = Scale(0.0, max(top, 1e-9) * 1.06, area.bottom(), area.top())
        self.paint_y_axis(painter, area, up, 3)
        for block, gap in enumerate(self._gaps.tolist()):
            slot = self._slot(area, block)
            chosen = block == self._block
            painter.setPen(qcolor(palette.text if chosen else palette.muted))
            # Narrow slots have no room for every number.
            if slot.width() >= 14 or block % 2 == 0:
                self.paint_x_label(painter, area, slot.center().x(), str(block))
            if np.isfinite(gap):
                y = up.pixel(gap)
                bar = QRectF(slot.left(), y, slot.width(), area.bottom() - y)
                colour = qcolor(palette.accent) if chosen else qcolor(palette.muted, 120)
                painter.fillRect(bar.adjusted(1, 0, -1, 0), colour)
        self.paint_frame(painter, area)

    def explain(self, point: QPointF) -> str:
        """Read the bar under a point."""
        block = self._block_at(point)
        return "" if block is None else f"Block {block}: gap {_number(self._gaps[block])}"

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the block that is clicked."""
        block = self._block_at(event.position())
        if block is not None:
            self.block_chosen.emit(block)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and Right go through the blocks."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None or not self.has_data():
            super().keyPressEvent(event)
            return
        self.block_chosen.emit(min(max(self._block + step, 0), len(self._gaps) - 1))

    def _slot(self, area: QRectF, block: int) -> QRectF:
        width = area.width() / len(self._gaps)
        return QRectF(area.left() + block * width, area.top(), width, area.height())

    def _block_at(self, point: QPointF) -> int | None:
        area = self.plot_area()
        if not self.has_data() or not area.left() <= point.x() < area.right():
            return None
        return int((point.x() - area.left()) / area.width() * len(self._gaps))


class GapHistoryPlot(Chart):
    """The gap of one block over the tracked frames; a click asks for that frame."""

    frame_requested = Signal(int)
    """The tracked frame nearest to the click."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Gap over time", parent)
        self._frames: NDArray[np.int64] = np.empty(0, np.int64)
        self._gaps: Floats = np.empty(0, np.float32)
        self._now: int | None = None

    def set_values(self, history: GapHistory | None, block: int, frame_index: int | None) -> None:
        """Show the column of one block, with the frame on show marked."""
        self._now = frame_index
        if history is None or not 0 <= block < history.gaps.shape[1]:
            self._frames, self._gaps = np.empty(0, np.int64), np.empty(0, np.float32)
        else:
            known = np.isfinite(history.gaps[:, block])
            self._frames = history.frame_indices[known]
            self._gaps = history.gaps[known, block]
        count = len(self._frames)
        self.set_caption(f"block {block}, {count} frame{'' if count == 1 else 's'}")

    def has_data(self) -> bool:
        """Whether any frame is known."""
        return len(self._frames) > 0

    def empty_text(self) -> str:
        """Say where a history comes from."""
        return "Step through tracked frames to see the gap over time."

    def paint_data(self, painter: QPainter, area: QRectF) -> None:
        """Draw axes, the line and the mark of the frame on show."""
        palette = current_theme().palette
        across, up = self._scales(area)
        self.paint_y_axis(painter, area, up, 3)
        painter.setPen(qcolor(palette.muted))
        ends = {int(self._frames[0]), int(self._frames[-1])}
        for frame in sorted(ends):
            self.paint_x_label(painter, area, across.pixel(frame), str(frame))
        self.paint_frame(painter, area)
        if self._now is not None and across.low <= self._now <= across.high:
            x = across.pixel(self._now)
            painter.setPen(QPen(qcolor(palette.muted), 1))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        painter.setPen(QPen(qcolor(palette.accent), 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self._line(across, up))
        self._paint_dot(painter, across, up)

    def explain(self, point: QPointF) -> str:
        """Read the frame nearest to a point."""
        index = self._nearest(point)
        return f"Frame {self._frames[index]}: gap {_number(self._gaps[index])}\nClick to go there"

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ask for the frame that is clicked."""
        if self.has_data():
            self.frame_requested.emit(int(self._frames[self._nearest(event.position())]))

    def _nearest(self, point: QPointF) -> int:
        across, _ = self._scales(self.plot_area())
        return int(np.abs(self._frames - across.value(point.x())).argmin())

    def _scales(self, area: QRectF) -> tuple[Scale, Scale]:
        first, last = float(self._frames[0]), float(self._frames[-1])
        # A single frame has no extent to draw over.
        if first == last:
            first, last = first - 1, last + 1
        top = max(float(self._gaps.max()), 1e-9) * 1.08
        return (
            Scale(first, last, area.left(), area.right()),
            Scale(0.0, top, area.bottom(), area.top()),
        )

    def _line(self, across: Scale, up: Scale) -> QPainterPath:
        """Neighbouring frames are joined; a jump over frames that were not tracked is not."""
        path = QPainterPath()
        before: int | None = None
        for frame, gap in zip(self._frames.tolist(), self._gaps.tolist(), strict=True):
            point = QPointF(across.pixel(frame), up.pixel(gap))
            if before is not None and frame - before == 1:
                path.lineTo(point)
            else:
                path.moveTo(point)
                # A path that only moves draws nothing, and a single frame must show.
                path.lineTo(point + QPointF(0.1, 0.0))
            before = frame
        return path

    def _paint_dot(self, painter: QPainter, across: Scale, up: Scale) -> None:
        # -1 is no frame, so nothing is marked.
        here = np.flatnonzero(self._frames == (-1 if self._now is None else self._now))
        for index in here.tolist():
            point = QPointF(across.pixel(self._frames[index]), up.pixel(self._gaps[index]))
            painter.setPen(QPen(qcolor(current_theme().palette.panel), 1.5))
            painter.setBrush(qcolor(current_theme().palette.accent))
            painter.drawEllipse(point, 4, 4)


def _number(value: float) -> str:
    return short_number(float(value)) if np.isfinite(value) else "unknown"
