"""Letters of every script in figures: fonts of this system stand in for what DejaVu lacks."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any

import matplotlib as mpl
from matplotlib.font_manager import FontEntry, FontProperties, findfont, fontManager, weight_dict
from matplotlib.ft2font import FT2Font

BASE = "DejaVu Sans"
"""Comes with matplotlib: the same figure on every system."""
_LAST = "Last Resort High-Efficiency"
"""Has a box for every letter there is."""


@contextmanager
def letters_for(texts: Iterable[str]) -> Iterator[None]:
    """Let figures that are made and written in this block hold these texts.

    A letter that no font of this system has is drawn as an empty box.
    """
    letters = _letters("".join(texts))
    with mpl.rc_context({"font.family": [BASE, *_stand_ins(letters)]}), warnings.catch_warnings():
        # One for each such letter, of which nobody who exports a figure can make anything.
        warnings.filterwarnings("ignore", r"Glyph \d+ .*missing from font", UserWarning)
        yield


def cut_to(text: str, points: float, size: float) -> str:
    """Return what of a text fits into a width, its middle left out where it is too long.

    Both in points, in letters of the figure that is being made. A longer one would leave no room
    for what the figure shows. It becomes one line.
    """
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    if _width(text, size) <= points:
        return text
    fewest, most = 0, len(text) - 1
    while fewest < most:
        kept = (fewest + most + 1) // 2
        if _width(_without_middle(text, kept), size) <= points:
            fewest = kept
        else:
            most = kept - 1
    return _without_middle(text, fewest)


def _without_middle(text: str, kept: int) -> str:
    # Both ends: names of a row often begin alike.
    end = kept // 2
    return f"{text[: kept - end]}…{text[len(text) - end :]}"


def _width(text: str, size: float) -> float:
    # Late, because only figures need it. At 72 dots per inch a pixel is a point.
    from matplotlib.backends.backend_agg import RendererAgg

    renderer: Any = RendererAgg  # matplotlib has no types for it
    measured = renderer(1, 1, 72).get_text_width_height_descent
    width, _, _ = measured(text, FontProperties(size=size), ismath=False)
    return float(width)


# Hundreds of fonts may be there to look into, and names come again.
@lru_cache(maxsize=32)
def font_file(text: str) -> str:
    """Return the file of one font that has all letters of a text; DejaVu where there is none."""
    letters, base = _letters(text), _base_file()
    if _had_by(base, letters) == letters:
        return base
    files = (str(entry.fname) for entry in _upright())
    return next((file for file in files if _had_by(file, letters) == letters), base)


@lru_cache(maxsize=32)
def _stand_ins(letters: frozenset[str]) -> tuple[str, ...]:
    missing = letters - _had_by(_base_file(), letters)
    families: list[str] = []
    for entry in _upright() if missing else ():
        found = frozenset() if entry.name in families else _had_by(str(entry.fname), missing)
        if found:
            families.append(entry.name)
            missing -= found
        if not missing:
            break
    return tuple(families)


def _letters(text: str) -> frozenset[str]:
    return frozenset(letter for letter in text if letter.isprintable())


def _base_file() -> str:
    return str(findfont(FontProperties(family=BASE)))


def _upright() -> list[FontEntry]:
    """Return the faces that a family is taken for: bold ones may have letters that it lacks."""
    faces = [each for each in fontManager.ttflist if each.style == "normal" and each.name != _LAST]
    return sorted(faces, key=lambda each: (each.name, abs(_weight(each.weight) - 400)))


def _weight(weight: int | str) -> int:
    return weight if isinstance(weight, int) else weight_dict.get(weight, 400)


def _had_by(path: str, letters: frozenset[str]) -> frozenset[str]:
    # A font that cannot be read is one less to choose from.
    with suppress(OSError, RuntimeError):
        font = FT2Font(path)
        return frozenset(letter for letter in letters if font.get_char_index(ord(letter)))
    return frozenset()
