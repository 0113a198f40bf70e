"""From pair samples to batches, in order, with or without worker processes."""

from __future__ import annotations

import atexit
import multiprocessing
import multiprocessing.process
import signal
import weakref
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import resource_tracker
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from tracker_core.ckd.tracker import MEAN, STD
from tracker_core.errors import CKDError
from tracker_core.parents import end_with_parent
from tracker_core.training.data.sample import PairSample
from tracker_core.training.task import Batch

MOST_SKIPPED = 24
"""So many samples in a row that cannot be read mean that almost none can."""


class Pairs(Protocol):
    """Anything that gives the sample of an index, the same one every time."""

    def sample(self, index: int) -> PairSample:
        """Give the pair of that index; CKDError when what it is made of cannot be read."""
        ...


@dataclass(frozen=True, slots=True)
class Drawn:
    """A sample, or none, and what was wrong with those in whose place it stands."""

    sample: PairSample | None
    """None when nothing could be read."""
    skipped: tuple[str, ...]
    """One sentence for each that could not be read."""


@dataclass(frozen=True, slots=True)
class _Indexed(Dataset[Drawn]):
    pairs: Pairs

    def __getitem__(self, index: int) -> Drawn:
        """Give the sample of that index, or the next one that can be read."""
        skipped: list[str] = []
        for number in range(index, index + MOST_SKIPPED):
            try:
                return Drawn(self.pairs.sample(number), tuple(skipped))
            except (CKDError, OSError) as error:
                # On one line: it becomes part of a sentence.
                skipped.append(" ".join(str(error).split()))
        return Drawn(None, tuple(skipped))


class _Range(Sampler[list[int]]):
    def __init__(self, first: int, last: int, size: int, rank: int, ranks: int) -> None:
        self._steps = range(first, last)
        self._size, self._rank, self._ranks = size, rank, ranks

    def __iter__(self) -> Iterator[list[int]]:
        for step in self._steps:
            # All ranks together go through the indices in order, as one process would.
            start = (step * self._ranks + self._rank) * self._size
            yield list(range(start, start + self._size))

    def __len__(self) -> int:
        return len(self._steps)


def _prepare_worker(_worker: int) -> None:
    from tracker_core.imaging import cv2

    end_with_parent()
    # Ctrl+C reaches every process of a terminal, and `kill` of a group or a batch scheduler every
    # one of a job; it is the training process that decides.
    for each in (signal.SIGINT, *_ends()):
        signal.signal(each, signal.SIG_IGN)
    # One core for each worker: more threads would only take it from the training.
    cv2.setNumThreads(0)
    torch.set_num_threads(1)


def _ends() -> tuple[signal.Signals, ...]:
    """Signals that ask a process to end; Windows knows no SIGHUP."""
    names = ("SIGTERM", "SIGHUP")
    return tuple(signal.Signals[name] for name in names if name in signal.Signals.__members__)


@contextmanager
def _deaf_children() -> Iterator[None]:
    """Let processes that start in the body never hear that they should end.

    The server that forks the workers is one of them, and nothing of ours runs there: without it
    they would all count as dead. What arrives for this process meanwhile is heard afterwards.
    """
    mask: Any = getattr(signal, "pthread_sigmask", None)  # Windows has none, and no groups to kill
    if mask is None:
        yield
        return
    # First: on its way it lets this process hear SIGTERM again, which the server would inherit.
    resource_tracker.ensure_running()
    before, others = mask(signal.SIG_BLOCK, _ends()), set(multiprocessing.active_children())
    try:
        yield
    finally:
        mask(signal.SIG_SETMASK, before)
        _DEAF.update(each for each in multiprocessing.active_children() if each not in others)


_DEAF: weakref.WeakSet[multiprocessing.process.BaseProcess] = weakref.WeakSet()
"""Workers that hear no SIGTERM."""


# Registered after multiprocessing's own, and so called before it: that one would ask workers to end
# by SIGTERM, and wait for ever.
@atexit.register
def _end_deaf_children() -> None:
    for each in list(_DEAF):
        if each.is_alive():
            each.kill()


def worker_start() -> str:
    """Return how worker processes are started on this system."""
    # A plain fork would copy locks that torch's threads may hold at that moment. Windows knows
    # nothing but spawn, which imports everything again for each worker.
    known = multiprocessing.get_all_start_methods()
    return "forkserver" if "forkserver" in known else "spawn"


def batches(
    pairs: Pairs,
    *,
    first_step: int,
    last_step: int,
    batch_size: int,
    workers: int = 0,
    rank: int = 0,
    ranks: int = 1,
    pinned: bool = False,
) -> Generator[Batch, None, None]:
    """Batches of steps [first_step, last_step); step s of rank r holds fixed sample indices.

    The same steps give the same batches whatever the number of workers, so a resumed run sees
    exactly what an uninterrupted one would have seen. `batch_size` is each rank's own. A sample
    that cannot be read is replaced by the next one; CKDError when almost none can be.
    """
    loader = DataLoader(
        _Indexed(pairs),
        batch_sampler=_Range(first_step, last_step, batch_size, rank, ranks),
        num_workers=workers,
        collate_fn=_collate_drawn,
        worker_init_fn=_prepare_worker,
        prefetch_factor=4 if workers else None,
        multiprocessing_context=worker_start() if workers else None,
        pin_memory=pinned,
        generator=torch.Generator(),  # its own, so that it does not draw from the global one
    )
    with _deaf_children():
        drawn = iter(loader)
    for batch in drawn:
        if isinstance(batch, Batch):
            yield batch
        else:
            raise CKDError(
                f"Almost nothing to train on can be read: {MOST_SKIPPED} samples in a row failed, "
                f"the last one because: {batch}"
            )


def _collate_drawn(drawn: list[Drawn]) -> Batch | str:
    """A batch, or the sentence of the last sample when there were too few to fill one."""
    samples = [each.sample for each in drawn if each.sample is not None]
    skipped = tuple(sentence for each in drawn for sentence in each.skipped)
    if len(samples) < len(drawn):
        # Not raised: from a worker it would arrive wrapped in a traceback as text.
        return skipped[-1]
    return replace(collate(samples), skipped=skipped)


def collate(samples: list[PairSample]) -> Batch:
    """Stack samples and normalise their crops."""
    return Batch(
        template_rgb=_normalised([s.template_rgb for s in samples]),
        template_tir=_normalised([s.template_tir for s in samples]),
        search_rgb=_normalised([s.search_rgb for s in samples]),
        search_tir=_normalised([s.search_tir for s in samples]),
        box=torch.from_numpy(np.stack([s.box_cxcywh for s in samples])),
        template_box=torch.from_numpy(np.stack([s.template_box_cxcywh for s in samples])),
        present=torch.tensor([s.present for s in samples]),
    )


def _normalised(crops: list[np.ndarray]) -> Tensor:
    if len({crop.ndim for crop in crops}) > 1:  # gray and coloured thermal in one batch
        crops = [crop if crop.ndim == 3 else np.repeat(crop[..., None], 3, 2) for crop in crops]
    pixels = torch.from_numpy(np.stack(crops))  # (B, S, S) or (B, S, S, 3)
    if pixels.ndim == 3:
        pixels = pixels.unsqueeze(-1).expand(-1, -1, -1, 3)  # (B, S, S, 3)
    mean = 255.0 * torch.tensor(MEAN)  # which is for values up to 1
    std = 255.0 * torch.tensor(STD)
    # Turned round while a value is one byte, and then in place: half the time.
    planes = pixels.permute(0, 3, 1, 2).contiguous().float()  # (B, 3, S, S)
    return planes.sub_(mean[:, None, None]).div_(std[:, None, None])
