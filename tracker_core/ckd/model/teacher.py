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

    def forward(
        self,
        template: Tensor,
        search: Tensor,
        template_box: Tensor,
        path_factors: Tensor | None = None,
    ) -> TeacherOutput:
        """Locate the target in (B, 3, H, W) crops of one modality; (B, 4) is its template box.

        `path_factors` (depth, 2, B) are what drop path multiplies both halves of each block by.
        """
        coverage = box_coverage(template_box, self.config.template_grid)
        seen = self.branch.embed_template(template, coverage)
        embedded = self.branch.embed(seen, search)
        tokens = embedded.tokens
        after_blocks: list[Tensor] = []
        for i, block in enumerate(self.branch.layers()):
            tokens = block(tokens, None if path_factors is None else path_factors[i])
            after_blocks.append(tokens)
        side = self.config.search_grid
        # The losses compare tokens before the norm, as the students give them; only the head wants
        # it.
        found: Tensor = self.branch.norm(tokens)[:, self.config.template_tokens :]
        maps = found.transpose(1, 2).reshape(found.shape[0], -1, side, side)  # (B, C, S, S)
        if self.refine is not None:
            maps = self.refine(maps, (embedded,), self.refine.kernels((seen,), template_box))
        score, size, offset = self.head(maps, template_box)
        box = decode_box(score, size, offset)
        return TeacherOutput(score, size, offset, box, tuple(after_blocks))


def random_token_mask(
    batch: int, tokens: int, ratio: float, chance: torch.Generator, *, by_token: bool = False
) -> Tensor:
    """(batch, tokens) bool with the same share of True in every row, at random positions.

    With `by_token` each token is True by itself with probability `ratio`, as in the release, and
    rows have more or less of them.
    """
    drawn = torch.rand(batch, tokens, generator=chance)
    if by_token:
        return drawn < ratio
    # A permutation per row: independent draws would mask more in one row than in another.
    return drawn.argsort(dim=1) < round(ratio * tokens)
