"""Decodes frames off the GUI thread: the newest request first, then ahead in both directions."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.workers.base import WorkerThread
from app.workers.frame_source import FrameSource, frame_bytes, prefetch_order
from tracker_core.errors import CKDError
from tracker_core.sequences import Frame

AHEAD = 24
"""Frames decoded ahead at most; half as many behind."""


@dataclass(frozen=True, slots=True)
class FrameRequest:
    """What the window wants to see next."""

    number: int
    source: FrameSource
    index: int
    direction: int
    """+1 or -1: where the person is heading."""


class FrameWorker(QObject):
    """Lives on its own thread; owns the plan of what to decode while nobody asks."""

    loaded = Signal(int, object)
    failed = Signal(int, str)
    damaged = Signal(object, int, tuple)
    _continue = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.newest = 0
        """Number of the newest request; older ones are not worth decoding."""
        self._source: FrameSource | None = None
        self._plan: list[int] = []
        self._continue.connect(self._decode_ahead, Qt.ConnectionType.QueuedConnection)

    @Slot(object)
    def serve(self, request: FrameRequest) -> None:
        """Decode the requested frame unless a newer request is waiting."""
        if request.number < self.newest:
            return
        try:
            frame = request.source.frame(request.index)
        except CKDError as error:
            self.failed.emit(request.number, str(error))
            return
        self._tell_damage(request.source, frame)
        self.loaded.emit(request.number, frame)
        self._make_plan(request, frame)

    @Slot()
    def forget(self) -> None:
        """Stop decoding ahead; called when the sequence is closed."""
        self._source = None
        self._plan = []

    def _make_plan(self, request: FrameRequest, frame: Frame) -> None:
        room = request.source.cache.budget_bytes // max(1, frame_bytes(frame))
        ahead = int(min(AHEAD, max(0, room // 2 - 1)))
        order = prefetch_order(
            request.index, request.direction, len(request.source), ahead, ahead // 2
        )
        idle = not self._plan
        self._source = request.source
        self._plan = [index for index in order if index not in request.source.cache]
        if idle and self._plan:
            self._continue.emit()

    @Slot()
    def _decode_ahead(self) -> None:
        if self._source is None or not self._plan:
            return
        index = self._plan.pop(0)
        try:
            self._tell_damage(self._source, self._source.frame(index))
        except CKDError:
            self._plan = []
        if self._plan:
            self._continue.emit()

    def _tell_damage(self, source: FrameSource, frame: Frame) -> None:
        if frame.problems:
            self.damaged.emit(source, frame.index, frame.problems)


class FrameLoader(QObject):
    """The window's side of the frame worker: numbers requests and drops late answers."""

    loaded = Signal(object)
    failed = Signal(str)
    damaged = Signal(int, tuple)
    _request = Signal(object)
    _forget = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._number = 0
        self._pending = False
        self._source: FrameSource | None = None
        self._worker = FrameWorker()
        self._request.connect(self._worker.serve)
        self._forget.connect(self._worker.forget)
        self._worker.loaded.connect(self._on_loaded)
        self._worker.failed.connect(self._on_failed)
        self._worker.damaged.connect(self._on_damaged)
        self._thread = WorkerThread(self._worker, "frames")

    @property
    def pending(self) -> bool:
        """Whether the newest request is still unanswered."""
        return self._pending

    def set_source(self, source: FrameSource | None) -> None:
        """Serve frames of `source` from now on; answers for the old one are dropped."""
        self._number += 1
        self._worker.newest = self._number
        self._pending = False
        self._source = source
        self._forget.emit()

    def request(self, index: int, direction: int = 1) -> None:
        """Ask for a frame; a cached one is delivered before this returns."""
        if self._source is None:
            return
        self._number += 1
        self._worker.newest = self._number
        cached = self._source.cached(index)
        self._pending = cached is None
        # The worker hears of cached frames too, to keep decoding ahead of the person.
        self._request.emit(FrameRequest(self._number, self._source, index, direction))
        if cached is not None:
            self.loaded.emit(cached)

    def join(self) -> None:
        """End the worker's thread."""
        self._worker.newest = self._number + 1
        self._thread.join()

    @Slot(int, object)
    def _on_loaded(self, number: int, frame: Frame) -> None:
        if number == self._number and self._pending:
            self._pending = False
            self.loaded.emit(frame)

    @Slot(int, str)
    def _on_failed(self, number: int, message: str) -> None:
        if number == self._number:
            self._pending = False
            self.failed.emit(message)

    @Slot(object, int, tuple)
    def _on_damaged(self, source: FrameSource, index: int, problems: tuple[str, ...]) -> None:
        if source is self._source:
            self.damaged.emit(index, problems)
