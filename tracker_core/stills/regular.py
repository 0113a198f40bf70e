"""The bytes of a file that may be anything: only regular files up to a size are read."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from tracker_core.stills.facts import DamageError

# Opening a pipe waits for somebody who writes; on Windows there is no such flag, and no pipe in a
# folder.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading; DamageError for a pipe, device, socket or folder.

    Raises OSError as `open` does. Looked at after opening, so that nobody can put something else in
    its place between the two.
    """
    # A socket cannot even be opened, and the system's own words for it help nobody.
    if stat.S_ISSOCK(path.stat().st_mode):
        raise DamageError("cannot be read: it is a socket and no file")
    handle = os.open(path, _FLAGS)
    mode = os.fstat(handle).st_mode
    if stat.S_ISREG(mode):
        return os.fdopen(handle, "rb")
    os.close(handle)
    raise DamageError(f"cannot be read: it is a {_kind(mode)} and no file")


def _kind(mode: int) -> str:
    for test, word in (
        (stat.S_ISFIFO, "pipe"),
        (stat.S_ISDIR, "folder"),
        (stat.S_ISCHR, "device"),
        (stat.S_ISBLK, "device"),
    ):
        if test(mode):
            return word
    return "special file"


def read_regular(file: BinaryIO, most: int) -> bytes:
    """Read an open file to its end; DamageError when it is larger than `most` bytes."""
    size = os.fstat(file.fileno()).st_size
    if size <= most:
        # One byte more, because a file may grow while it is read.
        data = file.read(most + 1) if size == 0 else file.read(size + 1)
        if len(data) <= most:
            return data
    raise DamageError(f"has {size / 1e6:.0f} MB, and only up to {most / 1e6:.0f} MB are read")
