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

    def forward(
        self, tokens: Tensor, rows: Tensor | None = None, unread: int = 0
    ) -> tuple[Tensor, Tensor | None]:
        """Attend over (B, N, C); with `rows` (R,) also return their softmax (B, heads, R, N).

        The first `unread` tokens are attended to but do not attend: (B, N - unread, C) comes back.
        """
        batch, count, channels = tokens.shape
        query, key, value = self._heads(tokens, unread)
        mixed = F.scaled_dot_product_attention(query, key, value, scale=self.scale)
        mixed = mixed.transpose(1, 2).reshape(batch, count - unread, channels)  # (B, N, C)
        # The fused kernel never shows its attention, so the few rows that vote are computed again.
        attention = None if rows is None else self._rows(query, key, rows)
        return self.projection(mixed), attention

    def _heads(self, tokens: Tensor, unread: int) -> tuple[Tensor, Tensor, Tensor]:
        """Queries (B, heads, N - unread, D), keys and values (B, heads, N, D)."""
        batch, count, channels = tokens.shape
        width = channels // self.num_heads
        if not unread:
            qkv = self.qkv(tokens)
            qkv = qkv.view(batch, count, 3, self.num_heads, width)  # (B, N, 3, heads, D)
            query, key, value = qkv.permute(2, 0, 3, 1, 4).unbind(0)  # (B, heads, N, D) each
            return query, key, value
        # Two products instead of one, because nobody computes queries for tokens that do not
        # attend. The weights stay in one matrix, as in every published file.
        weight, bias = self.qkv.weight, self.qkv.bias
        query = F.linear(tokens[:, unread:], weight[:channels], bias[:channels])
        query = query.view(batch, count - unread, self.num_heads, width).transpose(1, 2)
        pair = F.linear(tokens, weight[channels:], bias[channels:])  # (B, N, 2C)
        key, value = pair.view(batch, count, 2, self.num_heads, width).permute(2, 0, 3, 1, 4)
        return query, key, value

    def _rows(self, query: Tensor, key: Tensor, rows: Tensor) -> Tensor:
        logits = query[:, :, rows] @ key.transpose(-2, -1) * self.scale  # (B, heads, R, N)
        # These numbers are ranked, and half precision makes ties of close ones.
        return torch.softmax(logits.float(), dim=-1)
