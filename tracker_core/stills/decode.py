"""One still image from its bytes, whole or not at all."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker_core.opencv import cv2
from tracker_core.stills.facts import (
    DamageError,
    animated_pictures,
    check_holds,
    check_size,
    format_of,
    orientation_of,
    size_of,
)
from tracker_core.stills.jpeg import decode_jpeg
from tracker_core.stills.png import decode_png, needed_chunks
from tracker_core.stills.tiff import TiffPages


def decode_still(data: bytes) -> tuple[NDArray[Any], int, int]:
    """Return the pixels, how many pictures the file holds, and its orientation tag.

    Pixels are gray (H, W) or RGB (H, W, 3), 8 or 16 bits. Raises DamageError for what is not an
    image, is too large, or is damaged as far as its format lets that be seen.
    """
    kind = format_of(data)
    # Before decoding, which asks for all of the memory at once.
    if (size := size_of(data)) is not None:
        check_size(*size)
    if kind == "jpeg":
        return decode_jpeg(data), 1, orientation_of(data)
    if kind == "png":
        return decode_png(data), animated_pictures(data), orientation_of(data)
    if kind == "tiff":
        pages = TiffPages(io.BytesIO(data))
        return pages.read(), len(pages), pages.orientation()
    if kind == "webp":
        pictures = animated_pictures(data)
        return _by_opencv(data), pictures, orientation_of(data)
    # Not run-length coded BMP, which may say a lot in few bytes.
    if size is not None and (kind == "pnm" or data[30:34] == bytes(4)):
        check_holds(*size, 8 * len(data), len(data))
    return _by_opencv(data), 1, 1


def sound_bytes(data: bytes) -> bytes | None:
    """Return bytes that OpenCV decodes without a word; None for those of a damaged image.

    For who needs more than `decode_still` gives, such as transparency.
    """
    try:
        decode_still(data)
        return needed_chunks(data, b"tRNS") if format_of(data) == "png" else data
    except DamageError:
        return None


def _by_opencv(data: bytes) -> NDArray[Any]:
    try:
        # Decoding from memory, because OpenCV cannot open every Unicode path on Windows.
        # Unchanged: neither turned by an orientation tag nor cut to 8 bits.
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        raise DamageError("cannot be decoded") from None
    if pixels is None or pixels.size == 0:
        raise DamageError("is damaged or cut short")
    if pixels.dtype not in (np.uint8, np.uint16):
        raise DamageError(f"has {pixels.dtype} pixels, and only 8- and 16-bit integers are read")
    return _channels_as_rgb(pixels)


def _channels_as_rgb(pixels: NDArray[Any]) -> NDArray[Any]:
    if pixels.ndim == 2:
        return np.ascontiguousarray(pixels)
    channels = pixels.shape[2]
    if channels <= 2:  # gray, or gray with transparency
        return np.ascontiguousarray(pixels[:, :, 0])
    return np.ascontiguousarray(pixels[:, :, 2::-1])  # BGR or BGRA to RGB
