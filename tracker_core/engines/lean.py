"""The same network with fewer operations: graphs and their weights are made of it."""

from __future__ import annotations

import copy
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tracker_core.ckd.model.attention import Attention
from tracker_core.ckd.model.block import Block
from tracker_core.ckd.model.ckd import CKD
from tracker_core.ckd.model.head import ConvNorm
from tracker_core.ckd.model.patch_embed import Residual

# Processors compute so many channels at once, and runtimes fall back to a slow way for a number of
# input channels that is no multiple of it.
_LANES = 16


class Product(nn.Module):
    """A linear layer with its weights as the product takes them: (in, out)."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight.detach().t().contiguous())
        self.bias = nn.Parameter(bias.detach().clone())

    def forward(self, tokens: Tensor) -> Tensor:
        """(N, in) to (N, out)."""
        return tokens @ self.weight + self.bias


class LeanAttention(nn.Module):
    """Attention of one sample whose voting rows are read from what is computed anyhow."""

    def __init__(self, plain: Attention) -> None:
        super().__init__()
        channels = plain.projection.in_features
        self.heads = plain.num_heads
        weight, bias = plain.qkv.weight.detach().clone(), plain.qkv.bias.detach().clone()
        # Queries are scaled once and for all.
        weight[:channels] *= plain.scale
        bias[:channels] *= plain.scale
        self.query = Product(weight[:channels], bias[:channels])
        self.pair = Product(weight[channels:], bias[channels:])
        self.projection = Product(plain.projection.weight, plain.projection.bias)

    def forward(
        self, tokens: Tensor, rows: Tensor | None, unread: int
    ) -> tuple[Tensor, Tensor | None]:
        """(N, C) to (N - unread, C), with the softmax (1, heads, R, N) of `rows`."""
        count, channels = tokens.shape
        width = channels // self.heads
        query = self.query(tokens[unread:]).view(-1, self.heads, width).transpose(0, 1)
        pair = self.pair(tokens).view(count, 2, self.heads, width).permute(1, 2, 0, 3)
        key, value = pair.unbind(0)  # (heads, N, D)
        attention = torch.softmax(query @ key.transpose(1, 2), dim=-1)  # (heads, N - unread, N)
        mixed = (attention @ value).transpose(0, 1).reshape(-1, channels)  # (N - unread, C)
        return self.projection(mixed), None if rows is None else attention[:, rows][None]


class LeanBlock(nn.Module):
    """A block over the (N, C) tokens of one sample."""

    def __init__(self, plain: Block) -> None:
        super().__init__()
        self.norm1, self.norm2 = plain.norm1, plain.norm2
        self.attention = LeanAttention(plain.attention)
        self.fc1 = Product(plain.mlp.fc1.weight, plain.mlp.fc1.bias)
        self.fc2 = Product(plain.mlp.fc2.weight, plain.mlp.fc2.bias)

    def attend(
        self, tokens: Tensor, rows: Tensor | None, unread: int
    ) -> tuple[Tensor, Tensor | None]:
        """The first half, as `Block.attend` does it."""
        mixed, attention = self.attention(self.norm1(tokens), rows, unread)
        return tokens[unread:] + mixed, attention

    def feed_forward(self, tokens: Tensor) -> Tensor:
        """The second half."""
        mixed: Tensor = self.fc2(F.gelu(self.fc1(self.norm2(tokens))))
        return tokens + mixed


class PaddedConv(nn.Module):
    """A convolution that takes more input channels than there are, the rest zeros."""

    def __init__(self, plain: nn.Conv2d) -> None:
        super().__init__()
        self.missing = -plain.in_channels % _LANES
        self.stride, self.padding = plain.stride, plain.padding
        self.weight = nn.Parameter(F.pad(plain.weight.detach(), (0, 0, 0, 0, 0, self.missing)))
        self.bias = plain.bias

    def forward(self, features: Tensor) -> Tensor:
        """(1, C, S, S) as the convolution does it."""
        wide = F.pad(features, (0, 0, 0, 0, 0, self.missing))
        return F.conv2d(wide, self.weight, self.bias, self.stride, cast("str", self.padding))


def lean(model: CKD) -> CKD:
    """A copy for one sample at a time: batch norms folded, blocks as `LeanBlock`, wide inputs."""
    own = copy.deepcopy(model).cpu().float().eval()
    for part in list(own.modules()):
        if isinstance(part, ConvNorm):
            part.conv = _folded(part.conv, part.norm)
            part.add_module("norm", nn.Identity())
        elif isinstance(part, Residual):
            part.second = _folded(part.second, part.norm)
            part.add_module("norm", nn.Identity())
    if own.refine is not None:
        mix = own.refine.mix
        # Of pictures with three channels every runtime has a way of its own.
        if mix.conv.in_channels % _LANES:
            mix.add_module("conv", PaddedConv(mix.conv))
    for reader in (own.head.prior, own.overlap):
        for name, layer in list(reader.named_children()) if reader is not None else ():
            if isinstance(layer, nn.Linear) and reader is not None:
                reader.add_module(name, Product(layer.weight, layer.bias))
    for branch in (own.rgb, own.tir):
        branch.blocks = nn.ModuleList(
            LeanBlock(block) if isinstance(block, Block) else block for block in branch.blocks
        )
    return own.requires_grad_(False)


def _folded(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> nn.Conv2d:
    """A convolution that gives what `norm` made of the given one's answer."""
    mean, variance = norm.running_mean, norm.running_var
    if mean is None or variance is None:  # which no network of ours has
        raise TypeError("a batch norm without statistics cannot be folded")
    gain = norm.weight.detach() / torch.sqrt(variance + norm.eps)
    bias = torch.zeros_like(mean) if conv.bias is None else conv.bias.detach()
    folded = nn.Conv2d(
        conv.in_channels,
        conv.out_channels,
        cast("tuple[int, int]", conv.kernel_size),
        cast("tuple[int, int]", conv.stride),
        cast("tuple[int, int]", conv.padding),
    )
    folded.weight = nn.Parameter(conv.weight.detach() * gain[:, None, None, None])
    folded.bias = nn.Parameter((bias - mean) * gain + norm.bias.detach())
    return folded
