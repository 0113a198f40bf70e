"""Small text files of datasets: lists of names, flags and tags."""

from __future__ import annotations

from pathlib import Path

from safe_files import FileError, read_text, split_lines
from tracker_core.errors import CKDError

_LARGEST = 16 << 20
"""Bytes; a list of 100 000 names, or the flags of a million frames, has less."""


def read_words(path: Path) -> list[str]:
    """Read what blanks, line ends and commas separate; CKDError when the file cannot be read."""
    return read_small_text(path).replace(",", " ").split()


def read_names(path: Path) -> tuple[str, ...]:
    """Read a list of names, one on a line; blank lines and line-end styles do not matter."""
    lines = split_lines(read_small_text(path))
    return tuple(name for line in lines if (name := line.strip()))


def read_small_text(path: Path) -> str:
    """Read a text of any program; CKDError when the file cannot be read or is none."""
    try:
        return read_text(path, _LARGEST, old=True)
    except FileError as error:
        raise CKDError(f"The file {path} cannot be read: {error.reason}.") from error
