"""How hard each loss pulls at the students: what a loss weighs, its value alone does not say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

import torch
from torch import Tensor, nn

from tracker_core.training.distributed import ranks, total
from tracker_core.training.stages import Task
from tracker_core.training.task import LossWeights, is_frozen

PREFIX = "gradient_"
"""Before the name of a loss, in curves and reports."""
TRACKING = ("focal", "giou", "l1", "ranking", "log_size")
"""The losses whose gradients are also taken together, as `gradient_tracking`."""


def loss_weights(weights: LossWeights) -> dict[str, float]:
    """What each loss counts, by its name in a task's losses."""
    numbers = [field.name for field in fields(weights) if type(field.default) is float]
    # A share of two of the losses, and no loss of its own.
    return {name: getattr(weights, name) for name in numbers if name != "true_cell"}


def counted(losses: Mapping[str, float], weights: LossWeights) -> dict[str, float]:
    """The losses without those that count nothing: nobody is to wonder why these do not fall."""
    given = loss_weights(weights)
    return {name: value for name, value in losses.items() if given.get(name, 1.0)}


def pulled(task: Task) -> list[nn.Parameter]:
    """Whose gradients are compared: both backbones of the students, else all that learns."""
    branches: list[nn.Module] = [
        branch for branch in (task.model.rgb, task.model.tir) if not is_frozen(branch)
    ]
    # By id: branches that share their weights have the same parameters.
    chosen = {id(each): each for branch in branches or [task.model] for each in branch.parameters()}
    return [each for each in chosen.values() if each.requires_grad]


def gradient_norms(
    losses: Mapping[str, Tensor],
    weights: LossWeights,
    parameters: list[nn.Parameter],
    scaler: torch.amp.GradScaler,
) -> dict[str, float]:
    """Norm of each weighted loss's gradient, over all ranks together; graphs stay as they are.

    Named `gradient_` and the loss, with `gradient_tracking` for all tracking losses together.
    Every rank has to call it at the same step. What fp16 cannot hold is no number here either.
    """
    # Gradients of half precision are scaled as those of the step are, else small ones are lost.
    scale = scaler.get_scale() if scaler.is_enabled() else 1.0
    norms: dict[str, Tensor] = {}
    tracking: list[Tensor] | None = None
    for name, weight in loss_weights(weights).items():
        if not weight or name not in losses or not losses[name].requires_grad:
            continue
        found = _gradient(losses[name] * (weight * scale), parameters)
        norms[name] = _norm(found) / scale
        if name in TRACKING:
            tracking = _added(tracking, found)
    if tracking is not None:
        norms = {"tracking": _norm(tracking) / scale, **norms}
    return {f"{PREFIX}{name}": float(norm) for name, norm in norms.items()}


def _gradient(loss: Tensor, parameters: list[nn.Parameter]) -> list[Tensor]:
    # Not backward: the gradients of the step itself must not hold any of it.
    own = torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True)
    filled = [
        torch.zeros_like(parameter) if gradient is None else gradient
        for parameter, gradient in zip(parameters, own, strict=True)
    ]
    # The losses of ranks are shares of a sum, and so are their gradients.
    return filled if ranks().count == 1 else [total(gradient) for gradient in filled]


def _added(so_far: list[Tensor] | None, more: list[Tensor]) -> list[Tensor]:
    if so_far is None:
        return more
    for mine, other in zip(so_far, more, strict=True):
        mine.add_(other)  # in place: of a large network each copy counts
    return so_far


def _norm(gradients: list[Tensor]) -> Tensor:
    norms = torch.stack([torch.linalg.vector_norm(each.float()) for each in gradients])
    whole: Tensor = torch.linalg.vector_norm(norms)
    return whole
