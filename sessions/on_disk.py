"""What lay at the place of a session file when it was read or written, to notice a change."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sessions.atomic import reason, write_atomically
from sessions.errors import FileChangedError, SessionError


@dataclass(frozen=True, slots=True)
class OnDisk:
    """One state of a file."""

    stamp: tuple[int, int, int, int]
    """Device, number, bytes and time of change: while these are the same, nobody reads it again."""
    digest: bytes
    """Of its content. Unlike the `save_id` in it, also what other programs change in place."""

    @classmethod
    def of(cls, status: os.stat_result, data: bytes) -> Self:
        """Return the state of a file with this status and content."""
        return cls(_stamp(status), _digest(data).digest())

    def is_still_at(self, path: Path) -> bool:
        """Tell whether it lies there unchanged, or nothing does; raises OSError if none can tell.

        A file that was copied back, or that a network folder numbers differently each time, is
        the same as long as its content is.
        """
        try:
            status = path.stat()
        except FileNotFoundError:
            return True
        if _stamp(status) == self.stamp:
            return True
        # Reading it would be long, and in vain.
        if status.st_size != self.stamp[2]:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, _digest).digest() == self.digest


NOTHING = OnDisk((0, 0, 0, 0), b"")
"""No file: any that lies there later is another's."""


def write_over(path: Path, data: bytes, known: OnDisk | None) -> OnDisk:
    """Put data in the place of what is known to lie there, and return what lies there then.

    None replaces whatever it is. Otherwise raises FileChangedError where something else lies there
    by then, looked for at the last moment: nothing but the renaming comes after.
    """
    written: list[OnDisk] = []

    def look(part: Path) -> None:
        # The part becomes the file: afterwards another program may have been faster already.
        written.append(OnDisk.of(part.stat(), data))
        if known is not None and not _unchanged(path, known):
            raise FileChangedError(path)

    write_atomically(path, data, look)
    return written[0]


def _unchanged(path: Path, known: OnDisk) -> bool:
    try:
        return known.is_still_at(path)
    except OSError as error:
        raise SessionError(
            f"{path} could not be saved because {reason(error)}; "
            "save to another place or try again."
        ) from error


def _stamp(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _digest(data: bytes = b"") -> hashlib.blake2b:
    return hashlib.blake2b(data, digest_size=16)
