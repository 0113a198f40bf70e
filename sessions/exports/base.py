"""What an export form is, and how boxes are written in all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sessions.commands.boxes import Modality
from sessions.model import AnnotationSession, Flag, Target

Files = dict[str, str]
"""Texts by file name."""
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
    of_target: bool = False
    """True when it holds one target, so that one must be chosen."""
    of_modality: bool = False
    """True when it holds the boxes of one modality, so that one may be chosen."""


def number(value: float) -> str:
    """Write a coordinate with up to four decimals and no useless zeros."""
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    # A tiny negative number rounds to it.
    return "0" if text == "-0" else text


def rows(boxes: Boxes, separator: str) -> str:
    """Write boxes one a line; zeros where there is none."""
    filled = np.nan_to_num(boxes, nan=0.0)
    return "".join(separator.join(map(number, row)) + "\n" for row in filled.tolist())


def present_boxes(target: Target, modality: Modality) -> Boxes:
    """Return the boxes of one modality, NaN where there is none or the target is absent."""
    # A copy: the next line writes into it.
    boxes = np.array(target.boxes[:, modality])
    boxes[target.absent()] = np.nan
    return boxes


def flag_names(bits: int) -> list[str]:
    """Return the names of the flags that are set, in lower case."""
    return [(flag.name or "").lower() for flag in Flag(bits)]
