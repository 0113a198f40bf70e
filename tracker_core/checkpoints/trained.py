"""Whether a network was trained to track: boxes of one that was not look like any others."""

from __future__ import annotations

from collections.abc import Mapping

from torch import nn

from tracker_core.ckd.model.ckd import CKD
from tracker_core.errors import UntrainedError

UNTRAINED = "head_untrained"
"""The entry of a file's provenance that says why, so that no conversion makes it forgotten."""

_FRESH = "its head was never trained"


def untrained_head(
    model: CKD, provenance: Mapping[str, str], *, initialisation: bool = False, head: bool = True
) -> str:
    """Why a network's boxes mean nothing, as half a sentence; empty for one that was trained.

    `initialisation` is a file of the field that trainings start from, with a `head` or without.
    """
    if not head:
        return "it has no head of its own, so its head is random"
    if initialisation:
        # Each half of the fused head starts as that of one camera, and was never tried on two.
        return "its head was trained on one camera alone"
    said = provenance.get(UNTRAINED, "")
    return said or (_FRESH if _has_fresh_tower(model) else "")


def check_trained(name: str, untrained: str) -> None:
    """Raise UntrainedError where a network is not trained; `name` is what a person called it."""
    if untrained:
        raise UntrainedError(name, untrained)


def _has_fresh_tower(model: CKD) -> bool:
    return any(
        all(_is_fresh(part) for part in tower.modules() if isinstance(part, nn.BatchNorm2d))
        for tower in (model.head.score, model.head.offset, model.head.size)
    )


def _is_fresh(norm: nn.BatchNorm2d) -> bool:
    mean, variance = norm.running_mean, norm.running_var
    # The first batch of a training leaves its mark there, whatever becomes of the weights. The
    # count of batches would say so, too, but released files lack it.
    return (
        mean is not None
        and variance is not None
        and not bool(mean.any())
        and bool((variance == 1).all())
    )
