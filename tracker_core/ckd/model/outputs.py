"""What a forward pass returns."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, slots=True)
class Elimination:
    """What one elimination block decided, the same for both branches."""

    block: int
    """The block (0-based) after whose attention it happened."""
    kept: Tensor
    """(B, k) int64 search tokens that stay, most attended first."""
    removed: Tensor
    """(B, r) int64 search tokens that leave, most attended first."""
    attention: Tensor
    """(B, k + r) float32 attention that decided, in the order kept then removed."""


@dataclass(frozen=True, slots=True)
class BlockTokens:
    """The tokens of both branches after one block."""

    rgb: Tensor
    """(B, T + n, C): template tokens, then the search tokens still there."""
    tir: Tensor
    """(B, T + n, C)."""
    search_ids: Tensor
    """(B, n) int64: which search tokens the last n rows are."""


@dataclass(frozen=True, slots=True)
class CKDOutput:
    """Maps, box and eliminations of a batch of template-search pairs."""

    score_map: Tensor
    """(B, 1, S, S) in [1e-4, 1 - 1e-4]."""
    size_map: Tensor
    """(B, 2, S, S): w, h as fractions of the search crop."""
    offset_map: Tensor
    """(B, 2, S, S): x, y within a cell, in cells."""
    box: Tensor
    """(B, 4): cx, cy, w, h in [0, 1] of the search crop, at the peak of the score map."""
    elimination: tuple[Elimination, ...]
    """One entry per elimination block."""
    tokens: tuple[BlockTokens, ...] | None = None
    """One entry per block, only when asked for."""
    fused: Tensor | None = None
    """(B, T + S*S, 2C) tokens after the norm, zeros where eliminated; when asked for."""
    overlap_map: Tensor | None = None
    """(B, 1, S, S): the IoU to be expected of each cell's box; only with an overlap head."""
