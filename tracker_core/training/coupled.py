"""Coupled knowledge distillation: students and online teachers in one task (paper section 3)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from tracker_core.ckd.model.ckd import CKD
from tracker_core.ckd.model.elimination import take_tokens
from tracker_core.ckd.model.outputs import BlockTokens
from tracker_core.ckd.model.teacher import Teacher, TeacherOutput, random_token_mask
from tracker_core.training.distributed import ranks
from tracker_core.training.losses import content_loss, style_loss
from tracker_core.training.task import Batch, LossWeights, student_losses, tracking_losses


class CoupledTask(nn.Module):
    """Two students, two teachers that learn beside them, and what ties them together."""

    def __init__(
        self,
        model: CKD,
        weights: LossWeights,
        *,
        mask_ratio: float,
        mask_probability: float,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.model = model
        self.weights = weights
        self.mask_ratio = mask_ratio
        self.mask_probability = mask_probability
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

    def forward(self, batch: Batch, *, elimination: bool) -> dict[str, Tensor]:
        """Named losses of a batch; `total` is what to minimise.

        The students' tracking losses keep their plain names, the teachers' totals are
        `teacher_rgb` and `teacher_tir`, the ties are `style` and `content`. Among several ranks
        each gives its share: the sum over ranks is what one process has.
        """
        out = self.model(
            batch.template_rgb,
            batch.template_tir,
            batch.search_rgb,
            batch.search_tir,
            template_box=batch.template_box,
            search_mask=self._mask(batch),
            elimination=elimination,
            features=True,
        )
        rgb = self.teacher_rgb(batch.template_rgb, batch.search_rgb, batch.template_box)
        tir = self.teacher_tir(batch.template_tir, batch.search_tir, batch.template_box)
        losses = student_losses(out, batch, self.weights)
        # Teachers learn beside the students, each from its own modality (paper section 3.2).
        losses["teacher_rgb"] = tracking_losses(rgb, batch, self.weights)["total"]
        losses["teacher_tir"] = tracking_losses(tir, batch, self.weights)["total"]
        blocks = out.tokens or ()  # `features` was asked for, so they are there
        template = self.model.config.template_tokens
        # Means over this rank's pairs: divided, they add up to the mean over all ranks' pairs.
        losses["style"] = coupled_style(blocks) / ranks().count
        losses["content"] = coupled_content(blocks, rgb, tir, template) / ranks().count
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
        if torch.rand((), generator=self._chance).item() >= self.mask_probability:
            return None
        group, size = ranks(), batch.box.shape[0]
        # One draw for the whole batch, so that the masks do not depend on how many ranks share it.
        mask = random_token_mask(
            size * group.count,
            self.model.config.search_tokens,
            self.mask_ratio,
            self._chance,
        )
        return mask[group.rank * size :][:size].to(batch.box.device)


def coupled_style(blocks: tuple[BlockTokens, ...]) -> Tensor:
    """Style loss between the students, averaged over blocks; gradients flow into both."""
    return torch.stack(
        # float32: under autocast the tokens may have 16 bits, too few for sums over tokens.
        [style_loss(block.rgb.float(), block.tir.float()) for block in blocks]
    ).mean()


def coupled_content(
    blocks: tuple[BlockTokens, ...], rgb: TeacherOutput, tir: TeacherOutput, template_tokens: int
) -> Tensor:
    """Content loss of each student against its teacher, averaged over blocks and modalities.

    Where the students have eliminated tokens, the teachers are read at those that are left.
    """
    losses = []
    for block, from_rgb, from_tir in zip(blocks, rgb.tokens, tir.tokens, strict=True):
        for student, teacher in ((block.rgb, from_rgb), (block.tir, from_tir)):
            # Detached: the students are drawn to the teachers, which learn from their tracking
            # alone.
            left = take_tokens(teacher.detach(), template_tokens, block.search_ids)
            losses.append(content_loss(left.float(), student.float()))
    return torch.stack(losses).mean()
