"""Paints boxes that are only looked at: those of the ground truth and of results."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QBrush, QColor, QLinearGradient, QPainter

from app.look.theme import qcolor
from app.resolve.comparing import BesideBox
from app.views.frame.labels import Labelled
from app.views.frame.scene import BoxItem
from app.views.frame.viewport import PaneMap
from sessions import Modality
from tracker_core.frames import Box

MOST_NAMES = 8
"""More would hide the frame."""
LINE, CASING = 2.0, 1.0
"""Screen pixels of a line, and of the dark edge on both of its sides."""
DARK = QColor(0, 0, 0, 140)
DASH = 4.0
"""Screen pixels of a dash of the true box, and of the blank after it."""


def paint_beside(
    painter: QPainter, boxes: Sequence[BesideBox], pane: PaneMap, modalities: Sequence[Modality]
) -> list[Labelled]:
    """Paint them, and return those whose names are to be written."""
    labelled: list[Labelled] = []
    for each in boxes:
        drawn: list[Box] = []
        for modality in modalities:
            box = each.rgb if modality is Modality.RGB else each.tir
            # Equal boxes would hide each other.
            if box is not None and box not in drawn:
                drawn.append(box)
                _paint(painter, pane.box_to_pane(box), each)
        if drawn:
            item = BoxItem("", each.name, each.colour, each.rgb, each.tir, False, True, each.note)
            labelled.append(Labelled(item, pane.box_to_pane(drawn[0])))
    return labelled[-MOST_NAMES:]


def _paint(painter: QPainter, rect: QRectF, each: BesideBox) -> None:
    # Filled edge by edge: a stroke around a large box takes Qt a millisecond, at each step, in each
    # pane and for each tracker.
    for edge in _edges(rect, LINE + 2 * CASING):
        painter.fillRect(edge, DARK)
    # The truth is dashed in white, as no box is that somebody placed.
    colour = qcolor(each.colour)
    brushes = _dashes() if each.truth else (colour, colour)
    for index, edge in enumerate(_edges(rect, LINE)):
        painter.fillRect(edge, brushes[index // 2])


def _edges(rect: QRectF, width: float) -> list[QRectF]:
    """Return the sides of a box as thin areas, none over another, the upright ones last."""
    x, y, breadth, height = rect.x(), rect.y(), rect.width(), rect.height()
    left, top = x - width / 2, y - width / 2
    right, bottom = left + breadth, top + height
    across, upright = breadth + width, max(0.0, height - width)
    return [
        QRectF(left, top, across, width),
        QRectF(left, bottom, across, width),
        QRectF(left, top + width, width, upright),
        QRectF(right, top + width, width, upright),
    ]


@cache
def _dashes() -> tuple[QBrush, QBrush]:
    """Return the brushes of sides that lie and of sides that stand."""
    return _dashed(QPointF(2 * DASH, 0)), _dashed(QPointF(0, 2 * DASH))


def _dashed(end: QPointF) -> QBrush:
    gradient = QLinearGradient(QPointF(0, 0), end)
    gradient.setSpread(QLinearGradient.Spread.RepeatSpread)
    white, dark = QColor(255, 255, 255), QColor(0, 0, 0)
    for place, colour in ((0.0, white), (0.5, white), (0.501, dark), (1.0, dark)):
        gradient.setColorAt(place, colour)
    return QBrush(gradient)
