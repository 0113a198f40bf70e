"""Whether a program still runs, on systems that say much, little or nothing about it."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from safe_files import owner as owner_module
from safe_files import windows
from safe_files.owner import Owner, process_exists, process_start

LINUX = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux tells it so")
HOUR = 3_600.0


def owner(**changes: Any) -> Owner:
    here = {
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "process_started": process_start(os.getpid()),
        "time": time.time(),
        "mark": "m",
    }
    return Owner(**{**here, **changes})


@pytest.mark.parametrize(
    "pid", [0, -1, pytest.param(-os.getpid(), id="own-group"), 2**31 - 1, 2**40, 10**30]
)
def test_what_is_no_process_number_is_no_process(pid: int) -> None:
    """os.kill takes 0 and below for groups of processes, of which some are always there."""
    assert not process_exists(pid)
    assert not owner(pid=pid).is_alive(time.time())


def test_this_process_is_there_however_long_ago_it_showed_itself() -> None:
    assert process_exists(os.getpid())
    if process_start(os.getpid()):
        assert owner().is_alive(0.0)


@LINUX
def test_a_process_that_was_killed_and_not_looked_for_is_gone() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        mine = owner(pid=process.pid, process_started=process_start(process.pid))
        assert mine.is_alive(0.0)
        process.kill()
        # Not waited for: it stays in the list of processes, as a zombie.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert Path(f"/proc/{process.pid}").exists()
        assert not mine.is_alive(time.time())


@pytest.mark.parametrize("side", ["recorded", "present"])
def test_where_no_start_is_known_only_signs_of_life_count(
    side: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """macOS tells none; Linux may hide those of other people. The number may be used again."""
    mine = owner(process_started="") if side == "recorded" else owner()
    if side == "present":
        monkeypatch.setattr(owner_module, "process_start", lambda _pid: "")
    assert mine.is_alive(time.time() - 0.5 * HOUR)
    assert not mine.is_alive(time.time() - 2 * HOUR)


def test_clocks_of_two_computers_may_differ_but_not_by_years() -> None:
    other = owner(host="elsewhere")
    assert other.is_alive(time.time() + 2 * HOUR)
    assert not other.is_alive(time.time() + 365 * 24 * HOUR)


class Kernel:
    """Windows' library as far as it is asked, with one process of this kind."""

    def __init__(self, *, error: int = 0, code: int = 259, started: int | None = 7) -> None:
        self.error = error
        self.code = code
        self.started = started
        self.open = 0

    def OpenProcess(self, right: int, _inherit: bool, _pid: int) -> int:  # noqa: N802
        assert right == 0x1000
        if self.error:
            return 0
        self.open += 1
        return 99

    def last_error(self) -> int:
        return self.error

    def GetExitCodeProcess(self, _handle: int, code: Any) -> int:  # noqa: N802
        ctypes.cast(code, ctypes.POINTER(ctypes.c_ulong)).contents.value = self.code
        return 1

    def GetProcessTimes(self, _handle: int, start: Any, *_others: Any) -> int:  # noqa: N802
        if self.started is None:
            return 0
        ctypes.cast(start, ctypes.POINTER(ctypes.c_ulonglong)).contents.value = self.started
        return 1

    def CloseHandle(self, handle: int) -> None:  # noqa: N802
        assert handle == 99
        self.open -= 1


@pytest.mark.parametrize(
    ("kernel", "expected"),
    [
        (Kernel(), (True, "7")),
        (Kernel(started=None), (True, "")),
        (Kernel(code=1), (False, "")),
        (Kernel(error=87), (False, "")),  # there is no such process
        (Kernel(error=5), (True, "")),  # there is, and it may not be asked
    ],
    ids=["runs", "without start", "ended", "unknown", "access denied"],
)
def test_windows_is_asked_for_a_process(kernel: Kernel, expected: tuple[bool, str]) -> None:
    assert windows.process(1234, kernel) == expected
    assert kernel.open == 0
