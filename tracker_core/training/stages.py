"""What learns in which stage, and the weights that a stage starts from (paper section 4.1)."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import nn

from safe_files import reason
from tracker_core.checkpoints.opening import load_checkpoint
from tracker_core.checkpoints.released_names import load_own_state
from tracker_core.ckd.config import ModelConfig
from tracker_core.ckd.model.ckd import CKD
from tracker_core.errors import CKDError
from tracker_core.training.coupled import CoupledTask, Masking
from tracker_core.training.run_files import BEST, LAST, WEIGHTS, read_state, whole_state
from tracker_core.training.task import LossWeights, TrackingTask
from tracker_core.training.teacher_start import start_as_student
from tracker_core.training.train_config import TrainConfig

Task = TrackingTask | CoupledTask

_ADDED = ("overlap.", "refine.scales.")
"""What of a network may be missing in the weights that a run starts from."""


def make_task(model: CKD, config: TrainConfig, weights: LossWeights) -> Task:
    """Build the task that the configuration asks for; in stage 2 the branches are frozen."""
    if config.stage == 2:
        for branch in (model.rgb, model.tir):
            branch.requires_grad_(requires_grad=False)
    if not config.coupled:
        return TrackingTask(model, weights, drop_path=config.drop_path, seed=config.seed + 1)
    return CoupledTask(
        model,
        weights,
        masking=Masking(
            config.mask_ratio,
            config.mask_probability,
            config.mask_by_token,
            config.mask_by_sample,
        ),
        drop_path=config.drop_path,
        seed=config.seed,
    )


def load_start(task: Task, source: Path) -> dict[str, str]:
    """Start from the weights of a checkpoint or of another run's folder; teachers do so, too.

    A teacher's head starts as its modality's part of the fused one. Of a run's folder the best
    weights are taken, else its last ones. Gives the name and hash of the file that was read.
    CKDError when there are none or they do not fit the model.
    """
    model = task.model
    if source.is_dir():
        read = _load_from_run(model, source)
    else:
        read = source
        loaded = load_checkpoint(source, **_shape(model.config))
        _load(model, loaded.state_dict(), source)
    if isinstance(task, CoupledTask):
        for modality, teacher in enumerate((task.teacher_rgb, task.teacher_tir)):
            start_as_student(teacher, model, modality)
    return parent_facts(read)


def parent_facts(path: Path) -> dict[str, str]:
    """Which weights a run starts from."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:  # read a moment ago
        raise CKDError(f"{path} cannot be read ({reason(error)}); check the file.") from error
    return {"parent_weights": path.name, "parent_weights_sha256": digest}


def _shape(config: ModelConfig) -> dict[str, Any]:
    # A file says itself which of the parts it has that may be missing; a gate may ask for one.
    own = {"overlap", "matching_scales", "size_gate", "size_gate_by", "lost_search"}
    fields = (field.name for field in dataclasses.fields(config) if field.name not in own)
    return {name: getattr(config, name) for name in fields}


def _load_from_run(model: CKD, folder: Path) -> Path:
    for name in (BEST, WEIGHTS):  # the best first: it is in float32, and validated
        if (folder / name).is_file():
            loaded = load_checkpoint(folder / name, **_shape(model.config))
            _load(model, loaded.state_dict(), folder / name)
            return folder / name
    if not (folder / LAST).is_file():
        raise CKDError(
            f"{folder} holds no run to start from ({BEST}, {WEIGHTS} or {LAST}); "
            "give a checkpoint or the folder of a run."
        )
    with whole_state(folder / LAST):
        _load(model, read_state(folder / LAST)["average"], folder / LAST)
    return folder / LAST


def _load(model: CKD, state: dict[str, torch.Tensor], source: Path) -> None:
    # Weights from before there were these parts go on with what has learned nothing yet.
    fresh = {name: value for name, value in model.state_dict().items() if name.startswith(_ADDED)}
    try:
        load_own_state(model, {**fresh, **state})
    except CKDError as error:
        raise CKDError(f"The training cannot start from {source}: {error}") from error


def parameter_groups(task: Task, config: TrainConfig) -> list[dict[str, Any]]:
    """What learns, in groups for AdamW: decay as the recipe says, branches at their rate.

    Each group says in `share` how its learning rate relates to the schedule's.
    """
    branches = [task.model.rgb, task.model.tir]
    if isinstance(task, CoupledTask):
        branches += [task.teacher_rgb.branch, task.teacher_tir.branch]
    # By id: tensors compare cell by cell.
    inside = {id(parameter) for branch in branches for parameter in branch.parameters()}
    learning = [parameter for parameter in task.parameters() if parameter.requires_grad]
    kinds = (
        ([p for p in learning if id(p) not in inside], 1.0),
        ([p for p in learning if id(p) in inside], config.branch_rate),
    )
    # The order is that of saved states: AdamW's is loaded by position.
    return [group for chosen, share in kinds for group in _by_size(chosen, share, config)]


def _by_size(
    parameters: Iterable[nn.Parameter], share: float, config: TrainConfig
) -> list[dict[str, Any]]:
    given = list(parameters)
    if config.decay_all and given:
        return [{"params": given, "weight_decay": config.weight_decay, "share": share}]
    matrices = [parameter for parameter in given if parameter.ndim > 1]
    # Norms and biases: decay would pull them to zero, where they do not belong.
    vectors = [parameter for parameter in given if parameter.ndim <= 1]
    return [
        {"params": chosen, "weight_decay": decay, "share": share}
        for chosen, decay in ((matrices, config.weight_decay), (vectors, 0.0))
        if chosen
    ]
