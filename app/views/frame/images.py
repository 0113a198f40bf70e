"""Frames made visible: percentile stretch and palettes for thermal, pixmaps for both."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage, QPixmap

from app.resolve.overlay import colour_map
from tracker_core.imaging import cv2

SAMPLE_PIXELS = 100_000
"""Percentiles of larger images are taken from a regular sample of about this many pixels."""
OPAQUE = np.uint32(0xFF000000)
"""The byte of each word of Format_RGB32 that holds no colour."""


@dataclass(frozen=True, slots=True)
class ThermalLook:
    """How thermal values become colours."""

    palette: str = "white hot"
    low_percentile: float = 1.0
    high_percentile: float = 99.0


@dataclass(frozen=True, slots=True, eq=False)
class ThermalTable:
    """The colours of one thermal frame: an entry for every raw value."""

    low: int
    """Raw value shown as the coldest colour."""
    high: int
    """Raw value shown as the hottest colour."""
    colours: NDArray[np.uint8]
    """(256 or 65536, 3) RGB."""

    def rgb(self, gray: NDArray[Any]) -> NDArray[np.uint8]:
        """Return (H, W, 3) colours of raw (H, W) values."""
        return np.asarray(self.colours[gray], np.uint8)


def gray_of(tir: NDArray[Any]) -> NDArray[Any] | None:
    """Return the one plane of a thermal image, or None when it was recorded in false colours."""
    if tir.ndim == 2:
        return tir
    # A few thousand pixels tell, and this runs on every frame. Signed, because unsigned differences
    # wrap.
    sample = tir[:: max(1, tir.shape[0] // 64), :: max(1, tir.shape[1] // 64)].astype(np.int32)
    # JPEG leaves small differences between the channels of a gray image.
    if np.abs(sample - sample[..., :1]).max() > 16 * (256 if tir.dtype == np.uint16 else 1):
        return None
    # Green, upon which JPEG's colour differences have the least weight.
    return np.ascontiguousarray(tir[..., 1])


def thermal_table(gray: NDArray[Any], look: ThermalLook) -> ThermalTable:
    """Return the colour table that stretches `gray` between the percentiles of `look`."""
    values = 65536 if gray.dtype == np.uint16 else 256
    stride = max(1, round(float(np.sqrt(gray.size / SAMPLE_PIXELS))))
    sample = np.ascontiguousarray(gray[::stride, ::stride])
    counts = cv2.calcHist([sample], [0], None, [values], [0, values]).ravel()
    share = np.cumsum(counts) * (100.0 / max(1.0, float(counts.sum())))
    # From the right, so that 0 % is the lowest value that occurs, not raw 0.
    low = int(np.searchsorted(share, look.low_percentile, side="right"))
    high = int(np.searchsorted(share, look.high_percentile, side="left"))
    # Rounding may leave the last share below 100.
    low, high = min(low, values - 1), min(high, values - 1)
    # A flat image has no extent to divide by; it takes one of its own.
    if high <= low:
        low, high = max(0, low - 1), min(values - 1, low + 1)
    return ThermalTable(low, high, _stretched(look.palette, values, low, high))


# Limits repeat from frame to frame, and a table of 16 bits takes some milliseconds to make.
@lru_cache(maxsize=64)
def _stretched(palette: str, values: int, low: int, high: int) -> NDArray[np.uint8]:
    ramp = (np.arange(values, dtype=np.float32) - low) * (255.0 / (high - low))
    index = np.clip(np.rint(ramp), 0, 255).astype(np.uint8)
    table: NDArray[np.uint8] = colour_map(palette)[index]
    # The cache hands the same table to every frame.
    table.setflags(write=False)
    return table


def rgb_pixmap(image: NDArray[np.uint8]) -> QPixmap:
    """Return a pixmap of an (H, W, 3) RGB image."""
    height, width = image.shape[:2]
    pixels = np.ascontiguousarray(image)
    # No copy needed: PySide keeps the array as long as Qt has a picture of it, and nobody writes to
    # it.
    view = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return QPixmap.fromImage(view)


def packed_colours(table: ThermalTable) -> NDArray[np.uint32]:
    """Return the colours of a table in words of Format_RGB32.

    One lookup per pixel then gives what Qt draws from.
    """
    colours = table.colours.astype(np.uint32)
    # Opaque in its highest byte too, which Qt takes for granted: without it a blend is a sum.
    packed = OPAQUE | (colours[:, 0] << 16) | (colours[:, 1] << 8) | colours[:, 2]
    return packed.astype(np.uint32, copy=False)


def thermal_pixmap(gray: NDArray[Any], table: ThermalTable) -> QPixmap:
    """Return a pixmap of a thermal plane in the colours of `table`."""
    pixels = packed_colours(table)[gray]  # (H, W)
    height, width = gray.shape
    # As in `rgb_pixmap`, PySide keeps the array.
    view = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32)
    return QPixmap.fromImage(view)


def as_display(tir: NDArray[Any]) -> NDArray[np.uint8]:
    """Return a false-colour thermal image with 8 bits."""
    if tir.dtype == np.uint16:
        # Not stretched: recorded colours mean something.
        return (tir >> 8).astype(np.uint8)
    return tir.astype(np.uint8, copy=False)


def words_of_range(table: ThermalTable, gray: NDArray[Any]) -> str:
    """Return which raw values span the colours, for the heading of the thermal pane."""
    bits = 16 if gray.dtype == np.uint16 else 8
    return f"{bits} bit, {table.low} to {table.high}"
