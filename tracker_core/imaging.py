"""OpenCV, imported politely, and still images read without silent damage.

Every import of OpenCV in this project goes through `from tracker_core.imaging import cv2`. The
OpenCV wheels for Linux bring Qt 5 plugins of their own and point the process environment at them,
where the window's Qt 6 would find and choke on them.
"""

from __future__ import annotations

import os
import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from safe_files import FileError, write_bytes
from tracker_core.errors import CKDError
from tracker_core.frames import FramePair

_CHANGED_BY_CV2 = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR", "LD_LIBRARY_PATH")


@contextmanager
def _environment_kept(names: tuple[str, ...]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in names}
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


with _environment_kept(_CHANGED_BY_CV2):
    import cv2

for _name in _CHANGED_BY_CV2:
    # Somebody else may have imported OpenCV before us: then "before" was already its own value.
    if str(Path(cv2.__file__).parent) in os.environ.get(_name, ""):
        del os.environ[_name]

# Broken files are reported as sentences, not as lines on standard error.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

__all__ = [
    "IMAGE_SUFFIXES",
    "Image",
    "as_rgb",
    "cv2",
    "image_size",
    "is_whole",
    "read_image",
    "read_rgb",
    "read_tir",
    "thermal_over_rgb",
    "to_display",
    "write_image",
]

Image: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]
"""(H, W) gray or (H, W, 3) RGB, 8 or 16 bits."""

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".png", ".bmp", ".tif", ".tiff", ".webp", ".pgm", ".ppm", ".pnm"}
)
"""Lower-case file name endings that are read as still images."""

MAX_PIXELS = 1 << 28
"""Images with more pixels than this (268 million) are refused before memory is asked for."""

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Not ff00 (a stuffed byte), ffd0 to ffd7 (restarts inside a scan) and ffff (fill): no segment
# begins with any of them.
_JPEG_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
# These three are tables and a reserved code in the midst of the frame headers.
_JPEG_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class _DamageError(Exception):
    """What is wrong with the bytes of an image, as the second half of a sentence."""


def read_image(path: str | Path) -> Image:
    """Read one still image as gray (H, W) or RGB (H, W, 3), uint8 or uint16, as it was stored.

    Palettes become colours and transparency is dropped; an orientation tag is ignored, because
    boxes are given in stored pixels. Raises CKDError, naming the file, for anything that is
    missing, not an image, cut short or damaged: a half-decoded picture is never returned.
    """
    path = Path(path)
    data = _read_bytes(path)
    try:
        _check_whole(data)
        return _decode(data)
    except _DamageError as damage:
        raise CKDError(
            f"The image {path} {damage}; replace the file or leave it as a gap."
        ) from None


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


def to_display(
    image: NDArray[Any], low_percentile: float = 1.0, high_percentile: float = 99.0
) -> NDArray[np.uint8]:
    """Stretch the values between two percentiles over 0 to 255, for showing; shape is kept.

    Takes uint8 and uint16; all channels share one stretch, and a flat image becomes mid-gray.
    Raises CKDError for other types and for percentiles that are not 0 <= low < high <= 100.
    """
    if image.dtype not in (np.uint8, np.uint16):
        raise CKDError(f"Only 8- and 16-bit images can be stretched, not {image.dtype}.")
    if not 0.0 <= low_percentile < high_percentile <= 100.0:
        raise CKDError(
            f"The stretch needs percentiles 0 <= low < high <= 100, "
            f"not {low_percentile} and {high_percentile}."
        )
    # A histogram gives the percentiles and a table the values: no image is sorted, or computed with
    # in floating point.
    levels = np.iinfo(image.dtype).max + 1
    counts = np.bincount(image.reshape(-1), minlength=levels).cumsum()
    total = int(counts[-1])
    # At least one pixel, or 0 percent would be the lowest level there is and not the lowest one in
    # use.
    low = int(np.searchsorted(counts, max(1.0, total * low_percentile / 100.0)))
    high = int(np.searchsorted(counts, max(1.0, total * high_percentile / 100.0)))
    if high <= low:
        # Nearly all pixels have one value: stretch over the others, too, rather than show nothing.
        first = int(np.searchsorted(counts, 1))
        last = int(np.searchsorted(counts, total))
        if first == last:
            return np.full(image.shape, 128, np.uint8)  # flat: neither dark nor bright
        low, high = first, last
    ramp = (np.arange(levels, dtype=np.float32) - low) * (255.0 / (high - low))
    table: NDArray[np.uint8] = np.clip(np.rint(ramp), 0, 255).astype(np.uint8)
    shown: NDArray[np.uint8] = table[image]
    return shown


def thermal_over_rgb(frames: FramePair) -> NDArray[np.uint8]:
    """The thermal image in 8 bits and as large as the RGB image, (H, W) or (H, W, 3)."""
    # Networks take 8 bits, and raw thermal values fill a small part of 16.
    thermal: NDArray[Any] = to_display(frames.tir) if frames.tir.dtype == np.uint16 else frames.tir
    if thermal.shape[:2] != frames.rgb.shape[:2]:
        thermal = cv2.resize(thermal, frames.size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(thermal, np.uint8)


def image_size(path: str | Path) -> tuple[int, int]:
    """Width and height in pixels, from the header alone for JPEG and PNG.

    Raises CKDError as `read_image` does.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            # Enough unless a preview lies before the header; then the image is decoded.
            head = file.read(1 << 16)
        size = _header_size(head)
    except OSError as error:
        raise CKDError(f"The image {path} cannot be read: {error.strerror}.") from error
    except _DamageError:  # decoding it says the same, in the words for any image
        size = None
    if size is None:
        image = read_image(path)
        size = image.shape[1], image.shape[0]
    return size


def is_whole(data: bytes) -> bool:
    """False for the bytes of an image that is empty, cut short, damaged or absurdly large.

    A decoder would paint over such damage in gray. What is not an image at all may pass.
    """
    try:
        _check_whole(data)
    except _DamageError:
        return False
    return bool(data)


def _read_bytes(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise CKDError(f"There is no image {path}; check the path.") from None
    except OSError as error:
        raise CKDError(f"The image {path} cannot be read: {error.strerror}.") from error
    if not data:
        raise CKDError(f"The image {path} is empty; replace the file or leave it as a gap.")
    return data


def _decode(data: bytes) -> Image:
    try:
        # Decoding from memory, because OpenCV cannot open every Unicode path on Windows.
        # Unchanged: neither turned by an orientation tag nor cut to 8 bits.
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        raise _DamageError("cannot be decoded") from None
    if pixels is None or pixels.size == 0:
        raise _DamageError("is not an image or is damaged")
    if pixels.dtype not in (np.uint8, np.uint16):
        raise _DamageError(f"has {pixels.dtype} pixels, and only 8- and 16-bit integers are read")
    return _channels_as_rgb(pixels)


def _channels_as_rgb(pixels: NDArray[Any]) -> Image:
    if pixels.ndim == 2:
        return np.ascontiguousarray(pixels)
    channels = pixels.shape[2]
    if channels <= 2:  # gray, or gray with transparency
        return np.ascontiguousarray(pixels[:, :, 0])
    return np.ascontiguousarray(pixels[:, :, 2::-1])  # BGR or BGRA to RGB


def _check_whole(data: bytes) -> None:
    """Find damage that a decoder would paint over in gray; raises _DamageError."""
    # Before decoding, which asks for all of the memory at once.
    size = _header_size(data)
    if size is not None and size[0] * size[1] > MAX_PIXELS:
        raise _DamageError(
            f"says it is {size[0]} x {size[1]} pixels, which is too large to be true"
        )
    if data.startswith(b"\xff\xd8"):
        _check_jpeg_end(data)
    elif data.startswith(_PNG_SIGNATURE):
        _check_png_chunks(data)


def _header_size(data: bytes) -> tuple[int, int] | None:
    """Width and height from a JPEG or PNG header; None for other formats or a short head."""
    if data.startswith(_PNG_SIGNATURE):
        if len(data) < 24:  # signature, length and kind of the first chunk, width, height
            raise _DamageError("is cut short")
        width, height = struct.unpack_from(">II", data, 16)
        return int(width), int(height)
    if not data.startswith(b"\xff\xd8"):
        return None
    for marker, start, _length in _jpeg_segments(data):
        if marker in _JPEG_FRAME_HEADERS and start + 7 <= len(data):
            height, width = struct.unpack_from(">HH", data, start + 3)  # after length and bits
            return int(width), int(height)
    return None


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker code, first byte of its length field and that length, to the data's end."""
    position = 2
    while (found := _JPEG_MARKER.search(data, position)) is not None:
        marker = data[found.end() - 1]
        start = found.end()
        if marker in (0xD8, 0xD9, 0x01):  # start, end and TEM: markers without a length
            yield marker, start, 0
            position = start
            continue
        if start + 2 > len(data):
            return
        length = int.from_bytes(data[start : start + 2], "big")
        yield marker, start, length
        # By length, so that a preview's own end inside a segment is passed over. A length counts
        # its own two bytes; less is damage, and must not lead back into them.
        position = start + max(length, 2)


def _check_jpeg_end(data: bytes) -> None:
    picture_started = False
    for marker, _start, _length in _jpeg_segments(data):
        if marker == 0xDA:
            picture_started = True  # an end before the first scan is not the picture's
        elif marker == 0xD9 and picture_started:
            return
    raise _DamageError("is cut short: its JPEG data has no end")


def _check_png_chunks(data: bytes) -> None:
    position = len(_PNG_SIGNATURE)
    while position + 12 <= len(data):  # length, kind and checksum of a chunk without data
        (length,) = struct.unpack_from(">I", data, position)
        kind = data[position + 4 : position + 8]
        end = position + 12 + length
        if end > len(data):
            break
        (expected,) = struct.unpack_from(">I", data, end - 4)
        if zlib.crc32(memoryview(data)[position + 4 : end - 4]) != expected:
            raise _DamageError("is damaged: a checksum of its PNG data does not match")
        if kind == b"IEND":
            return
        position = end
    raise _DamageError("is cut short: its PNG data has no end")
