"""What the authors' code is to load has their names and shapes, and their values come back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.parity.reference import DATA
from tracker_core.checkpoints.opening import open_checkpoint, weights_digest
from tracker_core.checkpoints.release_file import released_state, write_released
from tracker_core.ckd.config import ModelConfig, preset
from tracker_core.ckd.model import CKD
from tracker_core.errors import CKDError
from tracker_core.training.coupled import CoupledTask, Masking
from tracker_core.training.task import LossWeights

SMALL = ModelConfig(
    embed_dim=64,
    depth=1,
    num_heads=1,
    elimination_blocks=(),
    keep_ratios=(),
    head_channels=16,
    template_size=32,
    search_size=64,
)


def test_names_and_shapes_are_those_of_the_release() -> None:
    with torch.device("meta"):  # values would take 740 MB
        state = CKD(preset("base")).state_dict()
    found = released_state(state, preset("base"))
    wanted = json.loads((DATA / "ckd_base_state_shapes.json").read_text())
    assert {name: list(value.shape) for name, value in found.items()} == wanted


def test_a_file_comes_back_and_has_the_teachers_of_a_run(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = CKD(SMALL)
    task = CoupledTask(model, LossWeights(), masking=Masking())
    state = dict(model.state_dict())
    state |= {k: v for k, v in task.state_dict().items() if k.startswith("teacher_")}
    net = released_state(state, SMALL, SMALL)
    path = tmp_path / "CKD.pth.tar"
    write_released(path, net, {"recipe": "mine"})
    opened = open_checkpoint(path)
    assert opened.kind == "released CKD"
    assert weights_digest(opened.model) == weights_digest(model)
    head = task.teacher_tir.head.score.output.weight
    assert torch.equal(net["box_head_i.conv5_ctr.weight"], head)
    norm = task.teacher_rgb.branch.norm.weight
    assert torch.equal(net["teacher_rgb.norm.weight"], norm)
    teachers = [name for name in net if name.startswith("teacher_rgb.")]
    students = [name for name in net if name.startswith("rgb_branch.")]
    assert len(teachers) == len(students) - 2  # the two that nobody reads


@pytest.mark.parametrize(
    ("change", "word"),
    [({"depth": 2}, "depth"), ({"share_branches": True}, "share_branches")],
)
def test_any_other_configuration_is_one_sentence(change: dict[str, int], word: str) -> None:
    with pytest.raises(CKDError, match=f"Only the paper's configuration .*{word}"):
        released_state({}, replace(SMALL, **change), SMALL)  # type: ignore[arg-type]
    assert released_state({}, replace(SMALL, keep_ratios=(), size_rate=0.5), SMALL)
