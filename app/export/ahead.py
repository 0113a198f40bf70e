"""Steps of a long export that overlap: what one makes waits for the next in a short queue."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, Queue
from typing import TypeVar

T = TypeVar("T")

MOST = 3
"""That wait: enough to ride out a slow one, and not much memory however large frames are."""


@dataclass(frozen=True, slots=True)
class _Raised:
    error: BaseException


@dataclass(frozen=True, slots=True)
class _Ended:
    pass


def ahead(source: Generator[T, None, None], name: str) -> Generator[T, None, None]:
    """Give what `source` gives, in order, while a thread of its own works ahead on the next ones.

    What `source` raises is raised here, in its turn. Closing this ends the thread and closes
    `source` on it, before it returns: close it also where it is not read to its end.
    """
    waiting: Queue[T | _Raised | _Ended] = Queue(MOST)
    ended = threading.Event()

    def work() -> None:
        last: _Raised | _Ended = _Ended()
        try:
            for item in source:
                waiting.put(item)
                if ended.is_set():
                    break
        except BaseException as error:  # noqa: BLE001 - whoever reads gets it, whatever it is
            last = _Raised(error)
        finally:
            # Here, for what it holds open may not change its thread in the midst of work.
            source.close()
            waiting.put(last)

    # A daemon: a second Ctrl+C ends the program also while a disk does not answer.
    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    try:
        while True:
            item = waiting.get()
            if isinstance(item, _Ended):
                return
            if isinstance(item, _Raised):
                raise item.error
            yield item
    finally:
        ended.set()
        while thread.is_alive():
            # It may wait for room for what nobody wants any more.
            with suppress(Empty):
                waiting.get_nowait()
            thread.join(0.01)
