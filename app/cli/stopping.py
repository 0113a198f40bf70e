"""Ctrl+C and `kill` end a long job after its current step, so that what is done is kept."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from safe_files.interrupts import interrupt

INTERRUPTED = 130
"""Exit code of a command that was stopped by Ctrl+C or `kill`."""


@dataclass(slots=True)
class StopRequest:
    """Whether somebody asked the job to end."""

    asked: bool = False


@contextmanager
def stoppable(*, patient: bool = False) -> Iterator[StopRequest]:
    """Turn the first Ctrl+C or `kill` into a request; a second one interrupts at once.

    A `patient` job goes on to where it can stop: torchrun passes Ctrl+C on as a second signal.
    """
    request = StopRequest()

    def ask(number: int, _frame: FrameType | None) -> None:
        if request.asked and not patient:
            raise KeyboardInterrupt(number)
        request.asked = True

    signals = (signal.SIGINT, *_kills())
    before = [signal.signal(each, ask) for each in signals]
    try:
        yield request
    finally:
        for each, handler in zip(signals, before, strict=True):
            # Outside of the job, Ctrl+C is to interrupt again.
            signal.signal(each, handler)


def interrupt_on_kill() -> None:
    """Let `kill` and a closed terminal interrupt as Ctrl+C does: no half file stays behind."""
    # A job in the background has Ctrl+C ignored.
    ctrl_c = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    for each in (signal.SIGINT, *_kills()) if ctrl_c else _kills():
        signal.signal(each, interrupt)


def end_on_kill() -> None:
    """Let `kill` end the program by itself again, where Python might not come to look at it."""
    for each in _kills():
        signal.signal(each, signal.SIG_DFL)


def _kills() -> tuple[signal.Signals, ...]:
    # SIGTERM is how `kill`, clusters and containers ask a job to end; Windows knows no SIGHUP, and
    # nohup has it ignored.
    names = ("SIGTERM", "SIGHUP")
    known = tuple(signal.Signals[name] for name in names if name in signal.Signals.__members__)
    return tuple(each for each in known if signal.getsignal(each) is not signal.SIG_IGN)
