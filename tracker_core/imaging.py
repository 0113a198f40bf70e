"""Still images read without silent damage, and OpenCV.

Every import of OpenCV in this project goes through `from tracker_core.imaging import cv2`, because
its wheels bring a Qt that the window must not find.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from safe_files import FileError, write_bytes
from tracker_core.errors import CKDError
from tracker_core.frames import FramePair
from tracker_core.opencv import cv2
from tracker_core.stills.decode import decode_still, sound_bytes
from tracker_core.stills.facts import (
    HEAD_BYTES,
    MAX_BYTES,
    DamageError,
    check_size,
    format_of,
    size_of,
)
from tracker_core.stills.jpeg import decode_reduced
from tracker_core.stills.regular import open_regular, read_regular
from tracker_core.stills.tiff import TiffPages

__all__ = [
    "IMAGE_SUFFIXES",
    "DamageError",
    "Image",
    "Still",
    "ThermalRange",
    "TiffPages",
    "as_rgb",
    "cv2",
    "image_size",
    "is_whole",
    "open_regular",
    "read_image",
    "read_reduced",
    "read_rgb",
    "read_still",
    "read_tir",
    "sound_bytes",
    "thermal_over_rgb",
    "thermal_range",
    "to_display",
    "write_image",
]

Image: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]
"""(H, W) gray or (H, W, 3) RGB, 8 or 16 bits."""

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".png", ".bmp", ".tif", ".tiff", ".webp", ".pgm", ".ppm", ".pnm"}
)
"""Lower-case file name endings that are read as still images."""


@dataclass(frozen=True, slots=True)
class Still:
    """One still image, and what else is true of its file."""

    pixels: Image
    pictures: int = 1
    """How many pictures the file holds: pages of a TIFF, steps of an animation."""
    orientation: int = 1
    """Its orientation tag, 1 to 8; 1 where the pixels stand upright."""


def read_image(path: str | Path) -> Image:
    """Read one still image as gray (H, W) or RGB (H, W, 3), uint8 or uint16, as it was stored.

    Palettes become colours and transparency is left out; an orientation tag is ignored, because
    boxes are given in stored pixels; of several pictures in one file the first is read. Raises
    CKDError, naming the file, for anything that is missing, no regular file, not an image, cut
    short or damaged: a half-decoded picture is never returned.
    """
    return read_still(path).pixels


def read_still(path: str | Path) -> Still:
    """Read one still image as `read_image` does, with what else is true of its file."""
    path = Path(path)
    try:
        with open_regular(path) as file:
            # What is no image is not read to its end.
            format_of(file.read(HEAD_BYTES))
            file.seek(0)
            data = read_regular(file, MAX_BYTES)
        return Still(*decode_still(data))
    except FileNotFoundError:
        raise CKDError(f"There is no image {path}; check the path.") from None
    except OSError as error:
        raise CKDError(f"The image {path} cannot be read: {error.strerror or error}.") from error
    except DamageError as damage:
        raise CKDError(
            f"The image {path} {damage}; replace the file or leave it as a gap."
        ) from None


def read_reduced(path: str | Path, factor: int) -> tuple[Image, tuple[int, int]] | None:
    """Read a JPEG with each pixel standing for `factor` by `factor` (2, 4 or 8), for a first look.

    With it come width and height of the whole image; where it lies in the frame is as `read_image`
    has it. None for what is no JPEG, or cannot be read: reading the whole says why.
    """
    try:
        with open_regular(Path(path)) as file:
            if format_of(file.read(HEAD_BYTES)) != "jpeg":
                return None
            file.seek(0)
            data = read_regular(file, MAX_BYTES)
        if (size := size_of(data)) is not None:
            check_size(*size)
        return decode_reduced(data, factor)
    except (OSError, DamageError):
        return None


def read_rgb(path: str | Path) -> NDArray[np.uint8]:
    """Read an image as (H, W, 3) uint8 RGB; gray is repeated, 16 bits keep their upper byte."""
    return as_rgb(read_image(path))


def read_tir(path: str | Path) -> Image:
    """Read a thermal image as stored: (H, W) or (H, W, 3), raw 8- or 16-bit values."""
    return read_image(path)


def as_rgb(image: Image) -> NDArray[np.uint8]:
    """Return any image as (H, W, 3) uint8."""
    narrow: NDArray[Any] = (image >> 8).astype(np.uint8) if image.dtype == np.uint16 else image
    if narrow.ndim == 2:
        narrow = np.repeat(narrow[:, :, None], 3, axis=2)  # (H, W, 3)
    return np.ascontiguousarray(narrow, dtype=np.uint8)


def write_image(path: str | Path, image: Image, quality: int = 95) -> None:
    """Write gray or RGB pixels in the format of the file name's ending; any path is fine.

    `quality` (0 to 100) is for JPEG. Raises CKDError when the format or the folder refuses.
    """
    path = Path(path)
    pixels = image if image.ndim == 2 else image[:, :, ::-1]  # RGB to OpenCV's BGR
    try:
        # In memory, because OpenCV cannot write to every Unicode path on Windows, and so that a
        # full disk leaves no half image.
        done, data = cv2.imencode(
            path.suffix, np.ascontiguousarray(pixels), [cv2.IMWRITE_JPEG_QUALITY, quality]
        )
    except cv2.error:
        done, data = False, np.empty(0, np.uint8)
    if not done:
        raise CKDError(f"The image {path} cannot be written as '{path.suffix}'; use .png or .jpg.")
    try:
        write_bytes(path, data.tobytes())
    except FileError as error:
        raise CKDError(f"The image {path} cannot be written: {error.reason}.") from error


@dataclass(frozen=True, slots=True)
class ThermalRange:
    """The raw thermal values that become 0 and 255; those beyond are cut off."""

    low: int
    """0 to 65535."""
    high: int
    """Above `low`."""


def to_display(
    image: NDArray[Any], low_percentile: float = 1.0, high_percentile: float = 99.0
) -> NDArray[np.uint8]:
    """Stretch the values between two percentiles over 0 to 255, for showing; shape is kept.

    Takes uint8 and uint16; all channels share one stretch, and a flat image becomes mid-gray.
    Raises CKDError for other types and for percentiles that are not 0 <= low < high <= 100.
    """
    found = _range_of(image, low_percentile, high_percentile)
    if found is None:
        return np.full(image.shape, 128, np.uint8)  # flat: neither dark nor bright
    return _stretched(image, found)


def thermal_range(frames: FramePair) -> ThermalRange | None:
    """The range of a 16-bit thermal image that trackers stretch a whole clip by.

    None for 8 bits, which are taken as they are, and for a flat image, which has no range.
    """
    return _range_of(frames.tir, 1.0, 99.0) if frames.tir.dtype == np.uint16 else None


def _range_of(image: NDArray[Any], lower: float, upper: float) -> ThermalRange | None:
    """Return the values at two percentiles, or the extremes where those are one; None if flat."""
    if image.dtype not in (np.uint8, np.uint16):
        raise CKDError(f"Only 8- and 16-bit images can be stretched, not {image.dtype}.")
    if not 0.0 <= lower < upper <= 100.0:
        raise CKDError(
            f"The stretch needs percentiles 0 <= low < high <= 100, not {lower} and {upper}."
        )
    # A histogram gives the percentiles and a table the values: no image is sorted, or computed with
    # in floating point.
    levels = np.iinfo(image.dtype).max + 1
    counts = np.bincount(image.reshape(-1), minlength=levels).cumsum()
    total = int(counts[-1])
    # At least one pixel, or 0 percent would be the lowest level there is and not the lowest one in
    # use.
    low = int(np.searchsorted(counts, max(1.0, total * lower / 100.0)))
    high = int(np.searchsorted(counts, max(1.0, total * upper / 100.0)))
    if high <= low:
        # Nearly all pixels have one value: stretch over the others, too, rather than show nothing.
        low, high = int(np.searchsorted(counts, 1)), int(np.searchsorted(counts, total))
    return ThermalRange(low, high) if high > low else None


def _stretched(image: NDArray[Any], span: ThermalRange) -> NDArray[np.uint8]:
    levels = np.iinfo(image.dtype).max + 1
    ramp = (np.arange(levels, dtype=np.float32) - span.low) * (255.0 / (span.high - span.low))
    table: NDArray[np.uint8] = np.clip(np.rint(ramp), 0, 255).astype(np.uint8)
    shown: NDArray[np.uint8] = table[image]
    return shown


def thermal_over_rgb(frames: FramePair, span: ThermalRange | None = None) -> NDArray[np.uint8]:
    """The thermal image in 8 bits and as large as the RGB image, (H, W) or (H, W, 3).

    16 bits are stretched by `span`, a clip's first frame's `thermal_range`; without it by their
    own, which is another in every frame: something warm that comes in then darkens all else.
    """
    thermal: NDArray[Any] = frames.tir
    # Networks take 8 bits, and raw thermal values fill a small part of 16.
    if thermal.dtype == np.uint16:
        thermal = to_display(thermal) if span is None else _stretched(thermal, span)
    if thermal.shape[:2] != frames.rgb.shape[:2]:
        thermal = cv2.resize(thermal, frames.size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(thermal, np.uint8)


def image_size(path: str | Path) -> tuple[int, int]:
    """Width and height in pixels, from the header alone where it tells.

    Raises CKDError as `read_image` does.
    """
    path = Path(path)
    size: tuple[int, int] | None = None
    try:
        with open_regular(path) as file:
            # Enough unless a preview lies before the header; then the image is decoded.
            head = file.read(HEAD_BYTES)
            size = TiffPages(file).size() if format_of(head) == "tiff" else size_of(head)
    except (OSError, DamageError):
        pass  # reading it says what is wrong, in the words for any image
    if size is None:
        pixels = read_image(path)
        size = pixels.shape[1], pixels.shape[0]
    return size


def is_whole(data: bytes) -> bool:
    """False for the bytes of an image that is empty, damaged, absurdly large or none at all."""
    return sound_bytes(data) is not None
