"""From pixels to tokens: the paper's patch projection, or a convolutional stem."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from tracker_core.config import ModelConfig
from tracker_core.model.head import ConvNorm


class PatchEmbed(nn.Module):
    """One linear projection per patch."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.projection = nn.Conv2d(3, config.embed_dim, config.patch_size, config.patch_size)

    def forward(self, image: Tensor) -> tuple[Tensor, None]:
        """(B, 3, H, W) to tokens (B, N, C) row by row; there are no finer features."""
        return to_tokens(self.projection(image)), None


class Residual(nn.Module):
    """Two 3x3 convolutions with a shortcut."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = ConvNorm(channels, channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(channels)
        self.activation = nn.ReLU(inplace=True)

    def forward(self, features: Tensor) -> Tensor:
        """(B, C, H, W) to the same shape."""
        out: Tensor = self.activation(features + self.norm(self.second(self.first(features))))
        return out


class ConvStem(nn.Module):
    """Strided convolutions that keep the features one halving above the tokens."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        widths = [3, *config.stem_channels]
        self.down = nn.Sequential(*(ConvNorm(a, b, stride=2) for a, b in pairwise(widths)))
        self.refine = Residual(widths[-1])
        self.projection = nn.Conv2d(widths[-1], config.embed_dim, 3, stride=2, padding=1)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, H, W) to tokens (B, N, C) and finer features (B, F, 2 sqrt(N), 2 sqrt(N))."""
        fine: Tensor = self.refine(self.down(image))
        return to_tokens(self.projection(fine)), fine


def to_tokens(features: Tensor) -> Tensor:
    """(B, C, H, W) to (B, H * W, C), row by row."""
    return features.flatten(2).transpose(1, 2)


def make_stem(config: ModelConfig) -> PatchEmbed | ConvStem:
    """The stem that the configuration names."""
    return PatchEmbed(config) if config.stem == "patch" else ConvStem(config)
