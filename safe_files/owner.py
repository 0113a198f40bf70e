"""Which running program a lock or journal belongs to, and whether it still runs."""

from __future__ import annotations

import os
import socket
import sys
import time
import uuid
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Self, cast

from safe_files import windows

REMOTE_STALE_SECONDS = 3_600.0
"""What a program on another computer did not refresh for this long is taken for left over."""
_CLOCKS_DIFFER_SECONDS = 24 * 3_600.0
"""What shows itself in a future further off than this has a senseless time, not a living owner."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A running program that has something to itself: a session, a folder."""

    host: str
    pid: int
    process_started: str
    """Tells two processes apart that had the same number; empty when the system does not say."""
    time: float
    """Unix time at which it took it."""
    mark: str
    """No two have the same."""

    @classmethod
    def of_this_process(cls) -> Self:
        """Return this very process, with the present time and a new mark."""
        pid = os.getpid()
        return cls(socket.gethostname(), pid, process_start(pid), time.time(), uuid.uuid4().hex)

    @classmethod
    def from_record(cls, record: object) -> Self | None:
        """Return what `as_record` gave; None when it is none, whatever else it is."""
        try:
            values = cast("dict[str, str]", record)
            owner = cls(
                host=str(values["host"]),
                pid=int(values["pid"]),
                process_started=str(values["process_started"]),
                time=float(values["time"]),
                mark=str(values["mark"]),
            )
            # Tried here, so that no message about the owner fails on a senseless time.
            datetime.fromtimestamp(owner.time).astimezone()
        except (ValueError, KeyError, TypeError, OverflowError, OSError):
            return None
        return owner

    def as_record(self) -> dict[str, bool | int | float | str]:
        """Return it as JSON types."""
        return asdict(self)

    @property
    def is_this_process(self) -> bool:
        """True when this very process is the owner."""
        return (self.host, self.pid) == (socket.gethostname(), os.getpid()) and (
            self.process_started == process_start(self.pid)
        )

    def is_alive(self, refreshed: float) -> bool:
        """Tell whether it may still be running; `refreshed` is a unix time."""
        shown_lately = -_CLOCKS_DIFFER_SECONDS < time.time() - refreshed < REMOTE_STALE_SECONDS
        if self.host != socket.gethostname():
            return shown_lately
        if not process_exists(self.pid):
            return False
        started = process_start(self.pid)
        # Where the system tells no start, or not that of another person's program, a number that
        # was used again cannot be told from the owner's; only that it has shown itself can.
        if not started or not self.process_started:
            return shown_lately
        return started == self.process_started


def process_start(pid: int) -> str:
    """Return when a process started, as the system counts it; empty where it does not say."""
    if sys.platform == "win32":
        return windows.process(pid).started
    fields = _linux_status(pid)
    # The start is field 22 of the line, counted from 1, of which two are gone.
    return fields[19] if len(fields) > 19 else ""


def process_exists(pid: int) -> bool:
    """Tell whether a process of this number runs on this computer, whoever owns it."""
    # To os.kill they mean groups of processes, and some of these there always are.
    if pid <= 0:
        return False
    if sys.platform == "win32":
        # os.kill with 0, as below, would be Ctrl+C there.
        return windows.process(pid).exists
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    # It belongs to somebody else, or cannot be asked for: better to refuse than to break a lock.
    except OSError:
        return True
    # Killed, and whoever started it has not looked yet: in a container nobody may ever.
    return _linux_status(pid)[:1] not in (["Z"], ["X"])


def _linux_status(pid: int) -> list[str]:
    """Return what Linux says of a process, from its state on; empty on other systems."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return []
    # The name of the program stands in parentheses and may hold blanks and parentheses itself.
    return stat.rpartition(")")[2].split()
