"""Journals that nobody is writing any more: what they hold, restored or discarded."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from safe_files import FileError
from sessions import bases, open_journals, places
from sessions.atomic import reason
from sessions.errors import SessionError
from sessions.history import History
from sessions.journal import Journal
from sessions.journal_file import JournalFile, Rewriter
from sessions.journal_format import Beginning, Header, as_record_text
from sessions.journal_places import claim, unlink
from sessions.journal_read import JournalContents, read_beginning, read_journal
from sessions.journal_runs import short_record
from sessions.journal_steps import Steps
from sessions.journal_writer import JournalWriter
from sessions.lock import holder
from sessions.model import AnnotationSession
from sessions.replaying import Recovery, replay_after
from sessions.store import load, read_save_id

_EMPTY_SECONDS = 86_400.0
"""How old a journal without a record is when nobody can be writing its first one any more."""


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """A journal that a program left behind when it ended."""

    journal: Path
    session: Path | None
    """The session file; None when it was never saved."""
    sequence: str
    """The name of the sequence; empty when the journal does not say."""
    sources: tuple[str, ...]
    """What the sequence was opened from."""
    changes: int
    modified: datetime
    """When it was last written."""
    problem: str
    """Why not all of it can be restored, in one sentence; empty when it can."""


@dataclass(frozen=True, slots=True)
class Restored:
    """A session as it was when its journal was left behind."""

    left: LeftBehind
    session: AnnotationSession
    history: History
    session_path: Path | None
    """Where to save it; None where it has no file, or its file holds another state by now."""
    applied: int
    """Changes that were done again."""
    problem: str
    """What was left out and why, in one sentence; empty when nothing was."""
    contents: JournalContents
    recovery: Recovery


def left_behind() -> tuple[LeftBehind, ...]:
    """Return the journals that were left behind, the newest first."""
    return _sorted(places.journals_of_state_folder())


def left_behind_by(path: str | os.PathLike[str]) -> tuple[LeftBehind, ...]:
    """Return those of a session file, or of sequences opened from `path` and never saved."""
    wanted = places.real(path)
    beside = places.journals_beside(path)
    found = _sorted([*beside, *places.journals_of_state_folder()])
    return tuple(
        left
        for left in found
        if left.journal in beside
        or (left.session is not None and places.real(left.session) == wanted)
        or (left.session is None and wanted in map(places.real, left.sources))
    )


def _sorted(journals: list[Path]) -> tuple[LeftBehind, ...]:
    found = [_looked_at(path) for path in dict.fromkeys(journals)]
    return tuple(
        sorted((each for each in found if each), key=lambda left: left.modified, reverse=True)
    )


def _looked_at(path: Path) -> LeftBehind | None:
    """Return what a journal holds; None when it is written at this moment, or holds nothing."""
    try:
        status = path.stat()
        # Its program was killed before the first record was in it.
        if not status.st_size:
            _remove_old(path, status.st_mtime)
            return None
        modified = datetime.fromtimestamp(status.st_mtime, UTC).astimezone()
        header = read_beginning(path)
        if _is_written(header, status.st_mtime):
            return None
        contents = read_journal(path)
    except OSError:
        return None
    except SessionError as error:
        return LeftBehind(path, places.session_beside(path), "", (), 0, _now(path), str(error))
    if contents is None:
        return None
    session = _session_of(contents)
    changes = contents.changes_after(_likely_start(contents, session))
    if not changes and not contents.dropped:
        return None
    problem = contents.dropped or _missing(contents, session)
    return LeftBehind(path, session, header.name, header.sources, changes, modified, problem)


def _remove_old(path: Path, modified: float) -> None:
    # One that was made a moment ago may get its first record.
    if time.time() - modified > _EMPTY_SECONDS:
        with contextlib.suppress(OSError):
            path.unlink()


def _now(path: Path) -> datetime:
    with contextlib.suppress(OSError):
        return datetime.fromtimestamp(path.stat().st_mtime, UTC).astimezone()
    return datetime.now(UTC).astimezone()


def _is_written(header: Header, refreshed: float) -> bool:
    owner = header.owner
    if owner is None:
        return False
    if header.session is not None:
        locked = holder(header.session)
        # A program on another computer may show itself by its lock alone.
        if locked is not None and (locked[0].host, locked[0].pid) == (owner.host, owner.pid):
            refreshed = max(refreshed, locked[1])
    return open_journals.is_living(owner, refreshed)


def _session_of(contents: JournalContents) -> Path | None:
    """Return the session file of a journal, where it is now if it moved with its journal."""
    named = [mark.path for mark in reversed(contents.marks) if mark.path and mark.done]
    beside = places.session_beside(contents.path)
    if not named and beside is not None and places.is_there(beside):
        return beside
    place = named[0] if named else contents.header.session
    return None if place is None else Path(place)


def _likely_start(contents: JournalContents, session: Path | None) -> int:
    """Return the line after which the changes count, without opening the session if possible."""
    open_marks = [mark for mark in contents.marks if not mark.done]
    done = [mark.line for mark in contents.marks if mark.done]
    start = done[-1] if done else 1
    # Only the file tells whether a save that was under way came to its end.
    if open_marks and open_marks[-1].line > start:
        for place in _candidates(contents, session):
            with contextlib.suppress(SessionError, OSError):
                found = contents.start_of(read_save_id(place))
                if found is not None:
                    return found
        # Another program saved over it since: that what was there was kept tells that it was there.
        return max([start, *(line for _, line in _kept(contents))])
    return start


def _candidates(contents: JournalContents, session: Path | None) -> list[Path]:
    """Return the files that may hold the state that a journal stands on, the likeliest first."""
    named = [Path(mark.path) for mark in reversed(contents.marks) if mark.path]
    first = [session] if session is not None else []
    header = [Path(contents.header.session)] if contents.header.session else []
    return [path for path in dict.fromkeys([*first, *named, *header]) if places.is_there(path)]


def _missing(contents: JournalContents, session: Path | None) -> str:
    """Say in one sentence, without opening anything, that the state below is nowhere."""
    if contents.header.sequence is not None and not contents.header.base:
        return ""
    if _candidates(contents, session) or _kept(contents):
        return ""
    return f"{session or contents.path} is not there any more; put it back to restore the changes."


def _kept(contents: JournalContents) -> list[tuple[Path, int]]:
    """Return the bases that were kept for a journal, and from which line on they lack changes."""
    ids = [mark.save_id for mark in reversed(contents.marks)]
    found = []
    for save_id in dict.fromkeys([*ids, contents.header.base]):
        place, start = bases.base_path(save_id), contents.start_of(save_id)
        if place is not None and start is not None and places.is_there(place):
            found.append((place, start))
    return found


def restore(left: LeftBehind) -> Restored:
    """Return the session as it was when the journal was left behind; nothing is written.

    Raises SessionError in one sentence when the journal or the state below it cannot be read.
    """
    contents = read_journal(left.journal)
    if contents is None:
        raise _gone(left.journal)
    session, place, start, note = _base_of(contents)
    history = History(session)
    recovery = replay_after(contents, start, session, history)
    # What no file holds is unsaved, also where it takes no change to get there.
    if recovery.applied or place is None:
        history.mark_unsaved()
    problem = recovery.problem or note
    return Restored(left, session, history, place, recovery.applied, problem, contents, recovery)


def _base_of(contents: JournalContents) -> tuple[AnnotationSession, Path | None, int, str]:
    """Return the state below, its file, the line of it, and what there is to say about it."""
    place, why = _session_of(contents), ""
    for candidate in _candidates(contents, place):
        try:
            session = load(candidate)
        except SessionError as error:
            why = why or str(error)
            continue
        start = contents.start_of(session.save_id)
        if start is not None and (session.save_id or contents.header.session):
            return session, candidate, start, ""
    for kept, start in _kept(contents):
        session = load(kept)
        if contents.header.session is None and not contents.marks:
            session.save_id = ""
            return session, None, start, ""
        note = f"{place} was saved again meanwhile; save what was restored under another name."
        return session, None, start, note
    if contents.header.sequence is not None and not contents.header.base:
        return contents.header.new_session(), None, 1, ""
    if why:
        raise SessionError(why)
    if place is None or not places.is_there(place):
        raise SessionError(_missing(contents, place))
    raise SessionError(
        f"{place} holds another state than the one that {contents.path.name} stands on; put back "
        "the file that was there before to restore the changes."
    )


def resume(restored: Restored) -> Journal:
    """Return the journal in which a session goes on that was restored; the old one is put away.

    Raises SessionError when it cannot be written, or another program was faster; the old one then
    stays.
    """
    contents, header = restored.contents, restored.contents.header
    beginning = Beginning(
        header.base,
        header.session,
        header.sequence or restored.session.sequence,
        header.alignment,
        header.created or restored.session.created,
        header.notes,
        header.view,
    )
    history = restored.history
    writer = JournalWriter(beginning)
    try:
        file = claim(beginning)
        try:
            # Under its own name: then it is not there any more.
            _check_other(file.path, contents.path)
            _copy(restored, file, beginning.as_text(writer.owner))
            # Last: once the old one is away, whatever fails must not take the new one with it.
            _move_away(contents.path)
        except BaseException:
            file.close()
            unlink(file.path)
            raise
    except (OSError, FileError) as error:
        writer.close()
        why = error.reason if isinstance(error, FileError) else reason(error)
        raise SessionError(
            f"{contents.path} was not taken over because {why}; it stays as it is."
        ) from error
    except BaseException:
        writer.close()
        raise
    writer.adopt(file, beginning)
    journal = Journal(writer, Steps(history.undo_count, history.redo_count), contents.last_run)
    try:
        _tidy(contents.path)
    except BaseException:
        # Left behind as the old one was: nobody is going to get it.
        journal.close()
        raise
    return journal


def _copy(restored: Restored, file: JournalFile, header: bytes) -> None:
    """Write the lines that were done again under a header of ours, and where a run was cut off."""
    contents, recovery = restored.contents, restored.recovery
    rewriter = Rewriter(file.path, header)
    try:
        with contents.path.open("rb") as source:
            ends = _end_of_line(source, 1), _end_of_line(source, recovery.last_line)
            rewriter.copy(source, [ends])
        taken = {number for number, _ in recovery.cut_off}
        for number in set(contents.cut_off) - taken:
            rewriter.append(as_record_text({"abandoned": number}))
        for number, command in recovery.cut_off:
            rewriter.append(as_record_text(short_record(number, command)))
        rewriter.append(as_record_text({"resumed": time.time()}))
        rewriter.sync()
        rewriter.close()
        file.replaced_by(rewriter)
    except BaseException:
        rewriter.discard()
        raise


def _end_of_line(source: BinaryIO, number: int) -> int:
    source.seek(0)
    for _ in range(number):
        source.readline()
    return source.tell()


def discard(left: LeftBehind) -> None:
    """Put a journal away that nobody wants; it is removed for good after 30 days.

    Raises SessionError when it cannot be moved, or is not there any more.
    """
    try:
        _move_away(left.journal)
    except OSError as error:
        raise SessionError(
            f"{left.journal} could not be discarded because {reason(error)}."
        ) from error
    _tidy(left.journal)


def _check_other(new: Path, old: Path) -> None:
    if new == old:
        raise _gone(old)


def _gone(journal: Path) -> SessionError:
    return SessionError(f"{journal} is not there any more; somebody restored or discarded it.")


def _move_away(journal: Path) -> None:
    # Another program may have restored it and be writing another one under its name.
    try:
        written = _is_written(read_beginning(journal), journal.stat().st_mtime)
    except FileNotFoundError:
        raise _gone(journal) from None
    # Damaged: nobody writes it.
    except SessionError:
        written = False
    if written:
        raise _gone(journal)
    folder = places.make_private(places.discarded_folder())
    away = folder / f"{secrets.token_hex(4)}{journal.name}"
    # Its age counts from now on.
    os.utime(journal)
    try:
        journal.rename(away)
    except FileNotFoundError:
        raise
    except OSError:
        # Another file system. Whoever removes the original is the one who has discarded it.
        shutil.copyfile(journal, away)
        journal.unlink()


def _tidy(journal: Path) -> None:
    """Forget a journal that was moved away, and remove what was discarded long ago."""
    places.forget(journal)
    needed: set[str] = set()
    for path in places.journals_of_state_folder():
        try:
            contents = read_journal(path)
        except SessionError:
            # It may need any of them.
            return
        if contents is not None:
            needed |= {contents.header.base, *(mark.save_id for mark in contents.marks)}
    bases.sweep(frozenset(needed))
