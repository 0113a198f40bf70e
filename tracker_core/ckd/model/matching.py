"""Template-search correlation of stem features: where the target's texture recurs."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def box_coverage(box: Tensor, side: int) -> Tensor:
    """(B, side * side) share of each grid cell that a (B, 4) cx, cy, w, h box covers."""
    edges = torch.arange(side, device=box.device, dtype=box.dtype) / side  # (side,)
    center, size = box[:, :2], box[:, 2:]
    low = (center - size / 2).unsqueeze(-1)  # (B, 2, 1)
    high = (center + size / 2).unsqueeze(-1)  # (B, 2, 1)
    overlap = (torch.minimum(high, edges + 1 / side) - torch.maximum(low, edges)).clamp(min=0)
    columns, rows = (overlap * side).unbind(1)  # (B, side) each
    return (rows.unsqueeze(2) * columns.unsqueeze(1)).flatten(1)  # (B, side, side), then row by row


@dataclass(frozen=True, slots=True, eq=False)
class Kernels:
    """The target's part of a template, as search features are correlated with it."""

    own: Tensor
    """(B, C, t, t)."""
    scaled: tuple[Tensor, ...]
    """(B, C, k, k) of the template at other scales."""


class Matching(nn.Module):
    """Depth-wise cross-correlation with the target's part of the template, per modality."""

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.project = nn.Conv2d(in_channels, channels, 1)
        self.gain = nn.Parameter(torch.ones(1, channels + 1, 1, 1))

    def kernels(self, template: Tensor, scaled: tuple[Tensor, ...], box: Tensor) -> Kernels:
        """What (B, F, t, t) template features become; (B, 4) is the target's box in the crop."""
        return Kernels(
            self._kernel(template, box), tuple(self._kernel(each, box) for each in scaled)
        )

    def _kernel(self, template: Tensor, box: Tensor) -> Tensor:
        side = template.shape[-1]
        kernel = F.normalize(self.project(template), dim=1)  # (B, C, t, t)
        weight = box_coverage(box, side).view(-1, 1, side, side)
        # A mean over the target, whatever its size. A box beside the crop covers nothing, and
        # nothing must not be divided by.
        shares: Tensor = weight / weight.sum(dim=(2, 3), keepdim=True).clamp(min=1e-3)
        return kernel * shares

    def forward(self, kernels: Kernels, search: Tensor) -> tuple[Tensor, Tensor]:
        """Correlate the template with (B, F, s, s) search features.

        Returns (B, channels + 1, s, s), one map per channel and the cosine similarity of all, and
        (B, 1 + scales, s, s), that similarity and those at the other scales.
        """
        searched = F.normalize(self.project(search), dim=1)  # (B, C, s, s)
        maps = _correlate(searched, kernels.own)
        total = maps.sum(dim=1, keepdim=True)  # (B, 1, s, s)
        others = [_similarity(searched, kernel) for kernel in kernels.scaled]
        # One channel's part of a cosine is small: times their number it is as large as the sum of
        # all.
        joined = torch.cat([maps * searched.shape[1], total], dim=1) * self.gain
        return joined, torch.cat([total, *others], dim=1)


def _correlate(search: Tensor, kernel: Tensor) -> Tensor:
    """Correlate (B, C, s, s) with (B, C, t, t) channel by channel, same size out."""
    batch, channels, side, _ = search.shape
    size = kernel.shape[-1]
    padded = _padded(search, size)
    # Every sample has a kernel of its own, which a convolution does not know: the batch becomes
    # groups of channels.
    out = F.conv2d(
        padded.reshape(1, batch * channels, *padded.shape[2:]),
        kernel.reshape(batch * channels, 1, size, size),  # (B * C, 1, t, t)
        groups=batch * channels,
    )
    return out.view(batch, channels, side, side)  # (B, C, s, s)


def _similarity(search: Tensor, kernel: Tensor) -> Tensor:
    """Correlate (B, C, s, s) with (B, C, k, k), all channels together: (B, 1, s, s)."""
    batch, _, side, _ = search.shape
    padded = _padded(search, kernel.shape[-1])
    out = F.conv2d(padded.reshape(1, -1, *padded.shape[2:]), kernel, groups=batch)
    return out.view(batch, 1, side, side)


def _padded(search: Tensor, size: int) -> Tensor:
    # An even kernel needs a row more before than after for as many out as in.
    before, after = size // 2, (size - 1) // 2
    return F.pad(search, (before, after, before, after))
