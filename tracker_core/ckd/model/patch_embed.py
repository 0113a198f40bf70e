"""From pixels to tokens: the paper's patch projection, or a convolutional stem."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from torch import Tensor, nn

from tracker_core.ckd.config import ModelConfig
from tracker_core.ckd.model.head import ConvNorm


@dataclass(frozen=True, slots=True)
class Stemmed:
    """What a stem makes of a crop."""

    tokens: Tensor
    """(B, N, C), row by row."""
    fine: Tensor | None
    """(B, F, 2 sqrt(N), 2 sqrt(N)); None for a patch stem."""
    detail: Tensor | None
    """(B, D, 4 sqrt(N), 4 sqrt(N)); None where the stem has no such step."""


class PatchEmbed(nn.Module):
    """One linear projection per patch."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.projection = nn.Conv2d(3, config.embed_dim, config.patch_size, config.patch_size)

    def forward(self, image: Tensor) -> Stemmed:
        """(B, 3, H, W) to tokens row by row; there are no finer features."""
        return Stemmed(to_tokens(self.projection(image)), None, None)


class Residual(nn.Module):
    """Two 3x3 convolutions with a shortcut."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = ConvNorm(channels, channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, bias=False)  # the norm has one
        self.norm = nn.BatchNorm2d(channels)
        self.activation = nn.ReLU(inplace=True)

    def forward(self, features: Tensor) -> Tensor:
        """(B, C, H, W) to the same shape."""
        out: Tensor = self.activation(features + self.norm(self.second(self.first(features))))
        return out


class ConvStem(nn.Module):
    """Strided convolutions that keep the features one and two halvings above the tokens."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        widths = [3, *config.stem_channels]
        self.down = nn.Sequential(*(ConvNorm(a, b, stride=2) for a, b in pairwise(widths)))
        self.refine = Residual(widths[-1])
        self.projection = nn.Conv2d(widths[-1], config.embed_dim, 3, stride=2, padding=1)

    def forward(self, image: Tensor) -> Stemmed:
        """(B, 3, H, W) to tokens and what the stem saw on the way."""
        detail: Tensor | None = None
        features = image
        for number, layer in enumerate(self.down):
            detail = features if number else None  # what the first layer reads is the picture
            features = layer(features)
        fine: Tensor = self.refine(features)
        return Stemmed(to_tokens(self.projection(fine)), fine, detail)

    def fine(self, image: Tensor) -> Tensor:
        """The finer features of (B, 3, H, W) alone: (B, F, H / 8, W / 8) with three widths."""
        seen: Tensor = self.refine(self.down(image))
        return seen


def to_tokens(features: Tensor) -> Tensor:
    """(B, C, H, W) to (B, H * W, C), row by row."""
    return features.flatten(2).transpose(1, 2)


def make_stem(config: ModelConfig) -> PatchEmbed | ConvStem:
    """The stem that the configuration names."""
    return PatchEmbed(config) if config.stem == "patch" else ConvStem(config)
