"""Runs tasks on a Dask cluster: one scheduler, and workers on any machine."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracker_core.errors import CKDError
from tracker_core.evaluation.runner import Stop
from tracker_core.evaluation.tasks import (
    Failed,
    SequenceTask,
    Tracked,
    TrackerSource,
    track_sequence,
)

if TYPE_CHECKING:
    from distributed import Client

_PATIENCE = 0.2
"""Seconds between two looks at what has arrived."""
_CONNECT = 10
_FIRST_WORKER = 60
"""Seconds to wait for the scheduler, and for its first worker."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Does the tasks on the workers of a Dask scheduler.

    The workers must see the dataset under the same path. A sequence whose worker dies is given to
    another one. Results come back over the network, so that one process writes each of them once.
    """

    address: str
    """Of the scheduler, such as tcp://host:8786."""

    def __call__(
        self, source: TrackerSource, tasks: Sequence[SequenceTask], stop: Stop
    ) -> Iterator[Tracked | Failed]:
        """Yield outcomes as they arrive; raises CKDError when the cluster cannot be used."""
        with self._client() as client:
            from distributed import as_completed

            futures = [client.submit(track_sequence, source, task, pure=False) for task in tasks]
            names = {future.key: task.name for future, task in zip(futures, tasks, strict=True)}
            arriving = as_completed(
                futures, loop=client.loop, with_results=True, raise_errors=False
            )
            del futures  # so that the cluster forgets each result once it has arrived
            while names and not stop():
                batch = arriving.next_batch(block=False)
                if not batch:
                    time.sleep(_PATIENCE)
                for future, outcome in batch:
                    name = names.pop(future.key)
                    known = isinstance(outcome, Tracked | Failed)
                    yield outcome if known else Failed(name, _reason(outcome))

    @contextmanager
    def _client(self) -> Iterator[Client]:
        try:
            from distributed import Client
        except ImportError as error:
            raise CKDError(
                "--scheduler needs Dask: install it with `pip install 'ckd-studio[cluster]'`."
            ) from error
        try:
            client = Client(self.address, timeout=_CONNECT)
        except (OSError, ValueError) as error:
            raise CKDError(
                f"No Dask scheduler answers at {self.address}: {error}; start one with "
                "`dask scheduler` and give the address that it prints."
            ) from error
        with client:
            try:
                client.wait_for_workers(1, timeout=_FIRST_WORKER)
            except TimeoutError as error:
                raise CKDError(
                    f"The scheduler at {self.address} has no workers; start some with "
                    f"`dask worker {self.address}`."
                ) from error
            yield client


def _reason(outcome: object) -> str:
    """Return why a task gave no outcome of its own: its worker kept dying, or the cluster went."""
    error = outcome[1] if isinstance(outcome, tuple) and len(outcome) > 1 else outcome
    if type(error).__name__ == "KilledWorker":
        return "Its worker died again and again; perhaps memory ran out."
    return f"The cluster gave no result: {error or type(error).__name__}."
