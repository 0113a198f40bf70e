"""JPEG by libjpeg-turbo, whose warnings count as damage."""

from __future__ import annotations

from typing import Any

import numpy as np
import simplejpeg
from numpy.typing import NDArray

from tracker_core.opencv import cv2
from tracker_core.stills.facts import DamageError, check_holds, jpeg_has_end, size_of

# A block of 8 x 8 pixels takes at least one bit.
_MOST_PIXELS_PER_BYTE = 512


def decode_jpeg(data: bytes) -> NDArray[np.uint8]:
    """Return gray (H, W) or RGB (H, W, 3); DamageError where the decoder has any complaint.

    OpenCV fills what is damaged in with gray and says so on standard error, where no program sees
    it; the pixels of a sound picture are the same.
    """
    if (size := size_of(data)) is not None:
        check_holds(*size, _MOST_PIXELS_PER_BYTE * len(data), len(data))
    try:
        space = simplejpeg.decode_jpeg_header(data)[2]
        if space in ("CMYK", "YCCK"):
            simplejpeg.decode_jpeg(data, "CMYK")
            return _from_cmyk(data)
        pixels: NDArray[Any] = simplejpeg.decode_jpeg(data, "GRAY" if space == "Gray" else "RGB")
    except ValueError as error:
        # Looked for late, because a sound picture need not be searched.
        if not jpeg_has_end(data):
            raise DamageError("is cut short: its JPEG data has no end") from None
        reason = str(error).strip().rstrip(".")
        raise DamageError(f"is damaged (JPEG: {reason})") from None
    return pixels[:, :, 0] if space == "Gray" else pixels


def decode_reduced(data: bytes, factor: int) -> tuple[NDArray[np.uint8], tuple[int, int]] | None:
    """Return pixels of which each stands for `factor` by `factor`, and width and height of all.

    For 2, 4 or 8, by which a JPEG is cheaper to decode; what is left over at the right and below
    gets a pixel too. None for colours of print. Raises DamageError as `decode_jpeg` does.
    """
    if (size := size_of(data)) is not None:
        check_holds(*size, _MOST_PIXELS_PER_BYTE * len(data), len(data))
    try:
        height, width, space = simplejpeg.decode_jpeg_header(data)[:3]
        if space in ("CMYK", "YCCK"):
            return None
        pixels: NDArray[Any] = simplejpeg.decode_jpeg(
            data,
            "GRAY" if space == "Gray" else "RGB",
            # The smallest scale that is not below these is the one meant.
            min_height=-(-height // factor),
            min_width=-(-width // factor),
        )
    except ValueError as error:
        raise DamageError(f"is damaged (JPEG: {str(error).strip().rstrip('.')})") from None
    return pixels[:, :, 0] if space == "Gray" else pixels, (width, height)


def _from_cmyk(data: bytes) -> NDArray[np.uint8]:
    # OpenCV knows that most such files hold the colours inverted. What it would complain about has
    # been found already.
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    if pixels is None:
        raise DamageError("is a CMYK picture that cannot be decoded")
    return np.asarray(pixels, np.uint8)
