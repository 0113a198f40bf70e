"""Small recordings on disk: every frame tells its number by its colour."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from tracker_core.imaging import write_image

SIZE = (32, 24)
"""Width and height of the frames that tests write."""


def picture(number: int, size: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    """A colour frame whose value says its number, so that no shift goes unseen."""
    image = np.empty((size[1], size[0], 3), np.uint8)
    image[:] = (number % 250, 255 - number % 250, 40)
    return image


def heat(number: int, size: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    """A gray frame whose value says its number."""
    return np.full((size[1], size[0]), number % 250, np.uint8)


def write_folder(
    folder: Path,
    names: Iterable[str],
    make: Callable[[int], NDArray[Any]] = picture,
    numbers: Iterable[int] | None = None,
) -> Path:
    """Write a PNG or JPEG per name; image k shows its number (k unless numbers are given)."""
    folder.mkdir(parents=True, exist_ok=True)
    names = list(names)
    for name, number in zip(names, numbers or range(len(names)), strict=True):
        write_image(folder / name, make(number))
    return folder


def write_boxes(path: Path, rows: int, separator: str = ",", end: str = "\n") -> Path:
    """Write row k as the box k, 2, 5, 6."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [separator.join(str(value) for value in (k, 2, 5, 6)) for k in range(rows)]
    path.write_bytes("".join(line + end for line in lines).encode())
    return path


def write_lasher(root: Path, frames: int = 5, rows: int | None = None) -> Path:
    """A LasHeR sequence: visible/v000.png, infrared/i000.png and three text files."""
    write_folder(root / "visible", (f"v{k:03d}.png" for k in range(frames)))
    write_folder(root / "infrared", (f"i{k:03d}.png" for k in range(frames)), heat)
    rows = frames if rows is None else rows
    for name in ("visible.txt", "infrared.txt"):
        write_boxes(root / name, rows, end="\r\n")
    write_boxes(root / "init.txt", 1)
    return root


def stripes(number: int) -> NDArray[np.uint8]:
    """A 96 x 64 frame with six stripes, white for each bit that is set in a number below 64."""
    image = np.full((64, 96, 3), 20, np.uint8)
    for k in range(6):
        if number >> k & 1:
            image[:, 16 * k : 16 * k + 16] = 230
    return image


def write_video(
    path: Path,
    frames: int = 30,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    options: dict[str, str] | None = None,
    times_ms: list[int] | None = None,
    make: Callable[[int], NDArray[np.uint8]] | None = None,
    rate: int = 25,
) -> Path:
    """Write a video whose frame k shows k in stripes, or what `make` draws."""
    make = make or stripes
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=rate, options=options or {})
        stream.height, stream.width = make(0).shape[:2]
        stream.pix_fmt = pix_fmt
        if times_ms is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        for k in range(frames):
            frame = av.VideoFrame.from_ndarray(make(k), "rgb24")
            if times_ms is not None:
                frame.time_base = Fraction(1, 1000)
                frame.pts = times_ms[k]
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def shown_number(image: NDArray[Any] | None) -> int | None:
    """The number that a frame of `picture` or `heat` shows; None for a gap."""
    if image is None:
        return None
    return int(image[0, 0, 0] if image.ndim == 3 else image[0, 0])


def striped_number(image: NDArray[Any] | None) -> int:
    """The number that a frame of `stripes` shows, however much a codec has blurred it."""
    assert image is not None
    gray = image if image.ndim == 2 else image.mean(axis=2)
    bits = [int(gray[8:56, 16 * k + 4 : 16 * k + 12].mean() > 127) for k in range(6)]
    return sum(bit << k for k, bit in enumerate(bits))
