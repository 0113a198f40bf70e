"""`convert --half` and `convert --loop`: what a file keeps of the one it was made from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.cli.entry import BAD_INPUT, run
from tests.as_trained import as_trained
from tests.unit.tracker_core.checkpoints.files import small_model
from tracker_core.checkpoints.opening import open_checkpoint, save_checkpoint, weights_digest


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    path = tmp_path / "trained.safetensors"
    save_checkpoint(as_trained(small_model()), path, {"recipe_sha256": "ab", "commit": "c0ffee"})
    return path


def about(path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    capsys.readouterr()
    assert run(["info", str(path), "--json"]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_a_smaller_file_with_another_loop_says_whose_it_is(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parent, once, out = (
        open_checkpoint(trained),
        trained.with_name("once.safetensors"),
        trained.with_name("ship.safetensors"),
    )
    chosen = "lost_search = [0.2, 0.6, 8.0]"
    assert run(["convert", str(trained), str(once), "--loop", chosen]) == 0
    assert run(["convert", str(once), str(out), "--half", "--loop", "size_rate = 0.25"]) == 0
    # Of this small network the header is a third.
    assert out.stat().st_size < 0.7 * trained.stat().st_size
    # The loop alone leaves the weights as they were, to the bit.
    first = open_checkpoint(once)
    assert weights_digest(first.model) == weights_digest(parent.model)
    assert first.provenance["converted_from_sha256"] == parent.weights_sha256
    said = about(out, capsys)
    configuration, provenance = said["configuration"], said["provenance"]
    assert isinstance(configuration, dict)
    assert isinstance(provenance, dict)
    wanted = {**json.loads(parent.model.config.to_json()), "lost_search": [0.2, 0.6, 8.0]}
    assert configuration == {**wanted, "size_rate": 0.25}
    assert provenance["loop_set"] == (
        "lost_search = [0.2, 0.6, 8.0] instead of []; then size_rate = 0.25 instead of 1.0"
    )
    # What the parent said of its training stays, and whose child it is comes to it.
    assert (provenance["recipe_sha256"], provenance["commit"]) == ("ab", "c0ffee")
    assert provenance["converted_from"] == "once.safetensors"
    assert provenance["converted_from_sha256"] == first.weights_sha256
    assert "Weights are stored as float16 and used as float32." in str(said["notes"])


def test_a_loop_that_is_there_already_is_no_change(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = trained.with_name("same.safetensors")
    assert run(["convert", str(trained), str(out), "--loop", "size_rate = 1.0"]) == 0
    assert "that already" in capsys.readouterr().err
    assert "loop_set" not in open_checkpoint(out).provenance


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--loop", "size_rate 0.2"], "fields as a recipe has them"),
        (["--loop", "depth = 3"], "'depth' is none of these"),
        (["--loop", "size_rate = 2"], "size_rate"),
        (["--loop", "size_gate_by = 'overlap', size_gate = [0.1, 0.2]"], "overlap head"),
        (["--loop", "size_rate = 0.2", "--onnx"], "--loop and --onnx exclude each other"),
        (["--loop", "size_rate = 0.2", "--released"], "--loop and --released exclude"),
    ],
)
def test_what_is_no_loop_is_one_sentence_and_no_file(
    trained: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = trained.with_name("other.safetensors")
    assert run(["convert", str(trained), str(out), *words]) == BAD_INPUT
    shown = capsys.readouterr()
    assert said in shown.err
    assert shown.err.count("\n") == 1
    assert not out.exists()
