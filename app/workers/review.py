"""Looks for events to review off the window's thread: the longer the sequence, the longer it takes.

The rows that it reads are those of the window, which go on meanwhile. What is read while it
changes gives a queue that is out of date and never an error, and after each change there is another
request.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

from app.resolve.effective import EffectiveTarget
from app.resolve.review import ReviewEvent, ReviewQueue, arranged, target_events
from app.resolve.review_evidence import Opinions
from app.resolve.review_weights import NAMED
from app.workers.base import Failure, Request, Worker, WorkerClient
from sessions import SeenMark


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """One target whose events are looked for."""

    row: EffectiveTarget
    seen: tuple[SeenMark, ...] = ()
    opinions: Opinions | None = None
    named: float = NAMED
    """How likely a box must be wrong for its event to be listed."""
    live: bool = False
    """Whether a run is adding to the row, which then is another one without saying so."""

    def same(self, other: Subject) -> bool:
        """Whether the events of another look are still those of this one."""
        parts = (self.row, self.seen, self.opinions), (other.row, other.seen, other.opinions)
        # By identity: rows are made again when anything of them changed, and marks are one tuple.
        return not (self.live or other.live or self.named != other.named) and all(
            mine is theirs for mine, theirs in zip(*parts, strict=True)
        )


@dataclass(frozen=True, slots=True, eq=False)
class ReviewRequest(Request):
    """Look for the events of these targets."""

    subjects: tuple[Subject, ...]
    by_time: bool = False

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return "The review queue cannot be made"


class ReviewWorker(Worker):
    """Answers a ReviewRequest with a ReviewQueue."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[str, tuple[Subject, tuple[ReviewEvent, ...]]] = {}
        """The last look at each target; a nudge changes one of many."""

    def answer(self, request: Request) -> ReviewQueue:
        """Look for events."""
        if not isinstance(request, ReviewRequest):
            raise TypeError(f"{type(request).__name__} does not ask for events")
        looked: dict[str, tuple[Subject, tuple[ReviewEvent, ...]]] = {}
        for subject in request.subjects:
            known = self._known.get(subject.row.target_id)
            if known is None or not known[0].same(subject):
                events = target_events(subject.row, subject.seen, subject.opinions, subject.named)
                known = (subject, events)
            looked[subject.row.target_id] = known
        # Others go: they would keep the arrays of a removed target in memory.
        self._known = looked
        every = (event for _, found in looked.values() for event in found)
        return arranged(every, by_time=request.by_time)


class ReviewClient(WorkerClient):
    """The window's side of the worker."""

    found = Signal(object)
    """ReviewQueue."""
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(ReviewWorker(), "review", parent)
        self._looks = self._kind()
        self._looks.finished.connect(self.found)
        self._looks.failed.connect(self._on_failed)

    @property
    def pending(self) -> bool:
        """Whether a queue is on its way."""
        return self._looks.pending

    def look(self, subjects: tuple[Subject, ...], *, by_time: bool) -> None:
        """Ask for the queue of these targets; the newest request wins."""
        self._looks.send(ReviewRequest(self._looks.next_number(), subjects, by_time))

    def forget(self) -> None:
        """Drop a queue that is on its way."""
        self._looks.forget()

    @Slot(object)
    def _on_failed(self, failure: Failure) -> None:
        self.failed.emit(failure.message)
