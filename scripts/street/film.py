"""Two cameras: one that turns light into a graded film frame, one that turns heat into gray."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracker_core.imaging import cv2
from tracker_core.synthetic.textures import Field, as_pixels, floats, grain, shape_of

EXPOSURE = 1.75


def develop(light: Field, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Bloom, lens, film curve, grading and grain; (H, W, 3) linear light to uint8 RGB."""
    height, width = light.shape[:2]
    exposed = light * np.float32(EXPOSURE)
    bright = np.maximum(exposed - 1.1, 0)  # only what is brighter than white blooms
    bloom = np.zeros_like(exposed)
    for sigma, share in ((2.0, 0.20), (8.0, 0.09), (28.0, 0.055)):
        bloom += np.float32(share) * floats(cv2.GaussianBlur(bright, (0, 0), sigma * width / 640))
    # By the width: the same clip in another size looks the same.
    exposed = floats(cv2.GaussianBlur(exposed + bloom, (0, 0), 0.5 * width / 640))
    across = np.linspace(-1, 1, width, dtype=np.float32) ** 2
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None] ** 2
    exposed *= (1 - 0.17 * (across + down) ** 1.2)[:, :, None]
    film = _film_curve(exposed)
    film = _graded(film)
    tone = film.mean(axis=2, keepdims=True)
    gray = grain(rng, height, width, 0.75)[:, :, None]
    colour = np.stack([grain(rng, height, width, 1.1) for _ in range(3)], axis=2)
    speck = 0.75 * gray + 0.25 * colour
    # Film grain is strongest in the darker middle tones, and none in black and white.
    film += speck * (0.003 + 0.008 * (1 - tone) * np.sqrt(np.clip(tone, 0, 1)))
    return as_pixels(film * 255)


def _film_curve(light: Field) -> Field:
    """A toe, a straight part and a long shoulder, with the display's gamma in it."""
    a, b, c, d, e = 2.51, 0.03, 2.43, 0.59, 0.14  # Narkowicz's fit to the ACES film curve
    mapped = np.clip((light * (a * light + b)) / (light * (c * light + d) + e), 0, 1)
    return floats(np.power(mapped, 1 / 2.2))


def _graded(film: Field) -> Field:
    """Cool shadows, warm lights, a little less colour."""
    gray = film.mean(axis=2, keepdims=True)
    film = gray + 0.93 * (film - gray)
    shadow = (1 - gray) ** 2
    film = film + shadow * np.array((-0.012, 0.002, 0.022), np.float32)
    film = film + gray * np.array((0.018, 0.004, -0.02), np.float32)
    return floats(0.018 + 0.975 * film)


class ThermalCamera:
    """An uncooled camera: coarse, soft, striped and slowly drifting."""

    def __init__(self, size: tuple[int, int], rng: np.random.Generator) -> None:
        """Fix the pattern of a detector with half of `size` pixels each way."""
        self._size = size
        small = (size[0] // 2, size[1] // 2)  # thermal detectors have fewer pixels
        self._small = small
        self._columns = 0.10 * rng.standard_normal((1, small[0]), np.float32)
        self._pixels = 0.07 * rng.standard_normal((small[1], small[0]), np.float32)
        across = np.linspace(-1, 1, small[0], dtype=np.float32) ** 2
        down = np.linspace(-1, 1, small[1], dtype=np.float32)[:, None] ** 2
        self._shading = np.float32(0.45) * (across + down)

    def expose(self, warmth: Field, time: float, rng: np.random.Generator) -> NDArray[np.uint8]:
        """Turn degrees Celsius (H, W) into a (H, W) uint8 image, warm is bright."""
        seen = floats(cv2.resize(warmth, self._small, interpolation=cv2.INTER_AREA))
        seen = floats(cv2.GaussianBlur(seen, (0, 0), 0.75))
        seen = seen + self._columns + self._pixels + self._shading
        seen += np.float32(0.05) * grain(rng, *shape_of(seen))
        # Of the time alone, not of what is seen: frames can be filmed in any order.
        low = 0.6 + 0.5 * np.sin(0.31 * time) + 0.2 * np.sin(1.7 * time + 1.0)
        high = 29.0 + 0.8 * np.sin(0.23 * time + 0.5)
        level = (seen - np.float32(low)) / np.float32(high - low)
        # Most of the gray levels go where most of the scene is.
        level = np.where(level > 0.0, np.abs(level) ** 0.85, 0.18 * level)
        gray = np.clip(8 + 235 * level, 0, 255)
        full = cv2.resize(floats(gray), self._size, interpolation=cv2.INTER_CUBIC)
        return as_pixels(full)
