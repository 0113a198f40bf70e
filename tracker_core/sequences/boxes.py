"""Box files: one line per frame, in every form that the benchmarks use."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tracker_core.errors import CKDError
from tracker_core.sequences.labels import read_labels
from tracker_core.sequences.regions import LARGEST, Row, bounding_box, parse_numbers, region_box

_FIELD = re.compile(r"[^ \t,;]+")


class BoxForm(Enum):
    """What the four numbers of a line mean."""

    XYWH = "xywh"
    """Left, top, width, height."""
    CORNERS = "corners"
    """Left, top, right, bottom; the width is right - left, as GTOT's own toolkit has it."""
    REGION = "region"
    """VOT: rectangle (xywh), polygon, mask, or a one-number special code without a box."""
    LABELS = "labels"
    """Anti-UAV: JSON with `exist` and `gt_rect`, left, top, width, height."""


@dataclass(frozen=True, slots=True)
class BoxRows:
    """The rows of one box file."""

    path: Path
    boxes: NDArray[np.float64]
    """(R, 4) x, y, w, h as written; NaN for a row that holds no box."""
    blank: NDArray[np.bool_]
    """(R,) True where the line was empty: nobody has said anything about that frame."""
    quirks: tuple[str, ...] = ()
    """Harmless oddities of the text, as words: "CRLF", "blank lines at the end", ..."""

    def __len__(self) -> int:
        return len(self.boxes)

    @property
    def absent(self) -> NDArray[np.bool_]:
        """(R,) True where the row says that there is no target: NaN, or w or h not above 0."""
        return ~self.blank & ~is_box(self.boxes)

    @property
    def is_double_spaced(self) -> bool:
        """True when every second line is empty: a mangled line end, not frames without a row."""
        # Two rows show no pattern.
        if len(self.blank) < 3:
            return False
        return bool(self.blank[1::2].all()) and not bool(self.blank[::2].any())

    def without_blanks(self) -> BoxRows:
        """Return the rows as if empty lines had not been there."""
        kept = ~self.blank
        return replace(self, boxes=self.boxes[kept], blank=self.blank[kept])


def is_box(boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(...,) True where (..., 4) x, y, w, h is a box: no NaN, and a width and height above 0."""
    # Rows without a box are NaN, which is no news.
    with np.errstate(invalid="ignore"):
        positive: NDArray[np.bool_] = (boxes[..., 2] > 0) & (boxes[..., 3] > 0)
    return positive & ~np.isnan(boxes).any(axis=-1)


def read_boxes(path: str | Path, form: BoxForm = BoxForm.XYWH) -> BoxRows:
    """Read a box file: commas, semicolons, tabs or spaces; any line ends; 4 or 8 values; NaN.

    Eight values are corner points, of which the upright bounding box is kept. Empty lines at the
    end are ignored; those in between are rows without a box, so that no row after them shifts.
    Raises CKDError that names the file and the line.
    """
    path = Path(path)
    if form is BoxForm.LABELS:
        labels = np.array(read_labels(path), np.float64).reshape(-1, 4)
        return BoxRows(path, labels, np.zeros(len(labels), np.bool_))
    text = _read_text(path)
    quirks = _text_quirks(text)
    # By hand: splitlines also splits at form feeds and the like, which would shift the rows after
    # them.
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    filled = len(lines)
    while filled and not lines[filled - 1].strip():
        filled -= 1
    if len(lines) - filled > 1:
        quirks.append("blank lines at the end")
    lines = lines[:filled]
    boxes = _parse_plain(lines)
    if boxes is not None:
        blank = np.zeros(len(boxes), np.bool_)
    else:
        boxes, blank = _parse_lines(path, lines, form)
    of_points = filled > 0 and len(_FIELD.findall(lines[0])) == 8
    # Eight values became a box with a width already.
    if form is BoxForm.CORNERS and not of_points:
        boxes[:, 2:] -= boxes[:, :2]
    if bool(blank.any()):
        quirks.append("blank lines between rows")
    return BoxRows(path, boxes, blank, tuple(quirks))


def _read_text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise CKDError(f"There is no file {path}; check the path.") from None
    except OSError as error:
        raise CKDError(f"The file {path} cannot be read: {error.strerror}.") from error
    # No text has this byte; without the question, a picture named .txt would be a wrong line 1.
    if b"\0" in data:
        raise CKDError(f"{path} is not a text file with boxes; check that it is the right file.")
    return data.decode("utf-8-sig", errors="replace")  # damage is then an error with its line


def _text_quirks(text: str) -> list[str]:
    quirks = []
    if "\r\n" in text:
        quirks.append("CRLF line ends")
    elif "\r" in text:
        quirks.append("CR line ends")
    if text and not text.endswith(("\n", "\r")):
        quirks.append("no line end after the last row")
    return quirks


def _parse_plain(lines: list[str]) -> NDArray[np.float64] | None:
    """Parse the usual file at once: 4 or 8 plain numbers on each line; None for anything else."""
    if not lines:
        return None
    delimiter = "," if "," in lines[0] else None
    try:
        # No comments: a line that begins with # is not a box, and must be said.
        rows = np.loadtxt(lines, dtype=np.float64, delimiter=delimiter, comments=None, ndmin=2)
    except ValueError:
        return None
    # loadtxt leaves blank lines out without a word, which would shift the rows after them.
    if rows.shape not in ((len(lines), 4), (len(lines), 8)):
        return None
    # NaN and huge values go line by line, where they are told apart and named.
    if not bool((np.abs(rows) <= LARGEST).all()):
        return None
    return rows if rows.shape[1] == 4 else _boxes_around(rows)


def _boxes_around(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(R, 4) upright boxes around (R, 8) corner points."""
    xs, ys = points[:, 0::2], points[:, 1::2]
    left, top = xs.min(axis=1), ys.min(axis=1)
    return np.stack([left, top, xs.max(axis=1) - left, ys.max(axis=1) - top], axis=1)


def _parse_lines(
    path: Path, lines: list[str], form: BoxForm
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    boxes = np.full((len(lines), 4), np.nan)
    blank = np.zeros(len(lines), np.bool_)
    parse: Callable[[str], Row] = region_box if form is BoxForm.REGION else _plain_box
    for index, line in enumerate(lines):
        content = line.strip()
        if not content:
            blank[index] = True
            continue
        try:
            boxes[index] = parse(content)
        except ValueError as error:
            raise CKDError(f"{path}, line {index + 1}: {error}.") from None
    return boxes, blank


def _plain_box(line: str) -> Row:
    numbers = parse_numbers(line)
    if len(numbers) == 4:
        x, y, w, h = numbers
        return x, y, w, h
    if len(numbers) == 8:
        return bounding_box(numbers)
    raise ValueError(f"it has {len(numbers)} values where a box has 4, or 8 as corner points")
