"""Anti-UAV's labels: a JSON file with `exist` and `gt_rect`, an entry for each frame."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from safe_files import FileError
from safe_files.reading import read_json
from safe_files.rows import LARGEST
from tracker_core.errors import CKDError
from tracker_core.sequences.regions import NO_BOX, Row

_LARGEST_FILE = 4 << 20
"""Bytes; 100 000 frames have less, and what JSON of this size becomes takes a hundred megabytes."""


def read_labels(path: Path) -> list[Row]:
    """Return x, y, w, h of each frame; NaN where the target does not exist.

    Raises CKDError that names the file and the entry.
    """
    try:
        content = read_json(path, _LARGEST_FILE)
    except FileError as error:
        raise CKDError(f"The file {path} cannot be read: {error.reason}.") from error
    boxes = content.get("gt_rect") if isinstance(content, dict) else None
    if not isinstance(boxes, list):
        raise CKDError(f"{path} has no list `gt_rect`; Anti-UAV's labels have one.")
    exist = content.get("exist", [1] * len(boxes))
    if not isinstance(exist, list) or len(exist) != len(boxes):
        raise CKDError(f"{path} has {len(boxes)} boxes in `gt_rect` but not as many in `exist`.")
    return [_row(path, k, *entry) for k, entry in enumerate(zip(exist, boxes, strict=True))]


def _row(path: Path, index: int, exists: Any, box: Any) -> Row:  # noqa: ANN401 - JSON holds anything
    if exists not in (0, 1):
        raise CKDError(f"{path}, entry {index}: `exist` is {str(exists)[:20]!r}, not 0 or 1.")
    if not exists:
        return NO_BOX
    numbers = box if isinstance(box, list) else []
    # True is a number to Python.
    if len(numbers) != 4 or any(type(value) not in (int, float) for value in numbers):
        raise CKDError(f"{path}, entry {index}: a box has 4 numbers, x, y, width and height.")
    if not all(math.isfinite(value) and abs(value) <= LARGEST for value in numbers):
        raise CKDError(f"{path}, entry {index}: a number is too large for a position in an image.")
    x, y, w, h = (float(value) for value in numbers)
    return x, y, w, h
