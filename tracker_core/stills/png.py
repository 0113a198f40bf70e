"""PNG by Pillow, or by FFmpeg for 16 bits with several channels."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import PngImagePlugin

from tracker_core.stills.facts import PNG_SIGNATURE, DamageError, check_holds

_NEEDED = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""By colour type."""
_HEADER_END = 33
_DEPTHS = (1, 2, 4, 8, 16)
# What deflate makes of nothing but zeros.
_MOST_BYTES_PER_BYTE = 1032


def needed_chunks(data: bytes, *also: bytes) -> bytes:
    """Return a PNG of the chunks that make the picture; DamageError where one is damaged.

    Transparency (`tRNS`) is not among them unless it is asked for.

    A decoder complains about other chunks, such as an old colour profile, on standard error.
    """
    spans: list[tuple[bytes, int, int]] = []
    position, ended = len(PNG_SIGNATURE), False
    while not ended and position + 12 <= len(data):  # length, kind, checksum of an empty chunk
        (length,) = struct.unpack_from(">I", data, position)
        kind = data[position + 4 : position + 8]
        end = position + 12 + length
        if end > len(data):
            break
        (expected,) = struct.unpack_from(">I", data, end - 4)
        if zlib.crc32(memoryview(data)[position + 4 : end - 4]) != expected:
            raise DamageError("is damaged: a checksum of its PNG data does not match")
        spans.append((kind, position, end))
        ended = kind == b"IEND"
        position = end
    if not ended:
        raise DamageError("is cut short: its PNG data has no end")
    if spans[0] != (b"IHDR", 8, 33):
        raise DamageError("is damaged: its PNG data has no header")
    # In an animation the default picture alone: the others are in chunks of their own.
    needed = [data[start:end] for kind, start, end in spans if kind in (*_NEEDED, *also)]
    return data if len(needed) == len(spans) else PNG_SIGNATURE + b"".join(needed)


def decode_png(data: bytes) -> NDArray[Any]:
    """Return gray (H, W) or RGB (H, W, 3), 8 or 16 bits; DamageError for any damage."""
    data = needed_chunks(data)
    width, height, bits, colour = struct.unpack_from(">IIBB", data, 16)
    if colour not in _CHANNELS or bits not in _DEPTHS:
        raise DamageError("is damaged: its PNG header makes no sense")
    row_bytes = (width * bits * _CHANNELS[colour] + 7) // 8
    most = width * (_MOST_BYTES_PER_BYTE * len(data) / (row_bytes + 1))
    check_holds(width, height, most, len(data))
    if bits == 16 and colour != 0:
        return _deep(data, height * (row_bytes + 1))
    try:
        # Not by Image.open, whose warnings of large pictures go to standard error.
        with PngImagePlugin.PngImageFile(io.BytesIO(data)) as picture:
            picture.load()
            pixels = np.asarray(picture)
            # Rows that were not there stay zero, and Pillow says nothing. Two, because every other
            # one is in the last pass of an interlaced picture.
            if not (pixels[-1].any() and pixels[-2:][0].any()):
                _unpacked(data, height * (row_bytes + 1))
            if picture.mode in ("1", "LA"):
                return np.asarray(picture.convert("L"))
            if picture.mode in ("P", "RGBA"):
                return np.asarray(picture.convert("RGB"))
    except (OSError, SyntaxError, ValueError, EOFError, struct.error) as error:
        raise DamageError(f"is damaged (PNG: {_reason(error)})") from None
    # 16-bit gray comes as 32-bit integers from older releases of Pillow.
    return pixels.astype(np.uint16) if bits == 16 else pixels


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _deep(data: bytes, expected: int) -> NDArray[Any]:
    # Late: FFmpeg takes time to load, and few pictures are like this. Pillow would cut them to 8
    # bits.
    from tracker_core.stills.ffmpeg import decode_by_ffmpeg

    rows = _unpacked(data, expected)
    # Stored as they are, so that nothing is unpacked twice.
    body = b"IDAT" + zlib.compress(rows, 0)
    again = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return decode_by_ffmpeg(data[:_HEADER_END] + again + data[-12:], "png")


def _unpacked(data: bytes, expected: int) -> bytes:
    """The rows of a PNG; DamageError when some are missing, which few decoders mind."""
    bodies, position = [], len(PNG_SIGNATURE)
    while position + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        if data[position + 4 : position + 8] == b"IDAT":
            bodies.append(data[position + 8 : position + 8 + length])
        position += 12 + length
    unpacking = zlib.decompressobj()
    try:
        # An interlaced picture has a filter byte for more rows than one.
        rows = unpacking.decompress(b"".join(bodies), 2 * expected + 64)
    except zlib.error as error:
        raise DamageError(f"is damaged (PNG: {error})") from None
    if len(rows) < expected:
        raise DamageError("is damaged: rows of its PNG data are missing")
    return rows
