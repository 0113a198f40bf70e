"""Noise that looks like matter: stains, plaster, asphalt, clouds."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker_core.imaging import cv2

Field = NDArray[np.float32]


def floats(image: NDArray[Any]) -> Field:
    """The same values as float32, shared where possible."""
    return np.asarray(image, np.float32)


def shape_of(image: NDArray[Any]) -> tuple[int, int]:
    """Height and width."""
    return int(image.shape[0]), int(image.shape[1])


def as_pixels(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Round to uint8, clipped to 0 and 255."""
    clipped: NDArray[np.uint8] = np.clip(values + 0.5, 0, 255).astype(np.uint8)
    return clipped


def value_noise(
    rng: np.random.Generator, height: int, width: int, cell: tuple[float, float]
) -> Field:
    """Smooth noise in -1 to 1 whose bumps are `cell` = (wide, high) pixels large."""
    # + 3: cubic interpolation looks one cell beyond both edges.
    columns = max(2, int(np.ceil(width / cell[0])) + 3)
    rows = max(2, int(np.ceil(height / cell[1])) + 3)
    coarse = rng.uniform(-1, 1, (rows, columns)).astype(np.float32)
    matrix = np.array([[cell[0], 0, -cell[0]], [0, cell[1], -cell[1]]], np.float64)
    return floats(
        cv2.warpAffine(
            coarse, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
    )


def cloudy(
    rng: np.random.Generator,
    height: int,
    width: int,
    cell: float | tuple[float, float],
    octaves: int = 5,
    roughness: float = 0.55,
) -> Field:
    """Fractal noise, about -1 to 1; the largest bumps are `cell` pixels, or (wide, high)."""
    wide, high = cell if isinstance(cell, tuple) else (cell, cell)
    total = np.zeros((height, width), np.float32)
    weight, weights = 1.0, 0.0
    for _ in range(octaves):
        if max(wide, high) < 1.5:  # finer than a pixel
            break
        total += np.float32(weight) * value_noise(
            rng, height, width, (max(wide, 1.0), max(high, 1.0))
        )
        weights += weight
        weight *= roughness
        wide, high = wide / 2, high / 2
    return total / np.float32(max(weights, 1e-6))  # no octave at all where cells are that fine


def grain(rng: np.random.Generator, height: int, width: int, sigma: float = 0.0) -> Field:
    """Standard normal noise, blurred by `sigma` pixels and brought back to unit spread."""
    field = rng.standard_normal((height, width), np.float32)
    if sigma > 0:
        field = floats(cv2.GaussianBlur(field, (0, 0), sigma))
        field /= max(float(field.std()), 1e-6)  # blur takes most of the spread
    return field


def tiled(texture: Field, x: Field, y: Field) -> Field:
    """Look a texture up at any coordinates (in texels); it repeats, mirrored at each edge."""
    return floats(
        cv2.remap(
            texture,
            _mirrored(x, texture.shape[1]),
            _mirrored(y, texture.shape[0]),
            cv2.INTER_LINEAR,
        )
    )


def _mirrored(coordinates: Field, size: int) -> Field:
    period = np.float32(2 * (size - 1))
    folded = np.mod(coordinates, period)
    return floats(np.minimum(folded, period - folded))


def smooth_step(values: Field, low: float, high: float) -> Field:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((values - low) / (high - low), 0, 1)
    return floats(t * t * (3 - 2 * t))
