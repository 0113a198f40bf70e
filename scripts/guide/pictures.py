"""Pictures of the guide: small files, and how far two of them are apart."""

from __future__ import annotations

import io
from dataclasses import fields
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from app.look.palette import DARK, Rgb
from safe_files import write_bytes

COLOURS = 256
BLUR = 6
"""Pixels around each that are averaged: letters become patches, words stay words."""
SHIFT = 7
"""Pixels across in which a patch may lie elsewhere."""
STRETCH = 8
"""Pixels by which a picture may be wider or higher: a menu is as wide as its words."""
APART = 38.0
"""Levels of grey by which two pictures may differ anywhere, of 255.

Letters drawn with full hinting in place of none, which also makes words longer, came to 34 at most;
an entry of a menu with other words, a shorter word, or a missing row of choosers to 43 at least.
"""


def write_small(picture: Image.Image, path: Path) -> None:
    """Write a PNG with a palette; text keeps its edges, for nothing is dithered."""
    full = picture.convert("RGB")
    signs = [part for colour in colours_of_the_theme() for part in colour]
    free = COLOURS - len(signs) // 3
    most = full.quantize(free, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    # A few strokes of a colour that means something would otherwise get that of the street.
    palette = Image.new("P", (1, 1))
    palette.putpalette([*(most.getpalette() or [])[: 3 * free], *signs])
    few = full.quantize(palette=palette, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    few.save(buffer, "PNG", optimize=True)
    write_bytes(path, buffer.getvalue())


def colours_of_the_theme() -> list[Rgb]:
    """Return the colours that say something, each once."""
    values = [getattr(DARK, field.name) for field in fields(DARK)]
    flat = [
        colour
        for value in values
        for colour in (value if isinstance(value[0], tuple) else (value,))
    ]
    return list(dict.fromkeys(flat))


def apart(first: Image.Image, second: Image.Image) -> float:
    """Return how far two pictures are apart where they differ most, in levels of grey.

    Pictures of quite another size are as far apart as can be: something came, went or moved.
    """
    if any(abs(a - b) > STRETCH for a, b in zip(first.size, second.size, strict=True)):
        return 255.0
    width, height = map(min, first.size, second.size)
    one, other = (_patches(each.crop((0, 0, width, height))) for each in (first, second))
    return max(_beyond(one, other), _beyond(other, one))


def _patches(picture: Image.Image) -> Image.Image:
    return picture.convert("RGB").convert("L").filter(ImageFilter.BoxBlur(BLUR))


def _beyond(picture: Image.Image, other: Image.Image) -> float:
    """Return how much lighter or darker `picture` is than all that `other` has nearby."""
    lightest = np.asarray(other.filter(ImageFilter.MaxFilter(SHIFT)), np.float64)
    darkest = np.asarray(other.filter(ImageFilter.MinFilter(SHIFT)), np.float64)
    grey = np.asarray(picture, np.float64)
    return float(np.maximum(grey - lightest, darkest - grey).max(initial=0.0))
