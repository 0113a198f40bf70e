"""One object from a batch to named losses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol, Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from safe_files import printable
from tracker_core.bounds import Bounds, check_bounds
from tracker_core.ckd.model.ckd import CKD, Regime
from tracker_core.ckd.model.head import hann_window
from tracker_core.ckd.model.outputs import CKDOutput
from tracker_core.errors import CKDError
from tracker_core.training.distributed import total
from tracker_core.training.drop_path import DropPaths
from tracker_core.training.losses import (
    attention_errors,
    focal_loss,
    giou_errors,
    iou_and_giou,
    target_heatmap,
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Normalised crops and where the target is in them."""

    template_rgb: Tensor
    """(B, 3, T, T) float32."""
    template_tir: Tensor
    """(B, 3, T, T) float32."""
    search_rgb: Tensor
    """(B, 3, S, S) float32."""
    search_tir: Tensor
    """(B, 3, S, S) float32."""
    box: Tensor
    """(B, 4) cx, cy, w, h of the target as fractions of the search crop."""
    template_box: Tensor
    """(B, 4) cx, cy, w, h of the target as fractions of the template crop."""
    present: Tensor
    """(B,) bool; False where the template shows something else and the map must stay empty."""
    skipped: tuple[str, ...] = ()
    """What was wrong with samples that could not be read; others stand in their places."""

    def to(self, device: torch.device) -> Batch:
        """The same on a device; from pinned memory, without waiting."""
        return self._each(lambda values: values.to(device, non_blocking=True))

    def pin_memory(self) -> Batch:
        """The same in memory that CUDA copies from without waiting; called by torch's loader."""
        return self._each(lambda values: values.pin_memory())

    def _each(self, change: Callable[[Tensor], Tensor]) -> Batch:
        values = ((field.name, getattr(self, field.name)) for field in fields(self))
        changed: dict[str, Any] = {
            name: change(value) for name, value in values if isinstance(value, Tensor)
        }
        return replace(self, **changed)


REDUCTIONS = ("sum", "mean")
"""What `LossWeights.reduction` may be."""


@dataclass(frozen=True, slots=True)
class LossWeights:
    """What each loss counts in the total."""

    focal: float = 1.0
    """CenterNet focal loss on the score map."""
    giou: float = 2.0
    """Generalised IoU of the box (paper section 4.1)."""
    l1: float = 5.0
    """Absolute error of the box's corners."""
    true_cell: float = 1.0
    """Share of GIoU and L1 that is also taken with the box read at the true cell."""
    ranking: float = 0.0
    """Softmax cross-entropy over the score map: the true cell against all others."""
    style: float = 0.01
    """Style loss between the students; only coupled training has it (paper section 3.2)."""
    content: float = 0.1
    """Content loss against the teachers; only coupled training has it (paper section 3.2)."""
    log_size: float = 0.0
    """Absolute error of the logarithms of width and height, read at the true cell (ours)."""
    overlap: float = 1.0
    """Cross-entropy of the overlap to be expected with what it is; only with an overlap head."""
    attention: float = 0.0
    """Cross-entropy of the attention that eliminates with the target's own tokens (ours)."""
    reduction: str = "sum"
    """Style and content: "sum" over blocks, and content over modalities, as released; or "mean"."""
    clamp_truth: bool = False
    """True: the true box ends where the crop does before GIoU and L1 are taken, as released."""

    def __post_init__(self) -> None:
        # Below 0 a loss would be maximised; the most keeps the sum of all a number.
        numbers = (each.name for each in fields(self) if type(each.default) is float)
        check_bounds(self, {name: Bounds(0, 1e6) for name in numbers}, "LossWeights.")
        if self.reduction not in REDUCTIONS:
            raise CKDError(
                f"LossWeights.reduction is {printable(repr(self.reduction), 60)}; "
                f"choose {' or '.join(REDUCTIONS)}."
            )


class TrackingTask(nn.Module):
    """Students and fused head on the tracking loss."""

    def __init__(
        self, model: CKD, weights: LossWeights, *, drop_path: float = 0.0, seed: int = 0
    ) -> None:
        super().__init__()
        self.model = model
        self.weights = weights
        # Only where there is one: states of runs without have nothing to keep.
        self.paths = DropPaths(drop_path, model.config.depth, seed) if drop_path else None

    def train(self, mode: bool = True) -> Self:
        """Switch to training, but for branches that are frozen: their statistics stay."""
        super().train(mode)
        for branch in (self.model.rgb, self.model.tir):
            if is_frozen(branch):
                branch.eval()
        return self

    def forward(
        self, batch: Batch, *, elimination: bool, keep_ratios: tuple[float, ...] | None = None
    ) -> dict[str, Tensor]:
        """Named losses and measures of a batch; `total` is what to minimise.

        Among several ranks each gives its share: the sum over ranks is what one process has.
        `keep_ratios` take the place of the configuration's, as in a warm-up of the elimination.
        """
        rgb, tir = drawn_paths(self.paths, self.training, 2, batch)
        out = self.model(
            batch.template_rgb,
            batch.template_tir,
            batch.search_rgb,
            batch.search_tir,
            template_box=batch.template_box,
            elimination=elimination,
            training=student_regime(rgb, tir, keep_ratios),
        )
        return student_losses(out, batch, self.weights)


def drawn_paths(
    paths: DropPaths | None, training: bool, branches: int, batch: Batch
) -> tuple[Tensor | None, ...]:
    """(depth, 2, B) drop path factors of each branch; None without drop path and when evaluating.

    Branches that are frozen have them as well: drop path is of the step, not of what learns.
    """
    if paths is None or not training:
        return (None,) * branches
    return paths.draw(branches, batch.box.shape[0], batch.box.device).unbind(0)


def student_regime(
    rgb: Tensor | None, tir: Tensor | None, keep_ratios: tuple[float, ...] | None
) -> Regime:
    """What a training step does otherwise than tracking with these factors and ratios."""
    factors = None if rgb is None or tir is None else {"rgb": rgb, "tir": tir}
    return Regime(factors, keep_ratios)


class Located(Protocol):
    """What the tracking loss reads of an output, of students and of teachers."""

    @property
    def score_map(self) -> Tensor:
        """(B, 1, S, S)."""

    @property
    def size_map(self) -> Tensor:
        """(B, 2, S, S)."""

    @property
    def offset_map(self) -> Tensor:
        """(B, 2, S, S)."""

    @property
    def box(self) -> Tensor:
        """(B, 4)."""


def is_frozen(module: nn.Module) -> bool:
    """Whether nothing in it learns."""
    return not any(parameter.requires_grad for parameter in module.parameters())


def tracking_losses(out: Located, batch: Batch, weights: LossWeights) -> dict[str, Tensor]:
    """Focal, GIoU, L1 and ranking losses of an output, their weighted total, and the mean IoU.

    Among several ranks, this one's shares: each is divided by what all ranks count together.
    """
    side = out.score_map.shape[-1]
    shown = batch.present
    # Where nothing is there to find, a box that is safe to compute with and counts for nothing.
    truth = torch.where(shown[:, None], batch.box, batch.box.new_tensor([0.5, 0.5, 0.5, 0.5]))
    corner = torch.cat([truth[:, :2] - truth[:, 2:] / 2, truth[:, 2:]], dim=1)
    target = target_heatmap(corner, side) * shown[:, None, None]  # (B, side, side)
    cell = true_cell(truth, side)
    at_truth = box_at(out.size_map, out.offset_map, cell)
    # The map is asked for the whole target; only what the box losses compare with is cut.
    shape = clamped_to_crop(truth) if weights.clamp_truth else truth
    giou = giou_errors(out.box, shape) + weights.true_cell * giou_errors(at_truth, shape)
    corners = corner_errors(out.box, shape) + weights.true_cell * corner_errors(at_truth, shape)
    count = total(shown.sum()).clamp(min=1)  # a batch may show no target at all
    losses = {
        # Positives of all ranks: the shares add up to what one process would have.
        "focal": focal_loss(out.score_map[:, 0], target, total(target.eq(1).sum())),
        "giou": _share(giou, shown, count),
        "l1": _share(corners, shown, count),
        "ranking": _share(ranking_errors(out.score_map, cell), shown, count),
        "log_size": _share(log_size_errors(at_truth, truth), shown, count),
        "iou": _share(iou_and_giou(out.box.detach(), truth)[0], shown, count),  # a measure, no loss
    }
    losses["total"] = (
        weights.focal * losses["focal"]
        + weights.giou * losses["giou"]
        + weights.l1 * losses["l1"]
        + weights.ranking * losses["ranking"]
        + weights.log_size * losses["log_size"]
    )
    return losses


def student_losses(out: CKDOutput, batch: Batch, weights: LossWeights) -> dict[str, Tensor]:
    """The tracking losses of both students together, and what decides their eliminations.

    The loss `attention` is there only where it counts, `overlap` where there is a head for it.
    """
    losses = tracking_losses(out, batch, weights)
    if out.overlap_map is not None:
        # Whatever it counts: ranks that share gradients wait for those of every parameter.
        losses["overlap"] = overlap_loss(out, out.overlap_map, batch)
        losses["total"] = losses["total"] + weights.overlap * losses["overlap"]
    if weights.attention:  # at 0, the paper's, it is not even computed
        errors = attention_errors(out.elimination, batch.box)
        shown = batch.present
        losses["attention"] = _share(errors, shown, total(shown.sum()).clamp(min=1))
        losses["total"] = losses["total"] + weights.attention * losses["attention"]
    return losses


def overlap_loss(out: CKDOutput, overlap_map: Tensor, batch: Batch) -> Tensor:
    """How far the overlap to be expected is from what it is, for boxes that the network answers.

    Read at the peak, at the peak under the window of a tracking loop, which is where the loop
    reads it, and at the true cell. A target that is not there has no overlap with anything.
    """
    score, side = out.score_map, out.score_map.shape[-1]
    response = score * hann_window(side).to(score)
    peaks = (score, response)
    cells = [*(each.flatten(1).argmax(dim=1) for each in peaks), true_cell(batch.box, side)]
    losses = []
    for cell in cells:
        found = box_at(out.size_map.detach(), out.offset_map.detach(), cell)
        iou = iou_and_giou(found, batch.box)[0].clamp(0, 1)
        iou = torch.where(batch.present, iou, torch.zeros_like(iou))
        expected = overlap_map.flatten(1).gather(1, cell[:, None]).squeeze(1)  # (B,)
        # By hand: torch's own raises where there is no number, and refuses half precision.
        sure = expected.clamp(1e-6, 1 - 1e-6)
        losses.append(-(iou * sure.log() + (1 - iou) * torch.log1p(-sure)).sum())
    everything = total(torch.ones_like(batch.present).sum())  # pairs of all ranks
    return torch.stack(losses).mean() / everything


def _share(values: Tensor, shown: Tensor, count: Tensor) -> Tensor:
    """Sum of (B,) values where something is shown, over how many there are on all ranks."""
    # `where`, not a product: zero times a value without a number is no number.
    return torch.where(shown, values, torch.zeros_like(values)).sum() / count


def true_cell(box: Tensor, side: int) -> Tensor:
    """(B,) int64 index of the map cell that a (B, 4) cx, cy, w, h box has its peak in."""
    center = (box[:, :2] * side).nan_to_num()  # a box without numbers ends as a loss without one
    # Rounded as `target_heatmap` does, so that both mean the same cell.
    column, row = center.round().clamp(0, side - 1).to(torch.int64).unbind(1)
    return row * side + column


def box_at(size_map: Tensor, offset_map: Tensor, cell: Tensor) -> Tensor:
    """(B, 4) cx, cy, w, h read from (B, 2, S, S) maps at (B,) cells."""
    side = size_map.shape[-1]
    index = cell[:, None, None].expand(-1, 2, 1)  # (B, 2, 1)
    size = size_map.flatten(2).gather(2, index).squeeze(2)  # (B, 2)
    offset = offset_map.flatten(2).gather(2, index).squeeze(2)
    position = torch.stack([cell % side, cell // side], dim=1)  # (B, 2), column and row
    return torch.cat([(position + offset) / side, size], dim=1)


def clamped_to_crop(box: Tensor) -> Tensor:
    """(B, 4) cx, cy, w, h boxes in fractions of the crop without what lies outside of it."""
    center, half = box[:, :2], box[:, 2:] / 2
    low, high = (center - half).clamp(0, 1), (center + half).clamp(0, 1)
    return torch.cat([(low + high) / 2, high - low], dim=1)


def corner_errors(first: Tensor, second: Tensor) -> Tensor:
    """(B,) mean absolute differences of the corners of two (B, 4) sets of cx, cy, w, h boxes."""
    center = first[:, :2] - second[:, :2]
    half = (first[:, 2:] - second[:, 2:]) / 2
    return torch.cat([center - half, center + half], dim=1).abs().mean(dim=1)


def log_size_errors(first: Tensor, second: Tensor) -> Tensor:
    """(B,) mean absolute differences of log w and log h of two (B, 4) sets of cx, cy, w, h boxes.

    The same share of the size counts the same, whether the target is small or large in the crop.
    """
    # What a damaged box of a dataset lacks in size must not become an infinite loss.
    logs = [box[:, 2:].clamp(min=1e-4).log() for box in (first, second)]
    return (logs[0] - logs[1]).abs().mean(dim=1)


def ranking_errors(score_map: Tensor, cell: Tensor) -> Tensor:
    """(B,) cross-entropies of the (B, 1, S, S) map's logits with (B,) true cells as classes."""
    score = score_map.flatten(1)  # (B, S * S)
    # Back through the sigmoid; the head keeps scores away from 0 and 1.
    return F.cross_entropy(torch.log(score) - torch.log1p(-score), cell, reduction="none")
