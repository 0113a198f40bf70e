"""What the bytes of a still image say before it is decoded: format, size, oddities."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

MAX_PIXELS = 1 << 27
"""Images with more pixels than this (134 million) are refused before memory is asked for."""
MAX_BYTES = 1 << 29
"""Image files with more bytes than this (512 MiB) are not read."""
HEAD_BYTES = 1 << 16
"""How much of a file tells its format and, nearly always, its size."""

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_FORMATS = (
    ("jpeg", re.compile(rb"\xff\xd8")),
    ("png", re.compile(re.escape(PNG_SIGNATURE))),
    ("tiff", re.compile(rb"II[*+]\0|MM\0[*+]")),
    ("webp", re.compile(rb"RIFF.{4}WEBP", re.DOTALL)),
    ("bmp", re.compile(rb"BM")),
    ("pnm", re.compile(rb"P[1-6][\s#]")),
)
_OTHERS = (
    (b"GIF8", "a GIF picture; only as a video file of its own is it read"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture, which is not read; save it as PNG"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture, which is not read; save it as PNG"),
    (b"\x76\x2f\x31\x01", "an OpenEXR picture, which is not read; save it as 16-bit PNG"),
    (b"\xff\x0a", "a JPEG XL picture, which is not read; save it as PNG"),
    (b"version https://git-lfs", "a Git LFS pointer; fetch the file itself with `git lfs pull`"),
    (b"<", "a text or web page and no picture; download it again"),
    (b"{", "a text and no picture; download it again"),
)
# Not ff00 (a stuffed byte), ffd0 to ffd7 (restarts inside a scan) and ffff (fill): no segment
# begins with any of them.
_JPEG_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
# These three are tables and a reserved code in the midst of the frame headers.
_JPEG_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SCAN = 0xDA
_ORIENTATION = 274


class DamageError(Exception):
    """What is wrong with the bytes of an image, as the second half of a sentence."""


def format_of(data: bytes) -> str:
    """Tell the format by the content; DamageError for what is none of those that are read."""
    for kind, beginning in _FORMATS:
        if beginning.match(data):
            return kind
    if not data:
        raise DamageError("is empty")
    if data[4:8] == b"ftyp":
        raise DamageError("is an AVIF or HEIC picture, which is not read; save it as PNG")
    for start, what in _OTHERS:
        if data.lstrip().startswith(start):
            raise DamageError(f"is {what}")
    raise DamageError("is not an image or is damaged")


def check_size(width: int, height: int) -> None:
    """Refuse an image that cannot be held; DamageError."""
    if width * height > MAX_PIXELS:
        raise DamageError(f"says it is {width} x {height} pixels, which is too large to be true")
    if width <= 0 or height <= 0:
        raise DamageError("is damaged: it says that it has no pixels")


def check_holds(width: int, height: int, most_pixels: float, count: int) -> None:
    """Refuse a size that so few bytes cannot hold in this format; DamageError.

    Else a header with one wrong byte would ask for gigabytes.
    """
    if width * height > most_pixels:
        raise DamageError(
            f"is cut short or damaged: {count} bytes cannot hold {width} x {height} pixels"
        )


def size_of(data: bytes) -> tuple[int, int] | None:
    """Width and height from the first bytes; None where these do not tell (TIFF, a short head)."""
    kind = format_of(data)
    if kind == "png":
        if len(data) < 24:  # signature, length and kind of the first chunk, width, height
            raise DamageError("is cut short")
        width, height = struct.unpack_from(">II", data, 16)
        return int(width), int(height)
    if kind == "jpeg":
        return _jpeg_size(data)
    if kind == "webp":
        return _webp_size(data)
    if kind == "bmp":
        return _bmp_size(data)
    return _pnm_size(data) if kind == "pnm" else None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    for marker, start, _length in jpeg_segments(data):
        if marker in _JPEG_FRAME_HEADERS and start + 7 <= len(data):
            height, width = struct.unpack_from(">HH", data, start + 3)  # after length and bits
            return int(width), int(height)
    return None


def _webp_size(data: bytes) -> tuple[int, int] | None:
    kind, body = data[12:16], data[20:30]
    if len(body) < 10:
        raise DamageError("is cut short")
    if kind == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if kind == b"VP8L":
        packed = int.from_bytes(body[1:5], "little")
        return 1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF)
    width, height = struct.unpack_from("<HH", body, 6)
    return width & 0x3FFF, height & 0x3FFF  # the upper two bits are a scale for showing


def _bmp_size(data: bytes) -> tuple[int, int] | None:
    if len(data) < 26:
        raise DamageError("is cut short")
    if int.from_bytes(data[14:18], "little") == 12:  # the header of OS/2
        width, height = struct.unpack_from("<HH", data, 18)
    else:
        width, height = struct.unpack_from("<ii", data, 18)
    return abs(int(width)), abs(int(height))  # a negative height: rows from the top


def _pnm_size(data: bytes) -> tuple[int, int] | None:
    fields = re.sub(rb"#[^\n\r]*", b" ", data[2:HEAD_BYTES]).split(maxsplit=2)
    try:
        # More digits than any size has would only cost time.
        return int(fields[0][:12]), int(fields[1][:12])
    except (IndexError, ValueError):
        raise DamageError("is cut short or damaged") from None


def jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
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


def jpeg_has_end(data: bytes) -> bool:
    """True when the picture itself has an end; that of a preview does not count."""
    picture_started = False
    for marker, _start, _length in jpeg_segments(data):
        if marker == _SCAN:
            picture_started = True  # an end before the first scan is not the picture's
        elif marker == 0xD9 and picture_started:
            return True
    return False


def orientation_of(data: bytes) -> int:
    """The orientation tag, 1 to 8, of a JPEG, WebP or PNG; 1 where there is none."""
    kind = format_of(data)
    if kind == "jpeg":
        for marker, start, length in jpeg_segments(data):
            if marker == _SCAN:
                break
            body = data[start + 2 : start + length]
            if marker == 0xE1 and body.startswith(b"Exif\0\0"):
                return _exif_orientation(body[6:])
    elif kind == "webp" and (at := data.find(b"EXIF")) >= 0:
        body = data[at + 8 : at + 8 + HEAD_BYTES]
        return _exif_orientation(body.removeprefix(b"Exif\0\0"))
    elif kind == "png" and (at := data.find(b"eXIf", 0, HEAD_BYTES)) >= 0:
        return _exif_orientation(data[at + 4 : at + 4 + HEAD_BYTES])
    return 1


def _exif_orientation(exif: bytes) -> int:
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    try:
        if order is None:
            return 1
        (first,) = struct.unpack_from(order + "I", exif, 4)
        (count,) = struct.unpack_from(order + "H", exif, first)
        for entry in range(count):
            tag, _kind, _number, value = struct.unpack_from(
                order + "HHIH", exif, first + 2 + 12 * entry
            )
            if tag == _ORIENTATION:
                return int(value) if 1 <= value <= 8 else 1
    except struct.error:
        pass  # a tag that cannot be read turns nothing
    return 1


def animated_pictures(data: bytes) -> int:
    """How many pictures an animated PNG or WebP holds; 1 for any other image."""
    kind = format_of(data)
    if kind == "png" and (at := data.find(b"acTL", 0, HEAD_BYTES)) >= 0 and at + 8 <= len(data):
        return max(1, int.from_bytes(data[at + 4 : at + 8], "big"))
    if kind == "webp" and data[12:16] == b"VP8X" and data[20] & 2:
        return max(1, data.count(b"ANMF"))
    return 1
