"""Multi-head self-attention that builds only the attention rows somebody reads."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Attention(nn.Module):
    """Joint self-attention over template and search tokens."""

    def __init__(self, embed_dim: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.scale = (embed_dim // num_heads) ** -0.5
        self.qkv = nn.Linear(embed_dim, 3 * embed_dim)
        self.projection = nn.Linear(embed_dim, embed_dim)

    def forward(self, tokens: Tensor, rows: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Attend over (B, N, C); with `rows` (R,) also return their softmax (B, heads, R, N)."""
        batch, count, channels = tokens.shape
        qkv = self.qkv(tokens).view(batch, count, 3, self.num_heads, channels // self.num_heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4).unbind(0)  # (B, heads, N, C / heads)
        mixed = F.scaled_dot_product_attention(query, key, value, scale=self.scale)
        mixed = mixed.transpose(1, 2).reshape(batch, count, channels)  # (B, N, C)
        attention = None if rows is None else self._rows(query, key, rows)
        return self.projection(mixed), attention

    def _rows(self, query: Tensor, key: Tensor, rows: Tensor) -> Tensor:
        logits = query[:, :, rows] @ key.transpose(-2, -1) * self.scale  # (B, heads, R, N)
        return torch.softmax(logits.float(), dim=-1)
