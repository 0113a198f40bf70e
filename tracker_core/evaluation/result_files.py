"""Result files: one text file per sequence, in every form that is in use."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import numpy as np

from safe_files import FileError, write_text
from tracker_core.errors import CKDError
from tracker_core.evaluation.metrics import Boxes
from tracker_core.sequences.boxes import read_boxes


class ResultForm(Enum):
    """How the rows of a result file are written."""

    COMMAS = "commas"
    TABS = "tabs"
    SPACES = "spaces"
    CORNERS = "corners"
    """The four corners, clockwise from the top left: x1 y1 x2 y1 x2 y2 x1 y2."""


_SEPARATORS = {
    ResultForm.COMMAS: ",",
    ResultForm.TABS: "\t",
    ResultForm.SPACES: " ",
    ResultForm.CORNERS: " ",
}


def form_named(name: str) -> ResultForm:
    """Return a form by its name; raises CKDError that lists the names."""
    try:
        return ResultForm(name.lower())
    except ValueError:
        names = ", ".join(each.value for each in ResultForm)
        # From None: what Enum says of it tells a person nothing.
        raise CKDError(f"There is no result form {name!r}; use one of {names}.") from None


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What a tracker said about one sequence."""

    boxes: Boxes
    """(N, 4): x, y, w, h, one row per frame."""
    origin: str = "the result"
    """What errors call it."""


def read_result(path: Path) -> Result:
    """Read one result file of any form; raises CKDError naming the line that is wrong."""
    rows = read_boxes(path)
    if len(rows) == 0:
        raise CKDError(f"{path} is empty; a result has one line per frame.")
    # A blank line may be a lost row: leaving it out would shift all boxes after it.
    if rows.blank.any():
        line = int(rows.blank.argmax()) + 1
        raise CKDError(f"{path}, line {line} is blank; a result has one line per frame.")
    return Result(rows.boxes, str(path))


def write_result(path: Path, boxes: Boxes, form: ResultForm = ResultForm.COMMAS) -> None:
    """Write one result file, (N, 4) boxes; it appears under its name only when it is complete.

    Numbers are written in full, so that reading gives the same boxes back.
    """
    rows = np.asarray(boxes, np.float64)
    if rows.ndim != 2 or rows.shape[1] != 4 or len(rows) == 0:  # nobody could read it back
        raise CKDError(f"{path} cannot hold boxes of shape {rows.shape}; a result is (N, 4).")
    if form is ResultForm.CORNERS:
        rows = _to_corners(rows)
    separator = _SEPARATORS[form]
    write_whole(path, "".join(separator.join(map(_shortest, row)) + "\n" for row in rows.tolist()))


def write_whole(path: Path, text: str) -> None:
    """Write a text file that is there in full or not at all, and its folder; raises CKDError."""
    try:
        write_text(path, text, parents=True)
    except FileError as error:
        raise CKDError(f"Cannot write {path}: {error.reason}.") from error


def result_name(sequence: str, tracker: str | None = None) -> str:
    """Return the file name of a result: `<sequence>.txt` or `<tracker>_<sequence>.txt`."""
    return f"{sequence}.txt" if tracker is None else f"{tracker}_{sequence}.txt"


def _to_corners(boxes: Boxes) -> Boxes:
    x1, y1, w, h = boxes.T
    x2, y2 = x1 + w, y1 + h
    return np.stack([x1, y1, x2, y1, x2, y2, x1, y2], axis=1)


def _shortest(number: float) -> str:
    """Return the shortest text that reads back as the same number."""
    # Up to there every whole float is exact; above, repr is shorter.
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
