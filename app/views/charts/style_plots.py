"""Charts of style: channels of both modalities, the modality gap by block and over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.look.numbers import short_number
from app.resolve.inspection import GapHistory
from app.views.charts.chart import Chart, Scale

if TYPE_CHECKING:
    from app.views.charts.style_items import BarsDrawing, HistoryDrawing, ScatterDrawing

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
        self._beside: Floats = np.empty((0, 2), np.float32)
        """(C, 2) of a frame that is kept beside."""
        self._limits = (0.0, 1.0)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_values(self, rgb: Floats | None, tir: Floats | None) -> None:
        """Show (C,) values of each modality, None for nothing."""
        nothing = np.empty(0, np.float32)
        self._rgb = nothing if rgb is None else rgb
        self._tir = nothing if tir is None else tir
        self._show()

    def set_beside(self, rgb: Floats | None, tir: Floats | None) -> None:
        """Show (C,) values of a frame that is kept beside, as rings; None for none."""
        nothing = np.empty((0, 2), np.float32)
        self._beside = nothing if rgb is None or tir is None else np.stack([rgb, tir], 1)
        self._show()

    def _show(self) -> None:
        if self.has_data():
            all_of_them = np.concatenate([self._rgb, self._tir, self._beside.ravel()])
            self._limits = robust_limits(all_of_them)
            self.set_caption("")
        beside = f", {len(self._beside)} kept beside" if len(self._beside) else ""
        self.setAccessibleDescription(f"{len(self._rgb)} channels{beside}")
        self.show_data()

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

    def make_drawing(self) -> ScatterDrawing:
        """Return the dots and their diagonal."""
        from app.views.charts.style_items import ScatterDrawing

        self._plot = ScatterDrawing(self, self.small_font())
        return self._plot

    def draw_data(self) -> None:
        """Show all dots, outliers at the edge."""
        places = np.clip(np.stack([self._rgb, self._tir], 1), *self._limits)
        self._plot.set_values(places, self._inside(), self._limits)
        self._plot.set_beside(np.clip(self._beside, *self._limits))

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
        self.show_data()

    def has_data(self) -> bool:
        """Whether there are blocks."""
        return len(self._gaps) > 0

    def make_drawing(self) -> BarsDrawing:
        """Return the bars."""
        from app.views.charts.style_items import BarsDrawing

        self._plot = BarsDrawing(self, self.small_font())
        return self._plot

    def draw_data(self) -> None:
        """Show one bar per block."""
        # nanmax warns where no block is known; gaps of nothing but 0 have no extent either.
        top = float(np.nanmax(self._gaps)) if np.isfinite(self._gaps).any() else 0.0
        slot = self.plot_area().width() / len(self._gaps)
        self._plot.set_values(self._gaps, self._block, max(top, 1e-9) * 1.06, slot)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep bars apart by pixels, and write as many numbers as have room."""
        super().resizeEvent(event)
        self.show_data()

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
        self.show_data()

    def has_data(self) -> bool:
        """Whether any frame is known."""
        return len(self._frames) > 0

    def empty_text(self) -> str:
        """Say where a history comes from."""
        return "Being computed from the tracked frames, one by one."

    def make_drawing(self) -> HistoryDrawing:
        """Return the line and the mark of the frame on show."""
        from app.views.charts.style_items import HistoryDrawing

        self._plot = HistoryDrawing(self, self.small_font())
        return self._plot

    def draw_data(self) -> None:
        """Show the gaps that are known."""
        top = max(float(self._gaps.max()), 1e-9) * 1.08
        self._plot.set_values(self._frames, self._gaps, self._now, self._reach(), top)

    def explain(self, point: QPointF) -> str:
        """Read the frame nearest to a point."""
        index = self._nearest(point)
        return f"Frame {self._frames[index]}: gap {_number(self._gaps[index])}\nClick to go there"

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ask for the frame that is clicked."""
        if self.has_data():
            self.frame_requested.emit(int(self._frames[self._nearest(event.position())]))

    def _nearest(self, point: QPointF) -> int:
        area = self.plot_area()
        frame = Scale(*self._reach(), area.left(), area.right()).value(point.x())
        return int(np.abs(self._frames - frame).argmin())

    def _reach(self) -> tuple[float, float]:
        """The first and last frame of the axis."""
        first, last = float(self._frames[0]), float(self._frames[-1])
        # A single frame has no extent to draw over.
        return (first - 1, last + 1) if first == last else (first, last)


def _number(value: float) -> str:
    return short_number(float(value)) if np.isfinite(value) else "unknown"
