"""Draws a search crop with its tokens: one square, any grid, any stage."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen, QPixmap, QRegion

from app.look.palette import DARK, Rgb, mix
from app.look.theme import qcolor
from app.resolve.inspection import SearchCropModel
from app.resolve.overlay import heat_image, kept_outline, removed_by
from app.views.drawing.painting import (
    CENTRE,
    paint_box,
    paint_missing,
    pixel_font,
    to_qimage,
    token_colours,
    within_reach,
)

DIGITS_FROM = 14.0
"""Pixels of a token from which its block number is written into it."""

BOLD_FROM = 18.0
"""Pixels of a token from which the outline of the kept ones is bold."""


@dataclass(frozen=True, slots=True)
class TokenLook:
    """What is drawn upon the crop."""

    stage: int | None = None
    """None for all stages at once, 0 for before the first, k for after the k-th."""
    heat: str = "none"
    """"none", "attention" or "score"."""
    box_colour: Rgb = (255, 255, 255)


def token_layer(model: SearchCropModel, look: TokenLook, side: int, ratio: float = 1.0) -> QPixmap:
    """Return overlay, tokens and predicted box as a clear picture of `side` logical pixels.

    Both modalities lost the same tokens, so one layer serves them both.
    """
    layer = QPixmap(round(side * ratio), round(side * ratio))
    layer.setDevicePixelRatio(ratio)
    # A new pixmap holds whatever was in its memory.
    layer.fill(QColor(0, 0, 0, 0))
    rect = QRectF(0, 0, side, side)
    with QPainter(layer) as painter:
        _paint_padding(painter, rect, model)
        heat = heat_values(model, look)
        if heat is not None:
            painter.drawImage(rect, to_qimage(heat_image(heat)))
        # With less than 5 pixels per token the grid would cover what it divides.
        if side >= 5 * model.grid:
            _paint_grid(painter, rect, model.grid)
        heated = look.heat == "attention" and heat is not None
        _paint_removed(painter, rect, model, look, heated=heated)
        # Before the first stage all are kept, and the outline would only be the border.
        if model.stages and look.stage != 0:
            _paint_outline(painter, rect, model, look.stage)
        # Late, over grid and outline: it is the fault to look for.
        _paint_lost_target(painter, rect, model, look.stage)
        if model.box_in_crop is not None:
            paint_box(painter, rect, model.box_in_crop, look.box_colour)
    return layer


def paint_crop(
    painter: QPainter, rect: QRectF, crop: NDArray[np.uint8] | None, layer: QPixmap, missing: str
) -> None:
    """Draw one modality of the crop into a square and the layer upon it."""
    if crop is None:
        paint_missing(painter, rect, missing)
        return
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(rect, to_qimage(crop))
    painter.drawPixmap(rect.topLeft(), layer)


def heat_values(model: SearchCropModel, look: TokenLook) -> NDArray[np.float32] | None:
    """Return what the heat overlay shows, (n, n), or None when there is nothing of that kind."""
    if look.heat == "score":
        return model.score_map
    if look.heat == "attention":
        last = len(model.stages)
        # Before the first stage nothing was judged yet; its attention says what will be.
        return model.attention(last if look.stage is None else max(1, look.stage))
    return None


def cell_rect(rect: QRectF, grid: int, token: int) -> QRectF:
    """Return where one token lies in the square."""
    row, column = divmod(token, grid)
    size = rect.width() / grid
    return QRectF(rect.left() + column * size, rect.top() + row * size, size, size)


def paint_token_cursor(
    painter: QPainter, rect: QRectF, grid: int, token: int, *, pinned: bool
) -> None:
    """Frame one token so that it is found in both modalities."""
    cell = cell_rect(rect, grid, token)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    style = Qt.PenStyle.SolidLine if pinned else Qt.PenStyle.DotLine
    for colour, width, dash in (
        (QColor(0, 0, 0, 220), 4.0, Qt.PenStyle.SolidLine),
        (QColor(255, 255, 255), 2.0, style if pinned else Qt.PenStyle.SolidLine),
    ):
        painter.setPen(QPen(colour, width, dash))
        painter.drawRect(cell)


def _paint_padding(painter: QPainter, rect: QRectF, model: SearchCropModel) -> None:
    """Hatch what lies outside the frame, so that padding is not taken for removed tokens."""
    if model.frame_in_crop is None:
        return
    x, y, width, height = model.frame_in_crop
    side = rect.width()
    frame = QRectF(x * side, y * side, width * side, height * side).translated(rect.topLeft())
    frame = within_reach(frame)
    # Regions are of whole pixels.
    outside = QRegion(rect.toAlignedRect()) - QRegion(frame.toAlignedRect())
    if not outside.isEmpty():
        painter.setClipRegion(outside)
        painter.fillRect(rect, QColor(40, 44, 50))
        painter.fillRect(rect, QBrush(QColor(90, 98, 108), Qt.BrushStyle.BDiagPattern))
        painter.setClipping(False)


def _paint_grid(painter: QPainter, rect: QRectF, grid: int) -> None:
    size = rect.width() / grid
    faint = QColor(255, 255, 255, 44)
    for step in range(1, grid):
        painter.fillRect(QRectF(rect.left() + step * size, rect.top(), 1, rect.height()), faint)
        painter.fillRect(QRectF(rect.left(), rect.top() + step * size, rect.width(), 1), faint)


def _paint_removed(
    painter: QPainter, rect: QRectF, model: SearchCropModel, look: TokenLook, *, heated: bool
) -> None:
    """Draw the removed tokens; stages before the one in question are simply gone."""
    colours = token_colours(len(model.stages)).stages
    labels = np.where(removed_by(model.labels, look.stage), model.labels, 0)
    judging = len(model.stages) if look.stage is None else look.stage
    # Attention shows one stage alone, so under it all stages before are past.
    past = 0 if look.stage is None and not heated else judging
    shade = np.zeros((*labels.shape, 4), np.uint8)
    for number, colour in enumerate(colours, start=1):
        if number < past:
            shade[labels == number] = (0, 0, 0, 216)
        # Neutral: a colour of the stage would be read as attention.
        elif heated:
            shade[labels == number] = (0, 0, 0, 110)
        else:
            shade[labels == number] = (*mix(colour, (0, 0, 0), 0.62), 170)
    painter.drawImage(rect, to_qimage(shade))
    for number in range(max(past, 1), judging + 1):
        # The heat is what is read there.
        word = "" if heated else str(model.stages[number - 1].block)
        _mark_cells(painter, rect, labels == number, colours[number - 1], word)


def _mark_cells(
    painter: QPainter, rect: QRectF, marked: NDArray[np.bool_], colour: Rgb, word: str
) -> None:
    """Give tokens an edge and, where there is room, the number of the block that removed them."""
    rows, columns = np.nonzero(marked)
    if not len(rows):
        return
    size = rect.width() / len(marked)
    # Painted once: letter by letter a hundred of them take ten times as long.
    tile = _tile(painter, size, colour, word)
    pixels = size * tile.devicePixelRatioF()
    if pixels == tile.width():
        painter.drawImage(rect, _laid(tile, marked))
        return
    # Tokens of broken pixels do not lie side by side in one picture.
    lefts, tops = rect.left() + columns * size, rect.top() + rows * size
    for left, top in zip(lefts.tolist(), tops.tolist(), strict=True):
        painter.drawImage(QPointF(left, top), tile)


def _laid(tile: QImage, marked: NDArray[np.bool_]) -> QImage:
    """Return one picture of all marked tokens: it is drawn in one go, and each tile costs one."""
    side = tile.width()
    pixels = np.frombuffer(tile.constBits(), np.uint32).reshape(side, side)
    laid = np.where(marked[:, None, :, None], pixels[None, :, None, :], np.uint32(0))
    count = side * len(marked)
    made = np.ascontiguousarray(laid.reshape(count, count))
    # Of its own memory: the array is gone when this returns.
    return QImage(made.data, count, count, 4 * count, tile.format()).copy()


def _tile(painter: QPainter, size: float, colour: Rgb, word: str) -> QImage:
    """Return what is drawn of one token that was removed."""
    ratio = painter.device().devicePixelRatioF()
    pixels = math.ceil(size * ratio)
    tile = QImage(pixels, pixels, QImage.Format.Format_ARGB32_Premultiplied)
    tile.setDevicePixelRatio(ratio)
    tile.fill(QColor(0, 0, 0, 0))
    cell = QRectF(0, 0, size, size)
    with QPainter(tile) as upon:
        upon.setPen(QPen(qcolor(colour, 160), 1))
        # Inside the cell, so that edges of neighbours do not fall together.
        upon.drawRect(cell.adjusted(1, 1, -1, -1))
        if word and size >= DIGITS_FROM:
            upon.setFont(pixel_font(painter.font(), min(max(size * 0.5, 9.0), 15.0)))
            upon.setPen(qcolor(mix(colour, (255, 255, 255), 0.4)))
            upon.drawText(cell, CENTRE, word)
    return tile


def _paint_lost_target(
    painter: QPainter, rect: QRectF, model: SearchCropModel, stage: int | None
) -> None:
    """Frame the removed tokens that belong to the target: the fault to look for."""
    lost = [
        cell_rect(rect, model.grid, token).adjusted(1.5, 1.5, -1.5, -1.5)
        for number, tokens in model.target_removed().items()
        if stage is None or number <= stage
        for token in tokens.tolist()
    ]
    if lost:
        width = min(max(cell_rect(rect, model.grid, 0).width() * 0.09, 1.4), 3.0)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        # The dark theme's red in both themes: images do not change with the theme.
        for colour, stroke in ((QColor(0, 0, 0), width + 1.2), (qcolor(DARK.error), width)):
            painter.setPen(QPen(colour, stroke))
            painter.drawRects(lost)


def _paint_outline(
    painter: QPainter, rect: QRectF, model: SearchCropModel, stage: int | None
) -> None:
    size = rect.width() / model.grid
    corner = np.tile([rect.left(), rect.top()], 2)
    lines = [QLineF(*ends) for ends in (corner + kept_outline(model.labels, stage) * size).tolist()]
    kept = token_colours(len(model.stages)).kept
    width = 2.0 if size >= BOLD_FROM else 1.4
    for colour, stroke in ((QColor(0, 0, 0, 150), width + 1.5), (qcolor(kept), width)):
        # Square caps close the corners, where lines only meet.
        painter.setPen(QPen(colour, stroke, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap))
        painter.drawLines(lines)
