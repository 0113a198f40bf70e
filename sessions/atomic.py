"""Replace a file as a whole or not at all, with the errors of this package."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from safe_files import FileError, reason, replacing
from sessions.errors import SessionError

_PIECE = 1 << 24

__all__ = ["real_place", "reason", "write_atomically"]


def real_place(path: str | os.PathLike[str]) -> Path:
    """Return the file behind all links; raises SessionError when no file can have this name."""
    try:
        return Path(os.path.realpath(path))
    except (OSError, ValueError):
        raise SessionError(f"{os.fspath(path)!r} is not a valid path; choose another.") from None


def write_atomically(
    path: str | os.PathLike[str], data: bytes, last_look: Callable[[Path], None] | None = None
) -> None:
    """Put data at path: written beside it, synced, then renamed over it.

    `last_look` is called with the complete file beside it, right before the renaming, which
    whatever it raises prevents. Raises SessionError in one sentence; the file that was there is
    then untouched and nothing is left beside it.
    """
    try:
        with replacing(path) as part:
            _fill(part, data)
            if last_look is not None:
                last_look(part)
    except FileError as error:
        raise SessionError(
            f"{os.fspath(path)} could not be saved because {error.reason}; "
            "what was there is unchanged, so save to another place or try again."
        ) from error


def _fill(part: Path, data: bytes) -> None:
    # Plain system calls: a full disk fails in the write, not while a buffer is closed.
    handle = os.open(part, os.O_WRONLY | getattr(os, "O_BINARY", 0))
    try:
        rest = memoryview(data)
        # A disk that fills up may take a part, and some systems refuse more than 2 GiB at once.
        while rest:
            rest = rest[os.write(handle, rest[:_PIECE]) :]
        # Not only before the renaming: on a slow disk it takes longest, and others may write.
        os.fsync(handle)
    finally:
        os.close(handle)
