"""Small text files of datasets: lists of names, flags and tags."""

from __future__ import annotations

from pathlib import Path

from tracker_core.errors import CKDError


def read_words(path: Path) -> list[str]:
    """Read what blanks, line ends and commas separate; CKDError when the file cannot be read."""
    return _text(path).replace(",", " ").split()


def read_names(path: Path) -> tuple[str, ...]:
    """Read a list of names, one on a line; blank lines and line-end styles do not matter."""
    return tuple(line.strip() for line in _text(path).splitlines() if line.strip())


def _text(path: Path) -> str:
    try:
        # With or without a byte-order mark; an odd byte in one name must not hide all others.
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise CKDError(f"The file {path} cannot be read: {error.strerror}.") from error
