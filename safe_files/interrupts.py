"""Ctrl+C and `kill`, put off for the moments in which a file or folder is between two states."""

from __future__ import annotations

import threading
from types import FrameType, TracebackType

_depth = 0
_waiting = False


class Undisturbed:
    """A block that `interrupt` does not end in the middle, only right after; use it in a `with`.

    For what takes no time: making a file and noting that it is there. Only the main thread is ever
    interrupted, so in others it does nothing.
    """

    def __enter__(self) -> None:
        global _depth  # noqa: PLW0603 - one for the process, as signals are
        if threading.current_thread() is threading.main_thread():
            _depth += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        global _depth, _waiting  # noqa: PLW0603 - as above
        if threading.current_thread() is not threading.main_thread():
            return
        _depth -= 1
        if _waiting and not _depth:
            _waiting = False
            raise KeyboardInterrupt


def interrupt(number: int, _frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt as Python does for Ctrl+C, after a block that is `Undisturbed`.

    A second signal does not wait: the disk that the block waits for may never answer.
    """
    global _waiting  # noqa: PLW0603 - as above
    if _depth and not _waiting:
        _waiting = True
        return
    _waiting = False
    raise KeyboardInterrupt(number)
