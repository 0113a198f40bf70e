"""Result files: one text file per sequence, in every form that is in use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TypeAlias

import numpy as np

from safe_files import FileError, decode_text, write_text, write_together
from tracker_core.errors import CKDError
from tracker_core.evaluation.metrics import Boxes
from tracker_core.evaluation.result_places import File, Member, bytes_of
from tracker_core.sequences.boxes import BoxForm, BoxRows, parse_boxes, read_boxes


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
    starts: bool = False
    """Whether the first row stands for the box that was given, as VOT's toolkit writes it."""


FIRST_RUN = "_001.txt"
"""GOT-10k's and VOT's toolkits keep a folder for each sequence, with a file for each run."""
ResultPlace: TypeAlias = File | Result
"""A file, one in an archive, or a result that is in memory already."""


def read_result(place: ResultPlace) -> Result:
    """Read one result of any form; raises CKDError naming the line that is wrong."""
    if isinstance(place, Result):
        return place
    starts = False
    try:
        rows = _rows(place, BoxForm.XYWH)
    except CKDError:
        if not str(place).endswith(FIRST_RUN):
            raise
        # VOT's toolkit writes codes among the regions, the first for the box that was given.
        rows = _rows(place, BoxForm.REGION)
        if not (starts := len(rows) > 1 and bool(rows.absent[0])):
            raise
    if len(rows) == 0:
        raise CKDError(f"{place} is empty; a result has one line per frame.")
    # A blank line may be a lost row: leaving it out would shift all boxes after it.
    if rows.blank.any():
        line = int(rows.blank.argmax()) + 1
        raise CKDError(f"{place}, line {line} is blank; a result has one line per frame.")
    return Result(rows.boxes, str(place), starts)


def _rows(file: File, form: BoxForm) -> BoxRows:
    if not isinstance(file, Member):
        return read_boxes(file, form)
    try:
        return parse_boxes(Path(str(file)), decode_text(bytes_of(file), str(file), old=True), form)
    except FileError as error:
        raise CKDError(f"{file} cannot be read: {error.reason}.") from error


def write_result(path: Path, boxes: Boxes, form: ResultForm = ResultForm.COMMAS) -> None:
    """Write one result file, (N, 4) boxes; it appears under its name only when it is complete.

    Numbers are written in full, so that reading gives the same boxes back.
    """
    write_whole(path, result_text(path, boxes, form))


def result_text(path: Path, boxes: Boxes, form: ResultForm) -> str:
    """Return what a result file holds; CKDError, naming it, for boxes that are none."""
    rows = np.asarray(boxes, np.float64)
    if rows.ndim != 2 or rows.shape[1] != 4 or len(rows) == 0:  # nobody could read it back
        raise CKDError(f"{path} cannot hold boxes of shape {rows.shape}; a result is (N, 4).")
    if form is ResultForm.CORNERS:
        rows = _to_corners(rows)
    separator = _SEPARATORS[form]
    return "".join(separator.join(map(_shortest, row)) + "\n" for row in rows.tolist())


def write_all(folder: Path, files: Mapping[Path, bytes], what: str) -> None:
    """Write several files into a folder, all of them or none; raises CKDError."""
    try:
        write_together(files)
    except FileError as error:
        raise CKDError(f"Cannot write {what} to {folder}: {error.reason}.") from error


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
