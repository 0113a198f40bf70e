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
