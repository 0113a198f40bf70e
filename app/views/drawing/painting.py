"""Small helpers that the painted views share: images, fonts, words on a canvas."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen

from app.look.palette import Rgb
from app.look.theme import current_theme, qcolor
from app.resolve.overlay import TokenColours
from tracker_core.frames import Box

LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
CENTRE = int(Qt.AlignmentFlag.AlignCenter)
WRAPPED = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop) | int(
    Qt.TextFlag.TextWordWrap
)
"""Alignments for QPainter.drawText."""
NUMBERS = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
"""Where numbers stand in the cells of tables."""
REACH = 20_000.0
"""Pixels beyond which nothing is drawn; no screen is as wide."""


def to_qimage(pixels: NDArray[np.uint8]) -> QImage:
    """Return a QImage with its own memory from (H, W) gray, (H, W, 3) RGB or (H, W, 4) RGBA."""
    # QImage takes pixels that follow each other; those of a slice may not.
    pixels = np.ascontiguousarray(pixels)
    formats = {1: QImage.Format.Format_Grayscale8, 3: QImage.Format.Format_RGB888}
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    chosen = formats.get(channels, QImage.Format.Format_RGBA8888)
    height, width = pixels.shape[:2]
    # A QImage upon foreign memory shows what is written there later; the copy is this picture for
    # good.
    return QImage(pixels.data, width, height, width * channels, chosen).copy()


def within_reach(rect: QRectF) -> QRectF:
    """Return a rectangle whose edges that lie far out of sight have come nearer.

    Qt draws a dashed line dash by dash, also the millions that nobody sees, and its regions are of
    whole numbers that overflow.
    """
    return QRectF(
        QPointF(_in_reach(rect.left()), _in_reach(rect.top())),
        QPointF(_in_reach(rect.right()), _in_reach(rect.bottom())),
    )


def _in_reach(place: float) -> float:
    return min(REACH, max(-REACH, place))


def token_colours(stages: int) -> TokenColours:
    """Return the colours that tokens are drawn in by the current theme."""
    palette = current_theme().palette
    return TokenColours(palette.kept, palette.stage_colours(stages))


def scaled_font(font: QFont, factor: float, *, bold: bool = False) -> QFont:
    """Return a copy of a font, larger or smaller, set in points or in pixels as it was."""
    copy = QFont(font)
    # Qt answers -1 for a font that was set in pixels.
    if font.pointSizeF() > 0:
        copy.setPointSizeF(font.pointSizeF() * factor)
    else:
        copy.setPixelSize(max(1, round(font.pixelSize() * factor)))
    if bold:
        copy.setWeight(QFont.Weight.DemiBold)
    return copy


def pixel_font(font: QFont, pixels: float, *, bold: bool = False) -> QFont:
    """Return a copy of a font that is so many pixels high."""
    copy = QFont(font)
    copy.setPixelSize(max(1, round(pixels)))
    copy.setBold(bold)
    return copy


def paint_empty(painter: QPainter, rect: QRectF, title: str, hint: str = "") -> None:
    """Say in the middle of a view that there is nothing to show, and what to do about it."""
    palette = current_theme().palette
    area = rect.adjusted(12, 8, -12, -8)
    font = painter.font()
    strong = scaled_font(font, 1.08, bold=True)
    flags = WRAPPED
    height = QFontMetricsF(strong).boundingRect(area, flags, title).height()
    hint_height = QFontMetricsF(font).boundingRect(area, flags, hint).height() if hint else 0.0
    top = area.top() + max(0.0, (area.height() - height - hint_height - 6) / 2)
    painter.setFont(strong)
    painter.setPen(qcolor(palette.text))
    painter.drawText(QRectF(area.left(), top, area.width(), height), flags, title)
    if hint:
        painter.setFont(font)
        painter.setPen(qcolor(palette.muted))
        below = QRectF(area.left(), top + height + 6, area.width(), hint_height)
        painter.drawText(below, flags, hint)
    painter.setFont(font)


def paint_missing(painter: QPainter, rect: QRectF, text: str) -> None:
    """Fill the square of an image that is not there."""
    palette = current_theme().palette
    painter.fillRect(rect, qcolor(palette.canvas))
    # Light in both themes: the canvas is dark in both.
    painter.setPen(QColor(200, 205, 212))
    painter.drawText(rect.adjusted(6, 6, -6, -6), CENTRE | int(Qt.TextFlag.TextWordWrap), text)


def paint_chip(painter: QPainter, rect: QRectF, text: str) -> None:
    """Name an image in its top left corner."""
    font = painter.font()
    small = scaled_font(font, 0.86)
    metrics = QFontMetricsF(small)
    chip = QRectF(
        rect.left() + 3, rect.top() + 3, metrics.horizontalAdvance(text) + 8, metrics.height() + 2
    )
    painter.setFont(small)
    painter.setPen(Qt.PenStyle.NoPen)
    # Dark and white in both themes: it lies on an image.
    painter.setBrush(QColor(0, 0, 0, 170))
    painter.drawRoundedRect(chip, 3, 3)
    painter.setPen(QColor(255, 255, 255))
    painter.drawText(chip, CENTRE, text)
    painter.setFont(font)


def paint_box(painter: QPainter, rect: QRectF, box: Box, colour: Rgb, width: float = 2.0) -> None:
    """Draw a box, given as fractions of `rect`, with a dark casing so that it shows anywhere."""
    x, y, w, h = box
    outline = QRectF(
        rect.left() + x * rect.width(),
        rect.top() + y * rect.height(),
        w * rect.width(),
        h * rect.height(),
    )
    outline = within_reach(outline)
    painter.save()
    # A box may reach out of the crop; what is around it belongs to other drawings.
    painter.setClipRect(rect, Qt.ClipOperation.IntersectClip)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    # The wide dark one first: what is left of it is the casing.
    for colour_now, stroke in ((QColor(0, 0, 0, 190), width + 2.5), (qcolor(colour), width)):
        pen = QPen(colour_now, stroke)
        # Qt's default cuts corners off, and corners are what a box is judged by.
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.drawRect(outline)
    painter.restore()


def paint_marker(painter: QPainter, centre: QPointF, size: float) -> None:
    """Draw a small cross that shows upon any colour."""
    for colour, width in ((QColor(0, 0, 0, 200), 3.5), (QColor(255, 255, 255), 1.5)):
        painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(centre - QPointF(size, 0), centre + QPointF(size, 0))
        painter.drawLine(centre - QPointF(0, size), centre + QPointF(0, size))


def paint_focus(painter: QPainter, rect: QRectF) -> None:
    """Draw the frame that says where the keyboard goes."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(qcolor(current_theme().palette.accent), 2))
    painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 4, 4)
