"""Whether there is a screen to open a window on, asked before Qt is."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import suppress
from threading import Event, Thread

_STDERR = 2
PATIENCE = 20.0
"""Seconds that an X server may take; one behind a slow network takes a few."""
WITHOUT = "`ckd-studio demo --headless OUT` and `ckd-studio track` work without one."
"""What to do where there is no screen."""


def check_screen() -> None:
    """Refuse to start a window where Qt would end the process, or wait, for want of a screen."""
    from tracker_core.errors import CKDError

    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return
    display, wayland = os.environ.get("DISPLAY"), os.environ.get("WAYLAND_DISPLAY")
    if not (display or wayland):
        raise CKDError(
            f"There is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set); {WITHOUT}"
        )
    # Where Wayland is, X is asked only when that fails, and Qt says so itself.
    if display and not wayland and not answers(PATIENCE):
        raise CKDError(
            f"There is no screen here (the X server {display} does not answer); check DISPLAY. "
            f"{WITHOUT}"
        )


def answers(seconds: float) -> bool:
    """Whether the X server of DISPLAY says yes or no in time; True where it cannot be asked.

    Qt waits without end, and meanwhile keeps even Ctrl+C from being heard.
    """
    answered = Event()
    # What the library prints of a server that refuses, Qt says in its turn.
    aside = PrintedAside()
    try:
        # In a thread that the program does not wait for when it ends.
        Thread(target=_ask, args=(answered,), daemon=True).start()
        return answered.wait(seconds)
    finally:
        aside.end()


def _ask(answered: Event) -> None:
    import ctypes

    try:
        # Qt's own way, with DISPLAY and the keys of ~/.Xauthority as it reads them.
        xcb = ctypes.CDLL("libxcb.so.1")
        xcb.xcb_connect.restype = ctypes.c_void_p
        xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
        # Never NULL: a connection that failed says so when it is used, and is freed alike.
        xcb.xcb_disconnect(xcb.xcb_connect(None, None))
    except (OSError, AttributeError):
        pass  # without the library Qt has no X either, and says so
    finally:
        answered.set()


class PrintedAside:
    """Keeps what is printed to standard error, by whatever library, until `end`."""

    def __init__(self) -> None:
        self._kept = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `end`
        self._before: int | None = None
        # A program without a console has none.
        with suppress(OSError):
            self._before = os.dup(_STDERR)
            os.dup2(self._kept.fileno(), _STDERR)

    def end(self) -> str:
        """Let it be printed again; return what was."""
        if self._before is not None:
            os.dup2(self._before, _STDERR)
            os.close(self._before)
            self._before = None
        with self._kept as kept:
            kept.seek(0)
            return kept.read().decode(errors="replace")
