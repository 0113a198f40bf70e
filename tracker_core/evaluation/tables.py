"""Text files of numbers, one row per frame: read whole, checked line by line, never shifted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tracker_core.errors import CKDError

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_TO_SPACES = bytes.maketrans(b",;\t", b"   ")
_TO_COMMAS = bytes.maketrans(b";\r", b",\n")


def read_table(path: Path) -> NDArray[np.float64]:
    """Return the numbers of a text file, (rows, columns); commas, tabs, spaces or semicolons.

    Blank lines at the end are ignored. Raises CKDError naming the line for anything that is not
    one row of equally many numbers after the other; NaN and infinity pass.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CKDError(f"Cannot read {path}: {error.strerror or error}.") from error
    return parse_table(data, str(path))


def parse_table(data: bytes, origin: str) -> NDArray[np.float64]:
    """Return the numbers in `data`, (rows, columns); `origin` names it in errors."""
    lines = data.removeprefix(_BYTE_ORDER_MARK).rstrip().splitlines()
    if not lines:
        raise CKDError(f"{origin} is empty; it needs one line per frame.")
    try:
        spaced = [line.translate(_TO_SPACES) for line in lines]
        numbers = np.loadtxt(spaced, dtype=np.float64, comments=None, ndmin=2)
    except ValueError:
        raise _first_mistake(lines, origin) from None
    if len(numbers) != len(lines) or _has_empty_field(data):
        raise _first_mistake(lines, origin)
    return numbers


def _has_empty_field(data: bytes) -> bool:
    """Say whether two separators follow each other or one begins a line."""
    tight = b"\n" + data.translate(_TO_COMMAS, b" \t")
    return b",," in tight or b"\n," in tight


def _first_mistake(lines: list[bytes], origin: str) -> CKDError:
    """Return the error for the first line that is wrong, counted from 1."""
    columns = len(lines[0].translate(_TO_SPACES).split())
    for number, line in enumerate(lines, start=1):
        where = f"{origin}, line {number}"
        fields = line.translate(_TO_SPACES).split()
        if not fields:
            return CKDError(f"{where} is blank; every frame needs its own line.")
        for field in fields:
            if not _is_number(field):
                return CKDError(f"{where}: {_shown(field)} is not a number.")
        if _has_empty_field(line):
            return CKDError(f"{where} has an empty field: {_shown(line)}.")
        if len(fields) != columns:
            return CKDError(f"{where} has {len(fields)} numbers where line 1 has {columns}.")
    return CKDError(f"{origin} is not a table of numbers.")


def _is_number(field: bytes) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return b"_" not in field


def _shown(text: bytes) -> str:
    shown = text.decode("ascii", "backslashreplace")
    return repr(shown if len(shown) <= 40 else shown[:37] + "...")
