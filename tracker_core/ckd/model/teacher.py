"""A teacher: one modality's branch with a center head of its own (paper section 3.2)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tracker_core.ckd.config import ModelConfig
from tracker_core.ckd.model.branch import Branch
from tracker_core.ckd.model.head import CenterHead, decode_box
from tracker_core.ckd.model.matching import box_coverage
from tracker_core.ckd.model.refinement import Refinement


@dataclass(frozen=True, slots=True)
class TeacherOutput:
    """Maps, box and tokens of one modality."""

    score_map: Tensor
    """(B, 1, S, S)."""
    size_map: Tensor
    """(B, 2, S, S)."""
    offset_map: Tensor
    """(B, 2, S, S)."""
    box: Tensor
    """(B, 4) cx, cy, w, h at the peak of the score map."""
    tokens: tuple[Tensor, ...]
    """(B, T + S*S, C) after every block."""


class Teacher(nn.Module):
    """The same ViT as a student, alone, never eliminating; used in training only."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.branch = Branch(config)
        self.refine = Refinement(config, ("own",)) if config.stem == "conv" else None
        channels = config.embed_dim if self.refine is None else self.refine.out_channels
        self.head = CenterHead(channels, config)

    def forward(self, template: Tensor, search: Tensor, template_box: Tensor) -> TeacherOutput:
        """Locate the target in (B, 3, H, W) crops of one modality; (B, 4) is its template box."""
        coverage = box_coverage(template_box, self.config.template_grid)
        embedded = self.branch.embed(template, search, coverage=coverage)
        tokens = embedded.tokens
        after: list[Tensor] = []
        for block in self.branch.layers():
            tokens = block(tokens)
            after.append(tokens)
        side = self.config.search_grid
        found: Tensor = self.branch.norm(tokens)[:, self.config.template_tokens :]
        maps = found.transpose(1, 2).reshape(found.shape[0], -1, side, side)
        if self.refine is not None:
            maps = self.refine(maps, (embedded,), template_box)
        score, size, offset = self.head(maps, template_box)
        return TeacherOutput(score, size, offset, decode_box(score, size, offset), tuple(after))


def random_token_mask(batch: int, tokens: int, ratio: float, chance: torch.Generator) -> Tensor:
    """(batch, tokens) bool with the same share of True in every row, at places drawn by chance."""
    count = round(ratio * tokens)
    order = torch.rand(batch, tokens, generator=chance).argsort(dim=1)
    return order < count
