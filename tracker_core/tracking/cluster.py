"""Runs tasks on a Dask cluster: one scheduler, and workers on any machine."""

from __future__ import annotations

import pickle
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracker_core.errors import CKDError
from tracker_core.trackers.protocol import TrackerSource
from tracker_core.tracking.on_worker import track_on_worker
from tracker_core.tracking.pool import Stop
from tracker_core.tracking.tasks import Failed, SequenceTask, Tracked

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
            # An extra: without Dask everything but --scheduler works.
            from distributed import as_completed

            # An error is the outcome of its sequence, and must not end the run.
            arriving = as_completed(loop=client.loop, with_results=True, raise_errors=False)
            waiting = deque(tasks)
            names: dict[str, str] = {}
            while (waiting or names) and not stop():
                # Asked each time round: workers come and go.
                for _ in range(min(len(waiting), self._threads(client) - len(names))):
                    task = waiting.popleft()
                    # Not pure, or Dask would take a second run of the same task for the first and
                    # give its old result.
                    packed = pickle.dumps((source, task))
                    future = client.submit(track_on_worker, packed, pure=False)
                    names[future.key] = task.name
                    arriving.add(future)
                    del future  # so that the cluster forgets the result once it has arrived
                # Never waits, so that somebody who wants to stop is heard.
                batch = arriving.next_batch(block=False)
                if not batch:
                    time.sleep(_PATIENCE)
                for future, outcome in batch:
                    name = names.pop(future.key)
                    known = isinstance(outcome, Tracked | Failed)
                    yield outcome if known else Failed(name, _reason(outcome))

    def _threads(self, client: Client) -> int:
        """Return how many tasks can run at once, at least 1.

        No more are handed out: one that waits on a worker which dies would be blamed for it.
        """
        try:
            return max(1, int(sum(client.nthreads().values())))
        except (OSError, TimeoutError) as error:
            raise CKDError(
                f"The scheduler at {self.address} went away; start it again and run again to do "
                "what is missing."
            ) from error

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
    # By name, so that the class need not be imported from an extra.
    if type(error).__name__ == "KilledWorker":
        return "Its worker died again and again; perhaps memory ran out."
    return f"The cluster gave no result: {error or type(error).__name__}."
