"""A pre-norm transformer block whose two halves can be taken apart for elimination."""

from __future__ import annotations

from torch import Tensor, nn

from tracker_core.ckd.model.attention import Attention

# Every published ViT was trained with this; torch's own default is 1e-5.
NORM_EPS = 1e-6


class FeedForward(nn.Sequential):
    """Two linear layers with an exact GELU between them."""

    def __init__(self, embed_dim: int, hidden_dim: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(embed_dim, hidden_dim)
        # Exact, not the tanh form: released weights were trained with it.
        self.activation = nn.GELU()
        self.fc2 = nn.Linear(hidden_dim, embed_dim)


class Block(nn.Module):
    """Attention with residual, then MLP with residual; elimination happens in between."""

    def __init__(self, embed_dim: int, num_heads: int, mlp_ratio: float) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(embed_dim, eps=NORM_EPS)
        self.attention = Attention(embed_dim, num_heads)
        self.norm2 = nn.LayerNorm(embed_dim, eps=NORM_EPS)
        self.mlp = FeedForward(embed_dim, int(embed_dim * mlp_ratio))

    def attend(
        self,
        tokens: Tensor,
        rows: Tensor | None = None,
        unread: int = 0,
        factor: Tensor | None = None,
    ) -> tuple[Tensor, Tensor | None]:
        """The first half over (B, N, C), with the softmax of `rows` when asked for.

        Gives (B, N - unread, C): the first `unread` tokens are only attended to. `factor` (B,) is
        what drop path makes of each sample's attention: nothing, or a little more of it.
        """
        mixed, attention = self.attention(self.norm1(tokens), rows, unread)
        return tokens[:, unread:] + _dropped(mixed, factor), attention

    def feed_forward(self, tokens: Tensor, factor: Tensor | None = None) -> Tensor:
        """The second half over (B, N, C); `factor` as in the first."""
        mixed: Tensor = self.mlp(self.norm2(tokens))
        return tokens + _dropped(mixed, factor)

    def forward(self, tokens: Tensor, factors: Tensor | None = None) -> Tensor:
        """Both halves with nothing in between; `factors` (2, B) are those of the halves."""
        first, second = (None, None) if factors is None else factors.unbind(0)
        return self.feed_forward(self.attend(tokens, factor=first)[0], second)


def _dropped(mixed: Tensor, factor: Tensor | None) -> Tensor:
    # Cast: under autocast the tokens have 16 bits, and a float32 factor would widen them again.
    return mixed if factor is None else mixed * factor.to(mixed.dtype)[:, None, None]
