"""Drop path: in training, halves of blocks that a sample goes past (as all published ViTs have)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from tracker_core.training.distributed import ranks


class DropPaths(nn.Module):
    """Draws which halves of which blocks each sample goes past, more of them the deeper they lie.

    It has no weights; its place in the drawing is kept with a run's state.
    """

    def __init__(self, rate: float, depth: int, seed: int) -> None:
        """Take the rate of the last block; that of the first is 0, and between them it rises."""
        super().__init__()
        self.kept = 1 - torch.linspace(0, rate, depth, dtype=torch.float64, device="cpu").float()
        # A generator of its own, as masks have: other draws leave these as they are.
        self._chance = torch.Generator().manual_seed(seed)

    def get_extra_state(self) -> Tensor:
        """Where the drawing stands, so that a resumed run goes on with it."""
        return self._chance.get_state()

    def set_extra_state(self, state: Tensor) -> None:
        """Go on drawing from there."""
        self._chance.set_state(state.cpu())

    def draw(self, branches: int, batch: int, device: torch.device) -> Tensor:
        """(branches, depth, 2, B) factors for this rank's `batch` samples: 0, or 1 over the kept.

        What is left is enlarged, so that a block gives the same on average.
        """
        group = ranks()
        depth = len(self.kept)
        # One draw for all ranks, each of which takes its own columns, as with masks.
        drawn = torch.rand(branches, depth, 2, batch * group.count, generator=self._chance)
        own = drawn[..., group.rank * batch :][..., :batch]
        kept = self.kept[:, None, None]
        return ((own < kept) / kept).to(device)
