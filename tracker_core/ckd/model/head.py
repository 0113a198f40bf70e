"""The center head: score, offset and size maps from fused search features."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor, nn

from tracker_core.ckd.config import ModelConfig

SCORE_EPS = 1e-4
"""Score and size stay within [eps, 1 - eps] so that the focal loss has finite logarithms."""


class ConvNorm(nn.Sequential):
    """A 3x3 convolution, batch norm and ReLU."""

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1)
        self.norm = nn.BatchNorm2d(out_channels)
        self.activation = nn.ReLU(inplace=True)


class Tower(nn.Module):
    """Four ConvNorm layers, each half as wide as the last, and a 1x1 convolution."""

    def __init__(self, in_channels: int, channels: int, out_channels: int) -> None:
        super().__init__()
        widths = [in_channels, *(channels >> i for i in range(4))]
        self.layers = nn.Sequential(*(ConvNorm(a, b) for a, b in pairwise(widths)))
        self.output = nn.Conv2d(widths[-1], out_channels, 1)

    def expect(self, share: float) -> None:
        """Let the untrained tower say `share` after a sigmoid: few cells are peaks."""
        bias = torch.full((self.output.out_channels,), math.log(share / (1 - share)))
        self.output.bias = nn.Parameter(bias)

    def forward(self, features: Tensor) -> Tensor:
        """(B, in, S, S) to (B, out, S, S)."""
        out: Tensor = self.output(self.layers(features))
        return out


class SizePrior(nn.Module):
    """What the template's box says about the size to expect, for features and for the answer."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.features = nn.Linear(2, in_channels)
        self.gain = nn.Parameter(torch.ones(2))
        nn.init.zeros_(self.features.weight)
        nn.init.zeros_(self.features.bias)

    def forward(self, features: Tensor, expected: Tensor) -> tuple[Tensor, Tensor]:
        """(B, in, S, S) told of (B, 2) w, h in crops, and what to add to the size's logits."""
        logits = torch.logit(expected.clamp(SCORE_EPS, 1 - SCORE_EPS))  # (B, 2)
        informed = features + self.features(logits)[:, :, None, None]
        return informed, (self.gain * logits)[:, :, None, None]


class CenterHead(nn.Module):
    """Three towers over the fused features."""

    def __init__(self, in_channels: int, config: ModelConfig) -> None:
        super().__init__()
        channels = config.head_channels
        self.score = Tower(in_channels, channels, 1)
        self.offset = Tower(in_channels, channels, 2)
        self.size = Tower(in_channels, channels, 2)
        self.prior = SizePrior(in_channels) if config.size_prior else None
        self.to_search = config.template_factor / config.search_factor
        self.score.expect(1 / 64)
        self.size.expect(1 / 2 if config.size_prior else 1 / 4)

    def forward(self, features: Tensor, template_box: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Score (B, 1, S, S), size and offset (B, 2, S, S) of (B, in, S, S); all float32.

        `template_box` (B, 4) is cx, cy, w, h in the template crop; only a size prior reads it.
        """
        shift: Tensor | float = 0.0
        if self.prior is not None:
            features, shift = self.prior(features, template_box[:, 2:] * self.to_search)
        score = _clamped_sigmoid(self.score(features))
        size = _clamped_sigmoid(self.size(features) + shift)
        return score, size, self.offset(features).float()


def _clamped_sigmoid(logits: Tensor) -> Tensor:
    # Half precision would round what is almost 1 to 1, whose logarithms the losses cannot take.
    return torch.sigmoid(logits.float()).clamp(SCORE_EPS, 1 - SCORE_EPS)


def decode_box(score_map: Tensor, size_map: Tensor, offset_map: Tensor) -> Tensor:
    """(B, 4) cx, cy, w, h as fractions of the search crop, read at the peak of the score map."""
    side = score_map.shape[-1]
    peak = score_map.flatten(1).argmax(dim=1)  # (B,)
    index = peak[:, None, None].expand(-1, 2, 1)
    size = size_map.flatten(2).gather(2, index).squeeze(2)  # (B, 2)
    offset = offset_map.flatten(2).gather(2, index).squeeze(2)  # (B, 2)
    cell = torch.stack([peak % side, peak // side], dim=1).to(offset.dtype)  # (B, 2): x, y
    return torch.cat([(cell + offset) / side, size], dim=1)


def hann_window(side: int) -> Tensor:
    """(side, side) Hann window that is nowhere zero: the (side + 2) window without its border."""
    edge = torch.hann_window(side + 2, periodic=False, dtype=torch.float64)[1:-1]
    return (edge[:, None] * edge[None, :]).float()
