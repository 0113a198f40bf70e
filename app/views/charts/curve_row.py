"""One plot over the frames with its title, its values in words, and a playhead. Needs pyqtgraph."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.look.palette import Palette
from app.look.plain_text import plain_label
from app.look.theme import qcolor
from app.views.charts.plot import cosmetic_pen, dress_axes, make_plot, recolour_axes
from app.views.drawing.painting import scaled_font

LOWEST = 62
"""Pixels of a plot's height at least."""
CLOSEST = 8
"""Frames across the plots at the closest zoom."""
BESIDE_FROM = 280
"""Width from which the values have room beside the title."""
LEFT_BUTTON = Qt.MouseButton.LeftButton


class CurveRow(QWidget):
    """One plot: title and unit, the value on the current frame, curves and playhead."""

    frame_dragged = Signal(int)
    clicked = Signal(int)
    double_clicked = Signal()
    hovered = Signal(object, object)
    """The frame under the pointer and the point on the screen; None, None when it leaves."""

    def __init__(self, title: str, unit: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._count = 0
        self._range = (0.0, 0.0)
        self.values = plain_label(self)
        self.values.setTextFormat(Qt.TextFormat.RichText)
        # Its text changes with every frame and must not move the layout.
        self.values.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.values.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.plot = make_plot(self)
        self.note = plain_label(self.plot)
        self._build(title, unit)
        self._play = pg.InfiniteLine(angle=90, movable=True)
        self._play.setCursor(Qt.CursorShape.SizeHorCursor)
        # Over curves and marks, or it could not be taken hold of there.
        self._play.setZValue(20)
        self._play.sigDragged.connect(self._dragged)
        # It says nothing about the extent of the data.
        self.plot.addItem(self._play, ignoreBounds=True)
        scene = self.plot.scene()
        scene.sigMouseClicked.connect(self._clicked)
        scene.sigMouseMoved.connect(self._moved)
        # pyqtgraph's scene does not tell when the pointer leaves.
        self.plot.viewport().installEventFilter(self)

    @property
    def dragging(self) -> bool:
        """Whether a person holds the playhead."""
        return bool(self._play.moving)

    def set_frame(self, frame_index: int) -> None:
        """Put the playhead on a frame."""
        if self._play.value() != frame_index:
            self._play.setValue(frame_index)

    def say(self, note: str) -> None:
        """Say in the plot why it is empty, or nothing."""
        self.note.setText(note)
        self.note.setVisible(bool(note))
        # Numbers of an axis without a curve mean nothing, and would stand below the words.
        self.plot.getAxis("left").setStyle(showValues=not note)

    def set_frames(self, count: int) -> None:
        """Let the axis reach over `count` frames."""
        self._count = count
        self._play.setBounds((0, max(0, count - 1)))
        self.plot.setLimits(
            xMin=-0.5, xMax=max(count, CLOSEST) - 0.5, minXRange=min(CLOSEST, max(count, 2))
        )

    def set_range(self, low: float, high: float) -> None:
        """Let the upright axis reach from `low` to `high`."""
        if (low, high) != self._range:
            self._range = (low, high)
            self.plot.setYRange(low, high, padding=0)

    def show_x_axis(self) -> None:
        """Write frame numbers below: only the lowest plot does."""
        axis = self.plot.getAxis("bottom")
        axis.setStyle(showValues=True)
        axis.setLabel("Frame")
        # Back to its own height, which `_build_axes` took.
        axis.setHeight(None)
        below = round(2.2 * QFontMetricsF(self.font()).height())
        self.plot.setMinimumHeight(LOWEST + below)
        # The words in an empty plot stand above numbers and name of the axis.
        margins = self._inside.contentsMargins()
        margins.setBottom(below)
        self._inside.setContentsMargins(margins)

    def frame_at(self, scene_point: QPointF) -> int | None:
        """Return the frame at a point of the scene; None outside the axes."""
        box = self.plot.getViewBox()
        if not self._count or not box.sceneBoundingRect().contains(scene_point):
            return None
        frame = round(float(box.mapSceneToView(scene_point).x()))
        return min(max(frame, 0), self._count - 1)

    def recolour(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        recolour_axes(self.plot, palette)
        self._play.setPen(cosmetic_pen(qcolor(palette.playhead, 200), 1.0))
        self._play.setHoverPen(cosmetic_pen(qcolor(palette.accent), 3.0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the values below the title where they have too little room beside it."""
        super().resizeEvent(event)
        beside = event.size().width() >= BESIDE_FROM
        way = QBoxLayout.Direction
        self._head.setDirection(way.LeftToRight if beside else way.TopToBottom)
        across = Qt.AlignmentFlag.AlignRight if beside else Qt.AlignmentFlag.AlignLeft
        self.values.setAlignment(across | Qt.AlignmentFlag.AlignVCenter)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Notice when the pointer leaves the plot."""
        if event.type() == QEvent.Type.Leave:
            self.hovered.emit(None, None)
        # The plot needs the event too.
        return False

    def _build(self, title: str, unit: str) -> None:
        name = plain_label(self, title)
        name.setProperty("role", "title")
        measure = plain_label(self, unit)
        measure.setProperty("role", "muted")
        what = QHBoxLayout()
        what.setSpacing(6)
        what.addWidget(name)
        what.addWidget(measure)
        what.addStretch(1)
        head = self._head = QHBoxLayout()
        head.setContentsMargins(4, 0, 6, 0)
        head.setSpacing(0)
        head.addLayout(what)
        head.addWidget(self.values, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addLayout(head)
        column.addWidget(self.plot, 1)
        self.plot.setAccessibleName(f"{title}, {unit}")
        self.plot.setMinimumHeight(LOWEST)
        # Frames zoom; the upright range is set by what is shown.
        self.plot.setMouseEnabled(x=True, y=False)
        self.plot.getPlotItem().layout.setContentsMargins(0, 0, 10, 0)
        self._build_axes()
        inside = self._inside = QVBoxLayout(self.plot)
        # Beside the axis: over its numbers neither could be read.
        inside.setContentsMargins(round(self.plot.getAxis("left").width()) + 6, 0, 12, 0)
        inside.addWidget(self.note)
        self.note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.note.setWordWrap(True)
        self.note.setProperty("role", "muted")
        # Clicks go to the frame below it.
        self.note.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.note.hide()

    def _build_axes(self) -> None:
        small = scaled_font(self.font(), 0.86)
        metrics = QFontMetricsF(small)
        dress_axes(self.plot, small, grid=70)
        # Equal in all plots, so that a frame stands in one line from top to bottom.
        self.plot.getAxis("left").setWidth(round(metrics.horizontalAdvance("0.0000") + 8))
        bottom = self.plot.getAxis("bottom")
        bottom.setStyle(showValues=False)
        bottom.setHeight(6)

    def _dragged(self, line: pg.InfiniteLine) -> None:
        frame = round(line.value())
        # Snaps to whole frames while it is dragged; there is nothing between them.
        line.setValue(frame)
        self.frame_dragged.emit(frame)

    def _clicked(self, event: pg.GraphicsScene.mouseEvents.MouseClickEvent) -> None:
        frame = self.frame_at(event.scenePos())
        if event.button() != LEFT_BUTTON or frame is None:
            return
        if event.double():
            self.double_clicked.emit()
        else:
            self.clicked.emit(frame)

    def _moved(self, scene_point: QPointF) -> None:
        frame = self.frame_at(scene_point)
        if frame is None:
            self.hovered.emit(None, None)
            return
        inside = self.plot.mapFromScene(scene_point)
        self.hovered.emit(frame, self.plot.viewport().mapToGlobal(inside))
