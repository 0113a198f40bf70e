"""What an export form is, and how boxes are written in all of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sessions.commands.boxes import Modality
from sessions.exports.holds import Holds
from sessions.model import AnnotationSession, Flag, Target

Files = dict[str, str]
"""Texts by file name; a name may stand in one folder, before a slash."""
Boxes = NDArray[np.float64]
"""(N, 4) x, y, w, h in pixels of one modality, NaN where there is none."""


@dataclass(frozen=True, slots=True)
class ExportChoice:
    """What of a session is written."""

    target_id: str = ""
    """The one target, for forms that hold one; empty for the others."""
    modality: Modality = Modality.RGB
    """Whose boxes, for forms that hold those of one modality."""


@dataclass(frozen=True, slots=True)
class ExportForm:
    """One way to write a session as text."""

    id: str
    """The word on the command line."""
    label: str
    """The name that a person knows it by."""
    ending: str
    """How the name of the file must end; empty for several files in a folder."""
    holds: str
    """One sentence on what is in it."""
    lacks: str
    """One sentence on what of a session it cannot hold."""
    write: Callable[[AnnotationSession, ExportChoice], Files]
    """Return the texts; SessionError when there is nothing to write."""
    files: tuple[str, ...] = ()
    """The names of the files in a folder; empty where a person names the one file."""
    carries: Holds = field(default_factory=Holds)
    """What comes back when it is written and read again."""
    of_target: bool = False
    """True when it holds one target, so that one must be chosen, or each has a folder."""
    of_modality: bool = False
    """True when it holds the boxes of one modality, so that one may be chosen."""


def number(value: float) -> str:
    """Write a coordinate with up to four decimals and no useless zeros."""
    # repr of a rounded number is the shortest text; only of very small ones it has an exponent.
    text = repr(round(value, 4))
    if "e" in text:
        text = f"{value:.0f}"
    text = text.removesuffix(".0")
    # A tiny negative number rounds to it.
    return "0" if text == "-0" else text


LEAST_SIDE = 1e-4
"""Pixels: a thinner box would be written as one that is not there."""


def rounded(boxes: Boxes) -> Boxes:
    """Return boxes as four decimals hold them: still boxes, however thin."""
    short = np.round(boxes, 4)
    # NaN stays: it compares false with everything, and is passed on by maximum.
    short[:, 2:] = np.maximum(short[:, 2:], LEAST_SIDE)
    return short


def rows(boxes: Boxes, separator: str) -> str:
    """Write boxes one a line; zeros where there is none."""
    filled = np.nan_to_num(boxes, nan=0.0)
    return "".join(separator.join(map(number, row)) + "\n" for row in filled.tolist())


def score_texts(target: Target) -> list[str]:
    """Return the score of each frame in the fewest digits that give it back; empty for none."""
    # Of single precision; those of a float of Python would be twice as many.
    return ["" if text == "nan" else text for text in target.score.astype("U").tolist()]


def present_boxes(target: Target, modality: Modality) -> Boxes:
    """Return the boxes of one modality, NaN where there is none or the target is absent."""
    # A copy: the next line writes into it.
    boxes = np.array(target.boxes[:, modality])
    boxes[target.absent()] = np.nan
    return boxes


def json_text(value: object) -> str:
    """Return JSON in one line, as text files hold it."""
    # JSON may hold this control character as it is; files of text do not.
    return _ENCODE(value).replace("\x7f", "\\u007f")


_ENCODE = json.JSONEncoder(ensure_ascii=False).encode


def flag_names(bits: int) -> list[str]:
    """Return the names of the flags that are set, in lower case."""
    return [(flag.name or "").lower() for flag in Flag(bits)]


def stretches(marked: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the first and the last frame of each stretch of marked frames."""
    padded = np.diff(np.concatenate([[False], marked, [False]]).astype(np.int8))
    firsts, ends = np.flatnonzero(padded == 1), np.flatnonzero(padded == -1)
    return list(zip(firsts.tolist(), (ends - 1).tolist(), strict=True))
