"""How far apart the two modalities' features are, block by block, over held-out pairs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.quality.clips import Purpose
from benchmarks.quality.matching import held_out_batches, look
from tracker_core.ckd.model.ckd import CKD
from tracker_core.ckd.model.outputs import BlockTokens
from tracker_core.errors import CKDError
from tracker_core.training.losses import content_loss, style_loss


@dataclass(frozen=True, slots=True)
class ModalityGap:
    """Distance of RGB and thermal features after one block."""

    block: int
    style: float
    """The style loss: squared distance of channel means and deviations (paper section 3.2)."""
    relative_style: float
    """The same over the mean variance of a channel, so that larger features gain nothing."""
    content: float
    """Mean squared distance of the features without their style, 0 to 4; 2 for unrelated ones."""


def modality_gaps(model: CKD, cache: Path, purpose: Purpose, pairs: int) -> list[ModalityGap]:
    """The gap after every block, all tokens kept, on the mean over held-out pairs.

    Raises CKDError for pictures that cannot be read and for no pairs.
    """
    if pairs < 1:
        raise CKDError(f"The modality gap needs at least 1 pair, not {pairs}.")
    sums = torch.zeros(model.config.depth, 3, dtype=torch.float64)  # (blocks, 3)
    for batch in held_out_batches(model, cache, purpose, pairs):
        # Without elimination: the gap is that of all tokens, whatever a model removes.
        blocks = look(model, batch, elimination=False, features=True).tokens or ()
        found = torch.stack([_distances(block) for block in blocks])
        sums += found * batch.box.shape[0]
    means = (sums / pairs).tolist()
    return [ModalityGap(number, *values) for number, values in enumerate(means)]


def _distances(block: BlockTokens) -> Tensor:
    """(3,) style, relative style and content gap after one block."""
    variance = torch.cat([block.rgb, block.tir]).var(dim=1).mean()  # (2B, N, C) over tokens
    style = style_loss(block.rgb, block.tir)
    return torch.stack([style, style / variance, content_loss(block.rgb, block.tir)])
