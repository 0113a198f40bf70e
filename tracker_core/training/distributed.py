"""Several training processes that give what one would: sums over ranks, statistics over ranks."""

from __future__ import annotations

import gc
import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn
from torch import distributed as dist
from torch.autograd.function import once_differentiable

from tracker_core.ckd.tracker import as_device
from tracker_core.errors import CKDError
from tracker_core.parents import end_with_parent

_PATIENCE = timedelta(hours=2)
"""How long ranks wait for each other: preparing pictures is done by the first one alone."""


@dataclass(frozen=True, slots=True)
class Ranks:
    """Which of how many training processes this is."""

    rank: int = 0
    """This one's number."""
    count: int = 1
    """How many there are."""

    @property
    def first(self) -> bool:
        """Whether this one writes files and talks."""
        return self.rank == 0

    def share(self, batch_size: int) -> int:
        """How many pairs of each batch this rank takes; CKDError when they cannot be divided."""
        if batch_size % self.count:
            raise CKDError(
                f"TrainConfig.batch_size is {batch_size}, which {self.count} processes cannot "
                "share evenly; choose a multiple."
            )
        return batch_size // self.count


def ranks() -> Ranks:
    """Which rank this process is; the only one when nothing was started by torchrun."""
    if not (dist.is_available() and dist.is_initialized()):
        return Ranks()
    return Ranks(dist.get_rank(), dist.get_world_size())


@contextmanager
def joined(device_name: str) -> Iterator[torch.device]:
    """Join the processes that torchrun started, if it did; gives the device to train on.

    NCCL between CUDA devices, one for each process of a machine, gloo otherwise. No parallel model
    may outlive the body: it holds the group, and with the group end the threads that work for it.
    """
    if _of_environment("WORLD_SIZE", 1) < 2:
        yield as_device(device_name)
        return
    # Not where a cluster's own program started the ranks: its parent may leave and mean no end.
    if dist.is_torchelastic_launched():
        end_with_parent()
    device = as_device(device_name)
    if device.type == "cuda":
        device = torch.device("cuda", _of_environment("LOCAL_RANK", 0))
        torch.cuda.set_device(device)  # a barrier has no tensor to say which device is meant
    # DistributedDataParallel imports this module, whose functions have the group of the moment as
    # a default argument: imported while there is one, it would keep the group to the very end.
    import_module("torch.distributed.nn.functional")
    try:
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=_PATIENCE)
    except (ValueError, RuntimeError) as error:
        raise CKDError(
            f"The training processes cannot find each other ({error}); start them with torchrun."
        ) from error
    try:
        yield device
    except BaseException as error:
        _forget_frames(error)
        raise
    finally:
        _end_group()


def _of_environment(name: str, otherwise: int) -> int:
    text = os.environ.get(name) or str(otherwise)
    if not (text.isascii() and text.isdecimal() and len(text) < 7):
        raise CKDError(f"{name} is {text!r} where torchrun puts a whole number; unset it.")
    return int(text)


def _end_group() -> None:
    """End the group and wait for its threads.

    `destroy_process_group` alone only forgets the group. gloo's threads end with the group's last
    reference; one that frees the tensor of its last sum while the interpreter ends, as happens on
    a busy machine, takes the process down with SIGABRT.
    """
    group = dist.group.WORLD
    dist.destroy_process_group()
    gc.collect()  # the model holds the group and is part of reference circles
    # This reference must be the last one: it alone waits for the threads without holding Python's
    # lock, which they may need.
    del group


def _forget_frames(error: BaseException) -> None:
    """Empty the frames that an error and its causes have left: a model there holds the group."""
    link: BaseException | None = error
    while link is not None:
        traceback.clear_frames(link.__traceback__)
        link = link.__cause__ or link.__context__


@contextmanager
def first_rank_first() -> Iterator[None]:
    """Let the first rank through the body alone, then all others: it prepares shared files."""
    group = ranks()
    if not group.first:
        dist.barrier()
    try:
        yield
    finally:
        # Also after an error: the others would wait for hours for one that has given up.
        if group.first and group.count > 1:
            dist.barrier()


def total(values: Tensor) -> Tensor:
    """Sum over all ranks, the same on each of them; no gradient flows through it."""
    values = values.detach()
    if ranks().count == 1:
        return values
    values = values.clone()  # the sum is written into its argument
    dist.all_reduce(values)
    return values


class _Gathered(torch.autograd.Function):
    @staticmethod
    def forward(_ctx: Any, values: Tensor) -> Tensor:  # noqa: ANN401 - torch's own
        values = values.contiguous()  # what gathers asks for it
        parts = [torch.empty_like(values) for _ in range(ranks().count)]
        dist.all_gather(parts, values)  # R tensors of (...)
        return torch.stack(parts)  # (R, ...)

    @staticmethod
    @once_differentiable
    def backward(_ctx: Any, gradient: Tensor) -> Tensor:  # noqa: ANN401 - torch's own
        # This rank's part is in the result of every rank, and each sends a gradient for it.
        return total(gradient)[ranks().rank]


def gathered(values: Tensor) -> Tensor:
    """(R, ...) the values of all ranks; each rank's gradient is what all ranks' losses ask for."""
    found: Tensor = _Gathered.apply(values)  # type: ignore[no-untyped-call]
    return found


# torch's SyncBatchNorm refuses tensors on the CPU, where gloo trains.
class RanksBatchNorm(nn.BatchNorm2d):
    """Batch norm with the statistics of all ranks' batches, which are equally large.

    Parameters and statistics have the names of torch's batch norm; in evaluation it is torch's.
    """

    def forward(self, features: Tensor) -> Tensor:
        """(B, C, H, W) to the same."""
        if not self.training:
            return super().forward(features)
        values = features.float()  # statistics of 16-bit features would lose digits
        axes = (0, 2, 3)
        own = torch.stack([values.mean(dim=axes), values.var(dim=axes, correction=0)])
        means, variances = gathered(own).unbind(1)  # (R, C)
        mean = means.mean(dim=0)
        # The variance of all is the mean of the variances and the variance of the means.
        variance = variances.mean(dim=0) + (means - mean).square().mean(dim=0)
        self._update_ema(mean.detach(), variance.detach(), features.numel() // features.shape[1])
        scale = torch.rsqrt(variance + self.eps) * self.weight
        shift = self.bias - mean * scale
        out = values * scale[:, None, None] + shift[:, None, None]
        return out.to(features.dtype)

    def _update_ema(self, mean: Tensor, variance: Tensor, count: int) -> None:
        """Move the running statistics as torch's batch norm does."""
        if self.running_mean is None or self.running_var is None or self.momentum is None:
            return
        samples = count * ranks().count
        self.running_mean.lerp_(mean, self.momentum)
        # torch normalises with the biased variance but keeps the unbiased one.
        self.running_var.lerp_(variance * samples / max(1, samples - 1), self.momentum)
        if self.num_batches_tracked is not None:
            self.num_batches_tracked += 1


def share_statistics(module: nn.Module) -> None:
    """Put batch norms over all ranks in the place of torch's, with their very parameters."""
    for name, child in module.named_children():
        if isinstance(child, nn.BatchNorm2d):
            setattr(module, name, _over_ranks(child))
        else:
            share_statistics(child)


def _over_ranks(norm: nn.BatchNorm2d) -> RanksBatchNorm:
    shared = RanksBatchNorm(norm.num_features, eps=norm.eps, momentum=norm.momentum)
    shared.weight, shared.bias = norm.weight, norm.bias
    shared.running_mean, shared.running_var = norm.running_mean, norm.running_var
    shared.num_batches_tracked = norm.num_batches_tracked
    return shared.train(norm.training)


@contextmanager
def lost_ranks(advice: str) -> Iterator[None]:
    """Turn what torch says when another process has gone into a CKDError that ends in `advice`."""
    try:
        yield
    except RuntimeError as error:
        if ranks().count == 1 or not _is_about_ranks(error):
            raise
        raise CKDError(
            f"Another of the {ranks().count} training processes has ended, so rank "
            f"{ranks().rank} ends too; {advice}"
        ) from error


def _is_about_ranks(error: RuntimeError) -> bool:
    # gloo raises plain RuntimeErrors: only their words say what they are about.
    text = str(error).lower()
    return isinstance(error, dist.DistError) or "gloo" in text or "nccl" in text
