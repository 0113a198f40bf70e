"""One student (or teacher): a ViT over template and search tokens of one modality."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tracker_core.ckd.config import ModelConfig
from tracker_core.ckd.model.block import NORM_EPS, Block
from tracker_core.ckd.model.patch_embed import ConvStem, Stemmed, make_stem


# By identity: whether two tensors are equal is a tensor and no answer.
@dataclass(frozen=True, slots=True, eq=False)
class EmbeddedTemplate:
    """What a branch makes of a template, once for all search crops."""

    tokens: Tensor
    """(B, T, C)."""
    fine: Tensor | None
    """(B, F, 2t, 2t) stem features; None for a patch stem."""
    scaled: tuple[Tensor, ...]
    """(B, F, k, k) stem features of the template at each of the configuration's other scales."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """A branch's input to its first block, and what its stem saw on the way."""

    tokens: Tensor
    """(B, T + S, C): template tokens, then search tokens."""
    search_fine: Tensor | None
    """(B, F, 2s, 2s) stem features of the search crop; None for a patch stem."""
    search_detail: Tensor | None
    """(B, D, 4s, 4s) earlier stem features of the search crop; None where there are none."""


class Branch(nn.Module):
    """Stem, position embeddings, blocks and final norm of one modality."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.patch_embed = make_stem(config)
        self._scaled_sizes = [round(config.template_size * s) for s in config.matching_scales]
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

    def embed_template(self, template: Tensor, coverage: Tensor | None = None) -> EmbeddedTemplate:
        """Tokens of a (B, 3, T, T) template.

        `coverage` (B, T) says how much of each template token the target covers, in [0, 1].
        """
        seen: Stemmed = self.patch_embed(template)
        tokens = seen.tokens + self.template_position
        if self.target_embedding is not None and coverage is not None:
            tokens = tokens + coverage.unsqueeze(-1) * self.target_embedding
        return EmbeddedTemplate(tokens, seen.fine, self._scaled(template))

    def _scaled(self, template: Tensor) -> tuple[Tensor, ...]:
        stem = self.patch_embed
        if not isinstance(stem, ConvStem):  # which the configuration refuses
            return ()
        return tuple(
            stem.fine(F.interpolate(template, (side, side), mode="bilinear", antialias=True))
            for side in self._scaled_sizes
        )

    def embed(
        self, template: EmbeddedTemplate, search: Tensor, *, search_mask: Tensor | None = None
    ) -> Embedded:
        """Tokens of a template and of (B, 3, S, S) search crops together.

        `search_mask` (B, S) is True where masked modeling zeroes a token (paper section 3.3).
        """
        of_search: Stemmed = self.patch_embed(search)
        search_tokens = of_search.tokens
        if search_mask is not None:
            # Before the position is added: a masked token still knows where it is.
            search_tokens = search_tokens.masked_fill(search_mask.unsqueeze(-1), 0.0)
        # (B, T + S, C), template first: elimination and head count from there.
        tokens = torch.cat([template.tokens, search_tokens + self.search_position], dim=1)
        return Embedded(tokens, of_search.fine, of_search.detail)
