"""MOTChallenge rows: ground truth, results and detections that have an identity."""

from __future__ import annotations

import math
from pathlib import Path

from safe_files import FileError, printable, read_text, row_numbers, split_lines
from safe_files.rows import BLANKS
from sessions.checks import MAX_FRAMES
from sessions.commands.targets import MAX_TARGETS
from sessions.errors import SessionError
from sessions.imports.boxes import MAX_TEXT_BYTES
from sessions.imports.tracks import Rows, Track

_TRUTH_COLUMNS = 9
"""Frame, id, box, whether it counts, class, visibility; results have ten, and a confidence."""
_FEWEST = 6


def read_mot(path: Path) -> tuple[Track, ...]:
    """Return a target for each identity, named by its number; SessionError names a wrong line."""
    try:
        text = read_text(path, MAX_TEXT_BYTES, old=True)
    except FileError as error:
        raise SessionError(str(error)) from error
    rows: dict[int, Rows] = {}
    for index, line in enumerate(split_lines(text), start=1):
        if not line.strip(BLANKS):
            continue
        try:
            _add(rows, row_numbers(line))
        except ValueError as error:
            raise SessionError(
                f"Line {index} of {path.name} is no row of MOTChallenge: {error}."
            ) from None
    if not rows:
        raise SessionError(f"{path.name} holds no box; it needs lines of frame, id, x, y, w, h.")
    return tuple(rows[key].track(str(key), str(key), alone=True) for key in sorted(rows))


def _add(rows: dict[int, Rows], numbers: list[float]) -> None:
    if len(numbers) < _FEWEST:
        raise ValueError(f"{_FEWEST} numbers are needed, and there are {len(numbers)}")
    frame, key = _whole(numbers[0], "frame"), _whole(numbers[1], "identity")
    left, top, width, height = numbers[2:6]
    if key not in rows and len(rows) == MAX_TARGETS:
        raise ValueError(f"a session holds at most {MAX_TARGETS} targets")
    score = numbers[6] if len(numbers) > _FEWEST and len(numbers) != _TRUTH_COLUMNS else math.nan
    # 1 says that nobody scored it, -1 that there is nothing to say.
    known = 0 <= score < 1
    # Frames and pixels are counted from 1.
    rows.setdefault(key, Rows()).add(
        frame - 1, (left - 1, top - 1, width, height), score=score if known else math.nan
    )


def _whole(value: float, what: str) -> int:
    if not (1 <= value <= MAX_FRAMES and value == int(value)):
        raise ValueError(f"{printable(repr(value), 20)} is no {what}, which counts from 1")
    return int(value)
