"""A session file that this program works on: its lock, and what is known to lie there."""

from __future__ import annotations

import os
import weakref
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Self

from sessions.atomic import real_place
from sessions.lock import SessionLock, lock_path
from sessions.on_disk import NOTHING, OnDisk

REFRESH_SECONDS = 180.0
"""How often the lock shows that its holder is alive; it counts for an hour without."""


class HeldFile:
    """Nobody else writes the file until everyone who has a share of this has released it.

    `share` and `release` may be called from any thread.
    """

    def __init__(self, lock: SessionLock) -> None:
        self._lock = lock
        self.known: OnDisk = NOTHING
        """What was last read or written here: the only thing that a save may write over."""
        self._shares = 1
        self._guard = Lock()
        released = Event()
        # Who forgets to release it, or leaves the program by whatever door, keeps nobody out.
        self._free = weakref.finalize(self, _give_free, lock, released)
        # On a thread of its own: a network folder may keep whoever touches it waiting. The thread
        # knows the lock alone, or this would never be forgotten.
        arguments = (lock, released)
        Thread(target=_keep_fresh, args=arguments, name="session-lock", daemon=True).start()

    @classmethod
    def take(cls, path: str | os.PathLike[str]) -> Self:
        """Take the lock of a file, which need not be there yet; SessionLockedError if it is held.

        Where no lock can be written, as in a read-only place, there is none, and saving there
        still looks at what it replaces.
        """
        return cls(SessionLock.acquire(path))

    @property
    def path(self) -> Path:
        """The file behind all links."""
        return self._lock.path

    @property
    def taken_over(self) -> str:
        """One sentence on the program that left a lock behind; empty when none did."""
        return self._lock.taken_over

    def is_of(self, path: str | os.PathLike[str]) -> bool:
        """Tell whether a path leads to this file."""
        place = real_place(path)
        if place == self.path:
            return True
        # Walk.h5 and walk.h5 are one file on some disks; the file itself need not be there yet.
        try:
            return self._lock.held and lock_path(place).samefile(lock_path(self.path))
        except OSError:
            return False

    def share(self) -> bool:
        """Keep the file for one more; False when everyone has released it already."""
        with self._guard:
            if not self._shares:
                return False
            self._shares += 1
            return True

    def release(self) -> None:
        """Give back one share; with the last one the file is free."""
        with self._guard:
            if not self._shares:
                return
            self._shares -= 1
            if not self._shares:
                # Still guarded: who is refused a share takes the file next, and would find it
                # locked by this program.
                self._free()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def _keep_fresh(lock: SessionLock, released: Event) -> None:
    while not released.wait(REFRESH_SECONDS):
        lock.refresh()


def _give_free(lock: SessionLock, released: Event) -> None:
    released.set()
    lock.release()
