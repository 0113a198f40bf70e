"""What every plot is drawn on: a pyqtgraph plot in the colours and measures of this program."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QWidget

from app.look.palette import Palette
from app.look.theme import qcolor
from app.views.charts.chart import RIGHT_ROOM, tick_text

KEEP_PICTURE = QGraphicsItem.CacheMode.DeviceCoordinateCache
"""How items are drawn that a moving playhead must not have drawn again."""
BELOW = -1000
"""Where the grid is, for it belongs below the data."""


class Axis(pg.AxisItem):  # type: ignore[misc]
    """An axis with short numbers, one of which may stand out."""

    def __init__(self, side: str) -> None:
        self._room_below = 0  # the constructor asks for the bounds
        super().__init__(side)
        self._standing_out = ""
        self._strong = QPen()

    def set_standing_out(self, text: str, colour: QColor) -> None:
        """Write one of the texts in a colour of its own."""
        if (text, colour) != (self._standing_out, self._strong.color()):
            self._standing_out, self._strong = text, QPen(colour)
            self.picture = None
            self.update()

    def set_room_below(self, pixels: int) -> None:
        """Let the lowest number of an upright axis reach below it; pyqtgraph leaves it out else."""
        self._room_below = pixels
        self.prepareGeometryChange()

    # pyqtgraph's names

    def boundingRect(self) -> QRectF:
        """Return where the axis may draw."""
        rect: QRectF = super().boundingRect()
        return rect.adjusted(0, 0, 0, self._room_below)

    def tickStrings(self, values: list[float], scale: float, _spacing: float) -> list[str]:  # noqa: N802
        """Return the shortest clear text of each value."""
        return [tick_text(value * scale) for value in values]

    def drawPicture(self, p: QPainter, axis: Any, ticks: Any, texts: Any) -> None:  # noqa: ANN401, N802
        """Draw as pyqtgraph does, texts below the plot kept inside the widget."""
        if self.orientation == "bottom":
            texts = [(self._inside(rect), flags, text) for rect, flags, text in texts]
        super().drawPicture(p, axis, ticks, [t for t in texts if t[2] != self._standing_out])
        p.setPen(self._strong)
        for rect, flags, text in texts:
            if text == self._standing_out:
                p.drawText(rect, int(flags), text)

    def _inside(self, rect: Any) -> Any:  # noqa: ANN401 - QRectF
        over = rect.right() - (self.size().width() + RIGHT_ROOM // 2)
        return rect.translated(-over, 0) if over > 0 else rect


def make_plot(parent: QWidget) -> pg.PlotWidget:
    """Return a bare plot: no menu, no buttons, axes that stay where they are put."""
    axes = {side: Axis(side) for side in ("left", "bottom")}
    plot = pg.PlotWidget(parent, enableMenu=False, axisItems=axes)
    plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    plot.setFrameShape(pg.PlotWidget.Shape.NoFrame)
    plot.hideButtons()
    plot.disableAutoRange()
    return plot


def dress_axes(plot: pg.PlotWidget, small: QFont, grid: int) -> None:
    """Set font, measures and strength of the grid, 0 to 255; numbers at the main ticks only."""
    for side in ("left", "bottom"):
        axis = plot.getAxis(side)
        axis.setStyle(tickFont=small, maxTickLevel=1, maxTextLevel=0, tickTextOffset=4)
        axis.setStyle(tickLength=-4)
        axis.enableAutoSIPrefix(False)
        axis.setGrid(grid)
        axis.setCacheMode(KEEP_PICTURE)
        axis.setZValue(BELOW)


def recolour_axes(plot: pg.PlotWidget, palette: Palette) -> None:
    """Take the colours of a theme."""
    plot.setBackground(qcolor(palette.panel))
    for side in ("left", "bottom"):
        axis = plot.getAxis(side)
        axis.setPen(cosmetic_pen(qcolor(palette.border), 1.0))
        axis.setTextPen(cosmetic_pen(qcolor(palette.muted), 1.0))


def cosmetic_pen(colour: QColor, width: float) -> QPen:
    """Return a pen that is `width` pixels wide at any zoom."""
    pen = QPen(colour, width)
    pen.setCosmetic(True)
    return pen
