"""`ckd-studio train` as it is typed: what it says about going on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer

from app.cli.train import Wanted, _prepare, resume_command, train
from tests.unit.tracker_core.training.miniature import MODEL, TRAIN
from tracker_core.training.loop import Trainer
from tracker_core.training.task import LossWeights


@pytest.mark.parametrize(
    ("sequences", "device", "threads", "options"),
    [
        (None, None, None, ""),
        ([Path("my clips"), Path("b")], None, None, "--sequences 'my clips' --sequences b "),
        (None, "cuda:1", 2, "--device cuda:1 --threads 2 "),
    ],
)
def test_what_was_typed_is_named_again(
    sequences: list[Path] | None, device: str | None, threads: int | None, options: str
) -> None:
    said = resume_command("tiny", sequences, device, threads)
    assert said == f"ckd-studio train tiny {options}--resume"


def test_the_test_set_is_named_again_and_every_is_for_it() -> None:
    wanted = Wanted(Path("my test"), 500, 2, swap=True, tensorboard=True, frame_cache=2.5)
    said = resume_command("tiny", None, None, None, wanted)
    assert said == (
        "ckd-studio train tiny --tir-offset 2 --evaluate 'my test' --every 500 --frame-cache 2.5 "
        "--tensorboard --swap --resume"
    )
    with pytest.raises(typer.BadParameter, match="--evaluate"):
        train("tiny", every=5)


@pytest.mark.parametrize(
    ("network", "spoken"),
    [({"stem": "patch", "stem_channels": (), "matching_channels": 0, "map_scale": 1}, True),
     ({}, False)],
)  # fmt: skip
def test_a_plain_vit_from_random_weights_is_said_before_it_starts(
    network: dict[str, Any], spoken: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = replace(MODEL, **network)
    run = Trainer(model, TRAIN, LossWeights(), tmp_path / "run")
    _prepare(run, resume=False)
    assert ("starts from random weights" in capsys.readouterr().err) == spoken
    run.export(tmp_path / "some.safetensors", {}, half=False)
    config = replace(TRAIN, start_from=str(tmp_path / "some.safetensors"))
    _prepare(Trainer(model, config, LossWeights(), tmp_path / "run"), resume=False)
    assert "random" not in capsys.readouterr().err
