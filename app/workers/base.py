"""Requests to long-lived workers: each ends as finished or failed, whatever is raised.

The window asks through `Requests`, which numbers requests and drops late answers. A `Worker` on a
thread of its own serves them one after the other.
"""

from __future__ import annotations

import weakref
from abc import abstractmethod
from dataclasses import dataclass, field
from itertools import count
from threading import Event
from typing import ClassVar

from PySide6.QtCore import QCoreApplication, QDeadlineTimer, QObject, QThread, Signal, Slot

from app.workers.failures import failure_message


@dataclass(frozen=True, slots=True)
class Request:
    """What a worker is asked to do."""

    number: int
    """No two requests of this program have the same."""
    superseded: Event = field(default_factory=Event, kw_only=True, compare=False)
    """Set when nobody waits for the answer any more: a worker need not even begin."""

    @property
    def failed(self) -> str:
        """What could not be done, as the beginning of a sentence, when this request fails."""
        return "What was asked for could not be done"


@dataclass(frozen=True, slots=True)
class Failure:
    """How a request failed."""

    message: str
    """One sentence: what happened and what to do."""
    kept: object = None
    """What was done of the request until then; None when nothing is worth keeping."""


class Worker(QObject):
    """Lives on its own thread and serves requests one after the other."""

    finished = Signal(int, object)
    """Number and answer; every request ends with this signal or the next, and with one of them."""
    failed = Signal(int, object)
    """Number and Failure."""
    news = Signal(int, object)
    """Number of the request under way, and something that is known before its end."""

    @abstractmethod
    def answer(self, request: Request) -> object:
        """Do what is asked; anything may be raised."""

    def kept(self, request: Request) -> object:  # noqa: ARG002
        """Return what was done of a request until it failed, None by default."""
        return None

    @Slot(object)
    def serve(self, request: Request) -> None:
        """Answer one request."""
        if request.superseded.is_set():
            # Ended like any other: whoever sent it still holds it open.
            self.finished.emit(request.number, None)
            return
        try:
            answer = self.answer(request)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the window must not wait
            self.failed.emit(request.number, self._failure(request, error))
        else:
            self.finished.emit(request.number, answer)

    def _failure(self, request: Request, error: BaseException) -> Failure:
        message = failure_message(error, request.failed)
        try:
            return Failure(message, self.kept(request))
        except BaseException as second:  # noqa: BLE001 - as above
            return Failure(f"{message} {failure_message(second, 'What was done is lost')}")


class Requests(QObject):
    """One kind of request to one worker; the newest is the one that counts."""

    finished = Signal(object)
    """The answer to the newest request."""
    failed = Signal(object)
    """The Failure of the newest request."""
    news = Signal(object)
    """What the worker says of the newest request before its end."""
    dropped = Signal(object)
    """An answer that came too late: whoever made it may have to close it."""
    _sent = Signal(object)
    # One counter for all kinds, for several share a worker, and its signals carry a number alone.
    # It starts at 1, because 0 stands for no request.
    _numbers: ClassVar = count(1)

    def __init__(
        self, worker: Worker, parent: QObject | None = None, *, skip_superseded: bool = True
    ) -> None:
        """Listen to the worker; `skip_superseded` lets it leave out what a newer one replaces."""
        super().__init__(parent)
        self._skip_superseded = skip_superseded
        self._open: dict[int, Request] = {}
        self._newest = 0
        # Sender and worker live on two threads, so Qt queues this call and those below.
        self._sent.connect(worker.serve)
        worker.finished.connect(self._on_finished)
        worker.failed.connect(self._on_failed)
        worker.news.connect(self._on_news)

    @property
    def pending(self) -> bool:
        """Whether the newest request is still unanswered."""
        return self._newest > 0

    def next_number(self) -> int:
        """Return the number of a request that is about to be made."""
        return next(self._numbers)

    def send(self, request: Request, *, wait: bool = True) -> None:
        """Hand a request to the worker; without `wait` its answer is of no interest."""
        self.forget()
        self._open[request.number] = request
        # After `forget`, which ends the wait for the one before.
        self._newest = request.number if wait else 0
        self._sent.emit(request)

    def forget(self) -> None:
        """Wait for nothing any more; answers that are still on their way are dropped."""
        self._newest = 0
        if self._skip_superseded:
            for request in self._open.values():
                request.superseded.set()

    def _ended(self, number: int) -> bool:
        """Note that a request has ended, and tell whether it is the one that counts."""
        newest = number == self._newest
        if newest:
            self._newest = 0
        return newest

    @Slot(int, object)
    def _on_finished(self, number: int, answer: object) -> None:
        # It belongs to another kind of requests to the same worker.
        if self._open.pop(number, None) is None:
            return
        (self.finished if self._ended(number) else self.dropped).emit(answer)

    @Slot(int, object)
    def _on_failed(self, number: int, failure: Failure) -> None:
        if self._open.pop(number, None) is not None and self._ended(number):
            self.failed.emit(failure)

    @Slot(int, object)
    def _on_news(self, number: int, news: object) -> None:
        if number == self._newest:
            self.news.emit(news)


class WorkerThread:
    """A QThread and the one worker that lives on it."""

    # Weak, so that a thread that was joined can be freed.
    _all: ClassVar[weakref.WeakSet[WorkerThread]] = weakref.WeakSet()

    def __init__(self, worker: QObject, name: str) -> None:
        self.worker = worker
        # Without a parent, which would delete it, and end the process if it still ran.
        self._thread = QThread()
        self._thread.setObjectName(name)
        # Before the start: no request may be served by the window's thread.
        worker.moveToThread(self._thread)
        self._all.add(self)
        self._thread.start()

    def join(self, milliseconds: int | None = None) -> None:
        """End the event loop of the thread and wait for it, if given not longer than so long.

        Safe to call twice.
        """
        if self._thread.isRunning():
            self._thread.quit()
            limit = QDeadlineTimer.ForeverConstant.Forever
            self._thread.wait(QDeadlineTimer(limit if milliseconds is None else milliseconds))

    @classmethod
    def join_all(cls) -> None:
        """End every thread that is left, as of a window that could not be built to its end."""
        for thread in list(cls._all):
            thread.join()


class WorkerClient(QObject):
    """The window's side of a worker: owns its thread and the kinds of requests it is sent."""

    def __init__(self, worker: Worker, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = worker
        self._kinds: list[Requests] = []
        self._thread = WorkerThread(worker, name)

    def _kind(self, *, skip_superseded: bool = True) -> Requests:
        """Return a new kind of requests to the worker."""
        kind = Requests(self._worker, self, skip_superseded=skip_superseded)
        self._kinds.append(kind)
        return kind

    def join(self, milliseconds: int | None = None) -> None:
        """Forget what was asked for and end the worker's thread after what it is doing.

        With `milliseconds` the wait has an end, and the thread may go on.
        """
        for kind in self._kinds:
            kind.forget()
        self._thread.join(milliseconds)
        for kind in self._kinds:
            # Answers that came meanwhile are dropped now, while somebody can still close them.
            QCoreApplication.sendPostedEvents(kind)
