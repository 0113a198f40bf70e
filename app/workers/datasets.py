"""Looks at the sequences of a dataset, and writes its list, off the window's thread.

On two threads: looking at a thousand sequences of a network folder takes minutes, for which a note
must not wait.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from app.resolve.dataset_rows import DatasetRow, SessionFacts, facts_of
from app.workers.base import Failure, Request, Worker, WorkerClient
from app.workers.dataset_sessions import beside, peek_session
from sessions import SessionError
from sessions.worklist import Edit, WorkList, look_up, note_down
from tracker_core.errors import CKDError
from tracker_core.sequences.dataset import Dataset
from tracker_core.sequences.glance import glance

NEWS_SECONDS = 0.1
"""How often the window hears of rows: each time it arranges its list again."""
Rows = tuple[tuple[int, DatasetRow], ...]


@dataclass(frozen=True, slots=True)
class LookRequest(Request):
    """Look at every sequence of a dataset and at its session; news are `Rows`."""

    dataset: Dataset
    rows: tuple[DatasetRow, ...]
    named: float
    """How likely a box must be wrong for its event to be counted."""

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return f"The sequences of {self.dataset.root} cannot be looked at"


@dataclass(frozen=True, slots=True)
class SessionRequest(Request):
    """Look at the session of one sequence again: it was saved."""

    index: int
    row: DatasetRow
    named: float


@dataclass(frozen=True, slots=True)
class NotesRequest(Request):
    """Write edits into the list of a dataset, or only read it where there are none."""

    path: Path
    edits: tuple[Edit, ...] = ()
    known: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return f"The list {self.path} cannot be written"


@dataclass(frozen=True, slots=True)
class Notes:
    """What a list holds."""

    request: NotesRequest
    found: WorkList
    problem: str = ""
    """Why the file itself was not read or written, in one sentence."""


class LookWorker(Worker):
    """Answers a LookRequest with a sentence on what is wrong with the dataset, mostly empty."""

    def answer(self, request: Request) -> object:
        """Look at what is asked for."""
        match request:
            case LookRequest():
                return _Look(request, lambda rows: self.news.emit(request.number, rows)).run()
            case SessionRequest(index=index, row=row, named=named):
                return index, with_session(row, named)
        raise TypeError(f"{type(request).__name__} does not ask about a dataset")


class NotesWorker(Worker):
    """Answers a NotesRequest with Notes."""

    def answer(self, request: Request) -> Notes:
        """Read or write the list."""
        if not isinstance(request, NotesRequest):
            raise TypeError(f"{type(request).__name__} does not ask for a list")
        if request.edits:
            return Notes(request, *note_down(request.path, request.edits, request.known))
        return Notes(request, *look_up(request.path))


class _Look:
    """One walk over all sequences of a dataset."""

    def __init__(self, request: LookRequest, news: Callable[[Rows], None]) -> None:
        self._request = request
        self._news = news
        self._waiting: list[tuple[int, DatasetRow]] = []
        self._said = time.monotonic()

    def run(self) -> str:
        """Say of each row what it is, then what its session says; the first costs least."""
        rows, there, problem = list(self._request.rows), _sessions_there(self._request.rows), ""
        for index, row in enumerate(rows):
            if self._request.superseded.is_set():
                return ""
            try:
                attributes = self._request.dataset.attributes(row.name)
            except (CKDError, OSError) as error:
                attributes, problem = (), problem or str(error)
            has_session = row.session_path in there or beside(row.path) in there
            rows[index] = replace(
                row, glance=glance(row.path), attributes=attributes, has_session=has_session
            )
            self._say(index, rows[index])
        for index, row in enumerate(rows):
            if self._request.superseded.is_set():
                return ""
            if row.has_session:
                self._say(index, with_session(row, self._request.named))
        self._news(tuple(self._waiting))
        return problem

    def _say(self, index: int, row: DatasetRow) -> None:
        self._waiting.append((index, row))
        if time.monotonic() - self._said >= NEWS_SECONDS:
            self._news(tuple(self._waiting))
            self._waiting.clear()
            self._said = time.monotonic()


def with_session(row: DatasetRow, named: float) -> DatasetRow:
    """Return a row with what its session says now."""
    try:
        path, session = peek_session(row.path, row.session_path)
        facts = None if session is None else facts_of(session, named)
        return replace(row, session_path=path, has_session=session is not None, session=facts)
    except SessionError as error:
        there = os.path.lexists(row.session_path)
        problem = SessionFacts(problem=str(error))
        return replace(row, has_session=there, session=problem if there else None)


def _sessions_there(rows: tuple[DatasetRow, ...]) -> set[Path]:
    """Return which sessions there are, by looking into each folder once."""
    there: set[Path] = set()
    for folder in {path.parent for row in rows for path in (row.session_path, row.path)}:
        try:
            names = os.listdir(folder)  # noqa: PTH208 - names alone, and there may be thousands
        except OSError:
            continue  # a folder that is not there yet
        there.update(folder / name for name in names)
    return there


class DatasetClient(WorkerClient):
    """The window's side of the worker that looks."""

    rows_found = Signal(object)
    """`Rows`: indices and what is known of them now."""
    ended = Signal(object)
    """Everything was looked at; a text, one sentence where something is wrong with the dataset."""
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(LookWorker(), "dataset", parent)
        self._looks = self._kind()
        self._saves = self._kind(skip_superseded=False)
        self._looks.news.connect(self.rows_found)
        self._looks.finished.connect(self.ended)
        for answered in (self._saves.finished, self._saves.dropped):
            answered.connect(self._on_session)
        for kind in (self._looks, self._saves):
            kind.failed.connect(self._on_failed)

    @property
    def pending(self) -> bool:
        """Whether sequences are still being looked at."""
        return self._looks.pending or self._saves.pending

    def look(self, dataset: Dataset, rows: tuple[DatasetRow, ...], named: float) -> None:
        """Look at all sequences; what was looked at before is left."""
        self._looks.send(LookRequest(self._looks.next_number(), dataset, rows, named))

    def look_at_session(self, index: int, row: DatasetRow, named: float) -> None:
        """Look at one session again."""
        self._saves.send(SessionRequest(self._saves.next_number(), index, row, named))

    def forget(self) -> None:
        """Leave what is being looked at."""
        self._looks.forget()

    @Slot(object)
    def _on_session(self, answer: object) -> None:
        if isinstance(answer, tuple):
            self.rows_found.emit((answer,))

    @Slot(object)
    def _on_failed(self, failure: Failure) -> None:
        self.failed.emit(failure.message)

    def join(self, milliseconds: int | None = None) -> None:
        """See `WorkerClient.join`; what is being looked at is left first."""
        self._looks.forget()
        super().join(milliseconds)


class NotesClient(WorkerClient):
    """The window's side of the worker that reads and writes the list."""

    answered = Signal(object)
    """`Notes`."""
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(NotesWorker(), "dataset list", parent)
        self._unanswered: dict[int, NotesRequest] = {}
        self._notes = self._kind(skip_superseded=False)
        for answered in (self._notes.finished, self._notes.dropped):
            answered.connect(self._on_answered)
        self._notes.failed.connect(self._on_failed)

    @property
    def pending(self) -> bool:
        """Whether something is still on its way to the list."""
        return self._notes.pending

    def read(self, path: Path) -> None:
        """Read the list."""
        self._notes.send(NotesRequest(self._notes.next_number(), path))

    def write(
        self, path: Path, edits: tuple[Edit, ...], known: Mapping[str, Mapping[str, str]]
    ) -> None:
        """Write edits; the ones before them are written as well."""
        request = NotesRequest(self._notes.next_number(), path, edits, known)
        self._unanswered[request.number] = request
        self._notes.send(request)

    def join(self, milliseconds: int | None = None) -> None:
        """See `WorkerClient.join`; what the worker did not come to is written first."""
        super().join(milliseconds)
        self.finish()

    def finish(self) -> None:
        """Write here and now what nobody has said to be written: the process is about to end."""
        # The worker may be at one of them, which then is written twice, and changes nothing.
        for request in self._unanswered.values():
            with contextlib.suppress(SessionError, OSError):
                note_down(request.path, request.edits, request.known)
        self._unanswered.clear()

    @Slot(object)
    def _on_answered(self, answer: object) -> None:
        if isinstance(answer, Notes):
            self._unanswered.pop(answer.request.number, None)
            self.answered.emit(answer)

    @Slot(object)
    def _on_failed(self, failure: Failure) -> None:
        self.failed.emit(failure.message)
