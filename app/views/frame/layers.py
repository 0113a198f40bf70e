"""What is laid over the frames: for every row of the table of overlays the layer that paints it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from app.resolve.answer import FrameAnswer
from app.resolve.inspection import CropWindow
from app.resolve.overlay import TokenColours, heat_image, token_image, token_labels
from app.views.drawing.painting import to_qimage, token_colours
from app.views.frame.viewport import PaneMap
from tracker_core.frames import Box


class Layer(Protocol):
    """One thing over the images of a pane, below the boxes."""

    def paint(self, painter: QPainter, pane: PaneMap) -> None:
        """Paint it; `painter` is in the pane's own pixels and stays as it was."""


@dataclass(frozen=True, slots=True)
class WindowLayer:
    """An image stretched over the search window, such as a score map."""

    image: QImage
    window: Box
    """x, y, w, h in pixels of the panes' frame."""
    opacity: float

    def paint(self, painter: QPainter, pane: PaneMap) -> None:
        """See `Layer.paint`."""
        painter.save()
        painter.setTransform(pane.transform(), combine=True)
        painter.setOpacity(self.opacity)
        # Cells of a score map are samples of something smooth.
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(*self.window), self.image)
        painter.restore()


@dataclass(frozen=True, slots=True, eq=False)
class TokenLayer:
    """The fate of the search tokens over the search window; made as large as it is shown."""

    labels: NDArray[np.uint8]
    """(grid, grid): 0 kept to the end, k removed at the k-th stage."""
    colours: TokenColours
    shown: int | None
    """Stage shown, from 1; None for all."""
    window: Box
    """x, y, w, h in pixels of the panes' frame."""

    def image(self, scale: float) -> QImage:
        """Return the picture for `scale` screen pixels per frame pixel: lines stay thin."""
        grid = self.labels.shape[0]
        wanted = round(self.window[2] * scale / grid)
        # Whole pixels per token, or lines would be of different width.
        pixels = min(MAX_PICTURE_PIXELS // grid, max(MIN_TOKEN_PIXELS, wanted))
        return _token_picture(self.labels.tobytes(), grid, self.colours, self.shown, pixels)

    def paint(self, painter: QPainter, pane: PaneMap) -> None:
        """See `Layer.paint`."""
        painter.save()
        painter.setTransform(pane.transform(), combine=True)
        # Made in the size it is shown in; smoothing would blur thin lines.
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=False)
        painter.drawImage(QRectF(*self.window), self.image(pane.scale))
        painter.restore()


MIN_TOKEN_PIXELS = 5
MAX_PICTURE_PIXELS = 960
"""Side of the largest token picture; beyond it the picture is stretched."""


# Both panes and every move of the zoomed frame need the same picture. Labels come as bytes, because
# arrays cannot be keys of a cache.
@lru_cache(maxsize=8)
def _token_picture(
    labels: bytes, grid: int, colours: TokenColours, shown: int | None, pixels: int
) -> QImage:
    table = np.frombuffer(labels, np.uint8).reshape(grid, grid)
    picture = to_qimage(token_image(table, colours, shown, pixels))
    # Once here; Qt would convert on every paint.
    return picture.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


@dataclass(frozen=True, slots=True)
class OutlineLayer:
    """A dashed line around the search window."""

    window: Box
    """x, y, w, h in pixels of the panes' frame."""

    def paint(self, painter: QPainter, pane: PaneMap) -> None:
        """See `Layer.paint`."""
        rect = pane.rect_to_pane(QRectF(*self.window))
        painter.save()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        # Black below white shows on any image.
        painter.setPen(QPen(QColor(0, 0, 0, 150), 3.0))
        painter.drawRect(rect)
        painter.setPen(QPen(QColor(255, 255, 255, 210), 1.0, Qt.PenStyle.DashLine))
        painter.drawRect(rect)
        painter.restore()


def _score_map(answer: FrameAnswer, _stage: int | None) -> Layer | None:
    if answer.score_map is None or answer.window is None:
        return None
    picture = to_qimage(heat_image(answer.score_map))
    premultiplied = picture.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    return WindowLayer(premultiplied, _box(answer.window), 0.8)


def _tokens(answer: FrameAnswer, stage: int | None) -> Layer | None:
    # Without elimination all tokens are kept, and there is no fate to draw.
    if not answer.stages or answer.window is None:
        return None
    labels = token_labels(answer.grid, answer.stages)
    return TokenLayer(labels, token_colours(len(answer.stages)), stage, _box(answer.window))


def _search_window(answer: FrameAnswer, _stage: int | None) -> Layer | None:
    return None if answer.window is None else OutlineLayer(_box(answer.window))


def _box(window: CropWindow) -> Box:
    return window.x, window.y, window.side, window.side


LAYERS: dict[str, Callable[[FrameAnswer, int | None], Layer | None]] = {
    "score_map": _score_map,
    "tokens": _tokens,
    "search_window": _search_window,
}
"""By id of the overlay, painted in this order; None where the tracker gave nothing to paint."""


def layers_of(answer: FrameAnswer, overlays: frozenset[str], stage: int | None) -> dict[str, Layer]:
    """Return the layers of the chosen overlays, lowest first; `stage` is the one shown."""
    # A tracker's window may be sound where its map is not; views that disagree would be worse.
    if answer.damage:
        return {}
    made = {id_: make(answer, stage) for id_, make in LAYERS.items() if id_ in overlays}
    return {id_: layer for id_, layer in made.items() if layer is not None}
