"""Box files: one line per frame, in every form that the benchmarks use."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from safe_files import FileError, is_evenly_spaced, read_text, row_numbers, split_lines
from safe_files.rows import BLANKS, LARGEST
from tracker_core.errors import CKDError
from tracker_core.sequences.labels import read_labels
from tracker_core.sequences.regions import Row, are_outlines, bounding_box, region_box

_PLAIN = b"0123456789+-.eE, \t\r\n"
"""All bytes of a file that numpy reads as row_numbers does; it takes more for numbers or blanks."""
_MOST_ROWS = 1 << 20
"""Eleven hours at 25 frames a second."""
_LONGEST_LINE = 1 << 20
"""Characters; a mask of a target with holes in every row of a large image has less."""


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
    return parse_boxes(path, _read_text(path), form)


def parse_boxes(path: Path, text: str, form: BoxForm = BoxForm.XYWH) -> BoxRows:
    """Read the text of a box file, see `read_boxes`; `path` is what errors call it."""
    # Counted before they are split: each line takes more memory than its text.
    if text.count("\n") + text.count("\r") > 2 * _MOST_ROWS:
        raise CKDError(f"{path} has more than {_MOST_ROWS} rows; no sequence has that.")
    quirks = _text_quirks(text)
    lines = split_lines(text)
    filled = len(lines)
    while filled and not lines[filled - 1].strip(BLANKS):
        filled -= 1
    if len(lines) - filled > 1:
        quirks.append("blank lines at the end")
    lines = lines[:filled]
    reader = _LineReader(path, form, whole="." not in text)
    plain = _parse_plain(lines) if _is_plain(text) else None
    if plain is not None and not reader.has_doubtful(text, plain):
        boxes = plain if plain.shape[1] == 4 else _boxes_around(plain)
        blank = np.zeros(len(boxes), np.bool_)
        of_points = plain.shape[1] == 8
    else:
        boxes, blank, of_points = reader.read(lines)
    # Eight values became a box with a width already.
    if form is BoxForm.CORNERS and not of_points:
        boxes[:, 2:] -= boxes[:, :2]
    if bool(blank.any()):
        quirks.append("blank lines between rows")
    return BoxRows(path, boxes, blank, tuple(quirks))


def _read_text(path: Path) -> str:
    try:
        return read_text(path, old=True)
    except FileError as error:
        if error.reason == "it does not exist":
            raise CKDError(f"There is no file {path}; check the path.") from None
        raise CKDError(
            f"The file {path} cannot be read: {error.reason}; a text file with boxes is needed."
        ) from error


def _is_plain(text: str) -> bool:
    return text.isascii() and not text.encode("ascii").translate(None, _PLAIN)


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
    """(R, 4) or (R, 8) the values of the usual file, read at once; None for anything else."""
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
    # Huge values go line by line, where they are named.
    return rows if bool((np.abs(rows) <= LARGEST).all()) else None


def _boxes_around(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(R, 4) upright boxes around (R, 8) corner points."""
    xs, ys = points[:, 0::2], points[:, 1::2]
    left, top = xs.min(axis=1), ys.min(axis=1)
    return np.stack([left, top, xs.max(axis=1) - left, ys.max(axis=1) - top], axis=1)


@dataclass(frozen=True, slots=True)
class _LineReader:
    """Reads a file line by line, to say which one is wrong."""

    path: Path
    form: BoxForm
    whole: bool
    """True when no number of the file has a decimal point: its decimals may have commas."""

    def has_doubtful(self, text: str, rows: NDArray[np.float64]) -> bool:
        """Whether some of the rows, (R, 4) or (R, 8), have to be looked at one by one."""
        if rows.shape[1] == 4 or "," not in text or not self.whole:
            return False
        return " " in text or "\t" in text or not bool(are_outlines(rows).all())

    def read(self, lines: list[str]) -> tuple[NDArray[np.float64], NDArray[np.bool_], bool]:
        """(R, 4) boxes, (R,) which lines are empty, and whether the first row is of points."""
        boxes = np.full((len(lines), 4), np.nan)
        blank = np.zeros(len(lines), np.bool_)
        of_points: bool | None = None
        for index, line in enumerate(lines):
            content = line.strip(BLANKS)
            if not content:
                blank[index] = True
                continue
            try:
                boxes[index], count = self._row(content)
            except ValueError as error:
                raise CKDError(f"{self.path}, line {index + 1}: {error}.") from None
            # Whoever means right and bottom by the last two values writes no rows of eight.
            if of_points is None:
                of_points = count == 8
            if self.form is BoxForm.CORNERS and of_points != (count == 8):
                raise CKDError(
                    f"{self.path}, line {index + 1}: it has {count} values where the "
                    "rows before have another number."
                )
        return boxes, blank, bool(of_points)

    def _row(self, line: str) -> tuple[Row, int]:
        if len(line) > _LONGEST_LINE:
            raise ValueError(f"it is longer than {_LONGEST_LINE} characters")
        if self.form is BoxForm.REGION and line[0] in "mM":
            return region_box(line), 0
        numbers = row_numbers(line)
        if "," in line and len(numbers) > 4:
            self._check_commas(line, numbers)
        if self.form is BoxForm.REGION:
            return region_box(line), len(numbers)
        if len(numbers) == 4:
            x, y, w, h = numbers
            return (x, y, w, h), 4
        if len(numbers) == 8:
            return bounding_box(numbers), 8
        raise ValueError(f"it has {len(numbers)} values where a box has 4, or 8 as corner points")

    def _check_commas(self, line: str, numbers: list[float]) -> None:
        """Refuse what may be half as many numbers with decimal commas."""
        if ";" in line or not self.whole:
            return
        crossing = len(numbers) == 8 and not (
            np.isnan(numbers).any() or are_outlines(np.array([numbers]))[0]
        )
        if crossing or not is_evenly_spaced(line):
            raise ValueError(
                "its commas may be decimal commas or stand between values; write points for "
                "decimals"
            )
