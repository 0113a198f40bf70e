"""The demo's first frame as an invitation: RGB and thermal, parted by a slanting line."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.look.theme import current_theme, qcolor

HEIGHT = 250
SLANT = 46.0
"""How far the line leans to either side, in pixels."""
RADIUS = 10.0


class DemoPicture(QWidget):
    """A picture that opens the demo when it is clicked; keyboard focusable."""

    clicked = Signal()

    def __init__(self, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rgb = _first_image(folder / "visible")
        self._tir = _first_image(folder / "infrared")
        self._hovered = False
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        # By Tab only: a click opens the demo and needs no focus.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Open the demo")
        self.setToolTip("Open the demo: a street at dusk, seen by both cameras")

    @property
    def complete(self) -> bool:
        """Whether both images are there."""
        return not (self._rgb.isNull() or self._tir.isNull())

    def sizeHint(self) -> QSize:
        """As wide as the page."""
        return QSize(620, HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint RGB left of the line and thermal right of it."""
        area = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        outline = QPainterPath()
        outline.addRoundedRect(area, RADIUS, RADIUS)
        top = QPointF(area.center().x() + SLANT, area.top())
        bottom = QPointF(area.center().x() - SLANT, area.bottom())
        right = QPainterPath()
        right.addPolygon(QPolygonF([top, area.topRight(), area.bottomRight(), bottom]))
        with QPainter(self) as painter:
            painter.setRenderHints(
                QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
            )
            painter.setClipPath(outline)
            _cover(painter, area, self._rgb)
            # Over RGB, which lies below it in full, so that no seam shows along the slant.
            painter.setClipPath(outline & right)
            _cover(painter, area, self._tir)
            painter.setClipPath(outline)
            painter.setPen(QPen(QColor(255, 255, 255, 230), 2.0))
            painter.drawLine(top, bottom)
            painter.setClipping(False)
            self._paint_edge(painter, outline)

    def _paint_edge(self, painter: QPainter, outline: QPainterPath) -> None:
        palette = current_theme().palette
        marked = self._hovered or self.hasFocus()
        colour = palette.accent if marked else palette.border
        painter.setPen(QPen(qcolor(colour), 2.0 if marked else 1.0))
        painter.drawPath(outline)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open the demo."""
        # On release and inside, so that a press can still be taken back by moving away.
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.pos()):
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the demo."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show that a click would do something."""
        self._hovered = True
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Go back to rest."""
        self._hovered = False
        self.update()
        super().leaveEvent(event)


def _first_image(folder: Path) -> QPixmap:
    names = sorted(folder.iterdir()) if folder.is_dir() else []
    # An incomplete installation has no clip; the page then stands without the picture.
    return QPixmap(str(names[0])) if names else QPixmap()


def _cover(painter: QPainter, area: QRectF, picture: QPixmap) -> None:
    """Fill `area` with the middle of a picture."""
    scale = max(area.width() / picture.width(), area.height() / picture.height())
    width, height = area.width() / scale, area.height() / scale
    left = (picture.width() - width) / 2
    # A little below the middle: streets have their people there.
    top = (picture.height() - height) * 0.62
    painter.drawPixmap(area, picture, QRectF(left, top, width, height))
