"""Averages of checkpoints are means of weights, of one network only."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from app.cli.entry import run
from tests.unit.tracker_core.training.miniature import MODEL
from tracker_core.checkpoints.averaging import average_checkpoints
from tracker_core.checkpoints.opening import open_checkpoint, save_checkpoint
from tracker_core.ckd.model import CKD
from tracker_core.errors import CKDError


def written(folder: Path, number: int, **changes: int) -> Path:
    torch.manual_seed(number)
    model = CKD(replace(MODEL, **changes))  # type: ignore[arg-type]
    for name, buffer in model.named_buffers():
        if name.endswith("num_batches_tracked"):
            buffer.fill_(number)
    path = folder / f"epoch-{number:04d}.safetensors"
    save_checkpoint(model, path, {"recipe": "mine"})
    return path


def test_weights_are_means_and_the_file_says_of_what(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [written(tmp_path, number) for number in (1, 2, 6)]
    out = tmp_path / "mean.safetensors"
    assert run(["average", *map(str, paths), "--out", str(out)]) == 0
    assert "average of 3 checkpoints" in "".join(capsys.readouterr())
    opened = open_checkpoint(out)
    parts = [open_checkpoint(path) for path in paths]
    for name, value in opened.model.state_dict().items():
        each = torch.stack([part.model.state_dict()[name].double() for part in parts])
        torch.testing.assert_close(value.double(), each.mean(dim=0), rtol=1e-6, atol=1e-7)
    assert opened.model.state_dict()["head.score.layers.0.norm.num_batches_tracked"] == 3
    assert opened.provenance["recipe"] == "mine"
    assert all(part.weights_sha256 in opened.provenance["averaged_from"] for part in parts)


def test_one_or_others_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, other = written(tmp_path, 1), written(tmp_path, 2, head_channels=16)
    with pytest.raises(CKDError, match="at least two"):
        average_checkpoints([first])
    with pytest.raises(CKDError, match="another configuration"):
        average_checkpoints([first, other])
    with pytest.raises(CKDError, match="name each checkpoint once"):
        average_checkpoints([first, first])
    out = tmp_path / "mean.safetensors"
    assert run(["average", str(first), str(first), "--out", str(first)]) == 2
    assert run(["average", str(first), str(other), "--out", str(out)]) == 2
    assert capsys.readouterr().err.count("\n") == 2
    assert not out.exists()
