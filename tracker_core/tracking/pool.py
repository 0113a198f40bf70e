"""The one pool of worker processes: any task function, stoppable, and stubborn when some die."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from typing import TypeAlias, TypeVar

from tracker_core.errors import CKDError
from tracker_core.parents import end_with_parent

Task = TypeVar("Task")
Done = TypeVar("Done")
Stop: TypeAlias = Callable[[], bool]
Work: TypeAlias = Callable[[Task, Stop], Done]
"""Does one task, picklable as the task is; may end early, by any exception, when `stop` says so."""

_PATIENCE = 0.2
"""Seconds between two looks at whether to stop."""
_DEATHS = 3
"""How often worker processes may die without a result in between."""


class WorkersDiedError(CKDError):
    """The processes died too often; says which tasks have no result."""

    def __init__(self, unfinished: tuple[int, ...]) -> None:
        super().__init__(
            f"The worker processes died {_DEATHS} times over; perhaps memory ran out: try fewer "
            "--jobs."
        )
        self.unfinished = unfinished
        """Indices of these tasks in what was given."""


@dataclass(frozen=True, slots=True)
class ProcessPool:
    """Several processes on this machine."""

    jobs: int
    threads: int | None = None
    """Threads of each; without it, the processors are shared out."""

    def run(
        self, work: Work[Task, Done], tasks: Sequence[Task], stop: Stop
    ) -> Iterator[tuple[int, Done]]:
        """Yield each task's index and outcome as it is there; ends early on `stop`.

        A process that dies takes no task with it: what has no result is done again. Raises
        WorkersDiedError when that happens over and over, and whatever a task raises.
        """
        waiting = dict(enumerate(tasks))
        deaths = 0
        while waiting and deaths < _DEATHS and not stop():
            before = len(waiting)
            # A copy: what is done leaves `waiting` while the round goes on.
            for index, done in self._until_one_dies(work, dict(waiting), stop):
                del waiting[index]
                yield index, done
            # Only deaths without a result count: in a long run a few may well die.
            deaths = 0 if len(waiting) < before else deaths + 1
        if waiting and not stop():
            raise WorkersDiedError(tuple(waiting))

    def _until_one_dies(
        self, work: Work[Task, Done], tasks: Mapping[int, Task], stop: Stop
    ) -> Iterator[tuple[int, Done]]:
        # Spawned, because a fork would copy locks that torch's and OpenCV's threads hold.
        context = multiprocessing.get_context("spawn")
        ended = context.Event()
        threads = self.threads or max(1, (os.cpu_count() or 1) // self.jobs)
        pool = ProcessPoolExecutor(
            min(self.jobs, len(tasks)), context, _prepare_worker, (ended, threads)
        )
        try:
            pending = {pool.submit(_do, work, task): index for index, task in tasks.items()}
            yield from _outcomes(pending, stop)
        except BrokenProcessPool:
            # A broken pool takes no more work; `run` makes another for what is missing.
            return
        finally:
            # Before shutting down, which waits for the tasks that run: they end between two frames.
            ended.set()
            pool.shutdown(wait=True, cancel_futures=True)


def _outcomes(indices: Mapping[Future[Done], int], stop: Stop) -> Iterator[tuple[int, Done]]:
    """Yield results as they come; raises BrokenProcessPool after the last one of a broken pool."""
    broken: BrokenProcessPool | None = None
    pending = set(indices)
    while pending and not stop():
        done, pending = wait(pending, _PATIENCE, FIRST_COMPLETED)
        for future in done:
            error = future.exception()
            if isinstance(error, BrokenProcessPool):
                # Raised at the end only: what arrived together with the death is still good.
                broken = error
            elif error is not None:
                raise error
            else:
                yield indices[future], future.result()
    if broken is not None:
        raise broken


# An event can be inherited by a process but not sent to it with a task.
_ended: Event | None = None


def _prepare_worker(ended: Event, threads: int) -> None:
    """Leave Ctrl+C to the parent, share the processors, and know when to stop."""
    global _ended  # noqa: PLW0603 - a worker process has one parent
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = str(threads)  # torch reads them when it is imported, after this
    _ended = ended


def _do(work: Work[Task, Done], task: Task) -> Done:
    return work(task, _is_over)


def _is_over() -> bool:
    return _ended is not None and _ended.is_set()
