"""Take boxes from elsewhere into a session: arrays, or plain texts of x, y, w, h."""

from __future__ import annotations

import math
import os
from enum import Enum
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from safe_files import FileError, printable, read_text, row_numbers, split_lines
from safe_files.rows import BLANKS
from sessions.checks import MAX_FRAMES
from sessions.commands.runs import ImportBoxes
from sessions.errors import SessionError
from sessions.model import AnnotationSession

# 64 bytes a row for a million frames; more rows than that are shorter.
MAX_TEXT_BYTES = 64 << 20


class RowForm(Enum):
    """What the four numbers of a line mean."""

    XYWH = "x, y, w, h"
    CORNERS = "x1, y1, x2, y2"
    """As GTOT has it; the width is x2 - x1."""
    REGION = "x, y, w, h, a polygon or one number for none"
    """As VOT has it; a polygon stands for the box around it."""


def parse_boxes(
    text: str, name: str, form: RowForm = RowForm.XYWH, *, none_allowed: bool = False
) -> NDArray[np.float64]:
    """Return the (N, 4) boxes x, y, w, h of a text with one a line; NaN where there is none.

    Commas, semicolons, tabs or blanks separate, and a comma is a decimal comma where others do; a
    row with NaN, or with a width or height that is not above 0, is a frame without box, and so is
    an empty line between others. Raises SessionError naming the line that cannot be read, and where
    there is no box at all unless that is allowed.
    """
    # Counted before they are split: each line takes more memory than its text.
    if text.count("\n") + text.count("\r") > 2 * MAX_FRAMES:
        raise SessionError(f"{name} has more rows than any sequence has frames.")
    # A text that did not come through `read_boxes` may still have a byte order mark.
    lines = split_lines(text.removeprefix("\ufeff"))
    # Blank lines at the end are no frames.
    while len(lines) > 1 and not lines[-1].strip(BLANKS):
        lines.pop()
    if len(lines) > MAX_FRAMES:
        raise SessionError(f"{name} has {len(lines)} rows, more than any sequence has frames.")
    boxes = np.full((len(lines), 4), math.nan)
    for index, line in enumerate(lines):
        boxes[index] = _parse_row(line, name, index + 1, form)
    if form is RowForm.CORNERS:
        # Before sizes are looked at below.
        boxes[:, 2:] -= boxes[:, :2]
    present = np.isfinite(boxes).all(axis=1) & (boxes[:, 2] > 0) & (boxes[:, 3] > 0)
    boxes[~present] = np.nan
    if not present.any() and not none_allowed:
        raise SessionError(f"{name} holds no box; it needs lines of {form.value}.")
    return boxes


def _parse_row(line: str, name: str, number: int, form: RowForm) -> tuple[float, ...]:
    content = line.strip(BLANKS)
    if not content:
        return (math.nan,) * 4
    try:
        row = tuple(row_numbers(content))
    except ValueError as error:
        raise SessionError(f"Line {number} of {name} is not a box {form.value}: {error}.") from None
    if form is RowForm.REGION:
        row = _region(row)
    if len(row) != 4:
        raise SessionError(
            f"Line {number} of {name} is not a box {form.value}: '{printable(content, 60)}'."
        )
    return row


def _region(numbers: tuple[float, ...]) -> tuple[float, ...]:
    """Return the box of a region of VOT; what is none is left as it is."""
    if len(numbers) == 1:
        return (math.nan,) * 4
    if len(numbers) < 6 or len(numbers) % 2:
        return numbers
    across, down = numbers[::2], numbers[1::2]
    left, top = min(across), min(down)
    return left, top, max(across) - left, max(down) - top


def read_boxes(
    path: str | os.PathLike[str], form: RowForm = RowForm.XYWH, *, none_allowed: bool = False
) -> NDArray[np.float64]:
    """Return the (N, 4) boxes of a text file, see `parse_boxes`."""
    place = Path(path)
    try:
        text = read_text(place, MAX_TEXT_BYTES, old=True)
    except FileError as error:
        raise SessionError(
            f"{place} could not be read: {error.reason}; choose a list of {form.value}."
        ) from error
    return parse_boxes(text, place.name, form, none_allowed=none_allowed)


def import_boxes(
    session: AnnotationSession,
    target_id: str,
    rgb: ArrayLike,
    tir: ArrayLike | None = None,
    start: int = 0,
) -> ImportBoxes:
    """Return the command that takes (N, 4) boxes over, the first one onto frame `start`.

    Without `tir` the boxes of RGB serve for both, mapped through the alignment. A frame on which
    no modality has a box is marked absent. Raises SessionError when there are more rows than
    frames: rows are neither stretched nor moved.
    """
    first = np.asarray(rgb, np.float64).reshape(-1, 4)
    second = session.alignment.boxes_to_tir(first) if tir is None else np.asarray(tir, np.float64)
    if first.shape != second.shape:
        raise SessionError(
            f"There are {len(first)} boxes for RGB and {len(second)} for thermal; "
            "both need a row for each frame."
        )
    session.target(target_id)
    if start < 0 or start + len(first) > session.frame_count:
        raise SessionError(
            f"{len(first)} boxes from frame {start} on do not fit the {session.frame_count} frames "
            "of the sequence; choose the file that belongs to it."
        )
    boxes = np.stack([first, second], axis=1)
    absent = np.asarray(np.isnan(boxes[..., 0]).all(axis=1), np.bool_)
    return ImportBoxes(target_id, np.arange(start, start + len(first)), boxes, absent)
