"""The session that a command is going to write, held from before its work to the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.bridge.run_session import check_session_path
from sessions import (
    AnnotationSession,
    FileChangedError,
    HeldFile,
    SessionLockedError,
    encode_session,
    save,
    write_encoded,
)
from sessions.names import copy_name
from tracker_core.errors import CKDError


class SessionTarget:
    """A session file that nobody else writes while the work goes on."""

    def __init__(self, path: Path, held: HeldFile, *, overwrite: bool) -> None:
        self._path = path
        self._held = held
        self._overwrite = overwrite

    @property
    def notes(self) -> tuple[str, ...]:
        """What there is to say about it: a program that ended without giving it free."""
        return (self._held.taken_over,) if self._held.taken_over else ()

    def write(self, session: AnnotationSession) -> None:
        """Write the session there.

        CKDError where a program that knows no locks was faster: what it wrote stays, and the
        session goes beside it, for the work of hours must not be lost.
        """
        encoded = encode_session(session, self._path)
        try:
            # Without leave to replace, nothing was there when the work began.
            known = None if self._overwrite else self._held.known
            self._held.known = write_encoded(encoded, known)
        except (FileChangedError, SessionLockedError) as error:
            aside = copy_name(self._path)
            save(session, aside)
            raise CKDError(
                f"{self._path} was written by another program meanwhile and is left as it is; this "
                f"session is in {aside} instead. With --overwrite it would have been replaced."
            ) from error


@contextmanager
def session_to_write(path: Path, *, overwrite: bool) -> Iterator[SessionTarget]:
    """Hold the session that a command writes; refused at once where it cannot be written.

    SessionLockedError where another program has it open.
    """
    check_session_path(path, overwrite=overwrite)
    with HeldFile.take(path) as held:
        yield SessionTarget(path, held, overwrite=overwrite)
