"""Pictures of the guide: small files, and how far two of them are apart."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from safe_files import write_bytes

COLOURS = 256
TILE = 16
"""Pixels of the squares that are compared: a line of text high."""
APART = 25.0
"""Grey levels by which a square may differ at most, of 255.

Another renderer of fonts stays below two thirds of it; an entry of a menu that is gone or another,
a button or a panel that is missing lie above (tests/unit/scripts/guide/test_pictures.py).
"""


def write_small(picture: Image.Image, path: Path) -> None:
    """Write a PNG with a palette; text keeps its edges, for nothing is dithered."""
    few = picture.convert("RGB").quantize(
        COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
    )
    buffer = io.BytesIO()
    few.save(buffer, "PNG", optimize=True)
    write_bytes(path, buffer.getvalue())


def apart(first: Image.Image, second: Image.Image) -> float:
    """Return how far the squares that differ most are apart, in levels of grey.

    Pictures of another size are as far apart as can be: something came, went or moved.
    """
    if first.size != second.size:
        return 255.0
    return float(np.abs(_squares(first) - _squares(second)).max())


def _squares(picture: Image.Image) -> NDArray[np.float64]:
    """(rows, columns) the mean grey of each square; those at the edges may be smaller."""
    grey = np.asarray(picture.convert("RGB").convert("L"), np.float64)
    rows = np.arange(0, grey.shape[0], TILE)
    columns = np.arange(0, grey.shape[1], TILE)
    sums = np.add.reduceat(np.add.reduceat(grey, rows, axis=0), columns, axis=1)
    counts = np.outer(
        np.diff([*rows, grey.shape[0]]).astype(float), np.diff([*columns, grey.shape[1]])
    )
    squares: NDArray[np.float64] = sums / counts
    return squares
