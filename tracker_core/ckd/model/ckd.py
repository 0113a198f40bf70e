"""The CKD network at inference: two students, shared eliminations, one fused head."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tracker_core.ckd.config import ModelConfig
from tracker_core.ckd.model.branch import Branch, Embedded
from tracker_core.ckd.model.elimination import (
    eliminate,
    kept_positions,
    put_back,
    search_attention,
    take_tokens,
    voting_rows,
)
from tracker_core.ckd.model.head import CenterHead, decode_box
from tracker_core.ckd.model.matching import box_coverage
from tracker_core.ckd.model.outputs import BlockTokens, CKDOutput, Elimination
from tracker_core.ckd.model.refinement import Refinement
from tracker_core.errors import CKDError


@dataclass(frozen=True, slots=True)
class Encoded:
    """Both students' tokens after the last block."""

    rgb: Tensor
    """(B, T + n, C) before the final norm; (B, n, C) when nobody asked for features."""
    tir: Tensor
    """The same for thermal."""
    search_ids: Tensor
    """(B, n) int64."""
    elimination: tuple[Elimination, ...]
    tokens: tuple[BlockTokens, ...] | None


class CKD(nn.Module):
    """Two students in one explicit loop over layers, and the center head on both."""

    voting: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.rgb = Branch(config)
        self.tir = self.rgb if config.share_branches else Branch(config)
        fused = 2 * config.embed_dim
        self.refine = Refinement(config, ("rgb", "tir")) if config.stem == "conv" else None
        channels = fused if self.refine is None else self.refine.out_channels
        self.head = CenterHead(channels, config)
        rows = voting_rows(config.template_grid, config.elimination_template)
        self.register_buffer("voting", rows, persistent=False)

    def forward(
        self,
        template_rgb: Tensor,
        template_tir: Tensor,
        search_rgb: Tensor,
        search_tir: Tensor,
        *,
        template_box: Tensor | None = None,
        search_mask: Tensor | None = None,
        elimination: bool = True,
        features: bool = False,
    ) -> CKDOutput:
        """Locate the template's target in the search crops, all (B, 3, H, W) normalised float32.

        `template_box` (B, 4) cx, cy, w, h says where in the template crop the target is (only
        a configuration with `target_embedding`, matching or a size prior reads it; a square of
        half the crop when left out); `search_mask` (B, S*S) zeroes tokens; `features` also
        returns tokens.
        """
        self._check(template_rgb, template_tir, search_rgb, search_tir)
        box = self._template_box(template_rgb, template_box)
        coverage = box_coverage(box, self.config.template_grid)
        rgb = self.rgb.embed(template_rgb, search_rgb, coverage=coverage, search_mask=search_mask)
        tir = self.tir.embed(template_tir, search_tir, coverage=coverage, search_mask=search_mask)
        encoded = self.encode(rgb.tokens, tir.tokens, elimination=elimination, features=features)
        fused = self._fuse(encoded)
        maps = self._maps(fused, rgb, tir, box)
        score, size, offset = self.head(maps, box)
        return CKDOutput(
            score_map=score,
            size_map=size,
            offset_map=offset,
            box=decode_box(score, size, offset),
            elimination=encoded.elimination,
            tokens=encoded.tokens,
            fused=fused if features else None,
        )

    def encode(
        self, rgb: Tensor, tir: Tensor, *, elimination: bool = True, features: bool = False
    ) -> Encoded:
        """Run all blocks over (B, T + S, C) tokens of both branches, eliminating on the way."""
        config = self.config
        template = config.template_tokens
        ratios = dict(zip(config.elimination_blocks, config.keep_ratios, strict=True))
        ids = torch.arange(rgb.shape[1] - template, device=rgb.device).expand(rgb.shape[0], -1)
        stages: list[Elimination] = []
        blocks: list[BlockTokens] = []
        for i, (rgb_block, tir_block) in enumerate(
            zip(self.rgb.layers(), self.tir.layers(), strict=True)
        ):
            rows = self.voting if elimination and i in ratios else None
            unread = 0 if features or rows is not None else self._unread(i)
            rgb, rgb_rows = rgb_block.attend(rgb, rows, unread)
            tir, tir_rows = tir_block.attend(tir, rows, unread)
            if rgb_rows is not None and tir_rows is not None:
                stage = eliminate(i, search_attention(rgb_rows, tir_rows, template), ids, ratios[i])
                positions = kept_positions(ids, stage.kept)
                rgb = take_tokens(rgb, template, positions)
                tir = take_tokens(tir, template, positions)
                ids = stage.kept
                stages.append(stage)
            rgb = rgb_block.feed_forward(rgb)
            tir = tir_block.feed_forward(tir)
            if features:
                blocks.append(BlockTokens(rgb, tir, ids))
        return Encoded(rgb, tir, ids, tuple(stages), tuple(blocks) if features else None)

    def _unread(self, block: int) -> int:
        """How many leading template tokens nobody reads after a block: all, after the last."""
        return self.config.template_tokens if block == self.config.depth - 1 else 0

    def _fuse(self, encoded: Encoded) -> Tensor:
        """Normalise, join and put back: (B, T + S*S, 2C), or (B, S*S, 2C) without template."""
        count = self.config.search_tokens
        template = encoded.rgb.shape[1] - encoded.search_ids.shape[1]
        tokens = torch.cat(
            [self.rgb.norm(encoded.rgb), self.tir.norm(encoded.tir)], dim=2
        )  # (B, T + n, 2C)
        search = put_back(tokens[:, template:], encoded.search_ids, count)
        return torch.cat([tokens[:, :template], search], dim=1)

    def _maps(self, fused: Tensor, rgb: Embedded, tir: Embedded, box: Tensor) -> Tensor:
        side = self.config.search_grid
        search = fused[:, -self.config.search_tokens :].transpose(1, 2)  # (B, 2C, S*S)
        maps = search.reshape(search.shape[0], -1, side, side)
        return maps if self.refine is None else self.refine(maps, (rgb, tir), box)

    def _template_box(self, template: Tensor, box: Tensor | None) -> Tensor:
        if box is not None:
            return box.to(template)
        half = 1 / self.config.template_factor
        whole = template.new_tensor([0.5, 0.5, half, half])
        return whole.expand(template.shape[0], 4)

    def _check(self, *crops: Tensor) -> None:
        config = self.config
        names = ("template_rgb", "template_tir", "search_rgb", "search_tir")
        sides = (config.template_size,) * 2 + (config.search_size,) * 2
        for name, crop, side in zip(names, crops, sides, strict=True):
            if crop.ndim != 4 or tuple(crop.shape[1:]) != (3, side, side):
                raise CKDError(
                    f"{name} is {tuple(crop.shape)} but this model takes (B, 3, {side}, {side})."
                )
            if crop.shape[0] != crops[0].shape[0]:
                raise CKDError(
                    f"{name} holds {crop.shape[0]} crops but template_rgb {crops[0].shape[0]}; "
                    "all four need the same batch size."
                )
