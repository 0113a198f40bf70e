"""The names beside the boxes of a pane, each where it covers no other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from math import ceil

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter

from app.look.palette import Rgb, contrast
from app.look.theme import qcolor
from app.views.frame.scene import BoxItem

TITLE_HEIGHT = 36.0
"""Screen pixels at the top of a pane where its heading stands."""
GAP = 3.0
"""Screen pixels between a box and its name."""
EDGE = 2.0
"""Screen pixels that stay free at the edges of the pane."""
PADDING = 10.0
"""Screen pixels beside a name on its ground."""
LONGEST = 1600.0
"""Screen pixels of the longest name; more shows nowhere, and a picture must not be that wide."""


_Area = tuple[float, float, float, float]
"""x, y, width and height; a call of Qt for each comparison would take longer than it."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A box of which the name has to be written."""

    item: BoxItem
    rect: QRectF
    """The box in pixels of the pane."""


@dataclass(frozen=True, slots=True)
class _Letters:
    """What a name is written in."""

    key: str
    font: QFont = field(compare=False)
    colour: Rgb
    opacity: int
    ratio: float
    """Pixels of the screen for one of the pane."""


@dataclass(frozen=True, slots=True, eq=False)
class _Chip:
    """A name on its ground, painted."""

    image: QImage
    size: QSizeF
    """In pixels of the pane."""


def paint_labels(painter: QPainter, boxes: Sequence[Labelled], pane: QSizeF) -> None:
    """Write the names of all boxes; that of the selected one has the best place and lies on top."""
    if not boxes:
        return
    ordered = sorted(boxes, key=lambda each: not each.item.selected)
    chips = _chips(painter, [each.item for each in ordered])
    wanted = [(each.rect, chip.size) for each, chip in zip(ordered, chips, strict=True)]
    places = place_labels(wanted, pane)
    ratio = painter.device().devicePixelRatioF()
    for chip, place in reversed(list(zip(chips, places, strict=True))):
        # Between pixels of the screen, letters would be blurred.
        x, y = (round(at * ratio) / ratio for at in (place.left(), place.top()))
        painter.drawImage(QPointF(x, y), chip.image)


def place_labels(wanted: Sequence[tuple[QRectF, QSizeF]], pane: QSizeF) -> list[QRectF]:
    """Return where each name goes, of boxes with the sizes of their names; the first choose first.

    Above the box if that is free, else below it, inside it or further down; where a pane is so full
    that nothing is free, above.
    """
    placed: list[_Area] = []
    for rect, size in wanted:
        # One after the other: the first is mostly free.
        choices = _places(rect, size, pane)
        first = next(choices)
        free = (
            chip
            for chip in chain((first,), choices)
            if not any(_meet(chip, other) for other in placed)
        )
        placed.append(next(free, first))
    return [QRectF(*chip) for chip in placed]


def _meet(one: _Area, other: _Area) -> bool:
    x, y, width, height = one
    left, top, across, down = other
    return x < left + across and left < x + width and y < top + down and top < y + height


def _places(rect: QRectF, size: QSizeF, pane: QSizeF) -> Iterator[_Area]:
    x, y, down = rect.x(), rect.y(), rect.height()
    width, height = size.width(), size.height()
    # Kept inside the pane, so that a name can be read of a box at its edge.
    left = max(EDGE, min(x - 1.0, pane.width() - width - EDGE))
    above, below = y - height - GAP, y + down + GAP
    inside = max(y + GAP, TITLE_HEIGHT)
    # The heading of the pane is up there.
    yield left, above if above >= TITLE_HEIGHT else inside, width, height
    lowest = pane.height() - height - EDGE
    # From there on downwards, one below the other: many boxes may lie upon one another.
    step = height + 1.0
    downwards = (below + step * k for k in range(1, 8))
    upwards = (above - step * k for k in range(1, 8))
    for top in chain((below, inside), downwards, upwards):
        if TITLE_HEIGHT <= top <= lowest:
            yield left, top, width, height


def _chips(painter: QPainter, items: Sequence[BoxItem]) -> list[_Chip]:
    plain, ratio = painter.font(), painter.device().devicePixelRatioF()
    bold = QFont(plain)
    bold.setBold(True)
    fonts = {False: (plain.key(), plain), True: (bold.key(), bold)}
    return [
        _chip(
            f"{item.name}  {item.note}" if item.note else item.name,
            _Letters(*fonts[item.selected], item.colour, 235 if item.selected else 190, ratio),
        )
        for item in items
    ]


# A step writes the names of before, mostly with an overlap or score that was there before.
@lru_cache(maxsize=512)
def _chip(text: str, letters: _Letters) -> _Chip:
    metrics = QFontMetricsF(letters.font)
    room = metrics.horizontalAdvance(text) + PADDING
    if room > LONGEST:
        text, room = metrics.elidedText(text, Qt.TextElideMode.ElideRight, LONGEST), LONGEST
    size = QSizeF(room, metrics.height() + 3.0)
    ratio = letters.ratio
    image = QImage(
        ceil(size.width() * ratio),
        ceil(size.height() * ratio),
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    area = QRectF(QPointF(0.0, 0.0), size)
    with QPainter(image) as painter:
        painter.setFont(letters.font)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(qcolor(letters.colour, letters.opacity))
        painter.drawRoundedRect(area, 3.0, 3.0)
        painter.setPen(readable_on(qcolor(letters.colour)))
        painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), text)
    return _Chip(image, size)


def readable_on(ground: QColor) -> QColor:
    """Return black or white, whichever reads better on `ground`."""
    colour = ground.red(), ground.green(), ground.blue()
    black, white = (contrast(ink, colour) for ink in ((0, 0, 0), (255, 255, 255)))
    # Clearly better: by numbers alone black wins on blue, too, where white is easier to read.
    return QColor(0, 0, 0) if black > 1.25 * white else QColor(255, 255, 255)
