"""A file for a new journal: beside its session, or in the state folder."""

from __future__ import annotations

import contextlib
import errno
from pathlib import Path

from sessions import open_journals, places
from sessions.errors import SessionError
from sessions.journal_file import JournalFile
from sessions.journal_format import Beginning
from sessions.journal_read import read_journal


def claim(beginning: Beginning) -> JournalFile:
    """Return an empty file where a journal on this state can lie; OSError when it can nowhere."""
    try:
        return new_file(beginning)
    except OSError:
        if beginning.session is None:
            raise
        return new_file(beginning, beside=False)


def new_file(beginning: Beginning, *, beside: bool = True) -> JournalFile:
    """Return an empty file under a name that was free; OSError when there can be none.

    It lies beside the session, if there is one and that is wanted.
    """
    if not beside or beginning.session is None:
        places.make_private(places.journals_folder())
        names = places.names_in_state_folder(beginning.sequence, beginning.session)
        return JournalFile.create(next(names))
    for path in places.names_beside(beginning.session):
        file = _claimed(path)
        if file is not None:
            places.point_to(path)
            return file
    raise FileExistsError(errno.EEXIST, "too many journals lie there")


def _claimed(path: Path) -> JournalFile | None:
    """Return an empty file of this name, None where it is taken by one that somebody needs."""
    for _ in range(2):
        try:
            return JournalFile.create(path)
        except FileExistsError:
            if not _is_idle(path):
                return None
            unlink(path)
    return None


def _is_idle(path: Path) -> bool:
    """Tell whether a journal holds nothing, and nobody writes it."""
    try:
        contents = read_journal(path)
        if contents is None or contents.header.owner is None or contents.dropped:
            return False
        # Whatever the saved state is, nothing can be missing from it.
        if contents.changes_after(1) or contents.marks:
            return False
        return not open_journals.is_living(contents.header.owner, path.stat().st_mtime)
    except (OSError, SessionError):
        return False


def unlink(path: Path) -> None:
    """Remove a journal, and the note of where it lies."""
    with contextlib.suppress(OSError):
        path.unlink()
    places.forget(path)
