"""The square crop around a box, and its exact inverse."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker_core.errors import CKDError
from tracker_core.frames import Box
from tracker_core.imaging import cv2

# The value of the released loop; with another one boxes at the border differ from it.
CLIP_MARGIN = 10
"""A box reported by the tracker keeps at least this many pixels within the frame."""
LARGEST_SIDE = 1 << 15
"""Pixels a side of a crop before it is resized: 3 GiB in colour, for a box as large as a frame of
8192 pixels."""


@dataclass(frozen=True, slots=True)
class SearchWindow:
    """The square of frame pixels that a crop shows; it may reach outside the frame."""

    x: int
    """Left edge in frame pixels."""
    y: int
    """Top edge in frame pixels."""
    side: int
    """Side in frame pixels."""

    def to_crop(self, box_xywh: Box, size: int) -> Box:
        """A frame box in pixels of a crop resized to `size`."""
        scale = size / self.side
        x, y, w, h = box_xywh
        return (x - self.x) * scale, (y - self.y) * scale, w * scale, h * scale

    def to_frame(self, box_xywh: Box, size: int) -> Box:
        """A box in pixels of a crop resized to `size` back in frame pixels; inverse of to_crop."""
        scale = self.side / size
        x, y, w, h = box_xywh
        return x * scale + self.x, y * scale + self.y, w * scale, h * scale


def crop_window(box_xywh: Box, factor: float) -> SearchWindow:
    """The window of `factor` times the box's mean side, centred on it (rounded as released)."""
    x, y, w, h = box_xywh
    # The product too: two sides may be numbers whose area is none.
    if not all(math.isfinite(value) for value in (*box_xywh, w * h)) or w <= 0 or h <= 0:
        raise CKDError(f"The box {box_xywh} has no area; draw one with a width and a height.")
    # The product of two tiny sides may round to 0, and a window needs a pixel.
    side = max(1, math.ceil(math.sqrt(w * h) * factor))
    if side > LARGEST_SIDE:
        raise CKDError(
            f"The box {box_xywh} asks for a crop of {side} pixels a side, and at most "
            f"{LARGEST_SIDE} are cut; give a smaller box."
        )
    return SearchWindow(round(x + 0.5 * w - side * 0.5), round(y + 0.5 * h - side * 0.5), side)


def _padding(window: SearchWindow, width: int, height: int) -> tuple[int, int, int, int]:
    """Pixels of padding left, top, right and bottom of what is taken from the frame.

    A window that touches the last column or row leaves it out, as the released crops do.
    """
    return (
        max(0, -window.x),
        max(0, -window.y),
        max(0, window.x + window.side - width + 1),
        max(0, window.y + window.side - height + 1),
    )


def cut(image: NDArray[Any], window: SearchWindow, size: int) -> NDArray[Any]:
    """Cut the window out of an (H, W[, C]) image, zeros outside, resized (bilinear) to `size`."""
    height, width = image.shape[:2]
    left, top, right, bottom = _padding(window, width, height)
    # All padding: there are no pixels that OpenCV could put a border around.
    if left + right >= window.side or top + bottom >= window.side:
        return np.zeros((size, size, *image.shape[2:]), image.dtype)
    inside = image[
        window.y + top : window.y + window.side - bottom,
        window.x + left : window.x + window.side - right,
    ]
    if left or top or right or bottom:
        inside = cv2.copyMakeBorder(inside, top, bottom, left, right, cv2.BORDER_CONSTANT, value=0)
    return cv2.resize(inside, (size, size), interpolation=cv2.INTER_LINEAR)


def padding_mask(window: SearchWindow, frame_size: tuple[int, int], size: int) -> NDArray[np.bool_]:
    """(size, size) True where padding has a share in a crop of a (w, h) frame."""
    left, top, right, bottom = _padding(window, *frame_size)
    # Floats, because resized bytes would round small shares of padding to 0.
    padded = np.ones((window.side, window.side))
    # Where all is padding the end would come before the start, or count from the far side.
    padded[top : max(top, window.side - bottom), left : max(left, window.side - right)] = 0
    return np.asarray(cv2.resize(padded, (size, size), interpolation=cv2.INTER_LINEAR) != 0)


def clip_box(box_xywh: Box, frame_size: tuple[int, int], margin: float = CLIP_MARGIN) -> Box:
    """Clip a box to a (w, h) frame so that at least `margin` pixels of it stay inside."""
    x, y, w, h = box_xywh
    width, height = frame_size
    # A frame may be smaller than the margin.
    margin = min(margin, width, height)
    right = min(max(margin, x + w), width)
    bottom = min(max(margin, y + h), height)
    left = min(max(0.0, x), width - margin)
    top = min(max(0.0, y), height - margin)
    return left, top, max(margin, right - left), max(margin, bottom - top)
