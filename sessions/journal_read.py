"""Reading a journal, line by line and never as a whole."""

from __future__ import annotations

import os
import re
import stat
import zlib
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from sessions.atomic import reason
from sessions.errors import SessionError
from sessions.journal_format import (
    CHECKSUM_BYTES,
    MAX_RECORD_BYTES,
    Header,
    is_writable,
    parsed,
    read_header,
)

_KIND = re.compile(rb'\{"([a-z]{1,20})":')
_RUN = re.compile(rb'\{"(?:part|accepted|abandoned)":([0-9]{1,15})[,}]')
# Where one stopped is recorded like a change and is none that a person made.
_VIEW = b'{"command":{"type":"SetViewState"'
_CHANGES = frozenset({b"command", b"undo", b"redo", b"undone", b"redone", b"accepted", b"gap"})
_MARKS = frozenset({b"saving", b"saved"})
_OTHERS = frozenset({b"part", b"abandoned", b"resumed"})
KINDS = frozenset(kind.decode() for kind in _CHANGES | _MARKS | _OTHERS)
"""What a record may begin with."""
# Nobody saves so often without success, or tracks so many runs between two saves.
_MOST_MARKS = 100_000
_MOST_RUNS = 1_000_000


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a journal where the state was saved, or was going to be."""

    line: int
    save_id: str
    path: str | None
    """The file; None when the record does not say."""
    done: bool
    """True once the file was written."""


@dataclass(slots=True)
class _Run:
    first: int
    """Line of its first part."""
    end: int | None = None
    """Line of its last record; None when it was cut off."""


@dataclass(slots=True)
class JournalContents:
    """What a journal holds; its records are read from the file when they are asked for."""

    path: Path
    header: Header
    lines: int = 1
    """Lines that are sound, the header among them."""
    end: int = 0
    """Bytes of them."""
    checksum: int = 0
    marks: list[Mark] = field(default_factory=list)
    dropped: str = ""
    """What could not be read, in one sentence; empty when all could."""
    last_run: int = 0
    """The largest number of a run."""
    _changes: list[int] = field(default_factory=lambda: [0])
    """How many changes stand before the first mark, between marks, after the last."""
    _runs: dict[int, _Run] = field(default_factory=dict)
    _mark_of: dict[str, int] = field(default_factory=dict)

    def start_of(self, save_id: str) -> int | None:
        """Return the line after which the state saved under this id lacks what is done there.

        None when the journal is of another state.
        """
        # The last time counts: only what came after it is not in the file.
        if save_id in self._mark_of:
            return self.marks[self._mark_of[save_id]].line
        return 1 if save_id == self.header.base else None

    def changes_after(self, start: int) -> int:
        """Return how many changes follow a line, a run that was cut off among them."""
        lines = [mark.line for mark in self.marks]
        return sum(self._changes[bisect_right(lines, start) :]) + len(self.cut_off)

    @property
    def cut_off(self) -> tuple[int, ...]:
        """The runs that never ended, in the order in which they began."""
        return tuple(number for number, run in self._runs.items() if run.end is None)

    def records(self, start: int = 1) -> Iterator[tuple[int, dict[str, object]]]:
        """Yield number and content of the lines after `start`, and the parts of runs before.

        Raises SessionError when the file cannot be read.
        """
        with _opened(self.path) as file:
            for number, text in enumerate(_texts(file), start=1):
                if number > self.lines:
                    return
                if number == 1 or not self._wanted(number, text, start):
                    continue
                record = parsed(text)
                # It was sound when it was first read.
                if record is None:
                    raise SessionError(f"{self.path} was changed while it was read; try again.")
                yield number, record

    def _wanted(self, number: int, text: bytes, start: int) -> bool:
        if number > start and not text.startswith(b'{"part"'):
            return True
        if not text.startswith(b'{"part"'):
            return False
        run = self._runs.get(_run_of(text))
        return run is not None and (run.end is None or run.end > start)

    def note(self, number: int, text: bytes) -> None:
        """Count one more sound line; SessionError when no such line is known."""
        found = _KIND.match(text)
        kind = found[1] if found else b""
        if kind in _MARKS:
            self._note_mark(number, kind, text)
        elif kind in _CHANGES:
            self._changes[-1] += not text.startswith(_VIEW)
        elif kind not in _OTHERS:
            raise SessionError("it is of a kind that this version does not know")
        if kind in (b"part", b"accepted", b"abandoned"):
            self._note_run(number, kind, text)
        self.lines = number

    def _note_mark(self, number: int, kind: bytes, text: bytes) -> None:
        record = parsed(text) or {}
        save_id, path = record.get(kind.decode()), record.get("path")
        if not isinstance(save_id, str) or not isinstance(path, str | None):
            raise SessionError("it does not say what was saved")
        if len(self.marks) >= _MOST_MARKS:
            raise SessionError("too many saves are in it")
        index = self._mark_of.get(save_id)
        # The journal was begun again on that save since.
        if kind == b"saved" and index is None and save_id == self.header.base:
            return
        # What the file holds is what was there when saving began.
        if kind == b"saved" and index is not None:
            before = self.marks[index]
            self.marks[index] = Mark(before.line, save_id, path or before.path, done=True)
            return
        self._mark_of[save_id] = len(self.marks)
        self.marks.append(Mark(number, save_id, path, kind == b"saved"))
        self._changes.append(0)

    def _note_run(self, number: int, kind: bytes, text: bytes) -> None:
        run = _run_of(text)
        if kind == b"part":
            self._runs.setdefault(run, _Run(number))
            self.last_run = max(self.last_run, run)
            if len(self._runs) > _MOST_RUNS:
                raise SessionError("too many runs are in it")
        elif run in self._runs:
            self._runs[run].end = number


def _run_of(text: bytes) -> int:
    found = _RUN.match(text)
    if found is None:
        raise SessionError("it does not say which run it belongs to")
    return int(found[1])


def read_journal(path: str | os.PathLike[str]) -> JournalContents | None:
    """Return what a journal holds, up to its first damaged record; None when there is none.

    Raises SessionError when it cannot be read at all.
    """
    place = Path(path)
    try:
        with _opened(place) as file:
            return _scanned(place, file)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SessionError(f"{place} could not be read: {reason(error, 'read')}.") from error
    except ValueError as error:
        if isinstance(error, SessionError):
            raise
        raise SessionError(f"{os.fspath(place)!r} is not a valid path.") from None


def read_beginning(path: Path) -> Header:
    """Return the header of a journal; SessionError or OSError when it has none."""
    with _opened(path) as file:
        _, text, _ = _next(file, 0)
    return read_header(str(path), parsed(text) if text is not None else None)


def _opened(place: Path) -> BinaryIO:
    # Reading a pipe waits for ever, and a device may never end.
    if not stat.S_ISREG(place.stat().st_mode):
        raise SessionError(f"{place} could not be read: it is not a regular file.")
    return place.open("rb")


def _texts(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(CHECKSUM_BYTES + MAX_RECORD_BYTES + 1):
        yield line[CHECKSUM_BYTES:-1]


def _next(file: BinaryIO, checksum: int) -> tuple[int, bytes | None, int]:
    """Return the length of the next line, its text or None when it is not sound, its checksum."""
    line = file.readline(CHECKSUM_BYTES + MAX_RECORD_BYTES + 1)
    text = line[CHECKSUM_BYTES:-1]
    after = zlib.crc32(text, checksum)
    sound = line.endswith(b"\n") and line[:CHECKSUM_BYTES] == b"%08x " % after
    return len(line), text if sound and is_writable(text) else None, after


def _scanned(place: Path, file: BinaryIO) -> JournalContents:
    length, text, checksum = _next(file, 0)
    header = read_header(str(place), parsed(text) if text is not None else None)
    contents = JournalContents(place, header, end=length, checksum=checksum)
    number = 1
    while True:
        begins = file.tell()
        length, text, checksum = _next(file, checksum)
        if not length:
            return contents
        if text is None:
            # A line without an end is what a killed program leaves; all else is damage.
            file.seek(begins + length - 1)
            torn = file.read(1) != b"\n" and not file.read(1)
            contents.dropped = (
                f"{place.name}: the last record was cut off and left out."
                if torn
                else f"{place.name}: what follows record {number - 1} is damaged and was left out."
            )
            return contents
        number += 1
        try:
            contents.note(number, text)
        except SessionError as error:
            # Records build on each other: what follows one that is lost may mean another box.
            contents.dropped = (
                f"{place.name}: record {number} and what follows was left out ({error})"
            )
            return contents
        contents.end, contents.checksum = contents.end + length, checksum
