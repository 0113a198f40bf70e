"""Taking a session file for this window, or learning that it may only be looked at."""

from __future__ import annotations

import weakref
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


class OwnFiles:
    """The session files of one window, also those on their way to it: it keeps none from itself.

    A file may be asked for again before the answer to the last request has come to the window.
    """

    def __init__(self) -> None:
        self._held: list[weakref.ref[HeldFile]] = []

    def hold(self, path: Path) -> HeldFile:
        """Return a share of the file.

        SessionLockedError when another program, or another window of this one, has it.
        """
        return self._hold(path)[0]

    def open_file(self, path: Path) -> SessionFile:
        """Take a file to work on it, or to look at it where another has it."""
        try:
            held, new = self._hold(path)
        except SessionLockedError as error:
            return SessionFile(None, _looking_words(error))
        # Of a file that was open already, it was said then.
        return SessionFile(held, taken_over=held.taken_over if new else "")

    def _hold(self, path: Path) -> tuple[HeldFile, bool]:
        self._held = [each for each in self._held if each() is not None]
        for each in self._held:
            held = each()
            if held is not None and held.is_of(path) and held.share():
                return held, False
        taken = sessions.HeldFile.take(path)
        self._held.append(weakref.ref(taken))
        return taken, True


def _looking_words(error: SessionLockedError) -> str:
    # Nobody can say who it is while the lock is being written.
    where = f"open in {error.holder}" if error.holder else "being opened by another program"
    return (
        f"{error.name} is {where}, so it can only be looked at here; work on a copy to change it."
    )
