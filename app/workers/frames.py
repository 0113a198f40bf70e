"""Decodes frames off the GUI thread: the newest request first, then ahead in both directions.

Where a pane is small, a frame comes reduced first, and whole when the person rests.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from app.workers.base import Failure, Request, Worker, WorkerClient
from app.workers.failures import failure_message
from app.workers.frame_source import FrameSource, frame_bytes, prefetch_order
from tracker_core.errors import CKDError
from tracker_core.sequences import Frame, ReducedFrame

AHEAD = 24
"""Frames decoded ahead at most; half as many behind."""
REST_MILLISECONDS = 120
"""So long without another request is rest: a held key repeats some thirty times a second."""


@dataclass(frozen=True, slots=True)
class FrameRequest(Request):
    """What the window wants to see next."""

    source: FrameSource
    index: int
    direction: int
    """+1 or -1: where the person is heading."""

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return f"Frame {self.index} cannot be shown"


@dataclass(frozen=True, slots=True)
class ReducedRequest(Request):
    """What the window wants to see at once, however coarse."""

    source: FrameSource
    index: int
    shown: tuple[int, int]
    """Width and height of the whole frame in pixels of the screen."""


class Prepare(Protocol):
    """Makes of a frame what showing it needs, and keeps it; asked by several threads."""

    @property
    def shown(self) -> tuple[int, int] | None:
        """In how many pixels of the screen a whole frame is painted; None where nobody knows."""

    def prepare(self, frame: Frame | ReducedFrame) -> object:
        """Make it, unless it is there."""

    def has(self, frame: Frame) -> bool:
        """Whether it is there."""


class FrameWorker(Worker):
    """Owns the plan of what to decode while nobody asks."""

    damaged = Signal(object, int, tuple)
    ahead_failed = Signal(object, str)
    """The source and one sentence: a frame that nobody asked for met an unexpected error."""
    _continue = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._source: FrameSource | None = None
        self._plan: list[int] = []
        self.prepare: Prepare | None = None
        """Makes of a frame what showing it needs; what it keeps is found again by its frame."""
        self.seconds = 0.0
        """What decoding a whole frame has taken last."""
        self._unreadable: set[int] = set()
        """Frames not to be tried ahead again: each step would say the same once more."""
        # Queued, one frame a turn: between two of them a person's request is served.
        self._continue.connect(self._decode_ahead, Qt.ConnectionType.QueuedConnection)

    def answer(self, request: Request) -> Frame | ReducedFrame | None:
        """Decode the requested frame, then plan what comes next; a reduced one may be None."""
        if isinstance(request, ReducedRequest):
            return self._reduced(request)
        if not isinstance(request, FrameRequest):
            raise TypeError(f"{type(request).__name__} is no request for a frame")
        frame = self._whole(request.source, request.index)
        self._make_plan(request, frame)
        return frame

    def _reduced(self, request: ReducedRequest) -> ReducedFrame | None:
        reduced = request.source.reduced(request.index, request.shown)
        if reduced is not None and self.prepare is not None:
            self.prepare.prepare(reduced)
        return reduced

    def _whole(self, source: FrameSource, index: int) -> Frame:
        began, known = time.perf_counter(), source.cache.peek(index) is not None
        frame = source.frame(index)
        self._tell_damage(source, frame)
        if self.prepare is not None:
            self.prepare.prepare(frame)
        if not known:
            self.seconds = time.perf_counter() - began
        return frame

    @Slot()
    def forget(self) -> None:
        """Stop decoding ahead; called when the sequence is closed."""
        self._source = None
        self._plan = []
        self._unreadable.clear()

    def _make_plan(self, request: FrameRequest, frame: Frame) -> None:
        # A frame may have no image at all, and no bytes.
        room = request.source.cache.budget_bytes // max(1, frame_bytes(frame))
        # With half as many behind, three quarters of the room: what is decoded ahead must not push
        # out the frame on show, or itself.
        ahead = int(min(AHEAD, max(0, room // 2 - 1)))
        order = prefetch_order(
            request.index, request.direction, len(request.source), ahead, ahead // 2
        )
        # With a plan left, a turn is on its way already.
        idle = not self._plan
        # Their numbers mean other frames now.
        if self._source is not request.source:
            self._unreadable.clear()
        self._source = request.source
        self._plan = [
            index
            for index in order
            if self._lacks(request.source, index) and index not in self._unreadable
        ]
        if idle and self._plan:
            self._continue.emit()

    def _lacks(self, source: FrameSource, index: int) -> bool:
        frame = source.cache.peek(index)
        return frame is None or (self.prepare is not None and not self.prepare.has(frame))

    @Slot()
    def _decode_ahead(self) -> None:
        if self._source is None or not self._plan:
            return
        index = self._plan.pop(0)
        try:
            self._whole(self._source, index)
        except BaseException as error:  # noqa: BLE001 - nobody asked, so nobody would hear of it
            self._give_up_plan(self._source, index, error)
        if self._plan:
            self._continue.emit()

    def _give_up_plan(self, source: FrameSource, index: int, error: BaseException) -> None:
        self._plan = []
        self._unreadable.add(index)
        # A damaged frame is told when the person goes there; anything else is told at once.
        if not isinstance(error, CKDError):
            failed = f"Frame {index} cannot be read ahead"
            self.ahead_failed.emit(source, failure_message(error, failed))

    def _tell_damage(self, source: FrameSource, frame: Frame) -> None:
        if frame.problems:
            self.damaged.emit(source, frame.index, frame.problems)


class FrameLoader(WorkerClient):
    """The window's side of the frame worker."""

    loaded = Signal(object)
    reduced = Signal(object)
    """A ReducedFrame of what was asked for; the frame itself follows."""
    failed = Signal(str)
    damaged = Signal(int, tuple)
    _forget = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        worker = FrameWorker()
        super().__init__(worker, "frames", parent)
        self._source: FrameSource | None = None
        self._worker_of_frames = worker
        self._frames, self._reduced = self._kind(), self._kind()
        self._reduced.finished.connect(self._on_reduced)
        self._reduced.failed.connect(lambda _failure: self._ask())
        self._wanted = 0, 1
        self._asked_at = 0.0
        self._hurries = False
        self._rest = QTimer(self, singleShot=True)
        self._rest.timeout.connect(self._ask)
        self._frames.finished.connect(self.loaded)
        self._frames.failed.connect(self._on_failed)
        self._forget.connect(worker.forget)
        worker.damaged.connect(self._on_damaged)
        worker.ahead_failed.connect(self._on_ahead_failed)

    @property
    def pending(self) -> bool:
        """Whether the newest request is still unanswered."""
        return self._frames.pending or self._reduced.pending or self._rest.isActive()

    def set_preparer(self, prepare: Prepare) -> None:
        """Let what showing a frame needs be made in the worker's thread, ahead as well."""
        self._worker_of_frames.prepare = prepare

    def set_source(self, source: FrameSource | None) -> None:
        """Serve frames of `source` from now on; answers for the old one are dropped."""
        self._forget_requests()
        self._source = source
        self._forget.emit()

    def request(self, index: int, direction: int = 1) -> None:
        """Ask for a frame; a cached one is delivered before this returns."""
        if self._source is None:
            return
        self._forget_requests()
        now, before = time.monotonic(), self._asked_at
        self._asked_at, self._wanted = now, (index, direction)
        cached = self._source.cached(index)
        prepare = self._worker_of_frames.prepare
        shown = None if prepare is None else prepare.shown
        if cached is not None or shown is None:
            # The worker hears of cached frames too, to keep decoding ahead of the person.
            self._ask(wait=cached is None)
        else:
            # A hand that is faster than decoding would wait for frames that it has left already.
            self._hurries = now - before < self._worker_of_frames.seconds
            number = self._reduced.next_number()
            self._reduced.send(ReducedRequest(number, self._source, index, shown))
        if cached is not None:
            self.loaded.emit(cached)

    def join(self, milliseconds: int | None = None) -> None:
        """See `WorkerClient.join`; nothing is asked for afterwards."""
        self._rest.stop()
        super().join(milliseconds)

    def _ask(self, *, wait: bool = True) -> None:
        if self._source is not None:
            number = self._frames.next_number()
            self._frames.send(FrameRequest(number, self._source, *self._wanted), wait=wait)

    def _forget_requests(self) -> None:
        for kind in (self._frames, self._reduced):
            kind.forget()
        self._rest.stop()

    @Slot(object)
    def _on_reduced(self, reduced: ReducedFrame | None) -> None:
        if reduced is None:
            self._ask()
            return
        # Once it is painted, which decoding on every core would hold up. Started first: whoever
        # hears of it may ask for another one.
        self._rest.start(REST_MILLISECONDS if self._hurries else 0)
        self.reduced.emit(reduced)

    @Slot(object)
    def _on_failed(self, failure: Failure) -> None:
        self.failed.emit(failure.message)

    @Slot(object, int, tuple)
    def _on_damaged(self, source: FrameSource, index: int, problems: tuple[str, ...]) -> None:
        # News of a sequence that was closed meanwhile may still arrive.
        if source is self._source:
            self.damaged.emit(index, problems)

    @Slot(object, str)
    def _on_ahead_failed(self, source: FrameSource, message: str) -> None:
        if source is self._source:
            self.failed.emit(message)
