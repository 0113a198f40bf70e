"""What is drawn in the charts of style. Needs pyqtgraph."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QGraphicsItem, QWidget

from app.look.palette import Palette
from app.look.theme import current_theme, qcolor
from app.views.charts.curve_items import Line
from app.views.charts.plot import cosmetic_pen, dress_axes, make_plot, recolour_axes

Floats = NDArray[np.float32]
GRID = 110
"""How strong the lines of the grid are, 0 to 255."""
LOW_NUMBER = 8
"""Pixels that the lowest number of an upright axis reaches below it: half its height."""
NARROWEST = 14.0
"""Pixels of a bar below which only every second has its number."""
ABOVE = 10
"""Where marks and names are, for they belong upon the data."""


class Plot:
    """A plot that only shows: the chart around it listens to mouse and keyboard."""

    def __init__(self, parent: QWidget, small: QFont, grids: Sequence[str]) -> None:
        self.widget = make_plot(parent)
        self.widget.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.widget.getPlotItem().layout.setContentsMargins(0, 0, 0, 0)
        self.widget.setMouseEnabled(x=False, y=False)
        # The range is that of the chart's own scale; a margin would put dots beside their words.
        self.widget.getViewBox().setDefaultPadding(0)
        # A dot at the edge is drawn whole; nothing lies beyond, for these plots are never moved.
        self.widget.getViewBox().setFlag(
            QGraphicsItem.GraphicsItemFlag.ItemClipsChildrenToShape, False
        )
        dress_axes(self.widget, small, GRID)
        for side in ("left", "bottom"):
            axis = self.widget.getAxis(side)
            axis.setStyle(maxTickLevel=0, tickLength=0, hideOverlappingLabels=False)
            axis.setGrid(GRID if side in grids else False)
        self.widget.getAxis("left").set_room_below(LOW_NUMBER)
        self.widget.getAxis("bottom").setTickDensity(0.7)  # its numbers lie side by side
        self._names: list[pg.TextItem] = []
        self._small = small

    def place(self, widget: QRectF, area: QRectF) -> None:
        """Lie at `widget` in the chart, with the data at `area` in it; both in its pixels."""
        around = widget.toRect()
        self.widget.setGeometry(around)
        self.widget.getAxis("left").setWidth(area.left() - around.left())
        self.widget.getAxis("bottom").setHeight(around.bottom() + 1 - area.bottom())
        right = around.right() + 1 - area.right()
        self.widget.getPlotItem().layout.setContentsMargins(0, 0, right, 0)

    def recolour(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        recolour_axes(self.widget, palette)

    def set_range(self, across: tuple[float, float], up: tuple[float, float]) -> None:
        """Let the axes reach from the first to the second value of each pair."""
        # pyqtgraph loses a number exactly at an end to rounding.
        (left, right), (low, high) = (_a_trace_wider(*ends) for ends in (across, up))
        self.widget.setRange(xRange=(left, right), yRange=(low, high), padding=0)

    def name(self, text: str, anchor: tuple[float, float]) -> pg.TextItem:
        """Write a text upon the data; `anchor` is the point of it that will be placed."""
        item = pg.TextItem(text, anchor=anchor)
        item.setFont(self._small)
        item.setZValue(ABOVE)
        self.widget.addItem(item, ignoreBounds=True)
        return item


class ScatterDrawing(Plot):
    """One dot per channel over a diagonal."""

    def __init__(self, parent: QWidget, small: QFont) -> None:
        super().__init__(parent, small, ("left", "bottom"))
        self._diagonal = pg.PlotCurveItem(antialias=True)
        self._dots = pg.ScatterPlotItem(size=4, pen=None, antialias=True)
        self._beyond = pg.ScatterPlotItem(size=5.2, brush=None, antialias=True)
        self._beside = pg.ScatterPlotItem(size=5.2, brush=None, antialias=True)
        # Those of the frame on show last, so that they lie on top.
        for item in (self._diagonal, self._beside, self._dots, self._beyond):
            self.widget.addItem(item)
        self._rgb, self._tir = self.name("RGB →", (1, 1)), self.name("↑ thermal", (0, 0))

    def set_values(
        self, places: NDArray[np.float32], inside: NDArray[np.bool_], limits: tuple[float, float]
    ) -> None:
        """Show (C, 2) dots between the limits; those that are not inside lie at the edge."""
        low, high = limits
        self.set_range(limits, limits)
        self._diagonal.setData([low, high], [low, high])
        self._dots.setData(x=places[inside, 0], y=places[inside, 1])
        self._beyond.setData(x=places[~inside, 0], y=places[~inside, 1])
        self._rgb.setPos(high, low)
        self._tir.setPos(low, high)

    def set_beside(self, places: NDArray[np.float32]) -> None:
        """Show (C, 2) rings of another frame."""
        self._beside.setData(x=places[:, 0], y=places[:, 1])

    def recolour(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        super().recolour(palette)
        self._beside.setPen(cosmetic_pen(qcolor(palette.muted), 1.0))
        dashes = cosmetic_pen(qcolor(palette.muted), 1.0)
        dashes.setStyle(Qt.PenStyle.DashLine)
        self._diagonal.setPen(dashes)
        self._dots.setBrush(qcolor(palette.accent, 170))
        self._beyond.setPen(cosmetic_pen(qcolor(palette.warning), 1.2))
        for item, colour in ((self._rgb, palette.rgb), (self._tir, palette.tir)):
            item.setColor(qcolor(colour))
            item.fill = pg.mkBrush(qcolor(palette.panel, 190))
            item.update()


class BarsDrawing(Plot):
    """One bar per block, one of which stands out."""

    def __init__(self, parent: QWidget, small: QFont) -> None:
        super().__init__(parent, small, ("left",))
        self._bars = pg.BarGraphItem(x=[], height=[], width=0.9, pen=None)
        self._chosen = pg.BarGraphItem(x=[], height=[], width=0.9, pen=None)
        self.widget.addItem(self._bars)
        self.widget.addItem(self._chosen)
        self._block = 0

    def set_values(self, gaps: Floats, block: int, top: float, slot: float) -> None:
        """Show (B,) gaps up to `top`, each in a slot of so many pixels."""
        self._block = block
        known = np.isfinite(gaps)
        here = np.arange(len(gaps)) == block
        for item, shown in ((self._bars, known & ~here), (self._chosen, known & here)):
            width = max(1 - 2 / slot, 0.5)  # a pixel free on either side
            item.setOpts(x=np.flatnonzero(shown), height=gaps[shown], width=width)
        self.set_range((-0.5, len(gaps) - 0.5), (0.0, top))
        every = 1 if slot >= NARROWEST else 2
        ticks = [(number, str(number)) for number in range(0, len(gaps), every)]
        self.widget.getAxis("bottom").setTicks([ticks])
        self._mark(current_theme().palette)

    def recolour(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        super().recolour(palette)
        self._bars.setOpts(brush=qcolor(palette.muted, 120))
        self._chosen.setOpts(brush=qcolor(palette.accent))
        self._mark(palette)

    def _mark(self, palette: Palette) -> None:
        self.widget.getAxis("bottom").set_standing_out(str(self._block), qcolor(palette.text))


class HistoryDrawing(Plot):
    """A line over the frames with gaps, and the frame on show."""

    def __init__(self, parent: QWidget, small: QFont) -> None:
        super().__init__(parent, small, ("left",))
        self._now = pg.InfiniteLine(angle=90)
        self.widget.addItem(self._now, ignoreBounds=True)
        self._line = Line(self.widget, 1.6)
        self._dot = pg.ScatterPlotItem(size=8, antialias=True)
        self._dot.setZValue(ABOVE)
        self.widget.addItem(self._dot)

    def set_values(
        self,
        frames: NDArray[np.int64],
        gaps: Floats,
        now: int | None,
        across: tuple[float, float],
        top: float,
    ) -> None:
        """Show (M,) gaps of ascending frames; neighbouring frames are joined, others are not."""
        spread = np.full(int(frames[-1]) + 1, np.nan, np.float32)
        spread[frames] = gaps
        self._line.set_values(spread)
        here = frames == (-1 if now is None else now)
        self._dot.setData(x=frames[here], y=gaps[here])
        self._now.setVisible(now is not None and across[0] <= now <= across[1])
        if now is not None:
            self._now.setPos(QPointF(now, 0))
        self.set_range(across, (0.0, top))
        ends = sorted({int(frames[0]), int(frames[-1])})
        self.widget.getAxis("bottom").setTicks([[(frame, str(frame)) for frame in ends]])

    def recolour(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        super().recolour(palette)
        self._now.setPen(cosmetic_pen(qcolor(palette.muted), 1.0))
        self._line.recolour(qcolor(palette.accent))
        self._dot.setBrush(qcolor(palette.accent))
        self._dot.setPen(cosmetic_pen(qcolor(palette.panel), 1.5))


def _a_trace_wider(low: float, high: float) -> tuple[float, float]:
    trace = (high - low) * 1e-6
    return low - trace, high + trace
