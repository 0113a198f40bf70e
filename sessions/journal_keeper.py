"""The thread beside an open journal: puts it on disk, tries again, and tidies it up."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

SYNC_SECONDS = 0.4
"""What is written within this time goes to the disk together."""
HEARTBEAT_SECONDS = 60.0
"""How often other computers are shown that the program lives."""
# Longer, a dead network folder would keep the program from ending.
_JOIN_SECONDS = 5.0


class Keeper:
    """Calls `work` some time after it was woken, until it is stopped; never twice at once."""

    def __init__(self, work: Callable[[], bool], beat: Callable[[], None]) -> None:
        """Start; `work` returns whether it has to be called again soon."""
        self._work = work
        self._beat = beat
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._pid = os.getpid()
        # Nobody may have to wait for a disk to end the program.
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Let it work soon."""
        self._wake.set()

    def stop(self) -> None:
        """Let it work once more if it was woken, and end."""
        self._stop.set()
        self._wake.set()
        # A forked child has no such thread, and must not wait for one.
        if os.getpid() == self._pid and threading.current_thread() is not self._thread:
            self._thread.join(_JOIN_SECONDS)

    def _run(self) -> None:
        waiting = False
        while True:
            woken = self._wake.wait(SYNC_SECONDS if waiting else HEARTBEAT_SECONDS)
            if not woken and not waiting:
                self._beat()
                continue
            self._stop.wait(SYNC_SECONDS)
            # In this order: who stops it after the question wakes it once more.
            self._wake.clear()
            ending = self._stop.is_set()
            waiting = self._work()
            if ending:
                return
