"""What is drawn upon the axes of a curve plot: lines with gaps, bars, marks. Needs pyqtgraph."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from app.resolve.curves import Values, lone_frames, same_values
from app.views.charts.plot import KEEP_PICTURE, cosmetic_pen


class Line:
    """A curve with its gaps; single values between gaps are dots."""

    def __init__(self, plot: pg.PlotWidget, width: float) -> None:
        self._width = width
        self._values: Values = np.empty(0, np.float32)
        self._curve = pg.PlotCurveItem(connect="finite", antialias=True)
        # Without pyqtgraph's outline, which has one colour for both themes.
        self._dots = pg.ScatterPlotItem(size=width + 3.5, antialias=True, pen=None)
        _add(plot, self._curve, self._dots)

    def set_values(self, values: Values) -> bool:
        """Show (N,) values, one per frame; return whether anything changed."""
        if same_values(values, self._values):
            return False
        self._values = values
        if np.isfinite(values).any():
            self._curve.setData(np.arange(len(values)), values)
        else:
            self._curve.setData([], [])
        alone = lone_frames(values)
        self._dots.setData(x=alone, y=values[alone])
        return True

    def recolour(self, colour: QColor) -> None:
        """Draw in another colour."""
        self._curve.setPen(cosmetic_pen(colour, self._width))
        self._dots.setBrush(colour)


class Stems:
    """A bar on each frame whose value is above zero, and a base line where it is known."""

    def __init__(self, plot: pg.PlotWidget) -> None:
        self._values: Values = np.empty(0, np.float32)
        self._bars = pg.BarGraphItem(x=[], height=[], width=0.7)
        self._base = Line(plot, 1.5)
        _add(plot, self._bars)

    def set_values(self, values: Values) -> bool:
        """Show (N,) values, one per frame; return whether anything changed."""
        if same_values(values, self._values):
            return False
        self._values = values
        frames = np.flatnonzero(values > 0)
        self._bars.setOpts(x=frames, height=values[frames])
        # The base line tells "none removed" from "not tracked".
        self._base.set_values(np.where(np.isfinite(values), np.float32(0), values))
        return True

    def recolour(self, colour: QColor, base: QColor) -> None:
        """Draw in other colours."""
        # The outline, always a pixel wide, keeps a bar visible when many frames share a pixel.
        self._bars.setOpts(pen=cosmetic_pen(colour, 1.0), brush=colour)
        self._base.recolour(base)


class Marks:
    """Squares upon a curve: the frames that a person decided."""

    def __init__(self, plot: pg.PlotWidget) -> None:
        self._shown: tuple[NDArray[np.int64], Values] = (
            np.empty(0, np.int64),
            np.empty(0, np.float32),
        )
        self._squares = pg.ScatterPlotItem(size=6, symbol="s", antialias=True)
        _add(plot, self._squares)

    def set_values(self, values: Values, marked: NDArray[np.bool_]) -> bool:
        """Mark frames of a curve; return whether anything changed."""
        frames = np.flatnonzero(marked & np.isfinite(values)).astype(np.int64)
        heights = values[frames]
        if np.array_equal(frames, self._shown[0]) and np.array_equal(heights, self._shown[1]):
            return False
        self._shown = (frames, heights)
        self._squares.setData(x=frames, y=heights)
        return True

    def recolour(self, colour: QColor, rim: QColor) -> None:
        """Draw in other colours."""
        self._squares.setBrush(colour)
        self._squares.setPen(cosmetic_pen(rim, 1.0))


def _add(plot: pg.PlotWidget, *items: pg.GraphicsObject) -> None:
    for item in items:
        # The playhead moves over all curves at every step.
        item.setCacheMode(KEEP_PICTURE)
        plot.addItem(item)
