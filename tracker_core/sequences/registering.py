"""Thermal frames put onto the pixels of the RGB frame."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tracker_core.errors import CKDError
from tracker_core.imaging import Image, cv2
from tracker_core.registration.pixels import centres

Size: TypeAlias = tuple[int, int]
"""Width and height, in pixels."""
SAME = 1e-9
"""By which a map may differ from thermal frames that fill the RGB frame and still be that."""
GRID = 64
"""Points along a side at which a map is looked at: no camera sees less than a 64th of a side."""
SHRINKS = 0.75
"""Below this size bilinear samples would skip pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Registration:
    """A map of thermal frames onto the RGB frame."""

    matrix: NDArray[np.float64]
    """(3, 3) from thermal pixels to RGB pixels, counted from the edges of pictures as boxes are."""
    size: tuple[int, int]
    """Width and height of the RGB frame."""

    @classmethod
    def of(
        cls,
        tir_to_rgb: NDArray[np.float64] | None,
        tir_size: tuple[int, int],
        rgb_size: tuple[int, int],
    ) -> Registration | None:
        """Return the map; None where thermal frames only fill the RGB frame."""
        if tir_to_rgb is None:
            return None
        matrix = np.asarray(tir_to_rgb, np.float64)
        if matrix.shape != (3, 3) or not np.isfinite(matrix).all():
            raise CKDError("An alignment of cameras is a matrix of 3 x 3 finite numbers.")
        filling = np.diag([rgb_size[0] / tir_size[0], rgb_size[1] / tir_size[1], 1.0])
        same = bool(np.abs(matrix - filling).max() <= SAME * np.abs(filling).max())
        return None if same else cls(matrix, rgb_size)

    def reduced(self, rgb_size: tuple[int, int], share: tuple[float, float]) -> Registration:
        """Return the same map between pictures with fewer pixels.

        `share` is how much of its width and height the thermal one still has.
        """
        smaller = np.diag([rgb_size[0] / self.size[0], rgb_size[1] / self.size[1], 1.0])
        larger = np.diag([1 / share[0], 1 / share[1], 1.0])
        return Registration(smaller @ self.matrix @ larger, rgb_size)

    def on_rgb(self, tir: Image) -> Image:
        """Return a thermal image on the pixels of the RGB frame; beyond its edge lies its mean.

        The mean, because it is neither hot nor cold: no tracker is drawn to it, and the stretch of
        16 bits stays what it was.
        """
        height, width = tir.shape[:2]
        matrix = self.matrix
        scale = self._scale(width, height)
        if scale < SHRINKS:
            small = max(1, round(width * scale)), max(1, round(height * scale))
            smaller: Any = cv2.resize(tir, small, interpolation=cv2.INTER_AREA)
            matrix = matrix @ np.diag([width / small[0], height / small[1], 1.0])
            tir = smaller
        warped: Any = cv2.warpPerspective(
            tir,
            centres(matrix),
            self.size,
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=cv2.mean(tir),
        )
        result: Image = warped
        return result

    def _scale(self, width: int, height: int) -> float:
        """Return how many RGB pixels a thermal pixel in the middle is long."""
        x, y, depth = self.matrix @ [width / 2, height / 2, 1.0]
        if not depth:
            return 1.0
        inner = self.matrix[:2, :2] - np.outer([x / depth, y / depth], self.matrix[2, :2])
        return math.sqrt(abs(float(np.linalg.det(inner)))) / abs(float(depth))


def check_map(tir_to_rgb: NDArray[np.float64], rgb_size: Size, tir_size: Size) -> None:
    """Refuse a map that leaves thermal nothing to see on the RGB frame; CKDError.

    Such is one for coordinates from 0 to 1, or one of another pair of cameras.
    """
    if not all((*rgb_size, *tir_size)):
        return  # a session from elsewhere need not know them
    across, down = ((np.arange(GRID) + 0.5) * side / GRID for side in rgb_size)
    points = np.stack([*np.meshgrid(across, down), np.ones((GRID, GRID))])
    x, y, depth = np.einsum("ij,jkl->ikl", np.linalg.inv(tir_to_rgb), points)
    # On the horizon of the map a point lies nowhere, which is not within.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        x, y = x / depth, y / depth
    if not ((x >= 0) & (x <= tir_size[0]) & (y >= 0) & (y <= tir_size[1])).any():
        raise CKDError(
            "The alignment puts next to nothing of the thermal frame on the RGB frame; its matrix "
            "has to map pixels of thermal to pixels of RGB."
        )


def check_shift(shift: int, frames: int, name: str) -> None:
    """Refuse a shift beyond the ends of a sequence; CKDError."""
    if abs(shift) >= frames:
        raise CKDError(
            f"With thermal shifted by {shift} frames no frame has both cameras; {name} "
            f"has {frames} frames."
        )
