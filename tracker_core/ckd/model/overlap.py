"""How good a box is: the overlap with the truth that the head expects of it, cell by cell."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from tracker_core.ckd.config import ModelConfig
from tracker_core.ckd.model.head import ConvNorm


class Uncommitted(nn.Conv2d):
    """A convolution that gives zero, for a sigmoid a half, until it has learned something."""

    def reset_parameters(self) -> None:
        """Begin at zero."""
        for parameter in self.parameters():
            nn.init.zeros_(parameter)


class OverlapHead(nn.Module):
    """Judges the boxes of a center head by the same features and by what that head answered."""

    def __init__(self, in_channels: int, config: ModelConfig) -> None:
        super().__init__()
        # Half of a tower: what tells a good box from a bad one is in the features already.
        width = config.head_channels // 2
        self.look = ConvNorm(in_channels, width)
        # A box is good or bad beside all that could have been taken for the target.
        self.whole = nn.Linear(width, width)
        self.judge = nn.Conv2d(width + 5, width, 1)
        self.output = Uncommitted(width, 1, 1)
        self.to_search = config.template_factor / config.search_factor

    def forward(
        self, features: Tensor, score: Tensor, size: Tensor, template_box: Tensor
    ) -> Tensor:
        """(B, 1, S, S) in [0, 1]: the IoU to be expected of the box that each cell answers.

        `features` (B, in, S, S) are the center head's, `score` (B, 1, S, S) and `size`
        (B, 2, S, S) its maps, `template_box` (B, 4) the target in the template crop.
        """
        # Detached: who judges answers must not bend them, or a box is made worse to be foreseen.
        score, size = score.detach(), size.detach()
        expected = (template_box[:, 2:] * self.to_search).clamp(min=1e-4)[:, :, None, None]
        said = torch.cat([torch.logit(score), size.log(), (size / expected).log()], dim=1)
        seen = self.look(features)
        hidden = self.judge(torch.cat([seen, said.to(seen)], dim=1))
        hidden = torch.relu(hidden + self.whole(seen.mean(dim=(2, 3)))[:, :, None, None])
        return torch.sigmoid(self.output(hidden).float())
