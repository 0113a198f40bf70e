"""What a tracker is fed: one RGB and one thermal image of the same moment."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tracker_core.errors import CKDError

Box: TypeAlias = tuple[float, float, float, float]
"""x, y, w, h in frame pixels; x and y are the left and top edge."""

COVERED = 120
"""The gray level of a covered camera: nearly the mean that frames are normalised with."""


@dataclass(frozen=True, slots=True)
class FramePair:
    """One moment seen in both modalities, registered pixel to pixel."""

    rgb: NDArray[np.uint8]
    """(H, W, 3) uint8 in RGB order."""
    tir: NDArray[np.uint8] | NDArray[np.uint16]
    """(H, W) or (H, W, 3), uint8 or uint16."""

    def __post_init__(self) -> None:
        rgb: NDArray[Any] = np.asarray(self.rgb)
        tir: NDArray[Any] = np.asarray(self.tir)
        # Here once, so that no tracker has to ask what it was given.
        if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8:
            raise CKDError(
                f"The RGB frame must be (H, W, 3) uint8, not {rgb.shape} {rgb.dtype}; "
                "convert it first."
            )
        if tir.dtype not in (np.uint8, np.uint16) or not (
            tir.ndim == 2 or (tir.ndim == 3 and tir.shape[2] == 3)
        ):
            raise CKDError(
                f"The thermal frame must be (H, W) or (H, W, 3), uint8 or uint16, "
                f"not {tir.shape} {tir.dtype}; convert it first."
            )
        if rgb.size == 0 or tir.size == 0:
            raise CKDError("A frame without pixels cannot be tracked; check the files.")

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the RGB frame in pixels."""
        return self.rgb.shape[1], self.rgb.shape[0]


def check_box(box_xywh: Box, frame_size: tuple[int, int]) -> Box:
    """The box as floats; CKDError when it has no area or lies outside a (w, h) frame."""
    values = [float(value) for value in box_xywh]
    if len(values) != 4 or not all(math.isfinite(value) for value in values):
        raise CKDError(f"The box {tuple(box_xywh)} must be four finite numbers x, y, w, h.")
    x, y, w, h = values
    if w <= 0 or h <= 0:
        raise CKDError(f"The box {_shown(values)} has no area; give it a width and a height.")
    width, height = frame_size
    # Partly outside is fine: targets enter and leave.
    if x >= width or y >= height or x + w <= 0 or y + h <= 0:
        raise CKDError(
            f"The box {_shown(values)} lies outside the {width}x{height} frame; "
            "draw it over the target."
        )
    return x, y, w, h


def _shown(values: list[float]) -> str:
    return ",".join(f"{value:g}" for value in values)
