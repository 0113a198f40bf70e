"""What is kept of a picture to train on: decoded, judged, made smaller."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tracker_core.imaging import cv2, sound_bytes

Pixels: TypeAlias = NDArray[np.uint8]

PHOTO_SIDE = 800
"""Longest side of a kept photograph in pixels."""
CUTOUT_SIDE = 192
"""Longest side of a kept cut-out in pixels."""

_LEVELS = 3
_SMALLEST_PHOTO = 200
_SMALLEST_CUTOUT = 40
_MOST_TRANSPARENT = 0.02
# Of a cut-out: what follows works with float copies, which a huge scan would make very large.
_LONGEST_READ_SIDE = 2200
_MOST_SEE_THROUGH = 0.2


def decode(path: Path) -> Pixels | None:
    """(H, W, 3) RGB or (H, W, 4) RGB and opacity; None for what is not a usable picture."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    sound = sound_bytes(data)
    if sound is None:  # decoders fill up what is missing of a cut-off file with gray
        return None
    try:
        # Unchanged, so that transparency and 16 bits are still there.
        image: NDArray[Any] | None = cv2.imdecode(
            np.frombuffer(sound, np.uint8), cv2.IMREAD_UNCHANGED
        )
    except cv2.error:
        return None
    if image is None:
        return None
    if image.dtype == np.uint16:
        image = (image >> 8).astype(np.uint8)
    if image.ndim == 2:
        image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    if image.dtype != np.uint8 or image.shape[2] not in (3, 4):
        return None
    code = cv2.COLOR_BGR2RGB if image.shape[2] == 3 else cv2.COLOR_BGRA2RGBA
    return np.asarray(cv2.cvtColor(image, code), np.uint8)


def _shrink(image: Pixels, longest: int) -> Pixels:
    height, width = image.shape[:2]
    scale = longest / max(height, width)
    if scale >= 1:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def photo_pixels(image: Pixels) -> Pixels | None:
    """Return a photograph as it is kept; None for one with nothing to follow."""
    if min(image.shape[:2]) < _SMALLEST_PHOTO:
        return None
    if image.shape[2] == 4 and float(np.mean(image[:, :, 3] < 255)) > _MOST_TRANSPARENT:
        return None  # what lies under transparency is arbitrary; it may still be a cut-out
    pixels = _shrink(image[:, :, :3], PHOTO_SIDE)
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    # A gradient or a logo on one colour has nothing that could be followed.
    busy = float(np.mean(np.abs(cv2.Laplacian(gray, cv2.CV_32F))))
    return pixels if busy > 1.2 else None


def cutout_pixels(image: Pixels) -> Pixels | None:
    """Return (H, W, 4) what is cut out, as it is kept; None for no usable cut-out."""
    if image.shape[2] != 4:
        return None
    image = _shrink(image, _LONGEST_READ_SIDE)
    rows, columns = np.nonzero(image[:, :, 3] > 40)
    if rows.size == 0:
        return None
    cropped = image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    filled = float(np.mean(cropped[:, :, 3] > 40))
    # Neither threads and frames around nothing, nor rectangles, which have no outline of their own.
    if min(cropped.shape[:2]) < _SMALLEST_CUTOUT or not 0.12 < filled < 0.97:
        return None
    weight = cropped[:, :, 3:].astype(np.float32) / 255.0
    # Shrinking mixes neighbours, and what colour lies under full transparency is arbitrary.
    premultiplied = np.concatenate([cropped[:, :, :3] * weight, cropped[:, :, 3:]], axis=2)
    small = _shrink(premultiplied.astype(np.uint8), CUTOUT_SIDE).astype(np.float32)
    if _see_through(small[:, :, 3]) > _MOST_SEE_THROUGH:
        return None
    colour = small[:, :, :3] / np.maximum(small[:, :, 3:] / 255.0, 1e-3)
    return np.concatenate([np.clip(colour, 0, 255), small[:, :, 3:]], axis=2).astype(np.uint8)


def _see_through(opacity: NDArray[np.float32]) -> float:
    """Share of the visible area that lets what is behind it through, like a cone of light.

    Soft edges and the gaps between leaves are no areas, so they do not count.
    """
    visible = opacity > 25
    thin = (visible & (opacity < 230)).astype(np.uint8)
    areas = cv2.morphologyEx(thin, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    return float(areas.sum()) / float(visible.sum())


def pyramid(pixels: Pixels) -> Iterator[Pixels]:
    """Yield a photograph in its sizes, the largest first."""
    for level in range(_LEVELS):
        yield pixels if level == 0 else _shrink(pixels, max(pixels.shape[:2]) >> level)


def look(pixels: Pixels) -> bytes:
    """A mark that two sizes of one picture share."""
    gray = cv2.cvtColor(pixels[:, :, :3], cv2.COLOR_RGB2GRAY)
    # 16 x 16 steps between neighbours: what stays when a picture is scaled or compressed again.
    tiny = cv2.resize(gray, (17, 16), interpolation=cv2.INTER_AREA).astype(np.int16)
    # + 2: noise of compression must not decide; the brightness tells flat pictures apart.
    return np.packbits(tiny[:, 1:] > tiny[:, :-1] + 2).tobytes() + bytes([int(tiny.mean()) // 32])
