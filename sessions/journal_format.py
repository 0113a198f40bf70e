"""What stands in a journal: a header, then one line for each record, each with a checksum.

A line is eight hexadecimal digits, a blank and JSON. The checksum goes over all lines before it
too, so that a torn, changed or missing line is noticed.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from datetime import datetime

from sessions.alignment import Alignment
from sessions.checks import as_text
from sessions.errors import SessionError
from sessions.model import AnnotationSession, SequenceInfo
from sessions.owner import Owner
from sessions.records import Json, decode, encode
from sessions.view import ViewState

JOURNAL_VERSION = 2
"""Version 1 had no owner, no runs and no short records; it is read like version 2."""

CHECKSUM_BYTES = 9
"""Eight digits and a blank stand before the text of a line."""

# What is larger is neither written nor read: a run over some 300 000 frames fits.
MAX_RECORD_BYTES = 1 << 28
# A list of millions of empty lists takes twenty times the memory of its text. Paths of a sequence
# of four million frames are eight million texts.
MAX_RECORD_VALUES = 16_000_000


def is_writable(text: bytes) -> bool:
    """Tell whether a record keeps the limits that reading has."""
    return len(text) <= MAX_RECORD_BYTES and values_in(text) <= MAX_RECORD_VALUES


def values_in(text: bytes) -> int:
    """Return at least how many values a JSON text holds, without reading it."""
    # Texts may hold these characters as well, which only makes the count larger.
    return text.count(b",") + text.count(b"[") + text.count(b"{")


def as_line(text: bytes, before: int) -> tuple[bytes, int]:
    """Return the line of a record and the checksum up to it; `before` is the one up to there."""
    # Over the text alone: the line end is what tells a torn line.
    checksum = zlib.crc32(text, before)
    return b"%08x %s\n" % (checksum, text), checksum


def as_record_text(record: dict[str, Json]) -> bytes:
    """Return a record as one line of JSON, its kind first."""
    return json.dumps(record, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Beginning:
    """The state of a session on which a journal stands."""

    base: str
    """`save_id` of that state; empty when it was never saved."""
    session: str | None
    """The session file, absolute; None when there is none."""
    sequence: SequenceInfo
    alignment: Alignment
    created: datetime
    notes: str = ""
    view: ViewState | None = None

    @classmethod
    def of(cls, session: AnnotationSession, session_file: str | None) -> Beginning:
        """Return the present state of a session; what it refers to is never changed."""
        return cls(
            session.save_id,
            session_file,
            session.sequence,
            session.alignment,
            session.created,
            session.notes,
            session.view,
        )

    def as_text(self, owner: Owner) -> bytes:
        """Return the header of a journal that stands on this state."""
        # Without a file to load there is nothing else that tells how the session began. A file
        # names its sequence itself, with up to 100 000s of paths.
        start: dict[str, Json] = {
            "alignment": encode(self.alignment),
            "created": self.created.isoformat(),
            "notes": self.notes,
            "view": encode(self.view),
        }
        whole = self.session is None
        return as_record_text(
            {
                "journal": JOURNAL_VERSION,
                "base": self.base,
                "session": self.session,
                "name": self.sequence.name,
                "sources": list(self.sequence.sources),
                "owner": dict(owner.as_record()),
                "sequence": encode(self.sequence) if whole else None,
                "start": start if whole else None,
            }
        )


@dataclass(frozen=True, slots=True)
class Header:
    """The first record of a journal, checked."""

    base: str
    session: str | None
    name: str
    sources: tuple[str, ...]
    owner: Owner | None
    """None in a journal of version 1."""
    sequence: SequenceInfo | None
    """The sequence of a session without a file."""
    alignment: Alignment
    created: datetime | None
    notes: str
    view: ViewState | None

    def new_session(self) -> AnnotationSession:
        """Return the session as it began; SessionError when it had a file."""
        if self.sequence is None:
            raise SessionError("The journal does not say which sequence it belongs to.")
        session = AnnotationSession(self.sequence, alignment=self.alignment)
        session.created = self.created or session.created
        session.notes, session.view = self.notes, self.view
        return session


def parsed(text: bytes) -> dict[str, object] | None:
    """Return the record of a line; None when it is none, or one that nobody writes."""
    if not is_writable(text):
        return None
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def read_header(name: str, record: dict[str, object] | None) -> Header:
    """Return the header of the journal `name`; SessionError in one sentence when it is none."""
    record = record or {}
    version, base = record.get("journal"), record.get("base")
    if not isinstance(version, int) or not isinstance(base, str):
        raise SessionError(f"{name} is not a journal of CKD Studio, or its start is damaged.")
    if version > JOURNAL_VERSION:
        raise SessionError(f"{name} was written by a newer CKD Studio; update to recover it.")
    try:
        return _checked(base, record)
    # A record may hold any JSON where a text, a list or an object belongs.
    except (SessionError, TypeError, ValueError, RecursionError, OverflowError) as error:
        raise SessionError(
            f"{name} does not say which sequence it belongs to, or its start is damaged."
        ) from error


def _checked(base: str, record: dict[str, object]) -> Header:
    sequence = decode(record.get("sequence"))
    if not isinstance(sequence, SequenceInfo | None):
        raise SessionError("The sequence is none.")
    start = record.get("start")
    start = start if isinstance(start, dict) else {}
    alignment, view = decode(start.get("alignment")), decode(start.get("view"))
    if not isinstance(alignment, Alignment | None) or not isinstance(view, ViewState | None):
        raise SessionError("The start is none.")
    session, sources = record.get("session"), record.get("sources")
    known = sequence.sources if sequence is not None else ()
    created = start.get("created")
    return Header(
        base=as_text(base, "The base"),
        session=None if session is None else _as_path(session),
        name=as_text(record.get("name") or (sequence.name if sequence else ""), "The name"),
        sources=tuple(map(_as_path, sources)) if isinstance(sources, list) else known,
        owner=Owner.from_record(record.get("owner")),
        sequence=sequence,
        alignment=alignment or Alignment(),
        created=None if created is None else datetime.fromisoformat(str(created)),
        notes=as_text(start.get("notes", ""), "The notes"),
        view=view,
    )


def _as_path(value: object) -> str:
    # Not as a text for people: a name may hold bytes that are no Unicode.
    if not isinstance(value, str) or "\0" in value:
        raise SessionError("A path is none.")
    return value
