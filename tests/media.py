"""Numbered pictures, videos of them with one or two streams, and ways to damage their bytes."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL.Image import Image as PillowImage

WIDTH, HEIGHT = 192, 128
BITS = 10


def numbered(number: int, colour: bool = True) -> NDArray[np.uint8]:
    """A (128, 192, 3) or (128, 192) picture whose top rows spell a number in black and white."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    waves = 100 + 40 * np.sin((columns + 3 * number) / 9.0) + 40 * np.cos((rows - number) / 7.0)
    noise = np.random.default_rng(number).integers(-12, 13, (HEIGHT, WIDTH))
    gray = np.clip(waves + noise, 30, 220).astype(np.uint8)
    image = np.dstack([gray, gray // 2 + 20, 255 - gray]) if colour else gray
    for bit in range(BITS):
        white = number >> (BITS - 1 - bit) & 1
        image[8:28, 8 + 16 * bit : 22 + 16 * bit] = 255 * white
    return image


def number_of(image: NDArray[Any]) -> int:
    """The number that a numbered picture spells, however much a codec has blurred it."""
    gray = image if image.ndim == 2 else image.mean(axis=2)
    middle = (float(gray.min()) + float(gray.max())) / 2
    bits = [gray[12:24, 12 + 16 * b : 18 + 16 * b].mean() > middle for b in range(BITS)]
    return sum(int(bit) << (BITS - 1 - k) for k, bit in enumerate(bits))


def encoded(image: NDArray[Any] | PillowImage, form: str, **options: Any) -> bytes:
    """A picture as Pillow writes it: JPEG, PNG, TIFF, WEBP, BMP, PPM."""
    made = io.BytesIO()
    picture = image if isinstance(image, PillowImage) else Pillow.fromarray(image)
    picture.save(made, form, **options)
    return made.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    """One chunk of a PNG."""
    whole = kind + body
    return struct.pack(">I", len(body)) + whole + struct.pack(">I", zlib.crc32(whole))


def png_of(
    rows: bytes, width: int, height: int, *, bits: int = 8, colour: int = 2, **extra: bytes
) -> bytes:
    """A PNG of packed rows with their filter bytes; `extra` chunks stand before the data."""
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    others = b"".join(chunk(kind.encode(), body) for kind, body in extra.items())
    data = chunk(b"IHDR", header) + others + chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + data + chunk(b"IEND", b"")


Damage = Callable[[bytes, int, int], bytes]
"""Takes bytes and the place to damage, from one position to another."""


def _filled(data: bytes, start: int, end: int, filling: bytes) -> bytes:
    return data[:start] + filling + data[end:]


DAMAGES: dict[str, Damage] = {
    "zeros": lambda data, a, b: _filled(data, a, b, bytes(b - a)),
    "ones": lambda data, a, b: _filled(data, a, b, b"\xff" * (b - a)),
    "noise": lambda data, a, b: _filled(data, a, b, np.random.default_rng(7).bytes(b - a)),
    "flipped": lambda data, a, b: _filled(data, a, b, bytes(x ^ 0xFF for x in data[a:b])),
    "lost": lambda data, a, b: data[:a] + data[b:],
}


def write_streams(
    path: Path,
    frames: int,
    *pictures: Callable[[int], NDArray[np.uint8]],
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    options: dict[str, str] | None = None,
    prepare: Callable[[list[Any]], None] = lambda _streams: None,
) -> Path:
    """Write a video with a stream for each way to draw frame k."""
    with av.open(str(path), "w") as container:
        streams: list[Any] = []
        for draw in pictures:
            stream: Any = container.add_stream(codec, rate=25, options=options or {})
            stream.height, stream.width = draw(0).shape[:2]
            stream.pix_fmt = pix_fmt
            streams.append(stream)
        prepare(streams)
        for k in range(frames):
            for stream, draw in zip(streams, pictures, strict=True):
                image = draw(k)
                form = "gray" if image.ndim == 2 else "rgb24"
                frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), form)
                container.mux(stream.encode(frame))
        for stream in streams:
            container.mux(stream.encode())
    return path


def packets_of(path: Path, stream: int = 0) -> list[tuple[int, int, int]]:
    """Where the packets of a video lie in its file: position, size and time, in file order."""
    with av.open(str(path)) as container:
        return [
            (int(packet.pos or 0), packet.size, int(packet.pts or 0))
            for packet in container.demux(container.streams.video[stream])
            if packet.size
        ]
