"""Coupled knowledge distillation: students and online teachers in one task (paper section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tracker_core.ckd.model.ckd import CKD
from tracker_core.ckd.model.elimination import take_tokens
from tracker_core.ckd.model.outputs import BlockTokens
from tracker_core.ckd.model.teacher import Teacher, random_token_mask
from tracker_core.training.distributed import ranks
from tracker_core.training.drop_path import DropPaths
from tracker_core.training.losses import content_loss, style_loss
from tracker_core.training.task import (
    Batch,
    LossWeights,
    drawn_paths,
    student_losses,
    student_regime,
    tracking_losses,
)


@dataclass(frozen=True, slots=True)
class Masking:
    """How masked modeling chooses the search tokens that it zeroes (paper section 3.3)."""

    ratio: float = 0.25
    """Share of the tokens."""
    probability: float = 1.0
    """How often there is a mask at all."""
    by_token: bool = False
    """True: each token by itself with probability `ratio`, as released; else always that share."""
    by_sample: bool = False
    """True: each sample by itself with `probability`; else all samples of a step or none."""


class CoupledTask(nn.Module):
    """Two students, two teachers that learn beside them, and what ties them together."""

    def __init__(
        self,
        model: CKD,
        weights: LossWeights,
        *,
        masking: Masking,
        drop_path: float = 0.0,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.model = model
        self.weights = weights
        self.masking = masking
        # Of the next seed: the same numbers would tie what is dropped to what is masked.
        self.paths = DropPaths(drop_path, model.config.depth, seed + 1) if drop_path else None
        self.teacher_rgb = Teacher(model.config)
        self.teacher_tir = Teacher(model.config)
        # A generator of its own: whatever else draws, all ranks and a resumed run get the same
        # masks.
        self._chance = torch.Generator().manual_seed(seed)

    def get_extra_state(self) -> Tensor:
        """Where the drawing of masks stands, so that a resumed run draws the same ones."""
        return self._chance.get_state()

    def set_extra_state(self, state: Tensor) -> None:
        """Go on drawing masks from there."""
        self._chance.set_state(state.cpu())

    def forward(
        self, batch: Batch, *, elimination: bool, keep_ratios: tuple[float, ...] | None = None
    ) -> dict[str, Tensor]:
        """Named losses of a batch; `total` is what to minimise.

        The students' tracking losses keep their plain names, the teachers' totals are
        `teacher_rgb` and `teacher_tir`, the ties are `style` and `content`. Among several ranks
        each gives its share: the sum over ranks is what one process has.
        """
        paths = drawn_paths(self.paths, self.training, 4, batch)
        out = self.model(
            batch.template_rgb,
            batch.template_tir,
            batch.search_rgb,
            batch.search_tir,
            template_box=batch.template_box,
            search_mask=self._mask(batch),
            elimination=elimination,
            features=True,
            training=student_regime(paths[0], paths[1], keep_ratios),
        )
        where = batch.template_box
        rgb = self.teacher_rgb(batch.template_rgb, batch.search_rgb, where, paths[2])
        tir = self.teacher_tir(batch.template_tir, batch.search_tir, where, paths[3])
        losses = student_losses(out, batch, self.weights)
        # Teachers learn beside the students, each from its own modality (paper section 3.2).
        losses["teacher_rgb"] = tracking_losses(rgb, batch, self.weights)["total"]
        losses["teacher_tir"] = tracking_losses(tir, batch, self.weights)["total"]
        blocks = out.tokens or ()  # `features` was asked for, so they are there
        count, reduction = self.model.config.template_tokens, self.weights.reduction
        # Means over this rank's pairs: divided, they add up to the mean over all ranks' pairs.
        losses["style"] = coupled_style(blocks, reduction) / ranks().count
        content = coupled_content(blocks, (rgb.tokens, tir.tokens), count, reduction)
        losses["content"] = content / ranks().count
        losses["total"] = (
            losses["total"]
            + losses["teacher_rgb"]
            + losses["teacher_tir"]
            + self.weights.style * losses["style"]
            + self.weights.content * losses["content"]
        )
        return losses

    def _mask(self, batch: Batch) -> Tensor | None:
        """Mask the same search tokens in both modalities, now and then (paper section 3.3).

        Every rank draws for the whole batch and takes its own rows.
        """
        if not self.training:
            return None
        masking, group, size = self.masking, ranks(), batch.box.shape[0]
        chosen = torch.rand(size * group.count if masking.by_sample else 1, generator=self._chance)
        masked = chosen < masking.probability  # (B,) or (1,)
        if not masked.any():
            return None
        # One draw for the whole batch, so that the masks do not depend on how many ranks share it.
        mask = random_token_mask(
            size * group.count,
            self.model.config.search_tokens,
            masking.ratio,
            self._chance,
            by_token=masking.by_token,
        )
        mask = mask & masked[:, None]
        return mask[group.rank * size :][:size].to(batch.box.device)


def coupled_style(blocks: Sequence[BlockTokens], reduction: str) -> Tensor:
    """Style loss between the students over all blocks; gradients flow into both.

    The `sum` of the blocks, as the release's weight is for, or their `mean`.
    """
    # float32: under autocast the tokens may have 16 bits, too few for sums over tokens.
    losses = [style_loss(block.rgb.float(), block.tir.float()) for block in blocks]
    return _reduced(losses, reduction)


def coupled_content(
    blocks: Sequence[BlockTokens],
    teachers: tuple[Sequence[Tensor], Sequence[Tensor]],
    template_tokens: int,
    reduction: str,
) -> Tensor:
    """Content loss of each student against its teacher's tokens, (B, N, C) after every block.

    The `sum` over blocks and both modalities, or the `mean`. Where the students have eliminated
    tokens, the teachers are read at those that are left.
    """
    losses = []
    for block, from_rgb, from_tir in zip(blocks, *teachers, strict=True):
        for student, teacher in ((block.rgb, from_rgb), (block.tir, from_tir)):
            # Detached: the students are drawn to the teachers, which learn from their tracking
            # alone.
            left = take_tokens(teacher.detach(), template_tokens, block.search_ids)
            losses.append(content_loss(left.float(), student.float()))
    return _reduced(losses, reduction)


def _reduced(losses: Sequence[Tensor], reduction: str) -> Tensor:
    stacked = torch.stack(list(losses))
    return stacked.sum() if reduction == "sum" else stacked.mean()
