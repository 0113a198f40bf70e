"""Curves of the trackers that are compared: success or precision over its thresholds."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.look.theme import current_theme, qcolor, theme_signals
from app.resolve.comparing import Drawn
from app.views.drawing.painting import scaled_font
from app.views.inspector.segment_bar import SegmentBar

PRECISIONS = {
    "NPR": "centre error, parts of the target's size",
    "SR": "overlap above",
    "MSR": "overlap above",
}
STYLES = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DashDotLine,
    Qt.PenStyle.DotLine,
)
"""Told apart without colour, too."""


class CompareCurves(QWidget):
    """A plot and the choice of what it shows."""

    chosen = Signal(str)
    """Another measure was chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bar = SegmentBar("Which curve", self)
        self._plot = _Plot(self)
        self._rows: Sequence[Drawn] = ()
        self._bar.chosen.connect(lambda _key: self._show())
        self._bar.chosen.connect(lambda key: self.chosen.emit(str(key)))
        top = QHBoxLayout()
        top.setContentsMargins(0, 0, 0, 0)
        top.addWidget(self._bar)
        top.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(top)
        column.addWidget(self._plot, 1)

    def set_rows(self, rows: Sequence[Drawn], metrics: Sequence[str]) -> None:
        """Show the curves of these trackers."""
        self._rows = rows
        # Success first: it is what trackers are ranked by.
        self._bar.set_items([(name, name, f"The curve behind {name}") for name in metrics[::-1]])
        self._show()

    def _show(self) -> None:
        self._plot.set_curves(self._rows, str(self._bar.current() or ""))


class _Plot(QWidget):
    """Shares of frames from 0 to 1 over thresholds."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows: Sequence[Drawn] = ()
        self._metric = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Curves")
        self.setToolTip(
            "Share of frames, 0 to 1, over the threshold below; the higher the curve, the better"
        )
        theme_signals().changed.connect(self._on_theme)

    def set_curves(self, rows: Sequence[Drawn], metric: str) -> None:
        """Draw one measure of these trackers."""
        self._rows = [row for row in rows if metric in row.curves]
        self._metric = metric
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(260, 170)

    def minimumSizeHint(self) -> QSize:
        """Enough for the numbers and some curve."""
        return QSize(120, 90)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw axes and curves."""
        palette = current_theme().palette
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(scaled_font(self.font(), 0.86))
            metrics = QFontMetricsF(painter.font())
            left, below = metrics.horizontalAdvance("0.5") + 8, 2 * metrics.height() + 4
            area = QRectF(self.rect()).adjusted(left, 6, -10, -below)
            painter.fillRect(area, qcolor(palette.background))
            for share in (0.0, 0.5, 1.0):
                y = area.bottom() - share * area.height()
                painter.setPen(QPen(qcolor(palette.border), 1.0, Qt.PenStyle.DotLine))
                painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
                painter.setPen(qcolor(palette.muted))
                place = QRectF(0, y - metrics.height() / 2, left - 4, metrics.height())
                right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(place, int(right), f"{share:g}")
            if self._rows:
                self._paint_axis(painter, area, metrics)
                for rank, row in enumerate(self._rows):
                    self._paint_curve(painter, area, row, STYLES[rank % len(STYLES)])

    def _paint_axis(self, painter: QPainter, area: QRectF, metrics: QFontMetricsF) -> None:
        most = float(self._rows[0].curves[self._metric].thresholds[-1])
        painter.setPen(qcolor(current_theme().palette.muted))
        for share, align in (
            (0.0, Qt.AlignmentFlag.AlignLeft),
            (0.5, Qt.AlignmentFlag.AlignHCenter),
            (1.0, Qt.AlignmentFlag.AlignRight),
        ):
            x = area.left() + share * area.width() - share * 60
            place = QRectF(x, area.bottom() + 2, 60, metrics.height())
            painter.drawText(place, int(align), f"{share * most:g}")
        words = PRECISIONS.get(self._metric, "centre error, pixels")
        place = QRectF(
            area.left(), area.bottom() + metrics.height() + 2, area.width(), metrics.height() + 2
        )
        words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, int(Qt.AlignmentFlag.AlignHCenter), words)

    def _paint_curve(self, painter: QPainter, area: QRectF, row: Drawn, style: Qt.PenStyle) -> None:
        curve = row.curves[self._metric]
        # Of one sequence, or the mean of several.
        shares, most = curve.shares[0], float(curve.thresholds[-1])
        points = QPolygonF(
            [
                QPointF(
                    area.left() + float(at) / most * area.width(),
                    area.bottom() - float(share) * area.height(),
                )
                for at, share in zip(curve.thresholds, shares, strict=True)
            ]
        )
        painter.setPen(QPen(qcolor(row.colour), 1.8, style))
        painter.drawPolyline(points)

    def _on_theme(self, _theme: object) -> None:
        self.update()
