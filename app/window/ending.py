"""Ends the program when it is told to from outside: nothing is asked, and nothing is lost."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

if TYPE_CHECKING:
    from app.window.main_window import MainWindow

FORCE_SECONDS = 5.0
"""After which the program ends all the same, where something keeps its window from ending."""
BY_SIGNAL = 128
"""What shells add to the number of the signal that ended a program."""
# Windows has no SIGHUP, which is what a terminal sends that is closed.
ENDING: tuple[int, ...] = tuple(
    int(getattr(signal, name)) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
)


@contextmanager
def ended_by_signals(window: MainWindow) -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the program while this lasts, promptly and without a question."""

    def ask(number: int, _frame: FrameType | None) -> None:
        # Python runs this between any two lines, in the midst of a change too: only ask.
        QTimer.singleShot(0, window, partial(end_now, window, number))

    # One ignored stays so: `nohup` means the program to outlive its terminal.
    taken = [each for each in ENDING if signal.getsignal(each) is not signal.SIG_IGN]
    before = {each: signal.signal(each, ask) for each in taken}
    hear, tell = socket.socketpair()
    tell.setblocking(False)
    # A thread of its own hears of signals also while the window's is held up outside of Python.
    old = signal.set_wakeup_fd(tell.fileno(), warn_on_full_buffer=False)
    watch = threading.Thread(target=_force, args=(hear,), name="ending", daemon=True)
    watch.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(old)
        for each, handler in before.items():
            signal.signal(each, handler)
        tell.close()
        watch.join()
        hear.close()


def end_now(window: MainWindow, number: int) -> None:
    """Keep everything, then end the process as one that the signal `number` ended."""
    try:
        window.keep_and_leave()
    finally:
        _exit(BY_SIGNAL + number)


def _exit(code: int) -> None:
    for stream in (sys.stdout, sys.stderr):
        # Windows starts a program without a console; a closed terminal takes nothing any more.
        with contextlib.suppress(AttributeError, OSError, ValueError):
            stream.flush()
    # Not `exit`: a dialog that is open, a run and a long save would all be waited for.
    os._exit(code)


def _force(hear: socket.socket) -> None:
    while numbers := hear.recv(64):
        if any(number in ENDING for number in numbers):
            # What is told to end meanwhile closes the socket, and this returns at once.
            hear.settimeout(FORCE_SECONDS)
            try:
                while hear.recv(64):
                    pass
            except TimeoutError:
                number = next(each for each in numbers if each in ENDING)
                _exit(BY_SIGNAL + number)
            return
