"""Processes that end with the one that started them, even when it is killed outright."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable

_PATIENCE = 1.0
"""Seconds between two looks at who the parent is, where nothing tells of its end."""


def end_with_parent() -> None:
    """Leave as soon as the parent is gone, however it went; for processes that work for one alone.

    A worker waits for work on a pipe whose other end it holds itself: by that it would never learn
    that nobody will send any.
    """
    parent = multiprocessing.parent_process()
    wait: Callable[[], None]
    if parent is not None:
        wait = parent.join
    # Windows keeps telling the number of a parent that is gone.
    elif os.name != "nt":
        wait = _watcher(os.getppid())
    else:
        return
    threading.Thread(target=_leave_after, args=(wait,), daemon=True).start()


def _watcher(parent: int) -> Callable[[], None]:
    def wait() -> None:
        # An orphan is given another parent.
        while os.getppid() == parent:
            time.sleep(_PATIENCE)

    return wait


def _leave_after(wait: Callable[[], None]) -> None:
    wait()
    os._exit(1)  # sys.exit would end this thread alone
