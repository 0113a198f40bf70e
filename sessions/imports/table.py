"""The table of import forms: adding one takes its reader, its line here and one in the docs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sessions.imports.boxes import RowForm, read_boxes


@dataclass(frozen=True, slots=True)
class ImportForm:
    """One kind of file that boxes are taken from."""

    id: str
    """The word on the command line."""
    label: str
    """The name that a person knows it by."""
    holds: str
    """One sentence on what must be in it."""
    lacks: str
    """One sentence on what is not taken from it."""
    read: Callable[[Path], NDArray[np.float64]]
    """Return (N, 4) x, y, w, h in pixels, NaN where there is no box; raises SessionError."""


_HOLDS = (
    "`{}`, a line for each frame, separated by commas, semicolons, tabs or blanks; NaN, an empty "
    "line or a width or height not above 0 is a frame without box."
)
_LACKS = "One target only, without scores and flags; polygons and masks are refused."

IMPORTS: tuple[ImportForm, ...] = (
    ImportForm("boxes", "Boxes", _HOLDS.format("x,y,w,h"), _LACKS, read_boxes),
    ImportForm(
        "corners",
        "Corners",
        _HOLDS.format("x1,y1,x2,y2"),
        _LACKS,
        partial(read_boxes, form=RowForm.CORNERS),
    ),
)
"""In the order in which people are shown them."""
