"""What the small charts share: a title, a caption, a plot area, words on hover.

pyqtgraph draws their data (see `style_items`). It is imported when a chart first has any, for the
window must not wait for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.look.palette import Palette
from app.look.plain_text import plain_tip
from app.look.theme import current_theme, qcolor, theme_signals
from app.views.drawing.painting import LEFT, RIGHT, paint_empty, paint_focus, scaled_font

RIGHT_ROOM = 8
"""Pixels to the right of a plot; half of the last number below it reaches into them."""


class Drawing(Protocol):
    """A plot with its items, as a chart sees it."""

    @property
    def widget(self) -> QWidget:
        """What is shown."""
        ...

    def place(self, widget: QRectF, area: QRectF) -> None:
        """Lie at `widget` in the chart, with the data at `area` in it."""
        ...

    def recolour(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        ...


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from `low` to `high` over pixels from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def pixel(self, value: float) -> float:
        """Return where a value is drawn."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def value(self, pixel: float) -> float:
        """Return which value is drawn at a pixel."""
        return self.low + (pixel - self.start) / (self.end - self.start) * (self.high - self.low)


def tick_text(value: float) -> str:
    """Return the shortest clear text of an axis value."""
    # Six digits drop the rounding of `number * step`; the minus sign is as wide as a digit.
    return f"{value:.6g}".replace("-", "−")


class Chart(QWidget):
    """A titled plot; subclasses give the data to a `Drawing` and explain a point."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self._caption = ""
        self._drawing: Drawing | None = None
        # Values are read without a button held.
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(title)
        theme_signals().changed.connect(self._recolour)

    def set_caption(self, text: str) -> None:
        """Say something to the right of the title, such as the value in question."""
        self._caption = text
        self.setAccessibleDescription(text)
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as there is room, and low."""
        return QSize(320, 150)

    def minimumSizeHint(self) -> QSize:
        """Enough for the axis labels and some data."""
        return QSize(130, 110)

    def small_font(self) -> QFont:
        """Return the font of the axis labels."""
        return scaled_font(self.font(), 0.86)

    def plot_area(self) -> QRectF:
        """Return the rectangle of the data, inside title and axis labels."""
        small = QFontMetricsF(self.small_font()).height()
        title = QFontMetricsF(self.font()).height() + 6
        return QRectF(self.rect()).adjusted(self._left_room(), title, -RIGHT_ROOM, -(small + 6))

    # Not abstract methods: the metaclasses of ABC and of Qt's classes exclude each other.
    def has_data(self) -> bool:
        """Whether there is anything to draw."""
        raise NotImplementedError

    def make_drawing(self) -> Drawing:
        """Return the plot, empty; called once, when there is something to draw."""
        raise NotImplementedError

    def draw_data(self) -> None:
        """Give the data to the plot."""
        raise NotImplementedError

    def explain(self, point: QPointF) -> str:
        """Return what is at a point of the widget, empty for nothing."""
        raise NotImplementedError

    def empty_text(self) -> str:
        """Return what stands where data would be."""
        return "Nothing to show yet"

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw title, caption and data."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            palette = current_theme().palette
            head = QRectF(2, 0, self.width() - 10, QFontMetricsF(self.font()).height() + 2)
            painter.setPen(qcolor(palette.text))
            painter.drawText(head, LEFT, self._title)
            if self.has_data():
                painter.setPen(qcolor(palette.muted))
                painter.drawText(head, RIGHT, self._caption)
            else:
                painter.setFont(self.small_font())
                paint_empty(painter, self.plot_area(), "", self.empty_text())
            if self.hasFocus():
                paint_focus(painter, QRectF(self.rect()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Explain what is under the pointer."""
        words = self.explain(event.position()) if self.has_data() else ""
        if words:
            # At every move, not after Qt's delay: values are read by moving along.
            QToolTip.showText(
                event.globalPosition().toPoint() + QPoint(8, 8), plain_tip(words), self
            )
        else:
            QToolTip.hideText()

    def leaveEvent(self, event: QEvent) -> None:
        """Take the explanation away."""
        super().leaveEvent(event)
        QToolTip.hideText()

    def show_data(self) -> None:
        """Draw what has changed; without data, the plot makes room for words."""
        if self.has_data() and self._drawing is None:
            self._drawing = self.make_drawing()
            self._drawing.recolour(current_theme().palette)
        if self._drawing is not None:
            self._drawing.widget.setVisible(self.has_data())
        if self.has_data():
            self._place()
            self.draw_data()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the plot keep to its area."""
        super().resizeEvent(event)
        self._place()

    def showEvent(self, event: QShowEvent) -> None:
        """Measure again: a style sheet sets the font before a widget is first shown."""
        super().showEvent(event)
        self._place()

    def _place(self) -> None:
        if self._drawing is not None and self.has_data():
            area = self.plot_area()
            bottom = QFontMetricsF(self.small_font()).height() + 6
            around = QRectF(
                2, area.top(), area.right() + RIGHT_ROOM - 4, area.height() + bottom - 2
            )
            self._drawing.place(around, area)

    def _left_room(self) -> float:
        # The same for all values, so that the plot does not jump from frame to frame.
        return QFontMetricsF(self.small_font()).horizontalAdvance("−0.000") + 6

    def _recolour(self, _theme: object) -> None:
        if self._drawing is not None:
            self._drawing.recolour(current_theme().palette)
        self.update()
