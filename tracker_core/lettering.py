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

_MOST_SHOWN = 8
"""Letters named in a sentence; a name in a script without a font has them all."""


@contextmanager
def letters_for(texts: Iterable[str]) -> Iterator[None]:
    """Let figures that are made and written in this block hold these texts.

    A letter that no font of this system has is drawn as an empty box; see `without_font`.
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
    if width_of(text, size) <= points:
        return text
    fewest, most = 0, len(text) - 1
    while fewest < most:
        kept = (fewest + most + 1) // 2
        if width_of(_without_middle(text, kept), size) <= points:
            fewest = kept
        else:
            most = kept - 1
    return _without_middle(text, fewest)


def wrap_to(text: str, points: float, size: float, lines: int) -> list[str]:
    """Return a text as lines no wider than that, in points, cut only where `lines` are too few.

    Lines end after a blank or one of `_-/.` where there is one in their second half.
    """
    found: list[str] = []
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    while len(found) < lines - 1 and width_of(text, size) > points:
        fewest, most = 1, len(text) - 1
        while fewest < most:
            kept = (fewest + most + 1) // 2
            if width_of(text[:kept], size) <= points:
                fewest = kept
            else:
                most = kept - 1
        ends = [at for at in range(fewest // 2, fewest + 1) if text[at - 1 : at] in tuple(" _-/.")]
        end = ends[-1] if ends else fewest
        found.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return [*found, cut_to(text, points, size)]


def _without_middle(text: str, kept: int) -> str:
    # Both ends: names of a row often begin alike.
    end = kept // 2
    return f"{text[: kept - end]}…{text[len(text) - end :]}"


def width_of(text: str, size: float) -> float:
    """Return how wide a line is, in points, in letters of the figure that is being made."""
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


def without_font(texts: Iterable[str], *, one_font: bool = False) -> tuple[str, ...]:
    """Return what a drawing does not hold of its texts, in words: letters that become empty boxes.

    `one_font`: each text is drawn in the one font that `font_file` answers, as videos do.
    """
    lacking: list[str] = []
    for text in texts:
        letters = _letters(text)
        families = () if one_font else _stand_ins(letters)
        files = {str(findfont(FontProperties(family=family))) for family in families}
        files.add(font_file(text) if one_font else _base_file())
        had = frozenset[str]().union(*(_had_by(file, letters) for file in files))
        lacking += [letter for letter in dict.fromkeys(text) if letter in letters - had]
    shown = "".join(list(dict.fromkeys(lacking))[:_MOST_SHOWN])
    return (f"letters that no font of this system has ({shown})",) if shown else ()


def words_without_font(what: str, texts: Iterable[str]) -> str:
    """Return a sentence on letters of texts that are boxes in a drawing; empty where none is."""
    lost = without_font(texts)
    return f"{what} does not hold {'; '.join(lost)}." if lost else ""


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
