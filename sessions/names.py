"""What a session file is called."""

from __future__ import annotations

from pathlib import Path

SESSION_SUFFIXES = (".h5", ".hdf5")
"""Lower-case endings of session files, the one that is given to new ones first."""


def is_session_name(path: Path) -> bool:
    """Tell from its name whether `path` is a session."""
    return path.suffix.lower() in SESSION_SUFFIXES


def as_session_name(path: Path) -> Path:
    """Return `path` with the ending of a session, added where it has another one or none."""
    return path if is_session_name(path) else path.with_name(path.name + SESSION_SUFFIXES[0])


def copy_name(path: Path) -> Path:
    """Return a name beside `path` for a copy of it, which nothing has yet: "walk copy.h5"."""
    words = ("copy", *(f"copy {number}" for number in range(2, 1000)))
    names = (path.with_name(f"{path.stem} {word}{path.suffix}") for word in words)
    return next((name for name in names if not name.exists()), path)
