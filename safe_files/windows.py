"""What Windows knows of a process, asked through its own library."""

from __future__ import annotations

import ctypes
from typing import Any, NamedTuple

_LEAST_RIGHT = 0x1000
"""PROCESS_QUERY_LIMITED_INFORMATION, which the most processes grant."""
_ACCESS_DENIED = 5
_STILL_ACTIVE = 259


class WindowsProcess(NamedTuple):
    """Whether a process runs, and when it started."""

    exists: bool
    started: str
    """In the system's own count; empty when it does not say."""


def process(pid: int, kernel: Any = None) -> WindowsProcess:  # noqa: ANN401 - ctypes has no types
    """Ask for the process of this number; `kernel` is Windows' kernel32 or what behaves like it."""
    library = kernel or _kernel()
    handle = library.OpenProcess(_LEAST_RIGHT, False, pid)
    if not handle:
        # Who may not even be asked is there all the same: a service, or another person's program.
        return WindowsProcess(library.last_error() == _ACCESS_DENIED, "")
    try:
        code = ctypes.c_ulong()
        known = library.GetExitCodeProcess(handle, ctypes.byref(code))
        # The handle of somebody else keeps a process known after its end.
        if known and code.value != _STILL_ACTIVE:
            return WindowsProcess(False, "")
        times = [ctypes.c_ulonglong() for _ in range(4)]
        times_known = library.GetProcessTimes(handle, *map(ctypes.byref, times))
        return WindowsProcess(True, str(times[0].value) if times_known else "")
    finally:
        library.CloseHandle(handle)


def _kernel() -> Any:  # noqa: ANN401
    load: Any = getattr(ctypes, "WinDLL")  # noqa: B009 - ctypes has it on Windows alone
    kernel = load("kernel32", use_last_error=True)
    # A handle is a pointer; by default ctypes would cut it to 32 bits.
    kernel.OpenProcess.restype = ctypes.c_void_p
    kernel.OpenProcess.argtypes = (ctypes.c_ulong, ctypes.c_int, ctypes.c_ulong)
    pointer = ctypes.c_void_p
    kernel.GetExitCodeProcess.argtypes = (pointer, pointer)
    kernel.GetProcessTimes.argtypes = (pointer,) * 5
    kernel.CloseHandle.argtypes = (pointer,)
    kernel.last_error = ctypes.get_last_error if hasattr(ctypes, "get_last_error") else lambda: 0
    return kernel
