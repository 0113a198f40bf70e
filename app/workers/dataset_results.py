"""Compares results of trackers over a dataset off the window's thread, on a thread of its own.

Over a thousand sequences that takes a while, for which no box of an open one must wait.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge.session_results import trackers_at
from app.workers.base import Failure, Request, Worker, WorkerClient
from tracker_core.evaluation.benchmarks import Benchmark
from tracker_core.evaluation.comparing import benchmark_of
from tracker_core.evaluation.over_dataset import (
    SequenceResults,
    TrackerOver,
    on_sequence,
    over_dataset,
    shared_by_all,
)
from tracker_core.sequences.dataset import Dataset

NEWS_SECONDS = 0.5
"""How often the window hears of more sequences: each time its table is worked out."""
MOST_TRACKERS = 100
"""Curves of each on each sequence are kept: of a hundred on a thousand, some 100 MB."""


@dataclass(frozen=True, slots=True, eq=False)
class OverRequest(Request):
    """Compare what lies at some paths over a dataset; news are `Over`."""

    dataset: Dataset
    paths: tuple[Path, ...]

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return f"The results cannot be compared over {self.dataset.root}"


@dataclass(frozen=True, slots=True, eq=False)
class Over:
    """How far a comparison is; the answer to an OverRequest is the last one."""

    benchmark: Benchmark
    trackers: tuple[str, ...]
    new: tuple[SequenceResults, ...]
    """Sequences since the one before."""
    table: tuple[TrackerOver, ...]
    done: int
    total: int
    shared: int
    """How many of those done every tracker has."""
    without_truth: int
    problems: tuple[str, ...]


class OverWorker(Worker):
    """Answers an OverRequest with the last `Over`."""

    def answer(self, request: Request) -> object:
        """Compare sequence by sequence."""
        if not isinstance(request, OverRequest):
            raise TypeError(f"{type(request).__name__} does not ask for a comparison")
        return _Walk(request, lambda over: self.news.emit(request.number, over)).run()


class _Walk:
    """One comparison over all sequences."""

    def __init__(self, request: OverRequest, news: Callable[[Over], None]) -> None:
        self._request, self._news = request, news
        dataset = request.dataset
        self._benchmark = benchmark_of(dataset.layout)
        found, problems = trackers_at(request.paths, dataset.names, self._benchmark.key)
        if len(found) > MOST_TRACKERS:
            problems.insert(0, f"The first {MOST_TRACKERS} of {len(found)} trackers are compared.")
        self._trackers, self._problems = found[:MOST_TRACKERS], problems
        self._names = tuple(each.tracker for each in self._trackers)
        self._done: list[SequenceResults] = []
        self._said = 0

    def run(self) -> Over | None:
        """Return what there is in the end; None where nobody waits for it any more."""
        last = time.monotonic()
        # Even before the first: who the trackers are is known.
        self._news(self._over())
        for name in self._request.dataset.names if self._trackers else ():
            if self._request.superseded.is_set():
                return None
            place = self._request.dataset.path(name)
            found = on_sequence(self._benchmark, name, place, self._trackers)
            self._done.append(found)
            self._problems += found.problems
            if time.monotonic() - last >= NEWS_SECONDS:
                self._news(self._over())
                last = time.monotonic()
        return self._over()

    def _over(self) -> Over:
        new, self._said = tuple(self._done[self._said :]), len(self._done)
        return Over(
            self._benchmark,
            self._names,
            new,
            over_dataset(self._benchmark, self._done, self._names),
            len(self._done),
            len(self._request.dataset),
            len(shared_by_all(self._done, self._names)),
            sum(not each.rows for each in self._done),
            tuple(self._problems),
        )


class OverClient(WorkerClient):
    """The window's side of the worker."""

    found = Signal(object)
    """`Over`: more sequences are compared, or the last ones."""
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(OverWorker(), "dataset results", parent)
        self._over = self._kind()
        self._over.news.connect(self.found)
        self._over.finished.connect(self._on_finished)
        self._over.failed.connect(self._on_failed)

    @property
    def pending(self) -> bool:
        """Whether sequences are still being compared."""
        return self._over.pending

    def compare(self, dataset: Dataset, paths: tuple[Path, ...]) -> None:
        """Compare results over a dataset; what was being compared is left."""
        self._over.send(OverRequest(self._over.next_number(), dataset, paths))

    def forget(self) -> None:
        """Leave what is being compared."""
        self._over.forget()

    @Slot(object)
    def _on_finished(self, over: Over | None) -> None:
        if over is not None:
            self.found.emit(over)

    @Slot(object)
    def _on_failed(self, failure: Failure) -> None:
        self.failed.emit(failure.message)
