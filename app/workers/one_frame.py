"""Fetches a frame that is shown beside the current one, off the window's thread."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from app.workers.base import Request, Worker, WorkerClient
from app.workers.frame_source import FrameSource
from tracker_core.sequences import Frame


@dataclass(frozen=True, slots=True)
class FrameRequest(Request):
    """One frame of a sequence."""

    source: FrameSource
    frame_index: int


class _OneFrameWorker(Worker):
    """Answers a FrameRequest with a Frame."""

    def answer(self, request: Request) -> Frame:
        """Decode it, or take it from what is decoded."""
        if not isinstance(request, FrameRequest):
            raise TypeError(f"{type(request).__name__} does not ask for a frame")
        return request.source.frame(request.frame_index)


class OneFrameClient(WorkerClient):
    """The window's side of the worker."""

    fetched = Signal(object)
    """Frame."""
    failed = Signal(object)
    """Failure."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(_OneFrameWorker(), "frame beside", parent)
        self._frames = self._kind()
        self._frames.finished.connect(self.fetched)
        self._frames.failed.connect(self.failed)

    @property
    def pending(self) -> bool:
        """Whether a frame is on its way."""
        return self._frames.pending

    def fetch(self, source: FrameSource, frame_index: int) -> None:
        """Ask for a frame; the newest wish counts."""
        self._frames.send(FrameRequest(self._frames.next_number(), source, frame_index))

    def forget(self) -> None:
        """Drop what is on its way."""
        self._frames.forget()
