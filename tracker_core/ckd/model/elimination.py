"""Multi-modal candidate elimination (paper section 3.4) as pure functions."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from tracker_core.ckd.config import EliminationTemplate
from tracker_core.ckd.model.outputs import Elimination


def keep_count(ratio: float, count: int) -> int:
    """How many of `count` tokens stay: the ceiling of ratio times count."""
    return math.ceil(ratio * count)


def voting_rows(grid: int, choice: EliminationTemplate) -> Tensor:
    """(R,) int64 indices of the template tokens of a grid x grid template that vote."""
    # Made on the CPU and moved with the model: asked for a network without values, torch would load
    # its compiler for `arange`, which takes a second.
    if choice == "all":
        return torch.arange(grid * grid, device="cpu")
    # An even grid has no middle: the release takes the upper left of the four.
    first = (grid - 1) // 2
    last = first if choice == "center" else min(first + 1, grid - 1)  # a grid may be 1x1
    side = torch.arange(first, last + 1, device="cpu")
    return (side[:, None] * grid + side[None, :]).flatten()


def search_attention(rgb_rows: Tensor, tir_rows: Tensor, template_tokens: int) -> Tensor:
    """(B, n) attention per search token: maximum over modalities, mean over rows and heads.

    Both inputs are (B, heads, R, N) softmax rows over template and search tokens.
    """
    strongest = torch.maximum(rgb_rows, tir_rows)[..., template_tokens:]  # (B, heads, R, n)
    # One after the other, as released: summed in another order, near ties could rank differently.
    return strongest.mean(dim=2).mean(dim=1)


def eliminate(block: int, attention: Tensor, search_ids: Tensor, ratio: float) -> Elimination:
    """Split search tokens (B, n) by attention (B, n) into the kept share and the rest."""
    count = search_ids.shape[1]
    keep = keep_count(ratio, count)
    # Nothing leaves, so nothing is ranked, and tokens stay in their order.
    if keep == count:
        return Elimination(block, search_ids, search_ids[:, :0], attention)
    # Stable, so that equal attention gives the same tokens on every machine.
    ranked, order = torch.sort(attention, dim=1, descending=True, stable=True)
    ids = search_ids.gather(1, order)
    return Elimination(block, ids[:, :keep], ids[:, keep:], ranked)


def kept_positions(search_ids: Tensor, kept: Tensor) -> Tensor:
    """(B, k) positions of the kept tokens within (B, n) search_ids."""
    size = int(search_ids.max()) + 1 if search_ids.numel() else 1
    # A table from id to position: to compare all ids with all kept ones would take (B, n, k).
    table = torch.zeros(search_ids.shape[0], size, dtype=torch.int64, device=search_ids.device)
    order = torch.arange(search_ids.shape[1], device=search_ids.device).expand_as(search_ids)
    return table.scatter_(1, search_ids, order).gather(1, kept)


def take_tokens(tokens: Tensor, template_tokens: int, positions: Tensor) -> Tensor:
    """Keep the template tokens and the search tokens at (B, k) positions of (B, T + n, C)."""
    index = positions.unsqueeze(-1).expand(-1, -1, tokens.shape[2])  # (B, k, C)
    search = tokens[:, template_tokens:].gather(1, index)
    return torch.cat([tokens[:, :template_tokens], search], dim=1)


def put_back(search: Tensor, search_ids: Tensor, count: int) -> Tensor:
    """Place (B, k, C) search tokens at their ids among `count`, zeros elsewhere."""
    empty = search.new_zeros(search.shape[0], count, search.shape[2])
    return empty.scatter(1, search_ids.unsqueeze(-1).expand_as(search), search)
