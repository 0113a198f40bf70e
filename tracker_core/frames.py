"""What a tracker is fed: one RGB and one thermal image of the same moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tracker_core.errors import CKDError

Box: TypeAlias = tuple[float, float, float, float]
"""x, y, w, h in frame pixels; x and y are the left and top edge."""


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
