"""What the small charts share: round axis values, a plot area, a caption, words on hover."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.look.theme import current_theme, qcolor, theme_signals
from app.views.drawing.painting import CENTRE, LEFT, RIGHT, paint_empty, paint_focus, scaled_font


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


def round_ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Return at most `most` round values between two numbers, low < high."""
    raw = (high - low) / max(1, most)
    power = 10.0 ** math.floor(math.log10(raw))
    # The tolerances take in what dividing powers of ten leaves of round numbers.
    step = next(power * each for each in (1, 2, 2.5, 5, 10) if power * each >= raw * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def tick_text(value: float) -> str:
    """Return the shortest clear text of an axis value."""
    # Six digits drop the rounding of `number * step`; the minus sign is as wide as a digit.
    return f"{value:.6g}".replace("-", "−")


class Chart(QWidget):
    """A titled plot that paints itself; subclasses draw the data and explain a point."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self._caption = ""
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
        return QRectF(self.rect()).adjusted(self._left_room(), title, -8, -(small + 6))

    # Not abstract methods: the metaclasses of ABC and of Qt's classes exclude each other.
    def has_data(self) -> bool:
        """Whether there is anything to draw."""
        raise NotImplementedError

    def paint_data(self, painter: QPainter, area: QRectF) -> None:
        """Draw axes and data into the plot area."""
        raise NotImplementedError

    def explain(self, point: QPointF) -> str:
        """Return what is at a point of the widget, empty for nothing."""
        raise NotImplementedError

    def empty_text(self) -> str:
        """Return what stands where data would be."""
        return "Nothing to show yet"

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw title, caption and data."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = current_theme().palette
        head = QRectF(2, 0, self.width() - 10, QFontMetricsF(self.font()).height() + 2)
        painter.setPen(qcolor(palette.text))
        painter.drawText(head, LEFT, self._title)
        if self.has_data():
            painter.setPen(qcolor(palette.muted))
            painter.drawText(head, RIGHT, self._caption)
            self.paint_data(painter, self.plot_area())
        else:
            painter.setFont(self.small_font())
            paint_empty(painter, self.plot_area(), "", self.empty_text())
        if self.hasFocus():
            paint_focus(painter, QRectF(self.rect()))
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Explain what is under the pointer."""
        words = self.explain(event.position()) if self.has_data() else ""
        if words:
            # At every move, not after Qt's delay: values are read by moving along.
            QToolTip.showText(event.globalPosition().toPoint() + QPoint(8, 8), words, self)
        else:
            QToolTip.hideText()

    def leaveEvent(self, event: QEvent) -> None:
        """Take the explanation away."""
        super().leaveEvent(event)
        QToolTip.hideText()

    def paint_frame(self, painter: QPainter, area: QRectF) -> None:
        """Draw the lines of the two axes."""
        painter.setPen(QPen(qcolor(current_theme().palette.border), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.drawLine(area.topLeft(), area.bottomLeft())

    def paint_y_axis(self, painter: QPainter, area: QRectF, scale: Scale, most: int = 4) -> None:
        """Draw faint lines at round values with their numbers to the left."""
        palette = current_theme().palette
        painter.setFont(self.small_font())
        height = QFontMetricsF(painter.font()).height()
        for value in round_ticks(scale.low, scale.high, most):
            y = scale.pixel(value)
            painter.setPen(QPen(qcolor(palette.border, 120), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(qcolor(palette.muted))
            label = QRectF(0, y - height / 2, area.left() - 4, height)
            painter.drawText(label, RIGHT, tick_text(value))

    def paint_x_label(self, painter: QPainter, area: QRectF, x: float, text: str) -> None:
        """Write a number below the axis, kept inside the widget."""
        painter.setFont(self.small_font())
        metrics = QFontMetricsF(painter.font())
        width = metrics.horizontalAdvance(text) + 4
        # The labels at the ends would be cut in half.
        left = min(max(x - width / 2, 0.0), self.width() - width)
        painter.drawText(QRectF(left, area.bottom() + 2, width, metrics.height()), CENTRE, text)

    def _left_room(self) -> float:
        # The same for all values, so that the plot does not jump from frame to frame.
        return QFontMetricsF(self.small_font()).horizontalAdvance("−0.000") + 6

    def _recolour(self, _theme: object) -> None:
        self.update()


def dashed(colour: tuple[int, int, int], width: float = 1.0) -> QPen:
    """Return a pen for lines that only guide the eye."""
    pen = QPen(qcolor(colour), width)
    pen.setStyle(Qt.PenStyle.DashLine)
    return pen
