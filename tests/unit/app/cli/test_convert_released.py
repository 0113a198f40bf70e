"""`convert --released`: of a run with its teachers, of weights without, and of nothing else."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest
import torch

from app.cli.entry import run
from tests.unit.tracker_core.training.miniature import TRAIN
from tracker_core.checkpoints import release_file
from tracker_core.checkpoints.opening import open_checkpoint, weights_digest
from tracker_core.ckd.config import ModelConfig
from tracker_core.training.loop import Trainer
from tracker_core.training.run_files import WEIGHTS
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


def test_a_run_and_its_weights_are_written_as_the_release_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(release_file, "preset", lambda _name: SMALL)
    trained = Trainer(SMALL, replace(TRAIN, coupled=True), LossWeights(), tmp_path / "run")
    trained.save()
    trained.export(tmp_path / "run" / WEIGHTS, {}, half=False)
    for source, teachers in ((tmp_path / "run", True), (tmp_path / "run" / WEIGHTS, False)):
        out = tmp_path / f"{teachers}.pth.tar"
        assert run(["convert", "--released", str(source), str(out)]) == 0
        said = capsys.readouterr()
        assert ("with teachers" in said.out + said.err) == teachers
        opened = open_checkpoint(out)
        assert opened.kind == "released CKD"
        assert weights_digest(opened.model) == weights_digest(trained.average)
        net = torch.load(out, weights_only=True)["net"]
        assert ("box_head_i.conv5_ctr.bias" in net) == teachers


def test_what_has_no_released_form_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundled = resources.files("resources").joinpath("weights", "tiny.safetensors")
    for source, out, words, sentence in (
        (bundled, "a.pth.tar", [], "Only the paper's configuration has a released form"),
        (bundled, "a.safetensors", [], "must end in .pth.tar"),
        (bundled, "a.pth.tar", ["--half"], "exclude each other"),
        (tmp_path, "a.pth.tar", [], "last.pt"),
    ):
        given = ["convert", "--released", *words, str(source), str(tmp_path / out)]
        assert run(given) == 2
        said = capsys.readouterr().err
        assert sentence in said
        assert said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
