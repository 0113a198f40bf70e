"""Runs a tracker over every sequence of a dataset: here, in processes, or on a cluster."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Protocol

from tracker_core.errors import CKDError
from tracker_core.sequences.dataset import open_dataset
from tracker_core.tracking.run_folder import RunFolder
from tracker_core.tracking.tasks import (
    Failed,
    SequenceTask,
    StoppedError,
    Tracked,
    TrackerSource,
    track_sequence,
)

Stop = Callable[[], bool]
_PATIENCE = 0.2
"""Seconds between two looks at whether to stop."""
_DEATHS = 3
"""How often worker processes may die without a result in between."""


class Engine(Protocol):
    """Does the tasks, in any order, and yields each outcome as soon as it is there."""

    def __call__(
        self, source: TrackerSource, tasks: Sequence[SequenceTask], stop: Stop
    ) -> Iterator[Tracked | Failed]:
        """Yield one outcome per task; ends early, without the unfinished ones, on `stop`."""


@dataclass(slots=True)
class RunSummary:
    """What a run did."""

    total: int
    skipped: int
    """Sequences that an earlier run had finished."""
    done: int = 0
    frames: int = 0
    gaps: int = 0
    failed: list[Failed] = field(default_factory=list)

    @property
    def missing(self) -> int:
        """Sequences without a result, because they failed or the run was stopped."""
        return self.total - self.skipped - self.done


def run_dataset(
    dataset: Path,
    source: TrackerSource,
    folder: RunFolder,
    engine: Engine,
    stop: Stop = lambda: False,
    on_progress: Callable[[RunSummary], None] = lambda _: None,
) -> RunSummary:
    """Follow every sequence from its first ground truth box and write one result for each.

    Sequences whose result is in `folder` are skipped; a result that was begun and not finished
    leaves nothing behind. Sequences that fail are in the summary. Raises CKDError for a dataset or
    folder that cannot be used.
    """
    tasks = find_tasks(dataset)
    settings = {**source.settings, "dataset": dataset.absolute().name}
    finished = folder.open(settings, [task.name for task in tasks])
    summary = RunSummary(len(tasks), len(finished))
    on_progress(summary)
    waiting = [task for task in tasks if task.name not in finished]
    for outcome in engine(source, waiting, stop) if waiting else ():
        if isinstance(outcome, Failed):
            summary.failed.append(outcome)
        else:
            folder.save(outcome)
            summary.done += 1
            summary.frames += len(outcome.boxes)
            summary.gaps += outcome.gaps
        on_progress(summary)
    return summary


def find_tasks(dataset: Path) -> list[SequenceTask]:
    """Return the sequences of a dataset; raises CKDError when it has none with frames."""
    found = open_dataset(dataset)
    if not found.has_frames:
        raise CKDError(f"{dataset} holds ground truth but no frames to track.")
    return [SequenceTask(name, found.path(name).absolute()) for name in found.names]


def run_here(
    source: TrackerSource, tasks: Sequence[SequenceTask], stop: Stop
) -> Iterator[Tracked | Failed]:
    """Do the tasks one after the other in this process."""
    for task in tasks:
        try:
            yield track_sequence(source, task, stop)
        except StoppedError:
            return


@dataclass(frozen=True, slots=True)
class Processes:
    """Does the tasks in several processes on this machine; survives the death of some."""

    jobs: int

    def __call__(
        self, source: TrackerSource, tasks: Sequence[SequenceTask], stop: Stop
    ) -> Iterator[Tracked | Failed]:
        """Yield outcomes; a process that dies takes no sequence with it."""
        waiting = {task.name: task for task in tasks}
        deaths = 0
        while waiting and deaths < _DEATHS and not stop():
            before = len(waiting)
            for outcome in self._until_one_dies(source, list(waiting.values()), stop):
                del waiting[outcome.name]
                yield outcome
            deaths = 0 if len(waiting) < before else deaths + 1
        for name in waiting if not stop() else ():
            yield Failed(
                name,
                f"The worker processes died {_DEATHS} times over; perhaps memory ran out: try "
                "fewer --jobs.",
            )

    def _until_one_dies(
        self, source: TrackerSource, tasks: Sequence[SequenceTask], stop: Stop
    ) -> Iterator[Tracked | Failed]:
        context = multiprocessing.get_context("spawn")
        ended = context.Event()
        threads = max(1, (os.cpu_count() or 1) // self.jobs)
        pool = ProcessPoolExecutor(
            min(self.jobs, len(tasks)), context, _prepare_worker, (ended, threads)
        )
        try:
            yield from _outcomes({pool.submit(_work, source, task) for task in tasks}, stop)
        except BrokenProcessPool:
            return
        finally:
            ended.set()
            pool.shutdown(wait=True, cancel_futures=True)


def _outcomes(pending: set[Future[Tracked | Failed]], stop: Stop) -> Iterator[Tracked | Failed]:
    """Yield results as they come; raises BrokenProcessPool after the last one of a broken pool."""
    broken: BrokenProcessPool | None = None
    while pending and not stop():
        done, pending = wait(pending, _PATIENCE, FIRST_COMPLETED)
        for future in done:
            error = future.exception()
            if isinstance(error, BrokenProcessPool):
                broken = error
            elif error is not None:
                raise error
            else:
                yield future.result()
    if broken is not None:
        raise broken


_ended: Event | None = None


def _prepare_worker(ended: Event, threads: int) -> None:
    """Leave Ctrl+C to the parent, share the processors, and know when to stop."""
    global _ended  # noqa: PLW0603 - a worker process has one parent
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = str(threads)  # torch reads them when it is imported, after this
    _ended = ended


def _work(source: TrackerSource, task: SequenceTask) -> Tracked | Failed:
    try:
        return track_sequence(source, task, None if _ended is None else _ended.is_set)
    except StoppedError:
        return Failed(task.name, "The run was stopped.")
