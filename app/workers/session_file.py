"""Taking a session file for this window, or learning that it may only be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import sessions
from sessions import SessionLockedError

if TYPE_CHECKING:
    from sessions import HeldFile
    from sessions.on_disk import OnDisk


@dataclass(frozen=True, slots=True)
class SessionFile:
    """The file of a session that was opened."""

    held: HeldFile | None
    """One share of it; None where another has it, and it may only be looked at."""
    read_only: str = ""
    """Why it may only be looked at, in one sentence."""
    taken_over: str = ""
    """One sentence on a program that ended without giving it free; empty when none did."""
    known: OnDisk | None = None
    """What was read."""

    def let_go(self) -> None:
        """Leave the file to others: it will not be worked on."""
        if self.held is not None:
            self.held.release()


def hold(path: Path, mine: HeldFile | None) -> HeldFile:
    """Return a share of the file: of `mine` where that is the one, else newly taken.

    SessionLockedError when another program, or another window of this one, has it.
    """
    if mine is not None and mine.is_of(path) and mine.share():
        return mine
    return sessions.HeldFile.take(path)


def open_file(path: Path, mine: HeldFile | None) -> SessionFile:
    """Take a file to work on it, or to look at it where another has it."""
    try:
        held = hold(path, mine)
    except SessionLockedError as error:
        return SessionFile(None, _looking_words(error))
    # Of the file that was open already, it was said then.
    return SessionFile(held, taken_over="" if held is mine else held.taken_over)


def _looking_words(error: SessionLockedError) -> str:
    # Nobody can say who it is while the lock is being written.
    where = f"open in {error.holder}" if error.holder else "being opened by another program"
    return (
        f"{error.name} is {where}, so it can only be looked at here; work on a copy to change it."
    )
