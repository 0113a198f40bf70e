"""Ctrl+C and `kill` end a long job after its current step, so that what is done is kept."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

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

    # SIGTERM is how `kill`, clusters and containers ask a job to end.
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(each, ask) for each in signals]
    try:
        yield request
    finally:
        for each, handler in zip(signals, before, strict=True):
            # Outside of the job, Ctrl+C is to interrupt again.
            signal.signal(each, handler)
