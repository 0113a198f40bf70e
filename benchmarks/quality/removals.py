"""Whether elimination removes background and keeps the target, over held-out pairs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.quality.clips import Purpose
from benchmarks.quality.matching import held_out_batches, look
from tracker_core.ckd.model.ckd import CKD
from tracker_core.errors import CKDError


@dataclass(frozen=True, slots=True)
class Removal:
    """What is gone after one elimination block."""

    block: int
    everywhere: float
    """Share of all search tokens removed so far: what chance would remove of a target."""
    target: float
    """Share of the target's own tokens removed so far, those with their centre in the true box."""


def removals(model: CKD, cache: Path, purpose: Purpose, pairs: int) -> list[Removal]:
    """What each elimination block of a model leaves, the mean over held-out pairs.

    Raises CKDError for pictures that cannot be read and for no pairs.
    """
    if pairs < 1:
        raise CKDError(f"Removed tokens are counted over at least 1 pair, not {pairs}.")
    found: list[Tensor] = []
    for batch in held_out_batches(model, cache, purpose, pairs):
        own = inside(batch.box, model.config.search_grid)
        gone = torch.zeros_like(own)
        for stage in look(model, batch).elimination:
            # (B, N): what this stage removed, and those before it.
            gone = gone.scatter(1, stage.removed, value=True)
            lost = (gone & own).sum(dim=1) / own.sum(dim=1)  # none of a target between centres
            found.append(torch.stack([gone.float().mean(dim=1), lost]))
    blocks = model.config.elimination_blocks
    return [
        # `found` has the blocks in turns, batch by batch.
        Removal(block, *torch.cat(found[number :: len(blocks)], dim=1).nanmean(dim=1).tolist())
        for number, block in enumerate(blocks)
    ]


def inside(box: Tensor, grid: int) -> Tensor:
    """(B, grid * grid) bool: which tokens have their centre in a (B, 4) cx, cy, w, h box."""
    centres = (torch.arange(grid, device=box.device) + 0.5) / grid
    low, high = box[:, :2] - box[:, 2:] / 2, box[:, :2] + box[:, 2:] / 2
    within = (centres >= low.unsqueeze(2)) & (centres < high.unsqueeze(2))  # (B, 2, grid)
    columns, rows = within.unbind(1)
    return (rows.unsqueeze(2) & columns.unsqueeze(1)).flatten(1)  # (B, grid * grid)
