"""What a small network adds before its head: a finer map and explicit matching."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tracker_core.ckd.config import ModelConfig
from tracker_core.ckd.model.branch import Embedded, EmbeddedTemplate
from tracker_core.ckd.model.head import ConvNorm
from tracker_core.ckd.model.matching import Kernels, Matching
from tracker_core.errors import CKDError


class Refinement(nn.Module):
    """Joins token maps with stem features and their correlation, at the score map's size."""

    def __init__(self, config: ModelConfig, modalities: Sequence[str]) -> None:
        super().__init__()
        fine, count = config.stem_channels[-1], len(modalities)
        self.scale = config.map_scale
        # The stem's features are at twice the token grid, whatever the map is.
        self.fine_scale = 2 // config.map_scale
        self.out_channels = 2 * config.head_channels
        self.tokens = nn.Conv2d(count * config.embed_dim, self.out_channels, 1)
        # Projected each at its own size and then added: tokens are narrow before they are enlarged.
        self.skip = nn.Conv2d(count * fine, self.out_channels, 1)
        self.detail = self._detail(config, count) if config.detail else None
        self.matching = (
            nn.ModuleDict({name: Matching(fine, config.matching_channels) for name in modalities})
            if config.matching_channels
            else None
        )
        self.scales = self._scales(config, count) if config.matching_scales else None
        extra = count * (config.matching_channels + 1) if config.matching_channels else 0
        self.mix = ConvNorm(self.out_channels + extra, self.out_channels)

    def kernels(self, templates: Sequence[EmbeddedTemplate], box: Tensor) -> tuple[Kernels, ...]:
        """What the templates of K modalities are matched by; empty where nothing is matched.

        `box` (B, 4) cx, cy, w, h is the target in the template crop.
        """
        if self.matching is None:
            return ()
        layers = cast("Iterable[Matching]", self.matching.values())
        return tuple(
            matching.kernels(_found(template.fine), template.scaled, box)
            for matching, template in zip(layers, templates, strict=True)
        )

    def forward(
        self, maps: Tensor, branches: Sequence[Embedded], kernels: Sequence[Kernels]
    ) -> Tensor:
        """(B, K C, s, s) token maps of K modalities and their stem features to (B, out, S, S).

        `kernels` are those of their templates.
        """
        fine = [_found(branch.search_fine) for branch in branches]
        tokens = self.tokens(maps)
        if self.scale > 1:
            tokens = F.interpolate(
                tokens, scale_factor=self.scale, mode="bilinear", align_corners=False
            )
        search = torch.cat(fine, dim=1)  # (B, K F, 2s, 2s)
        features = tokens + self._at_map_scale(self.skip(search))
        if self.detail is not None:
            seen = torch.cat([_detail(branch) for branch in branches], dim=1)  # (B, K D, 4s, 4s)
            features = features + self._at_map_scale(self.detail(seen))
        if self.matching is not None:
            found = [
                matching(each, search)
                for matching, each, search in zip(
                    self.matching.values(), kernels, fine, strict=True
                )
            ]
            if self.scales is not None:
                scaled = torch.cat([others for _, others in found], dim=1)  # (B, K (1 + n), 2s, 2s)
                features = features + self.scales(self._at_map_scale(scaled))
            features = torch.cat(
                [features, *(self._at_map_scale(matches) for matches, _ in found)], dim=1
            )
        out: Tensor = self.mix(features)
        return out

    def _detail(self, config: ModelConfig, count: int) -> nn.Conv2d:
        """A projection that starts at zero: weights trained without it start where they were."""
        layer = nn.Conv2d(count * config.stem_channels[-2], self.out_channels, 2, stride=2)  # to 2s
        for parameter in layer.parameters():
            nn.init.zeros_(parameter)
        return layer

    def _scales(self, config: ModelConfig, count: int) -> nn.Conv2d:
        """What reads at which scale the template matches best; it starts at zero as well."""
        maps = count * (1 + len(config.matching_scales))
        layer = nn.Conv2d(maps, self.out_channels, 3, padding=1)
        for parameter in layer.parameters():
            nn.init.zeros_(parameter)
        return layer

    def _at_map_scale(self, fine: Tensor) -> Tensor:
        return fine if self.fine_scale == 1 else F.avg_pool2d(fine, self.fine_scale)


def _found(fine: Tensor | None) -> Tensor:
    if fine is None:
        raise CKDError("This head needs the finer features of a convolutional stem.")
    return fine


def _detail(branch: Embedded) -> Tensor:
    if branch.search_detail is None:
        raise CKDError("This head needs a convolutional stem with at least two widths.")
    return branch.search_detail
