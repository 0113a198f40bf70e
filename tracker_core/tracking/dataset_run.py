"""Runs a tracker over every sequence of a dataset: here, in processes, or on a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

from tracker_core.errors import CKDError
from tracker_core.sequences.dataset import open_dataset
from tracker_core.trackers.protocol import TrackerSource
from tracker_core.tracking.pool import ProcessPool, Stop, WorkersDiedError
from tracker_core.tracking.run_folder import RunFolder
from tracker_core.tracking.tasks import (
    Failed,
    SequenceTask,
    StoppedError,
    Tracked,
    track_sequence,
)


class Executor(Protocol):
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
    executor: Executor,
    stop: Stop = lambda: False,
    on_progress: Callable[[RunSummary], None] = lambda _: None,
    tir_offset: int | None = None,
    swap: bool = False,
) -> RunSummary:
    """Follow every sequence from its first ground truth box and write one result for each.

    Sequences whose result is in `folder` are skipped; a result that was begun and not finished
    leaves nothing behind. Sequences that fail are in the summary. Raises CKDError for a dataset or
    folder that cannot be used, and while another program writes into it.
    """
    tasks = find_tasks(dataset, tir_offset, swap)
    # The name and not the path: a dataset may be mounted elsewhere when the run goes on.
    settings = {**source.settings, "dataset": dataset.absolute().name}
    # Other pairs are other results; runs of before had no such entries.
    if tir_offset is not None:
        settings["tir_offset"] = str(tir_offset)
    if swap:
        settings["swap"] = "true"
    with folder.held() as held:
        finished = folder.open(settings, [task.name for task in tasks])
        summary = RunSummary(len(tasks), len(finished))
        on_progress(summary)
        waiting = [task for task in tasks if task.name not in finished]

        def asked() -> bool:
            # Asked at every frame, which is often enough for other computers to see the run live.
            held.refresh()
            return stop()

        # Nothing to do must not start processes, nor ask for a cluster.
        for outcome in executor(source, waiting, asked) if waiting else ():
            if isinstance(outcome, Failed):
                summary.failed.append(outcome)
            else:
                # At once, so that a run that is killed loses one sequence and no more.
                folder.save(outcome)
                summary.done += 1
                summary.frames += len(outcome.boxes)
                summary.gaps += outcome.gaps
            on_progress(summary)
    return summary


def find_tasks(
    dataset: Path, tir_offset: int | None = None, swap: bool = False
) -> list[SequenceTask]:
    """Return the sequences of a dataset; raises CKDError when it has none with frames."""
    found = open_dataset(dataset)
    if not found.has_frames:
        raise CKDError(f"{dataset} holds ground truth but no frames to track.")
    return [
        SequenceTask(name, found.path(name).absolute(), tir_offset, swap) for name in found.names
    ]


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
        pool = ProcessPool(self.jobs)
        try:
            for _, outcome in pool.run(partial(track_sequence, source), tasks, stop):
                yield outcome
        except WorkersDiedError as died:
            for index in died.unfinished:
                yield Failed(tasks[index].name, str(died))
