"""Every command between two saves, written at once, so that a crash loses nothing.

The journal is a text file beside the session: one line for each record, a checksum and JSON. The
checksum goes over all lines before it too, so that a torn, changed or missing line is noticed.
"""

from __future__ import annotations

import contextlib
import json
import os
import zlib
from dataclasses import dataclass
from pathlib import Path

from sessions.atomic import real_place, reason, write_atomically
from sessions.commands.base import Command, command_from_record, command_to_record
from sessions.errors import SessionError
from sessions.history import History
from sessions.model import AnnotationSession, SequenceInfo
from sessions.records import Json, decode, encode

JOURNAL_VERSION = 1
MAX_JOURNAL_BYTES = 1 << 30


def journal_path(session_path: str | os.PathLike[str]) -> Path:
    """Return the journal that belongs to a session file."""
    place = real_place(session_path)
    return place.with_name(f".{place.name}.journal")


class Journal:
    """The journal that is being written, for one session in one thread."""

    def __init__(self, path: Path, session: AnnotationSession) -> None:
        """Start an empty journal on top of the saved state of `session`; SessionError if not."""
        self.path = path
        self._since_save: list[Json] | None = None
        self._handle = -1
        self._start(path, session.save_id, session.sequence, [])

    def append(self, command: Command) -> None:
        """Write a command that was applied, also one that undid something; flushed at once.

        Raises SessionError when it cannot be written; the journal is then as it was before.
        """
        record = command_to_record(command)
        self._write({"command": record})
        if self._since_save is not None:
            self._since_save.append(record)

    def note_saving(self, save_id: str) -> None:
        """Note that the present state is going to be saved under this id."""
        self._write({"saving": save_id})
        self._since_save = []

    def note_saved(self, session: AnnotationSession, path: Path | None = None) -> None:
        """Begin again on top of the state that was saved, with what was done since `note_saving`.

        `path` moves the journal, for a session that was saved under another name.
        """
        old, since = self.path, self._since_save or []
        self.close()
        self._since_save = None
        self._start(path or old, session.save_id, session.sequence, since)
        if self.path != old:
            with contextlib.suppress(OSError):
                old.unlink()

    def close(self) -> None:
        """Stop writing and leave the file; it is read when the session is opened next."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def remove(self) -> None:
        """Stop writing and remove the file: the session was closed in good order."""
        self.close()
        with contextlib.suppress(OSError):
            self.path.unlink()

    def _start(
        self, path: Path, save_id: str, sequence: SequenceInfo, commands: list[Json]
    ) -> None:
        header: dict[str, Json] = {
            "journal": JOURNAL_VERSION,
            "base": save_id,
            "sequence": None if save_id else encode(sequence),
        }
        lines, self._checksum = b"", 0
        for record in (header, *({"command": command} for command in commands)):
            line, self._checksum = _line(record, self._checksum)
            lines += line
        write_atomically(path, lines)
        self.path, self._end = path, len(lines)
        flags = os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0)
        try:
            self._handle = os.open(path, flags)
        except OSError as error:
            raise SessionError(f"{path} could not be opened: {reason(error)}.") from error

    def _write(self, record: dict[str, Json]) -> None:
        line, checksum = _line(record, self._checksum)
        try:
            _append(self._handle, line)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._handle, self._end)
            raise SessionError(
                f"{self.path} could not be written because {reason(error)}; "
                "save the session to another place now."
            ) from error
        self._checksum = checksum
        self._end += len(line)


def _append(handle: int, line: bytes) -> None:
    rest = memoryview(line)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _line(record: dict[str, Json], before: int) -> tuple[bytes, int]:
    text = json.dumps(record, separators=(",", ":")).encode()
    checksum = zlib.crc32(text, before)
    return b"%08x %s\n" % (checksum, text), checksum


@dataclass(frozen=True, slots=True)
class JournalContents:
    """What a journal that was left behind holds."""

    path: Path
    base: str
    """`save_id` of the saved state below the first command; empty when never saved."""
    sequence: SequenceInfo | None
    """The sequence of a session that was never saved."""
    entries: tuple[Command | str, ...]
    """Commands in order; a text is the `save_id` under which the state there was being saved."""
    dropped: str
    """What could not be read, in one sentence; empty when all could."""

    def commands_after(self, save_id: str) -> tuple[Command, ...] | None:
        """Return the commands that the saved state lacks; None when the journal is of another."""
        entries = self.entries
        if save_id in entries:
            entries = entries[len(entries) - entries[::-1].index(save_id) :]
        elif save_id != self.base:
            return None
        return tuple(entry for entry in entries if isinstance(entry, Command))


def read_journal(path: str | os.PathLike[str]) -> JournalContents | None:
    """Return what a journal holds, up to its first damaged record; None when there is none.

    Raises SessionError when it cannot be read at all.
    """
    place = Path(path)
    try:
        if place.stat().st_size > MAX_JOURNAL_BYTES:
            raise SessionError(f"{place} is too large for a journal; remove it.")
        data = place.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SessionError(f"{place} could not be read: {reason(error)}.") from error
    records, dropped = _sound_records(place.name, data)
    base, sequence = _header(place, records)
    entries: list[Command | str] = []
    for number, record in enumerate(records[1:], start=2):
        try:
            entries.append(_entry(record))
        except SessionError as error:
            dropped = f"{place.name}: record {number} and what follows was left out ({error})"
            break
    return JournalContents(place, base, sequence, tuple(entries), dropped)


def _sound_records(name: str, data: bytes) -> tuple[list[dict[str, object]], str]:
    """Return the records up to the first damaged line, and a sentence on the rest."""
    records: list[dict[str, object]] = []
    checksum = 0
    *lines, torn = data.split(b"\n")
    for number, line in enumerate(lines, start=1):
        checksum = zlib.crc32(line[9:], checksum)
        record = _parsed(line[9:]) if line[:9] == b"%08x " % checksum else None
        if record is None:
            return records, f"{name}: what follows record {number - 1} is damaged and was left out."
        records.append(record)
    return records, f"{name}: the last record was cut off and left out." if torn else ""


def _parsed(text: bytes) -> dict[str, object] | None:
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _header(place: Path, records: list[dict[str, object]]) -> tuple[str, SequenceInfo | None]:
    match records[0] if records else None:
        case {"journal": int(version), "base": str(base), "sequence": sequence}:
            pass
        case _:
            raise SessionError(f"{place} is not a journal of CKD Studio, or its start is damaged.")
    if version > JOURNAL_VERSION:
        raise SessionError(f"{place} was written by a newer CKD Studio; update to recover it.")
    info = decode(sequence)
    if info is not None and not isinstance(info, SequenceInfo):
        raise SessionError(f"{place} does not say which sequence it belongs to.")
    return base, info


def _entry(record: dict[str, object]) -> Command | str:
    match record:
        case {"command": command}:
            return command_from_record(command)
        case {"saving": str(save_id)}:
            return save_id
    raise SessionError("it is of a kind that this version does not know")


@dataclass(frozen=True, slots=True)
class Recovery:
    """How much of a journal could be done again."""

    applied: int
    problem: str
    """What was left out and why, in one sentence; empty when nothing was."""


def replay(contents: JournalContents, session: AnnotationSession, history: History) -> Recovery:
    """Do again what a session's saved state lacks, as steps that can be undone.

    Raises SessionError when the journal belongs to another state of the session.
    """
    commands = contents.commands_after(session.save_id)
    if commands is None:
        raise SessionError(
            f"{contents.path.name} belongs to another state of the session than the saved one."
        )
    for number, command in enumerate(commands):
        try:
            history.do(command)
        except SessionError as error:
            lost = len(commands) - number
            return Recovery(number, f"{lost} changes could not be done again: {error}")
    return Recovery(len(commands), contents.dropped)
