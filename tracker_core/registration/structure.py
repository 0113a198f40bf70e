"""What two cameras have in common: where edges run and how, whichever side of them is brighter."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker_core.imaging import Image, cv2, to_display

Floats = NDArray[np.float32]

DIRECTIONS = 6
"""Edges are told apart by so many directions over half a turn: what is darker in one camera may be
brighter in the other, so that a direction and its opposite count as the same."""
BORDER_LEVELS = 2
"""Gray levels by which a border of one value may vary; JPEG leaves no value quite even."""
BORDER_SHARE = 0.002
"""A smaller even area in a corner may be anything, a larger one hides no edges worth keeping."""


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """One picture as gray levels, and where it shows anything."""

    gray: Floats
    """(H, W) 0 to 255."""
    seen: Floats
    """(H, W) 1 where there is a picture, 0 on an even border."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.gray.shape[1], self.gray.shape[0]

    def resized(self, width: int, height: int) -> Plane:
        """Return it in another size."""
        way = cv2.INTER_AREA if width < self.gray.shape[1] else cv2.INTER_LINEAR
        gray: Any = cv2.resize(self.gray, (width, height), interpolation=way)
        seen: Any = cv2.resize(self.seen, (width, height), interpolation=cv2.INTER_NEAREST)
        return Plane(gray, seen)

    def warped(self, matrix: NDArray[np.float64], size: tuple[int, int]) -> Plane:
        """Return it on another grid; `matrix` maps its pixel centres to those of that grid."""
        # Replicated: an edge between picture and nothing would look like one of the scene.
        gray: Any = cv2.warpPerspective(
            self.gray, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        seen: Any = cv2.warpPerspective(self.seen, matrix, size, flags=cv2.INTER_NEAREST)
        return Plane(gray, seen)


def plane_of(image: Image) -> Plane:
    """Return an image of either camera as a plane; 16 bits are stretched as on screen."""
    shown = to_display(image)
    gray = shown if shown.ndim == 2 else cv2.cvtColor(shown, cv2.COLOR_RGB2GRAY)
    return Plane(np.asarray(gray, np.float32), _seen(np.ascontiguousarray(gray, np.uint8)))


def _seen(gray: NDArray[np.uint8]) -> Floats:
    """Return where a picture is more than an even border, as a rotated one has in its corners."""
    height, width = gray.shape
    seen = np.ones((height, width), np.float32)
    for corner in ((0, 0), (width - 1, 0), (0, height - 1), (width - 1, height - 1)):
        mask = np.zeros((height + 2, width + 2), np.uint8)
        levels = (BORDER_LEVELS,) * 3
        flags = 4 | cv2.FLOODFILL_MASK_ONLY | cv2.FLOODFILL_FIXED_RANGE | (1 << 8)
        cv2.floodFill(gray, mask, corner, 0, levels, levels, flags)
        inside = mask[1:-1, 1:-1] > 0
        if inside.mean() > BORDER_SHARE:
            seen[inside] = 0
    return seen


def directions(plane: Plane, blur: float) -> tuple[Floats, Floats]:
    """Return (H, W, DIRECTIONS) strengths of edges by direction and (H, W) where they count.

    `blur` is the standard deviation in pixels over which edges may be apart and still meet.
    """
    gray: Any = cv2.GaussianBlur(plane.gray, (0, 0), 1.0)
    across: Any = cv2.Sobel(gray, cv2.CV_32F, 1, 0, ksize=3)
    down: Any = cv2.Sobel(gray, cv2.CV_32F, 0, 1, ksize=3)
    angles = [math.pi * k / DIRECTIONS for k in range(DIRECTIONS)]
    strengths = np.stack(
        [np.abs(across * math.cos(angle) + down * math.sin(angle)) for angle in angles], axis=-1
    )
    # What lies beside a border that is no picture has that border's edge in it.
    reach = 2 * max(1, round(2 * blur)) + 5
    kept: Any = cv2.erode(
        plane.seen, np.ones((reach, reach), np.uint8), borderType=cv2.BORDER_REPLICATE
    )
    strengths *= cv2.erode(plane.seen, np.ones((5, 5), np.uint8))[..., None]
    strengths = np.asarray(cv2.GaussianBlur(strengths, (0, 0), blur), np.float32)
    # Only how edges run is in common, not how strong they are; where there is next to none, noise
    # must not be blown up.
    length = np.sqrt((strengths**2).sum(axis=-1, keepdims=True))
    strengths /= length + 0.5 * float(length.mean()) + 1e-6
    return strengths, kept
