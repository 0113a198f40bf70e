"""How a teacher starts: as the student of its modality, with that one's part of the fused head."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from tracker_core.ckd.model.ckd import CKD
from tracker_core.ckd.model.refinement import Refinement
from tracker_core.ckd.model.teacher import Teacher

_NAMES = ("rgb", "tir")


def start_as_student(teacher: Teacher, model: CKD, modality: int) -> None:
    """Copy the weights of a modality (0 RGB, 1 thermal) into its teacher.

    Where the fused head came from a pretrained head of one modality, repeated on its channels, the
    teacher's is that very head.
    """
    student = (model.rgb, model.tir)[modality]
    teacher.branch.load_state_dict(student.state_dict())
    _copy(teacher.head, model.head.state_dict(), modality)
    if teacher.refine is not None and model.refine is not None:
        _copy(teacher.refine, _own_refinement(model.refine, modality), modality)


def _copy(into: nn.Module, fused: Mapping[str, Tensor], modality: int) -> None:
    own = into.state_dict()
    into.load_state_dict({name: _part(fused[name], own[name], modality) for name in own})


def _part(fused: Tensor, own: Tensor, modality: int) -> Tensor:
    """What of a fused weight is for one modality: RGB channels come first, then thermal ones."""
    for axis, size in enumerate(own.shape):
        if fused.shape[axis] == 2 * size:
            fused = fused.narrow(axis, modality * size, size)
    return fused


def _own_refinement(refine: Refinement, modality: int) -> dict[str, Tensor]:
    """A refinement's weights under the names that one of a single modality has."""
    state = refine.state_dict()
    found = {name: value for name, value in state.items() if not name.startswith("matching.")}
    prefix = f"matching.{_NAMES[modality]}."
    for name, value in state.items():
        if name.startswith(prefix):
            found[f"matching.own.{name.removeprefix(prefix)}"] = value
    # It reads the joined features first, which both share, and then the matches of each modality.
    mixed = found["mix.conv.weight"]
    shared, half = refine.out_channels, (mixed.shape[1] - refine.out_channels) // 2
    own = mixed.narrow(1, shared + modality * half, half)
    found["mix.conv.weight"] = torch.cat([mixed[:, :shared], own], dim=1)
    return found
