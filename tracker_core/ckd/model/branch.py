"""One student (or teacher): a ViT over template and search tokens of one modality."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from tracker_core.ckd.config import ModelConfig
from tracker_core.ckd.model.block import NORM_EPS, Block
from tracker_core.ckd.model.patch_embed import Stemmed, make_stem


@dataclass(frozen=True, slots=True)
class Embedded:
    """A branch's input to its first block."""

    tokens: Tensor
    """(B, T + S, C): template tokens, then search tokens."""
    template_fine: Tensor | None
    """(B, F, 2t, 2t) stem features of the template; None for a patch stem."""
    search_fine: Tensor | None
    """(B, F, 2s, 2s) stem features of the search crop; None for a patch stem."""
    search_detail: Tensor | None
    """(B, D, 4s, 4s) earlier stem features of the search crop; None where there are none."""


class Branch(nn.Module):
    """Stem, position embeddings, blocks and final norm of one modality."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.patch_embed = make_stem(config)
        self.template_position = nn.Parameter(
            torch.zeros(1, config.template_tokens, config.embed_dim)
        )
        self.search_position = nn.Parameter(torch.zeros(1, config.search_tokens, config.embed_dim))
        self.target_embedding = (
            nn.Parameter(torch.zeros(1, 1, config.embed_dim)) if config.target_embedding else None
        )
        self.blocks = nn.ModuleList(
            Block(config.embed_dim, config.num_heads, config.mlp_ratio) for _ in range(config.depth)
        )
        self.norm = nn.LayerNorm(config.embed_dim, eps=NORM_EPS)
        self._initialise()

    def _initialise(self) -> None:
        for name, parameter in self.named_parameters():
            if name.endswith(("position", "target_embedding")):
                # The usual start of a ViT; zeros would make all positions alike.
                nn.init.trunc_normal_(parameter, std=0.02)
        for module in self.blocks.modules():
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.02)
                nn.init.zeros_(module.bias)

    def layers(self) -> list[Block]:
        """Give the blocks in order, typed."""
        # A ModuleList holds modules of any kind, as far as types go.
        return cast("list[Block]", list(self.blocks))

    def embed(
        self,
        template: Tensor,
        search: Tensor,
        *,
        coverage: Tensor | None = None,
        search_mask: Tensor | None = None,
    ) -> Embedded:
        """Tokens of (B, 3, H, W) crops.

        `coverage` (B, T) says how much of each template token the target covers, in [0, 1];
        `search_mask` (B, S) is True where masked modeling zeroes a token (paper section 3.3).
        """
        of_template: Stemmed = self.patch_embed(template)
        of_search: Stemmed = self.patch_embed(search)
        template_tokens, search_tokens = of_template.tokens, of_search.tokens
        if search_mask is not None:
            # Before the position is added: a masked token still knows where it is.
            search_tokens = search_tokens.masked_fill(search_mask.unsqueeze(-1), 0.0)
        template_tokens = template_tokens + self.template_position
        if self.target_embedding is not None and coverage is not None:
            template_tokens = template_tokens + coverage.unsqueeze(-1) * self.target_embedding
        # (B, T + S, C), template first: elimination and head count from there.
        tokens = torch.cat([template_tokens, search_tokens + self.search_position], dim=1)
        return Embedded(tokens, of_template.fine, of_search.fine, of_search.detail)
