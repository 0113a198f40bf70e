"""The CKD network at inference: two students, shared eliminations, one fused head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tracker_core.ckd.config import ModelConfig
from tracker_core.ckd.model.branch import Branch, Embedded, EmbeddedTemplate
from tracker_core.ckd.model.elimination import (
    eliminate,
    kept_positions,
    put_back,
    search_attention,
    take_tokens,
    voting_rows,
)
from tracker_core.ckd.model.head import CenterHead, decode_box
from tracker_core.ckd.model.matching import Kernels, box_coverage
from tracker_core.ckd.model.outputs import BlockTokens, CKDOutput, Elimination
from tracker_core.ckd.model.overlap import OverlapHead
from tracker_core.ckd.model.refinement import Refinement
from tracker_core.errors import CKDError


@dataclass(frozen=True, slots=True)
class Regime:
    """What a training step does otherwise than tracking; without anything nothing."""

    path_factors: Mapping[str, Tensor] | None = None
    """For `rgb` and `tir`, (depth, 2, B): what drop path multiplies both halves of a block by."""
    keep_ratios: tuple[float, ...] | None = None
    """One per elimination block, in the place of the configuration's."""

    def factor(self, branch: str, block: int, half: int) -> Tensor | None:
        """(B,) of one half of a block; None without drop path."""
        return None if self.path_factors is None else self.path_factors[branch][block, half]


# By identity, as all that holds tensors.
@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """What the network makes of a template, once for all search crops."""

    rgb: EmbeddedTemplate
    tir: EmbeddedTemplate
    kernels: tuple[Kernels, ...]
    """Of each modality; empty without matching."""
    box: Tensor
    """(B, 4) cx, cy, w, h of the target in the template crop."""


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

    voting: Tensor  # a buffer's type is not seen otherwise

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.rgb = Branch(config)
        # One module under both names: a state dict then holds every weight twice.
        self.tir = self.rgb if config.share_branches else Branch(config)
        fused = 2 * config.embed_dim
        self.refine = Refinement(config, ("rgb", "tir")) if config.stem == "conv" else None
        channels = fused if self.refine is None else self.refine.out_channels
        self.head = CenterHead(channels, config)
        self.overlap = OverlapHead(channels, config) if config.overlap else None
        rows = voting_rows(config.template_grid, config.elimination_template)
        # It follows from the configuration, and no released file has it.
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
        training: Regime | None = None,
    ) -> CKDOutput:
        """Locate the template's target in the search crops, all (B, 3, H, W) normalised float32.

        `template_box` (B, 4) cx, cy, w, h says where in the template crop the target is (only
        a configuration with `target_embedding`, matching or a size prior reads it; a square of
        half the crop when left out); `search_mask` (B, S*S) zeroes tokens; `features` also
        returns tokens; `training` is what only a training step does otherwise.
        """
        self._check(template_rgb, template_tir, search_rgb, search_tir)
        return self.locate(
            self.prepare(template_rgb, template_tir, template_box),
            search_rgb,
            search_tir,
            search_mask=search_mask,
            elimination=elimination,
            features=features,
            training=training,
        )

    def prepare(
        self, template_rgb: Tensor, template_tir: Tensor, template_box: Tensor | None = None
    ) -> Template:
        """Look at (B, 3, T, T) template crops, once for all search crops to come."""
        box = self._template_box(template_rgb, template_box)
        coverage = box_coverage(box, self.config.template_grid)
        rgb = self.rgb.embed_template(template_rgb, coverage)
        tir = self.tir.embed_template(template_tir, coverage)
        kernels = () if self.refine is None else self.refine.kernels((rgb, tir), box)
        return Template(rgb, tir, kernels, box)

    def locate(
        self,
        template: Template,
        search_rgb: Tensor,
        search_tir: Tensor,
        *,
        search_mask: Tensor | None = None,
        elimination: bool = True,
        features: bool = False,
        training: Regime | None = None,
    ) -> CKDOutput:
        """Locate the target of a prepared template; all else as for `forward`."""
        rgb = self.rgb.embed(template.rgb, search_rgb, search_mask=search_mask)
        tir = self.tir.embed(template.tir, search_tir, search_mask=search_mask)
        encoded = self.encode(
            rgb.tokens, tir.tokens, elimination=elimination, features=features, training=training
        )
        fused = self._fuse(encoded)
        maps, box = self.locate_maps(fused, rgb, tir, template.kernels), template.box
        score, size, offset = self.head(maps, box)
        return CKDOutput(
            score_map=score,
            size_map=size,
            offset_map=offset,
            box=decode_box(score, size, offset),
            elimination=encoded.elimination,
            tokens=encoded.tokens,
            fused=fused if features else None,
            overlap_map=None if self.overlap is None else self.overlap(maps, score, size, box),
        )

    def encode(
        self,
        rgb: Tensor,
        tir: Tensor,
        *,
        elimination: bool = True,
        features: bool = False,
        training: Regime | None = None,
    ) -> Encoded:
        """Run all blocks over (B, T + S, C) tokens of both branches, eliminating on the way."""
        config = self.config
        template = config.template_tokens
        regime = training or Regime()
        keep = config.keep_ratios if regime.keep_ratios is None else regime.keep_ratios
        ratios = dict(zip(config.elimination_blocks, keep, strict=True))
        ids = torch.arange(rgb.shape[1] - template, device=rgb.device).expand(rgb.shape[0], -1)
        stages: list[Elimination] = []
        blocks: list[BlockTokens] = []
        for i, (rgb_block, tir_block) in enumerate(
            zip(self.rgb.layers(), self.tir.layers(), strict=True)
        ):
            # Attention is worked out only where it decides something.
            rows = self.voting if elimination and i in ratios else None
            # Features show the template tokens, too; and template queries are the rows that vote.
            unread = 0 if features or rows is not None else self.unread(i)
            rgb, rgb_rows = rgb_block.attend(rgb, rows, unread, regime.factor("rgb", i, 0))
            tir, tir_rows = tir_block.attend(tir, rows, unread, regime.factor("tir", i, 0))
            # Between the halves of the block, as in the paper: the MLP never sees a removed token.
            if rgb_rows is not None and tir_rows is not None:
                # One decision for both branches, so that a row stands for the same token in each.
                stage = eliminate(i, search_attention(rgb_rows, tir_rows, template), ids, ratios[i])
                positions = kept_positions(ids, stage.kept)
                rgb = take_tokens(rgb, template, positions)
                tir = take_tokens(tir, template, positions)
                ids = stage.kept
                stages.append(stage)
            rgb = rgb_block.feed_forward(rgb, regime.factor("rgb", i, 1))
            tir = tir_block.feed_forward(tir, regime.factor("tir", i, 1))
            if features:
                blocks.append(BlockTokens(rgb, tir, ids))
        return Encoded(rgb, tir, ids, tuple(stages), tuple(blocks) if features else None)

    def unread(self, block: int) -> int:
        """How many leading template tokens nobody reads after a block: all, after the last."""
        return self.config.template_tokens if block == self.config.depth - 1 else 0

    def _fuse(self, encoded: Encoded) -> Tensor:
        """Normalise, join and put back: (B, T + S*S, 2C), or (B, S*S, 2C) without template."""
        count = self.config.search_tokens
        template = encoded.rgb.shape[1] - encoded.search_ids.shape[1]
        # Normalised before putting back: a norm turns zeros into its bias, and removed tokens would
        # no longer be empty.
        tokens = torch.cat(
            [self.rgb.norm(encoded.rgb), self.tir.norm(encoded.tir)], dim=2
        )  # (B, T + n, 2C)
        search = put_back(tokens[:, template:], encoded.search_ids, count)  # (B, S*S, 2C)
        return torch.cat([tokens[:, :template], search], dim=1)

    def locate_maps(
        self, fused: Tensor, rgb: Embedded, tir: Embedded, kernels: tuple[Kernels, ...]
    ) -> Tensor:
        """What the heads read, (B, in, S, S), of (B, T + S*S, 2C) fused tokens."""
        side = self.config.search_grid
        # From the end, because the template in front may have been left out.
        search = fused[:, -self.config.search_tokens :].transpose(1, 2)  # (B, 2C, S*S)
        maps = search.reshape(search.shape[0], -1, side, side)  # (B, 2C, S, S)
        return maps if self.refine is None else self.refine(maps, (rgb, tir), kernels)

    def _template_box(self, template: Tensor, box: Tensor | None) -> Tensor:
        if box is not None:
            return box.to(template)
        # A template crop is this many times as wide as its target, so this is right but for the
        # shape.
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
