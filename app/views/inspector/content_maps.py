"""Content of both modalities as colours upon the token grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.look.plain_text import plain_tip
from app.look.theme import current_theme, qcolor, theme_signals
from app.views.drawing.painting import LEFT, paint_empty, paint_missing, scaled_font, to_qimage

Floats = NDArray[np.float32]
NOTHING = "No content map of this block yet."

GAP = 12.0
MARGIN = 2.0
LARGEST = 320.0


class ContentMaps(QWidget):
    """RGB beside thermal, coloured by one basis."""

    def __init__(
        self, parent: QWidget | None = None, *, shared: bool = False, nothing: str = NOTHING
    ) -> None:
        """`shared` maps show what both have in common, so that their colours can be compared."""
        super().__init__(parent)
        self._shared = shared
        self._nothing = nothing
        self._rgb: Floats | None = None
        self._tir: Floats | None = None
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        what = "Shared content" if shared else "Content"
        self.setAccessibleName(f"{what} maps, RGB and thermal")
        theme_signals().changed.connect(self._recolour)

    def set_values(self, rgb: Floats | None, tir: Floats | None) -> None:
        """Show (grid, grid, 3) colours from 0 to 1, NaN where tokens were removed."""
        self._rgb, self._tir = rgb, tir
        self.update()

    def sizeHint(self) -> QSize:
        """Two maps that fill a narrow panel."""
        return QSize(320, self.heightForWidth(self.width()))

    def minimumSizeHint(self) -> QSize:
        """Two maps that can still be read."""
        return QSize(180, 104)

    def hasHeightForWidth(self) -> bool:
        """Two squares side by side grow with the width."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height at which two squares fill that width."""
        side = min((width - GAP - 2 * MARGIN) / 2, LARGEST)
        return round(max(side, 60.0) + self._header() + 2 * MARGIN)

    def squares(self) -> tuple[QRectF, QRectF]:
        """Return where the two maps are drawn."""
        room = min((self.width() - GAP - 2 * MARGIN) / 2, self.height() - self._header() - MARGIN)
        grid = self._grid()
        # Whole pixels per token, so that all cells are equally large.
        side = max(min(room, LARGEST) // grid, 1) * grid
        first = QRectF(MARGIN, round(self._header()), side, side)
        return first, first.translated(side + GAP, 0)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw both maps."""
        with QPainter(self) as painter:
            if self._rgb is None and self._tir is None:
                paint_empty(painter, QRectF(self.rect()), "", self._nothing)
                return
            palette = current_theme().palette
            for square, values, name, colour in zip(
                self.squares(),
                (self._rgb, self._tir),
                ("RGB", "Thermal"),
                (palette.rgb, palette.tir),
                strict=True,
            ):
                painter.setFont(scaled_font(self.font(), 1.0, bold=True))
                painter.setPen(qcolor(colour))
                header = QRectF(square.left(), 0, square.width(), square.top())
                painter.drawText(header, LEFT, name)
                painter.setFont(self.font())
                if values is None:
                    paint_missing(painter, square, "no map")
                    continue
                # Removed tokens are clear in the map and show this ground.
                painter.fillRect(square, qcolor(palette.canvas))
                painter.drawImage(square, content_image(values))
                painter.setPen(QPen(qcolor(palette.border), 1))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(square)

    def event(self, event: QEvent) -> bool:
        """Explain the token under the pointer."""
        # Qt has no method of its own for tooltips to override.
        if isinstance(event, QHelpEvent):
            words = self.explain(QPointF(event.pos()))
            if words:
                QToolTip.showText(event.globalPos(), plain_tip(words), self)
                return True
        return super().event(event)

    def explain(self, point: QPointF) -> str:
        """Return which token is at a point and whether both modalities agree about it."""
        for square in self.squares():
            if square.contains(point) and self._rgb is not None and self._tir is not None:
                share = (point - square.topLeft()) * (self._grid() / square.width())
                last = self._grid() - 1
                # A point on the far edge would be one token too far.
                row, column = min(int(share.y()), last), min(int(share.x()), last)
                pair = self._rgb[row, column], self._tir[row, column]
                return _agreement(row, column, *pair, shared=self._shared)
        return ""

    def _recolour(self, _theme: object) -> None:
        self.update()

    def _grid(self) -> int:
        values = self._rgb if self._rgb is not None else self._tir
        return 1 if values is None else values.shape[0]

    def _header(self) -> float:
        return QFontMetricsF(self.font()).height() + 4


def content_image(values: Floats) -> QImage:
    """Return (grid, grid) pixels of a content map; removed tokens are clear."""
    known = np.isfinite(values).all(axis=2)
    pixels = np.zeros((*known.shape, 4), np.uint8)
    # NaN has no byte; what it becomes is clear anyway.
    pixels[..., :3] = np.rint(np.nan_to_num(values) * 255).astype(np.uint8)
    pixels[..., 3] = np.where(known, 255, 0)
    return to_qimage(pixels)


def _agreement(row: int, column: int, rgb: Floats, tir: Floats, *, shared: bool) -> str:
    token = f"Token ({row}, {column})"
    if not np.isfinite(rgb).all():
        return f"{token} was removed before this block."
    distance = float(np.abs(rgb - tir).mean())
    verdict = "alike" if distance < 0.1 else "somewhat alike" if distance < 0.25 else "different"
    if shared:
        return f"{token}: along what both cameras share, RGB and thermal are {verdict}."
    return (
        f"{token}: the colours of RGB and thermal are {verdict}. In a network whose losses do not "
        "tie both contents that says nothing; compare tokens of one camera with each other."
    )
