"""The losses of CKD as pure functions (paper sections 3.2, 3.3 and 4.1)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from tracker_core.ckd.model.matching import box_coverage
from tracker_core.ckd.model.outputs import Elimination

MIN_OVERLAP = 0.7
"""A peak this far off the centre still gives a box with that IoU: it sets the Gaussian's radius."""
# Keeps the logarithms finite at scores of 0 and 1.
_LOG_EPS = 1e-12


def style_loss(first: Tensor, second: Tensor) -> Tensor:
    """Squared distance of channel statistics of two (B, N, C) token sets.

    Means and unbiased standard deviations over tokens, averaged over batch and channels.
    """
    mean = first.mean(dim=1) - second.mean(dim=1)  # (B, C)
    std = first.std(dim=1) - second.std(dim=1)
    return (mean.square() + std.square()).mean()


def instance_normalised(tokens: Tensor, eps: float = 1e-5) -> Tensor:
    """Content of (B, N, C) tokens: each channel with zero mean and unit variance over tokens."""
    centred = tokens - tokens.mean(dim=1, keepdim=True)
    return centred * torch.rsqrt(centred.square().mean(dim=1, keepdim=True) + eps)


def content_loss(teacher: Tensor, student: Tensor) -> Tensor:
    """Mean squared distance of contents of two (B, N, C) token sets; no gradient to the teacher."""
    target = instance_normalised(teacher.detach())
    return (target - instance_normalised(student)).square().mean()


def gaussian_radius(size: Tensor, min_overlap: float = MIN_OVERLAP) -> Tensor:
    """Radius in cells, (B,) int64, for (B, 2) box sizes in cells, as CenterNet takes it."""
    w, h = size.unbind(1)
    total, area = w + h, w * h
    # CenterNet solves three quadratic equations and forgets to divide the roots of two by their
    # leading coefficients; the paper's networks were trained with that, so it stays.
    shrink = (1 - min_overlap) / (1 + min_overlap)
    outside = (total + (total.square() - 4 * area * shrink).sqrt()) / 2
    inside = 2 * total
    inside = (inside + (inside.square() - 16 * (1 - min_overlap) * area).sqrt()) / 2
    both = -2 * min_overlap * total
    both = (both + (both.square() + 16 * min_overlap * (1 - min_overlap) * area).sqrt()) / 2
    return torch.stack([outside, inside, both]).amin(dim=0).clamp(min=0).to(torch.int64)


def target_heatmap(boxes_xywh: Tensor, side: int, min_overlap: float = MIN_OVERLAP) -> Tensor:
    """(B, side, side) Gaussian targets of (B, 4) x, y, w, h boxes as fractions of the crop."""
    scaled = boxes_xywh * side
    # (B, 2), the cell that `true_cell` finds.
    center = (scaled[:, :2] + scaled[:, 2:] / 2).round().clamp(max=side - 1).to(torch.int64)
    radius = gaussian_radius(scaled[:, 2:], min_overlap)
    sigma = (2 * radius + 1).to(boxes_xywh.dtype) / 6  # the diameter spans three sigma to each side
    cells = torch.arange(side, device=boxes_xywh.device)
    distance = cells[None, None, :] - center[:, :, None]  # (B, 2, side)
    bell = torch.exp(-distance.square() / (2 * sigma.square())[:, None, None])
    # Nothing beyond the radius, as CenterNet draws it.
    bell = bell * (distance.abs() <= radius[:, None, None])
    columns, rows = bell.unbind(1)  # (B, side)
    maps = rows[:, :, None] * columns[:, None, :]  # (B, side, side)
    peak = maps.flatten(1).amax(dim=1)[:, None, None]
    # CenterNet's drawing cuts what is below the precision of the peak.
    return maps.where(maps >= torch.finfo(maps.dtype).eps * peak, torch.zeros_like(maps))


def focal_loss(score: Tensor, target: Tensor, positives: Tensor | None = None) -> Tensor:
    """CenterNet's focal loss of two maps of one shape; summed over cells, per positive cell.

    `positives` is how many there are where these maps are only a part of the batch.
    """
    positive = target.eq(1)
    hit = (score + _LOG_EPS).log() * (1 - score).square()
    miss = (1 - score + _LOG_EPS).log() * score.square() * (1 - target).pow(4)
    total = torch.where(positive, hit, miss).sum()
    count = positive.sum() if positives is None else positives
    return -total / count.clamp(min=1)  # a map that should be empty has no positive cell


def _corners(box_cxcywh: Tensor) -> tuple[Tensor, Tensor]:
    center, half = box_cxcywh[..., :2], box_cxcywh[..., 2:] / 2
    return center - half, center + half


def iou_and_giou(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """IoU and generalised IoU, each (B,), of two (B, 4) sets of cx, cy, w, h boxes."""
    low_a, high_a = _corners(first)
    low_b, high_b = _corners(second)
    common = (torch.minimum(high_a, high_b) - torch.maximum(low_a, low_b)).clamp(min=0)
    hull = (torch.maximum(high_a, high_b) - torch.minimum(low_a, low_b)).clamp(min=0)
    intersection, enclosing = common.prod(dim=-1), hull.prod(dim=-1)
    area = first[..., 2:].prod(dim=-1) + second[..., 2:].prod(dim=-1)
    union = area - intersection
    iou = intersection / union.clamp(min=1e-9)  # two boxes without area
    return iou, iou - (enclosing - union) / enclosing.clamp(min=1e-9)


def giou_errors(first: Tensor, second: Tensor) -> Tensor:
    """(B,) one minus the generalised IoU of two (B, 4) sets of cx, cy, w, h boxes."""
    return 1 - iou_and_giou(first, second)[1]


def attention_errors(stages: Sequence[Elimination], box: Tensor) -> Tensor:
    """(B,) cross-entropies of the attention that eliminates with where the target is.

    Each of the `stages` shares its attention among the search tokens that are still there; right
    is the share of the (B, 4) cx, cy, w, h box in search crops that each of them covers. The mean
    over stages; what an earlier stage removed does not count, and no stages make no error.
    """
    errors = [_attention_error(stage, box, _side(stages[0])) for stage in stages]
    return torch.stack(errors).mean(dim=0) if errors else box.new_zeros(box.shape[0])


def _side(first: Elimination) -> int:
    """Search tokens per side: before the first elimination all of them are there."""
    return math.isqrt(first.attention.shape[1])


def _attention_error(stage: Elimination, box: Tensor, side: int) -> Tensor:
    # In the order of the attention.
    ids = torch.cat([stage.kept, stage.removed], dim=1)  # (B, n)
    covered = box_coverage(box, side).gather(1, ids)
    # Where the target's tokens are all gone already, nothing is covered, and the error is 0.
    right = covered / covered.sum(dim=1, keepdim=True).clamp(min=1e-6)
    attended = stage.attention.float()  # 16 bits under autocast would be too coarse for shares
    given = attended / attended.sum(dim=1, keepdim=True).clamp(min=1e-12)
    # Clamped: one token without attention must not outweigh all the others.
    return -(right * given.clamp(min=1e-8).log()).sum(dim=1)
