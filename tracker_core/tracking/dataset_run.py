"""Runs a tracker over every sequence of a dataset: here, in processes, or on a cluster."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from tracker_core.errors import CKDError
from tracker_core.sequences.dataset import open_dataset
from tracker_core.trackers.protocol import TrackerSource
from tracker_core.tracking.pool import ProcessPool, Stop, WorkersDiedError
from tracker_core.tracking.run_content import read_contents
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
    names: tuple[str, ...] = ()
    """Of all sequences."""

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
    alignment: tuple[int, tuple[float, ...] | None] = (0, None),
) -> RunSummary:
    """Follow every sequence from its first ground truth box and write one result for each.

    Sequences whose result is in `folder` are skipped; a result that was begun and not finished
    leaves nothing behind. `alignment` is the shift and the map of every task.
    Sequences that fail are in the summary. Raises CKDError for a dataset or
    folder that cannot be used, and while another program writes into it.
    """
    tasks = [
        replace(task, shift=alignment[0], tir_to_rgb=alignment[1])
        for task in find_tasks(dataset, tir_offset, swap)
    ]
    # For people only: what makes a dataset another is what it holds.
    settings = {**source.settings, "dataset": dataset.absolute().name}
    # Other pairs are other results; runs of before had no such entries.
    if tir_offset is not None:
        settings["tir_offset"] = str(tir_offset)
    if swap:
        settings["swap"] = "true"
    if alignment != (0, None):
        settings["alignment"] = json.dumps(alignment)
    with folder.held() as held:

        def asked() -> bool:
            # Asked at every frame, which is often enough for other computers to see the run live.
            held.refresh()
            return stop()

        contents = read_contents(tasks, asked)
        if len(contents) < len(tasks):  # stopped, with nothing begun
            return RunSummary(len(tasks), 0)
        finished = folder.open(settings, contents, source.info.note)
        summary = RunSummary(len(tasks), len(finished), names=tuple(contents))
        on_progress(summary)
        waiting = [task for task in tasks if task.name not in finished]
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
