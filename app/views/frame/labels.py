"""The names beside the boxes of a pane, each where it covers no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from app.look.theme import qcolor
from app.views.frame.scene import BoxItem

TITLE_HEIGHT = 36.0
"""Screen pixels at the top of a pane where its heading stands."""
GAP = 3.0
"""Screen pixels between a box and its name."""
EDGE = 2.0
"""Screen pixels that stay free at the edges of the pane."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A box of which the name has to be written."""

    item: BoxItem
    rect: QRectF
    """The box in pixels of the pane."""


def paint_labels(painter: QPainter, boxes: Sequence[Labelled], pane: QSizeF) -> None:
    """Write the names of all boxes; that of the selected one has the best place and lies on top."""
    ordered = sorted(boxes, key=lambda each: not each.item.selected)
    fonts = [_font(painter, each.item) for each in ordered]
    sizes = [_size(font, each.item) for font, each in zip(fonts, ordered, strict=True)]
    chips = place_labels(
        [(each.rect, size) for each, size in zip(ordered, sizes, strict=True)], pane
    )
    for font, each, chip in reversed(list(zip(fonts, ordered, chips, strict=True))):
        painter.setFont(font)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(qcolor(each.item.colour, 235 if each.item.selected else 190))
        painter.drawRoundedRect(chip, 3.0, 3.0)
        painter.setPen(readable_on(qcolor(each.item.colour)))
        painter.drawText(chip, int(Qt.AlignmentFlag.AlignCenter), _text(each.item))


def place_labels(wanted: Sequence[tuple[QRectF, QSizeF]], pane: QSizeF) -> list[QRectF]:
    """Return where each name goes, of boxes with the sizes of their names; the first choose first.

    Above the box if that is free, else below it, inside it or further down; where a pane is so full
    that nothing is free, above.
    """
    placed: list[QRectF] = []
    for rect, size in wanted:
        choices = [QRectF(point, size) for point in _places(rect, size, pane)]
        free = (chip for chip in choices if not any(chip.intersects(other) for other in placed))
        placed.append(next(free, choices[0]))
    return placed


def _places(rect: QRectF, size: QSizeF, pane: QSizeF) -> list[QPointF]:
    # Kept inside the pane, so that a name can be read of a box at its edge.
    left = max(EDGE, min(rect.left() - 1.0, pane.width() - size.width() - EDGE))
    above = rect.top() - size.height() - GAP
    inside = max(rect.top() + GAP, TITLE_HEIGHT)
    # The heading of the pane is up there.
    tops = [above if above >= TITLE_HEIGHT else inside, rect.bottom() + GAP, inside]
    lowest = pane.height() - size.height() - EDGE
    # From there on downwards, one below the other: many boxes may lie upon one another.
    step = size.height() + 1.0
    tops += [rect.bottom() + GAP + step * k for k in range(1, 8)]
    tops += [above - step * k for k in range(1, 8)]
    fitting = [top for top in tops[1:] if TITLE_HEIGHT <= top <= lowest]
    return [QPointF(left, top) for top in (tops[0], *fitting)]


def _font(painter: QPainter, item: BoxItem) -> QFont:
    font = QFont(painter.font())
    font.setBold(item.selected)
    return font


def _text(item: BoxItem) -> str:
    return f"{item.name}  {item.note}" if item.note else item.name


def _size(font: QFont, item: BoxItem) -> QSizeF:
    metrics = QFontMetricsF(font)
    return QSizeF(metrics.horizontalAdvance(_text(item)) + 10.0, metrics.height() + 3.0)


def readable_on(ground: QColor) -> QColor:
    """Return black or white, whichever reads better on `ground`."""
    luminance = 0.299 * ground.red() + 0.587 * ground.green() + 0.114 * ground.blue()
    return QColor(0, 0, 0) if luminance > 140 else QColor(255, 255, 255)
