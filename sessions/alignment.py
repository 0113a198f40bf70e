"""How the thermal camera lies to the RGB camera: an offset in time and a homography."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sessions.checks import as_int
from sessions.errors import SessionError
from sessions.records import recordable

IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
MAX_OFFSET = 10_000_000


@recordable
@dataclass(frozen=True, slots=True)
class Alignment:
    """Thermal frame `i + time_offset` shows the moment of RGB frame `i`."""

    time_offset: int = 0
    tir_to_rgb: tuple[float, ...] = IDENTITY
    """3x3 homography row by row, from thermal pixels to RGB pixels."""

    def __post_init__(self) -> None:
        offset = as_int(self.time_offset, "The time offset", -MAX_OFFSET, MAX_OFFSET)
        object.__setattr__(self, "time_offset", offset)
        try:
            numbers = tuple(float(x) for x in np.asarray(self.tir_to_rgb, np.float64).ravel())
        except (TypeError, ValueError):
            raise SessionError("The alignment must be a matrix of 3 x 3 numbers.") from None
        if len(numbers) != 9 or not all(math.isfinite(number) for number in numbers):
            raise SessionError("The alignment must be a matrix of 3 x 3 finite numbers.")
        object.__setattr__(self, "tir_to_rgb", numbers)
        if np.linalg.matrix_rank(self.matrix) < 3:
            raise SessionError("The alignment folds the image onto a line; choose other points.")

    @property
    def matrix(self) -> NDArray[np.float64]:
        """(3, 3) homography from thermal pixels to RGB pixels."""
        return np.array(self.tir_to_rgb, np.float64).reshape(3, 3)

    @property
    def is_identity(self) -> bool:
        """True when thermal and RGB pixels are the same."""
        return self.tir_to_rgb == IDENTITY

    def boxes_to_tir(self, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (..., 4) boxes of RGB pixels as upright boxes in thermal pixels."""
        return (
            boxes
            if self.is_identity
            else _map_boxes(np.asarray(np.linalg.inv(self.matrix), np.float64), boxes)
        )

    def boxes_to_rgb(self, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (..., 4) boxes of thermal pixels as upright boxes in RGB pixels."""
        return boxes if self.is_identity else _map_boxes(self.matrix, boxes)


def _map_boxes(matrix: NDArray[np.float64], boxes: NDArray[Any]) -> NDArray[np.float64]:
    left, top, width, height = np.moveaxis(np.asarray(boxes, np.float64), -1, 0)
    x = np.stack([left, left + width, left + width, left], axis=-1)
    y = np.stack([top, top, top + height, top + height], axis=-1)
    points = np.stack([x, y, np.ones_like(x)], axis=-1) @ matrix.T  # (..., 4 corners, 3)
    with np.errstate(divide="ignore", invalid="ignore"):
        corners = points[..., :2] / points[..., 2:]
    low, high = corners.min(axis=-2), corners.max(axis=-2)
    mapped = np.concatenate([low, high - low], axis=-1)
    depth = points[..., 2]
    beside_horizon = depth.min(axis=-1) * depth.max(axis=-1) > 0
    good = beside_horizon & np.isfinite(mapped).all(axis=-1) & (mapped[..., 2:] > 0).all(axis=-1)
    mapped[~good] = np.nan
    return np.asarray(mapped, np.float64)
