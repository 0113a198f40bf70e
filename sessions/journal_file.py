"""The file of a journal that is being written: whole lines at its end, or nothing."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from safe_files import PartFile
from sessions.journal_format import CHECKSUM_BYTES, as_line

_BINARY = getattr(os, "O_BINARY", 0)
_FLAGS = os.O_RDWR | os.O_APPEND | _BINARY
_PIECE = 1 << 20

Range = tuple[int, int]
"""Where whole lines begin and end, in bytes."""


class JournalFile:
    """An open journal; not for several threads at once."""

    def __init__(self, path: Path, handle: int, end: int = 0, checksum: int = 0) -> None:
        self.path = path
        self._handle = handle
        self.end = end
        """Bytes of whole lines; what lies behind them in the file means nothing."""
        self.checksum = checksum
        self._torn = False

    @classmethod
    def create(cls, path: Path) -> JournalFile:
        """Make an empty file that was not there; OSError, FileExistsError among them, if not."""
        return cls(path, os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, 0o666))

    @property
    def gone(self) -> bool:
        """True when the file was removed while it is open: what is written now is lost."""
        # Windows removes no file that is open.
        if os.name == "nt" or self._handle < 0:
            return False
        return os.fstat(self._handle).st_nlink == 0

    def append(self, text: bytes) -> Range:
        """Give the line of a record to the system and return where it stands.

        After an OSError, or whatever else interrupts it, the journal is as it was before.
        """
        if self._handle < 0:
            self._handle = os.open(self.path, _FLAGS)
        if self._torn:
            os.ftruncate(self._handle, self.end)
            self._torn = False
        line, checksum = as_line(text, self.checksum)
        try:
            # Not synced: the system keeps what it was given when the program dies, and a sync for
            # each command would make a person wait for the disk.
            write_all(self._handle, line)
        except BaseException:
            # Half a line would make everything after it unreadable.
            self._torn = True
            with contextlib.suppress(OSError):
                os.ftruncate(self._handle, self.end)
                self._torn = False
            raise
        start, self.end, self.checksum = self.end, self.end + len(line), checksum
        return start, self.end

    def content(self) -> bytes:
        """Return all lines, also of a file that was removed; OSError when it cannot be read."""
        os.lseek(self._handle, 0, os.SEEK_SET)
        pieces, left = [], self.end
        while left and (piece := os.read(self._handle, min(left, _PIECE))):
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)

    def take_over(self, content: bytes, checksum: int) -> None:
        """Begin with the lines of another journal; OSError when they cannot be written."""
        write_all(self._handle, content)
        self.end, self.checksum = len(content), checksum

    def for_syncing(self) -> int:
        """Return a handle of its own for a thread that syncs; close it."""
        if self._handle < 0:
            self._handle = os.open(self.path, _FLAGS)
        return os.dup(self._handle)

    def replaced_by(self, other: Rewriter) -> None:
        """Let another file take the name and the place of this one; OSError leaves this one."""
        # Windows does not rename over a file that is open.
        self.close()
        try:
            other.path.replace(self.path)
            # Before anything can fail, as with too many open files: a record that is not chained to
            # the lines before it is taken for damage, and with it all that follows.
            self.end, self.checksum, self._torn = other.end, other.checksum, False
        finally:
            # The next record tries again.
            with contextlib.suppress(OSError):
                self._handle = os.open(self.path, _FLAGS)

    def close(self) -> None:
        """Stop writing; the file stays."""
        if self._handle >= 0:
            handle, self._handle = self._handle, -1
            # Network file systems say only now that something was not written.
            with contextlib.suppress(OSError):
                os.close(handle)


def write_all(handle: int, data: bytes) -> None:
    """Write all of it; a disk that fills up, or a signal, may let a call take a part only."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest[:_PIECE]) :]


class Rewriter:
    """A journal that is written again beside another one, with some of its lines."""

    def __init__(self, path: Path, header: bytes) -> None:
        """Begin a hidden file beside `path`; FileError or OSError when it cannot be written."""
        self._part = PartFile(path)
        self.path = self._part.path
        self._handle = os.open(self.path, os.O_WRONLY | _BINARY)
        self.end = 0
        self.checksum = 0
        self.append(header)

    def append(self, text: bytes) -> Range:
        """Write a record."""
        line, self.checksum = as_line(text, self.checksum)
        write_all(self._handle, line)
        start, self.end = self.end, self.end + len(line)
        return start, self.end

    def copy(self, source: BinaryIO, ranges: Iterable[Range]) -> None:
        """Write the lines of another journal that stand in these ranges."""
        for start, end in ranges:
            source.seek(start)
            left = end - start
            # Line by line: each carries the checksum of all lines before it.
            while left > 0 and (line := source.readline(left)):
                self.append(line[CHECKSUM_BYTES:-1])
                left -= len(line)

    def sync(self) -> None:
        """Put on disk what was written."""
        os.fsync(self._handle)

    def close(self) -> None:
        """Stop writing; the file waits for its name."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def discard(self) -> None:
        """Remove the file."""
        with contextlib.suppress(OSError):
            self.close()
        self._part.discard()
