"""The list of a dataset: what people note of its sequences, as a table that they can read.

A CSV file beside the sequences, or in the folder of the sessions. Several windows may have it open:
each writes only what was changed in it, into what lies there at that moment.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from safe_files import FileError, file_name, read_json, read_text, write_text
from sessions import places
from sessions.errors import SessionError, SessionLockedError
from sessions.lock import SessionLock

LIST_NAME = "ckd-studio-list.csv"
NAME, STATE, NOTE = "sequence", "state", "note"
STATES = ("", "begun", "done", "skipped")
"""What a person may say of a sequence; empty: nothing yet."""
_LARGEST = 32 << 20
csv.field_size_limit(_LARGEST)  # a long note must not make a list unreadable; the file is bounded
_TRIES, _TRY_SECONDS = 40, 0.05
"""How often another window that is just writing is waited for: two seconds."""

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing that a person wrote into the list."""

    sequence: str
    column: str
    before: str
    """What stood there on the screen, by which it is seen that somebody else wrote meanwhile."""
    after: str


@dataclass(slots=True)
class WorkList:
    """What a file holds: a row of texts for each sequence, with all of its columns."""

    rows: dict[str, dict[str, str]] = field(default_factory=dict)
    columns: tuple[str, ...] = (NAME, STATE, NOTE)

    def take(self, edit: Edit) -> None:
        """Take an edit in; of two notes of two people both stay."""
        row = self.rows.setdefault(edit.sequence, {NAME: edit.sequence})
        now = row.get(edit.column, "")
        if now in (edit.before, edit.after, "") or edit.column != NOTE:
            row[edit.column] = edit.after
        elif edit.after:
            row[edit.column] = f"{now} | {edit.after}"

    def show(self, known: Mapping[str, Row]) -> None:
        """Bring what the program knows of sequences up to date; notes of people stay."""
        for name, facts in known.items():
            self.rows.setdefault(name, {}).update({NAME: name, **facts})
            self.columns += tuple(each for each in facts if each not in self.columns)


def read_list(path: Path) -> WorkList:
    """Return the list in a file; an empty one where there is none, SessionError for another thing.

    Columns that are not known here are kept.
    """
    if not places.is_there(path):
        return WorkList()
    try:
        # Of a spreadsheet, whose commas and letters may be those of its country.
        text = read_text(path, _LARGEST, old=True)
        between = next((each for each in ",;\t" if each in text.partition("\n")[0]), ",")
        parsed = csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True)
        lines = [line for line in parsed if line]
    except FileError as error:
        raise SessionError(f"The list was not read: {error}") from error
    except csv.Error as error:
        raise SessionError(f"{path} is no list of sequences: {error}; {_AWAY}") from error
    if not lines:
        return WorkList()
    head = tuple(lines[0])
    if NAME not in head or len(set(head)) < len(head):
        raise SessionError(f"{path} is no list of sequences: no column '{NAME}' in it; {_AWAY}")
    columns = head + tuple(each for each in (STATE, NOTE) if each not in head)
    found = WorkList({}, columns)
    for line in lines[1:]:
        row = dict(zip(head, map(_shown, line), strict=False))
        # Of two rows of one sequence, as a hand may leave them, neither note is lost.
        if row.get(NAME) and (before := found.rows.setdefault(row[NAME], row)) is not row:
            found.take(Edit(row[NAME], NOTE, "", row.get(NOTE, "")))
            before[STATE] = before.get(STATE) or row.get(STATE, "")
    return found


def note_down(path: Path, edits: Sequence[Edit], known: Mapping[str, Row]) -> tuple[WorkList, str]:
    """Write edits, and those that wait, into the list at `path`; return what it holds then.

    Where it cannot be written they wait in the state folder, and the sentence says why. Raises
    SessionError when even that fails.
    """
    place = pending_file(path)
    with contextlib.suppress(OSError):
        places.make_private(place.parent)
    with _alone(place):
        waiting = [*pending(path), *edits]
        try:
            found = write_edits(path, waiting, known) if waiting else read_list(path)
        except SessionError as error:
            _keep(place, waiting)
            return _with(waiting, path), str(error)
        _keep(place, ())
    return found, ""


def look_up(path: Path) -> tuple[WorkList, str]:
    """Return the list at `path` with the edits that wait for it, and why it cannot be read."""
    waiting = pending(path)
    try:
        found = read_list(path)
    except SessionError as error:
        return _with(waiting, None), str(error)
    for edit in waiting:
        found.take(edit)
    return found, ""


def write_edits(path: Path, edits: Iterable[Edit], known: Mapping[str, Row]) -> WorkList:
    """Write edits into the list at `path`, with what the program knows; return what it holds then.

    SessionError when that cannot be, and then nothing has changed.
    """
    with _alone(path):
        return _write(path, edits, known)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep other windows from the file while this lasts; SessionError when one does not leave."""
    for _ in range(_TRIES):
        try:
            lock = SessionLock.acquire(path)
        except SessionLockedError:
            # Another window has it for as long as it writes.
            time.sleep(_TRY_SECONDS)
            continue
        with lock:
            yield
            return
    raise SessionError(f"{path} is being written by another program; try again.")


def _with(edits: Iterable[Edit], path: Path | None) -> WorkList:
    found = WorkList()
    if path is not None:
        with contextlib.suppress(SessionError):
            found = read_list(path)
    for edit in edits:
        found.take(edit)
    return found


def pending_file(path: Path) -> Path:
    """Return where edits wait that could not be written to the list at `path`."""
    where = places.real(path)
    digest = hashlib.sha256(where.encode(errors="surrogatepass")).hexdigest()[:16]
    return places.state_folder() / "lists" / f"{file_name(path.parent.name, 40)}-{digest}.json"


def _keep(place: Path, edits: Sequence[Edit]) -> None:
    """Keep edits to be tried again; none of them: those that were kept are in the list now."""
    if not edits and not places.is_there(place):
        return
    records = [[each.sequence, each.column, each.before, each.after] for each in edits]
    try:
        write_text(place, json.dumps(records, ensure_ascii=False, indent=1), parents=True)
    except FileError as error:
        raise SessionError(f"The notes cannot be kept: {error}") from error


def pending(path: Path) -> list[Edit]:
    """Return the edits that wait to be written to the list at `path`."""
    try:
        records = read_json(pending_file(path), _LARGEST)
    except FileError:
        return []
    found = []
    for record in records if isinstance(records, list) else ():
        match record:
            case [str(sequence), str(column), str(before), str(after)]:
                found.append(Edit(sequence, column, before, after))
    return found


def _write(path: Path, edits: Iterable[Edit], known: Mapping[str, Row]) -> WorkList:
    # Now, not when the window was opened: another one may have written since.
    found = read_list(path)
    found.show(known)
    for edit in edits:
        found.take(edit)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(found.columns)
    for row in found.rows.values():
        writer.writerow([_cell(row.get(column, "")) for column in found.columns])
    try:
        # With a mark: spreadsheets take UTF-8 for something else without one.
        write_text(path, f"\ufeff{out.getvalue()}", parents=True)
    except FileError as error:
        raise SessionError(f"The list cannot be written: {error}") from error
    return found


def _cell(text: str) -> str:
    """Return a text that no spreadsheet computes: a quote before what begins like a formula."""
    return f"'{text}" if text[:1] in _FORMULA or text[:2] in _QUOTED else text


def _shown(cell: str) -> str:
    return cell[1:] if cell[:2] in _QUOTED or cell[:2] == "''" else cell


_FORMULA = ("=", "+", "-", "@")
_QUOTED = tuple(f"'{each}" for each in (*_FORMULA, "'"))
_AWAY = "move it away, and a new one is made."
