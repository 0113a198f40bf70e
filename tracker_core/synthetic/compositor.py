"""Layers of colour and temperature, seen through a window of the scene.

Scene coordinates are frame pixels. A background photograph and every sprite have a 2 x 3 matrix
from their own pixels to the scene; a view has one from the scene to its pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker_core.frames import Box
from tracker_core.imaging import cv2
from tracker_core.synthetic.thermal import Temperature

Matrix = NDArray[np.float64]
"""(2, 3) affine map of column vectors (x, y, 1)."""
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Sprite:
    """Something with an outline, in colour and in temperature."""

    colour: Pixels
    """(H, W, 4) uint8: RGB already multiplied with the opacity, and the opacity."""
    heat: Temperature
    """(H, W) temperature already multiplied with the opacity (0 to 1)."""
    outline: NDArray[np.float64]
    """(K, 2) x, y in sprite pixels of the convex corners of what is opaque."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in sprite pixels."""
        return self.colour.shape[1], self.colour.shape[0]


@dataclass(frozen=True, slots=True)
class Placement:
    """A sprite somewhere in the scene, under some light."""

    sprite: Sprite
    matrix: Matrix
    """From sprite pixels to the scene."""
    light: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Factors on red, green and blue."""
    warmer: float = 0.0
    """Gray levels added to the temperature."""
    rgb_opacity: float = 1.0
    heat_opacity: float = 1.0
    """Below 1 the background's own temperature shows through: thermal crossover."""
    softness: float = 0.0
    """Sigma in view pixels of the blur of the edge."""


def make_sprite(
    rgb: NDArray[np.float32], opacity: NDArray[np.float32], heat: Temperature
) -> Sprite:
    """Build a sprite from straight colour (H, W, 3), opacity (H, W) 0 to 1 and temperature."""
    colour = np.empty((*opacity.shape, 4), np.float32)
    # Multiplied already: interpolation between pixels then mixes no colour of what is transparent.
    colour[:, :, :3] = rgb * opacity[:, :, None]
    colour[:, :, 3] = opacity * 255.0
    return Sprite(
        np.clip(colour + 0.5, 0, 255).astype(np.uint8),  # + 0.5: astype cuts
        np.asarray(heat * opacity, np.float32),
        outline_of(opacity),
    )


def outline_of(opacity: NDArray[np.float32], threshold: float = 0.5) -> NDArray[np.float64]:
    """Corners (K, 2) of the convex hull of what is opaque; the whole picture when nothing is."""
    opaque = opacity > threshold
    height, width = opaque.shape
    rows = np.flatnonzero(opaque.any(axis=1))
    if rows.size == 0:
        return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    columns = np.flatnonzero(opaque.any(axis=0))
    left, right = opaque[rows].argmax(axis=1), width - opaque[rows, ::-1].argmax(axis=1)
    beyond = opaque[:, columns]
    top, bottom = beyond.argmax(axis=0), height - beyond[::-1].argmax(axis=0)
    # The middle of every outer pixel side: corners would stick out of what is round.
    edges = [np.stack([x, rows + 0.5], axis=1) for x in (left, right)]
    edges += [np.stack([columns + 0.5, y], axis=1) for y in (top, bottom)]
    hull = cv2.convexHull(np.concatenate(edges).astype(np.float32))
    return np.asarray(hull[:, 0], np.float64)


def affine(
    scale: float | tuple[float, float],
    angle: float,
    source: tuple[float, float],
    target: tuple[float, float],
) -> Matrix:
    """Scale, turn by `angle` (radians) and bring the point `source` to `target`."""
    sx, sy = scale if isinstance(scale, tuple) else (scale, scale)
    cos, sin = float(np.cos(angle)), float(np.sin(angle))
    linear = np.array([[cos * sx, -sin * sy], [sin * sx, cos * sy]])
    shift = np.array(target) - linear @ np.array(source)  # (2,)
    return np.concatenate([linear, shift[:, None]], axis=1)  # (2, 3)


def window(centre: tuple[float, float], side: float, size: int) -> Matrix:
    """The view of a square of the scene, `side` frame pixels long, at `size` pixels."""
    return affine(size / side, 0.0, centre, (size / 2, size / 2))


def chain(second: Matrix, first: Matrix) -> Matrix:
    """The map that applies `first`, then `second`."""
    linear = second[:, :2] @ first[:, :2]
    shift = second[:, :2] @ first[:, 2] + second[:, 2]
    return np.concatenate([linear, shift[:, None]], axis=1)


def move_points(matrix: Matrix, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Apply a matrix to (K, 2) points."""
    moved: NDArray[np.float64] = points @ matrix[:, :2].T + matrix[:, 2]
    return moved


def scene_box(placement: Placement) -> Box:
    """The tight x, y, w, h of a placement in frame pixels, hidden parts included."""
    points = move_points(placement.matrix, placement.sprite.outline)
    low, high = points.min(axis=0), points.max(axis=0)
    return float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])


def _pixel_centres(matrix: Matrix) -> Matrix:
    """The same map for OpenCV, which counts from the middle of the first pixel."""
    shifted = matrix.copy()
    shifted[:, 2] += matrix[:, :2] @ np.array([0.5, 0.5]) - 0.5
    return shifted


def pyramid(pixels: Pixels) -> tuple[Pixels, ...]:
    """A picture at full, half and quarter size, as `render_photo` wants it."""
    height, width = pixels.shape[:2]
    return tuple(
        np.asarray(
            cv2.resize(pixels, (width >> level, height >> level), interpolation=cv2.INTER_AREA),
            np.uint8,
        )
        for level in range(3)
    )


def render_photo(
    levels: Sequence[Pixels],
    matrix: Matrix,
    size: tuple[int, int],
    beyond: int = cv2.BORDER_REFLECT_101,
) -> Pixels:
    """A photograph seen through `matrix` (photo pixels to view pixels).

    Beyond its edge it goes on as the border mode `beyond` says, mirrored by default. `levels` are
    the photograph at full, half and quarter size; `size` is width and height.
    """
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    # The level nearest to the view's size: linear interpolation of a larger one would skip pixels
    # and shimmer. 0.35 takes the softer of two.
    level = int(np.clip(np.floor(np.log2(max(1.0 / max(scale, 1e-6), 1.0)) + 0.35), 0, 9))
    level = min(level, len(levels) - 1)
    chosen = levels[level]
    factors = (levels[0].shape[1] / chosen.shape[1], levels[0].shape[0] / chosen.shape[0])
    # Both factors: a level of odd size is not an exact half.
    full = chain(matrix, affine(factors, 0.0, (0.0, 0.0), (0.0, 0.0)))
    image = cv2.warpAffine(
        chosen,
        _pixel_centres(full),
        size,
        flags=cv2.INTER_LINEAR,
        borderMode=beyond,
    )
    return np.asarray(image, np.uint8)


def paste(rgb: NDArray[np.uint8], warmth: Temperature, placement: Placement, view: Matrix) -> None:
    """Draw a placement into (H, W, 3) colour and (H, W) temperature, in place."""
    matrix = chain(view, placement.matrix)
    height, width = warmth.shape
    corners = np.array([[0, 0], [1, 0], [0, 1], [1, 1]]) * np.array(placement.sprite.size)
    points = move_points(matrix, corners.astype(np.float64))
    margin = 1.0 + 3.0 * placement.softness  # three sigma of the blur
    x0, y0 = np.maximum(np.floor(points.min(axis=0) - margin), 0).astype(int)
    x1, y1 = np.ceil(points.max(axis=0) + margin).astype(int)
    x1, y1 = min(int(x1), width), min(int(y1), height)
    if x1 - x0 < 1 or y1 - y0 < 1:  # outside the view
        return
    local = _pixel_centres(matrix)
    local[:, 2] -= (x0, y0)
    size = (x1 - x0, y1 - y0)
    colour = cv2.warpAffine(placement.sprite.colour, local, size).astype(np.float32)
    heat = cv2.warpAffine(placement.sprite.heat, local, size)
    if placement.softness > 0.3:  # less shows nothing and costs as much
        colour = np.asarray(cv2.GaussianBlur(colour, (0, 0), placement.softness), np.float32)
        heat = cv2.GaussianBlur(heat, (0, 0), placement.softness)
    opacity = colour[:, :, 3:] / 255.0
    part = rgb[y0:y1, x0:x1]
    lit = colour[:, :, :3] * np.array(placement.light, np.float32) * placement.rgb_opacity
    mixed = part * (1.0 - opacity * placement.rgb_opacity) + lit
    np.clip(mixed, 0, 255, out=mixed)  # light may be above 1
    part[:] = mixed
    # Colour and heat apart: a condition may take the target away from one of them only.
    thin = opacity[:, :, 0] * placement.heat_opacity
    heat = heat * placement.heat_opacity + placement.warmer * thin
    warm_part = warmth[y0:y1, x0:x1]
    warm_part *= 1.0 - thin
    warm_part += heat
