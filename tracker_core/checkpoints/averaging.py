"""The average of several checkpoints of one training, which often tracks better than each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from tracker_core.checkpoints.opening import open_checkpoint
from tracker_core.checkpoints.trained import UNTRAINED
from tracker_core.ckd.model.ckd import CKD
from tracker_core.errors import CKDError


def average_checkpoints(paths: Sequence[Path]) -> tuple[CKD, dict[str, str]]:
    """The network whose weights are the mean of those of the files, and where it comes from.

    Statistics of batch norm are averaged like weights. CKDError for files of different
    configurations, for one that is named twice, and for fewer than two.
    """
    if len(paths) < 2:
        raise CKDError("An average takes at least two checkpoints; name another one.")
    first = open_checkpoint(paths[0])
    # float64: a sum of many float32 values would lose digits. One file at a time is in memory.
    sums = {name: _number(value) for name, value in first.model.state_dict().items()}
    digests = [first.weights_sha256]
    kept, untrained = dict(first.provenance), first.untrained
    for path in paths[1:]:
        other = open_checkpoint(path)
        if other.model.config != first.model.config:
            raise CKDError(
                f"{path} has another configuration than {paths[0]}; only checkpoints of one "
                "network can be averaged."
            )
        if other.weights_sha256 in digests:
            raise CKDError(f"{path} is the same file as another one; name each checkpoint once.")
        for name, value in other.model.state_dict().items():
            sums[name] += _number(value)
        digests.append(other.weights_sha256)
        untrained = untrained or other.untrained
        # What all of them say; steps and results are those of none.
        kept = {key: value for key, value in kept.items() if other.provenance.get(key) == value}
    own = first.model.state_dict()
    means = {
        # What counts batches is a whole number: rounded down.
        name: (value / len(paths)).to(own[name].dtype)
        for name, value in sums.items()
    }
    first.model.load_state_dict(means)
    # One of them spoils the mean, in which its fresh head can no longer be seen.
    if untrained:
        kept[UNTRAINED] = untrained
    names = (f"{path.name} {digest}" for path, digest in zip(paths, digests, strict=True))
    return first.model, {**kept, "averaged_from": ", ".join(names)}


def _number(value: Tensor) -> Tensor:
    return value.detach().to(torch.float64)
