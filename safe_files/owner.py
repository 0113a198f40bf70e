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
from typing import Self, TypeAlias, cast

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

REMOTE_STALE_SECONDS = 3_600.0
"""What a program on another computer did not refresh for this long is taken for left over."""


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

    def as_record(self) -> dict[str, Json]:
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
        if self.host != socket.gethostname():
            return time.time() - refreshed < REMOTE_STALE_SECONDS
        return process_exists(self.pid) and self.process_started == process_start(self.pid)


def process_start(pid: int) -> str:
    """Return when a process started, as Linux counts it; empty on other systems."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return ""
    # The name of the program stands in parentheses and may hold blanks and parentheses itself; the
    # start is field 22 of the line, counted from 1.
    return stat.rpartition(")")[2].split()[19]


def process_exists(pid: int) -> bool:
    """Tell whether a process of this number runs on this computer, whoever owns it."""
    if sys.platform == "win32":
        import ctypes

        # 0x1000 is the least right there is, PROCESS_QUERY_LIMITED_INFORMATION. os.kill with 0, as
        # below, would be Ctrl+C on Windows.
        handle = ctypes.windll.kernel32.OpenProcess(0x1000, False, pid)
        if not handle:
            return False
        code = ctypes.c_ulong()
        ctypes.windll.kernel32.GetExitCodeProcess(handle, ctypes.byref(code))
        ctypes.windll.kernel32.CloseHandle(handle)
        return code.value == 259  # STILL_ACTIVE
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # It belongs to somebody else, or cannot be asked for: better to refuse than to break a lock.
    except (OSError, OverflowError):
        return True
    return True
