"""From a decoded video frame to pixels as a player shows them."""

from __future__ import annotations

import struct
from fractions import Fraction
from typing import Any

import numpy as np
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from tracker_core.imaging import Image, cv2

_MATRIX = struct.Struct("=9i")
_MOST_STRETCHED = 8
"""Pixels that claim to be longer than this are a mistake of the file."""


def turn_of(frame: VideoFrame) -> tuple[bool, bool, bool]:
    """Say how a frame is turned for showing: transposed, then mirrored left-right, top-bottom."""
    kept: Any = frame.side_data  # typed as a mapping of texts, which it is not
    data = kept.get(Type.DISPLAYMATRIX)
    if data is None or data.buffer_size < _MATRIX.size:
        return False, False, False
    # Rows of the matrix: a pixel at (x, y) goes to (a x + c y, b x + d y).
    a, b, _, c, d, *_ = _MATRIX.unpack_from(bytes(data))
    if abs(b) + abs(c) > abs(a) + abs(d):
        return True, c < 0, b < 0
    return False, a < 0, d < 0


def turn_in_words(turn: tuple[bool, bool, bool]) -> str:
    """Name a turn for people; empty for none."""
    return {
        (False, False, False): "",
        (False, True, True): "turned by 180 degrees",
        (True, True, False): "turned by 90 degrees to the right",
        (True, False, True): "turned by 90 degrees to the left",
        (False, True, False): "mirrored left to right",
        (False, False, True): "mirrored top to bottom",
        (True, False, False): "mirrored and turned by 90 degrees",
        (True, True, True): "mirrored and turned by 90 degrees",
    }[turn]


def aspect_of(stream: VideoStream) -> Fraction:
    """The width of a pixel by its height; 1 where the file says nothing or nonsense."""
    aspect = stream.sample_aspect_ratio or Fraction(1)
    if not Fraction(1, _MOST_STRETCHED) <= aspect <= _MOST_STRETCHED:
        return Fraction(1)
    return Fraction(aspect)


def to_image(frame: VideoFrame, aspect: Fraction) -> Image:
    """Return RGB (H, W, 3) uint8, or gray (H, W) of 8 or 16 bits, upright and of square pixels."""
    image: NDArray[Any] = _pixels(frame)
    if aspect != 1:
        # As players do: rows stay as they are, and their pixels are spread.
        width = max(1, round(image.shape[1] * aspect))
        image = cv2.resize(image, (width, image.shape[0]), interpolation=cv2.INTER_LINEAR)
    transposed, left_right, top_bottom = turn_of(frame)
    if transposed:
        image = image.swapaxes(0, 1)
    if left_right:
        image = image[:, ::-1]
    if top_bottom:
        image = image[::-1]
    return np.ascontiguousarray(image)


def _pixels(frame: VideoFrame) -> Image:
    name = frame.format.name
    bits = frame.format.components[0].bits
    if name.startswith("gray") and 8 < bits <= 16:
        native = name[:-2] + "le" if name.endswith("be") else name  # numpy's own order
        return np.ascontiguousarray(frame.to_ndarray(format=native), dtype=np.uint16)
    target = "gray" if name.startswith(("gray", "ya8")) else "rgb24"
    return np.ascontiguousarray(frame.to_ndarray(format=target), dtype=np.uint8)
