"""A task on a worker of a Dask cluster, which this program has not started.

Nothing heavy is imported here: what a worker does first decides how torch's threads wait.
"""

from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracker_core.tracking.tasks import Failed, Tracked


def track_on_worker(packed: bytes) -> Tracked | Failed:
    """Follow one sequence; `packed` is the pickled source and task."""
    # As our own programs do before they import torch: on a busy machine its threads would
    # otherwise burn more time waiting for each other than computing. A nanny sets one thread.
    os.environ.setdefault("GOMP_SPINCOUNT", "100")
    from distributed import get_worker

    from tracker_core.ckd.threads import share_threads
    from tracker_core.tracking.tasks import track_sequence

    share_threads(get_worker().state.nthreads)
    # Made by whoever gave the command, who may run anything here anyway. Only now, because a
    # source may import torch.
    source, task = pickle.loads(packed)  # noqa: S301
    return track_sequence(source, task)
