"""What the frame panes draw: frozen values, resolved before anything is painted."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage, QPixmap

from app.look.palette import Rgb
from app.resolve.overlay import TokenColours, token_image
from app.views.drawing.painting import to_qimage
from tracker_core.frames import Box


class Modality(Enum):
    """The two cameras."""

    RGB = "rgb"
    TIR = "tir"

    @property
    def label(self) -> str:
        """What a pane is headed with."""
        return "RGB" if self is Modality.RGB else "Thermal"


class Compare(Enum):
    """How the two modalities share the panes."""

    SPLIT = "split"
    BLEND = "blend"
    SWIPE = "swipe"


@dataclass(frozen=True, slots=True)
class BoxItem:
    """One target's box on the current frame; both boxes in pixels of the panes' frame."""

    target_id: str
    name: str
    colour: Rgb
    rgb: Box | None
    tir: Box | None
    selected: bool
    machine: bool
    """Placed by a machine, not by a person; drawn with a thinner line."""
    note: str = ""
    """A short word beside the name, such as a score or `occluded`."""

    def box(self, modality: Modality) -> Box | None:
        """Return the box in `modality`."""
        return self.rgb if modality is Modality.RGB else self.tir


@dataclass(frozen=True, slots=True)
class WindowLayer:
    """An image stretched over the search window, such as a score map."""

    image: QImage
    window: Box
    """x, y, w, h in pixels of the panes' frame."""
    opacity: float


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
        pixels = min(MAX_PICTURE_PIXELS // grid, max(MIN_TOKEN_PIXELS, wanted))
        return _token_picture(self.labels.tobytes(), grid, self.colours, self.shown, pixels)


MIN_TOKEN_PIXELS = 5
MAX_PICTURE_PIXELS = 960
"""Side of the largest token picture; beyond it the picture is stretched."""


@lru_cache(maxsize=8)
def _token_picture(
    labels: bytes, grid: int, colours: TokenColours, shown: int | None, pixels: int
) -> QImage:
    table = np.frombuffer(labels, np.uint8).reshape(grid, grid)
    picture = to_qimage(token_image(table, colours, shown, pixels))
    return picture.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


@dataclass(frozen=True, slots=True)
class FrameScene:
    """Everything on the panes for one moment."""

    frame_index: int
    size: tuple[int, int]
    """Width and height of the panes' frame in pixels: the RGB frame where there is one."""
    rgb: QPixmap | None
    tir: QPixmap | None
    rgb_title: str = "RGB"
    tir_title: str = "Thermal"
    rgb_missing: str = ""
    """Why there is no RGB image; empty when there is one."""
    tir_missing: str = ""
    boxes: tuple[BoxItem, ...] = ()
    score_layer: WindowLayer | None = None
    token_layer: TokenLayer | None = None
    search_window: Box | None = None

    def pixmap(self, modality: Modality) -> QPixmap | None:
        """Return the image of `modality`, or None on a gap."""
        return self.rgb if modality is Modality.RGB else self.tir

    def missing(self, modality: Modality) -> str:
        """Return why `modality` has no image."""
        return self.rgb_missing if modality is Modality.RGB else self.tir_missing

    def title(self, modality: Modality) -> str:
        """Return the heading of `modality`."""
        return self.rgb_title if modality is Modality.RGB else self.tir_title

    @property
    def selected_box(self) -> BoxItem | None:
        """The box that keys and handles act on."""
        return next((item for item in self.boxes if item.selected), None)


EMPTY_SCENE = FrameScene(0, (1, 1), None, None)
