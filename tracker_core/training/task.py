"""One object from a batch to named losses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tracker_core.model.ckd import CKD
from tracker_core.training.losses import focal_loss, giou_loss, iou_and_giou, target_heatmap


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


class TrackingTask(nn.Module):
    """Students and fused head on the tracking loss."""

    def __init__(self, model: CKD, weights: LossWeights) -> None:
        super().__init__()
        self.model = model
        self.weights = weights

    def forward(self, batch: Batch, *, elimination: bool) -> dict[str, Tensor]:
        """Named losses and measures of a batch; `total` is what to minimise."""
        out = self.model(
            batch.template_rgb,
            batch.template_tir,
            batch.search_rgb,
            batch.search_tir,
            template_box=batch.template_box,
            elimination=elimination,
        )
        return tracking_losses(out, batch, self.weights)


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


def tracking_losses(out: Located, batch: Batch, weights: LossWeights) -> dict[str, Tensor]:
    """Focal, GIoU, L1 and ranking losses of an output, their weighted total, and the mean IoU."""
    present = batch.present
    side = out.score_map.shape[-1]
    corner = torch.cat([batch.box[:, :2] - batch.box[:, 2:] / 2, batch.box[:, 2:]], dim=1)
    target = target_heatmap(corner, side) * present[:, None, None]
    losses = {"focal": focal_loss(out.score_map[:, 0], target)}
    truth = batch.box[present]
    zero = losses["focal"] * 0
    losses |= {"giou": zero, "l1": zero, "ranking": zero, "iou": zero.detach()}
    if truth.shape[0]:
        cell = true_cell(truth, side)
        at_peak = out.box[present]
        at_truth = box_at(out.size_map[present], out.offset_map[present], cell)
        share = weights.true_cell
        losses["giou"] = giou_loss(at_peak, truth) + share * giou_loss(at_truth, truth)
        losses["l1"] = corner_error(at_peak, truth) + share * corner_error(at_truth, truth)
        losses["ranking"] = ranking_loss(out.score_map[present], cell)
        losses["iou"] = iou_and_giou(at_peak.detach(), truth)[0].mean()
    losses["total"] = (
        weights.focal * losses["focal"]
        + weights.giou * losses["giou"]
        + weights.l1 * losses["l1"]
        + weights.ranking * losses["ranking"]
    )
    return losses


def true_cell(box: Tensor, side: int) -> Tensor:
    """(B,) int64 index of the map cell that a (B, 4) cx, cy, w, h box has its peak in."""
    center = (box[:, :2] * side).nan_to_num()  # a box without numbers ends as a loss without one
    column, row = center.round().clamp(0, side - 1).to(torch.int64).unbind(1)
    return row * side + column


def box_at(size_map: Tensor, offset_map: Tensor, cell: Tensor) -> Tensor:
    """(B, 4) cx, cy, w, h read from (B, 2, S, S) maps at (B,) cells."""
    side = size_map.shape[-1]
    index = cell[:, None, None].expand(-1, 2, 1)
    size = size_map.flatten(2).gather(2, index).squeeze(2)
    offset = offset_map.flatten(2).gather(2, index).squeeze(2)
    place = torch.stack([cell % side, cell // side], dim=1)
    return torch.cat([(place + offset) / side, size], dim=1)


def corner_error(first: Tensor, second: Tensor) -> Tensor:
    """Mean absolute difference of the corners of two (B, 4) sets of cx, cy, w, h boxes."""
    center = first[:, :2] - second[:, :2]
    half = (first[:, 2:] - second[:, 2:]) / 2
    return torch.cat([center - half, center + half], dim=1).abs().mean()


def ranking_loss(score_map: Tensor, cell: Tensor) -> Tensor:
    """Cross-entropy of the (B, 1, S, S) map's logits with (B,) true cells as classes."""
    score = score_map.flatten(1)
    return F.cross_entropy(torch.log(score) - torch.log1p(-score), cell)
