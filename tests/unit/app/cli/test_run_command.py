"""`ckd-studio run` as it is typed, with a real and very small model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from app.cli import entry as cli
from app.cli.run import SOME_FAILED
from tests.as_trained import as_trained
from tests.unit.tracker_core.tracking.pretended_trackers import FRAMES, write_dataset
from tracker_core.checkpoints.opening import save_checkpoint
from tracker_core.ckd.config import preset
from tracker_core.ckd.model.ckd import CKD
from tracker_core.evaluation.result_files import read_result


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "small.safetensors"
    config = replace(preset("tiny"), depth=4, elimination_blocks=(1,), keep_ratios=(0.7,))
    save_checkpoint(as_trained(CKD(config)), path, {})
    return path


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "data", 2)


def run(dataset: Path, out: Path, model: Path, *more: str) -> int:
    typed = ["run", str(dataset), "--out", str(out), "--model", str(model), "--device", "cpu"]
    return cli.run([*typed, *more])


def test_a_run_can_be_repeated_and_then_does_nothing(
    dataset: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(dataset, out, model) == 0
    assert "2 sequences, 10 frames" in capsys.readouterr().out
    for number in range(2):
        boxes = read_result(out / f"s{number}.txt").boxes
        assert len(boxes) == FRAMES
        assert boxes[0].tolist() == [number * 10, 2, 8, 8]
    assert run(dataset, out, model) == 0
    assert "0 sequences, 0 frames, 2 finished before" in capsys.readouterr().out


@pytest.mark.slow
def test_processes_give_the_same_boxes(dataset: Path, model: Path, tmp_path: Path) -> None:
    assert run(dataset, tmp_path / "one", model) == 0
    assert run(dataset, tmp_path / "two", model, "--jobs", "2", "--form", "tabs") == 0
    for number in range(2):
        one = read_result(tmp_path / "one" / f"s{number}.txt").boxes
        two = read_result(tmp_path / "two" / f"s{number}.txt").boxes
        assert one == pytest.approx(two, abs=1e-3)


def test_settings_name_the_weights_and_other_weights_are_refused(
    dataset: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(dataset, out, model, "--prefix", "CKD") == 0
    assert (out / "CKD_s0.txt").exists()
    settings = json.loads((out / "run.json").read_text())["settings"]
    assert settings["model"] == "small.safetensors"
    assert len(settings["weights_sha256"]) == 64
    assert run(dataset, out, Path("tiny"), "--prefix", "CKD") == cli.BAD_INPUT
    assert "other settings (model small.safetensors there and tiny now" in capsys.readouterr().err


def test_failed_sequences_are_named_and_the_exit_code_says_so(
    dataset: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("visible", "infrared", "init"):
        (dataset / "s1" / f"{name}.txt").unlink()
    assert run(dataset, tmp_path / "out", model) == SOME_FAILED
    said = capsys.readouterr().err
    assert "s1: s1 has no ground truth box" in said
    assert "1 sequence without a result" in said


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--form", "xml"), "commas, tabs, spaces, corners"),
        (("--jobs", "2", "--scheduler", "tcp://x:1"), "give one"),
        (("--model", "nowhere.safetensors"), "nowhere.safetensors"),
        (("--device", "abacus"), "abacus"),
        (("--prefix", "../evil"), "give a plain name"),
        (("--prefix", "a/b"), "give a plain name"),
        (("--zip=",), "An argument is empty"),
    ],
)
def test_wrong_options_are_one_sentence(
    more: tuple[str, ...],
    said: str,
    dataset: Path,
    model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(dataset, tmp_path / "out", model, *more) == cli.BAD_INPUT
    complaint = capsys.readouterr().err
    assert said in complaint
    assert complaint.count("\n") == 1


def test_a_path_that_is_no_dataset_is_refused(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path / "nowhere", tmp_path / "out", model) == cli.BAD_INPUT
    assert "nowhere" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def run_with(tracker: str, dataset: Path, out: Path, *more: str) -> int:
    return cli.run(["run", str(dataset), "--out", str(out), "--tracker", tracker, *more])


def test_any_tracker_runs_and_another_one_is_refused_in_its_folder(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run_with("still", dataset, out) == 0
    assert read_result(out / "s1.txt").boxes.tolist() == [[10, 2, 8, 8]] * FRAMES
    settings = json.loads((out / "run.json").read_text())["settings"]
    assert settings["tracker"] == "still"
    assert run_with("correlation", dataset, out) == cli.BAD_INPUT
    assert "tracker still there and correlation now" in capsys.readouterr().err


def test_a_folder_from_before_there_were_other_trackers_goes_on(
    dataset: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(dataset, out, model) == 0
    content = json.loads((out / "run.json").read_text())
    del content["settings"]["tracker"]
    (out / "run.json").write_text(json.dumps(content))
    (out / "s1.txt").unlink()
    assert run(dataset, out, model) == 0
    assert "1 sequence, 5 frames" in capsys.readouterr().out.splitlines()[-1]
    assert run_with("still", dataset, out) == cli.BAD_INPUT


@pytest.mark.parametrize(
    ("tracker", "more", "said"),
    [
        ("mill", (), "did you mean mil?"),
        ("mil", ("--model", "tiny"), "A model is for the tracker ckd"),
        ("nanotrack:nowhere", (), "There is no folder nowhere"),
    ],
)
def test_what_is_no_tracker_is_one_sentence(
    tracker: str,
    more: tuple[str, ...],
    said: str,
    dataset: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_with(tracker, dataset, tmp_path / "out", *more) == cli.BAD_INPUT
    complaint = capsys.readouterr().err
    assert said in complaint
    assert complaint.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_complete_run_is_packed_and_its_archive_scored(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, archive = tmp_path / "out", tmp_path / "deep" / "still.zip"
    assert run_with("still", dataset, out, "--zip", str(tmp_path / "x.rar")) == cli.BAD_INPUT
    assert "does not end in .zip" in capsys.readouterr().err
    assert run_with("still", dataset, out, "--zip", str(archive)) == 0
    assert "2 results in" in capsys.readouterr().err
    first = archive.read_bytes()
    assert run_with("still", dataset, out, "--zip", str(archive)) == 0
    assert archive.read_bytes() == first
    capsys.readouterr()
    typed = ["eval", str(archive), "--benchmark", "lasher", "--ground-truth", str(dataset)]
    assert cli.run([*typed, "--json", str(tmp_path / "still.json")]) == 0
    assert "Frames/s" in capsys.readouterr().out
    (found,) = json.loads((tmp_path / "still.json").read_text())["trackers"]
    assert found["tracker"] == "still"
    assert found["metrics"]["PR"] == 1.0
    assert found["frames_per_second"] > 0


def test_no_archive_of_a_run_that_is_not_complete(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("visible", "infrared", "init"):
        (dataset / "s1" / f"{name}.txt").unlink()
    archive = tmp_path / "still.zip"
    assert run_with("still", dataset, tmp_path / "out", "--zip", str(archive)) == SOME_FAILED
    assert "still.zip was not written" in capsys.readouterr().err
    assert not archive.exists()


def test_a_sequence_on_which_a_tracker_fails_is_named_with_the_frame(
    dataset: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "failing_tracker.py").write_text(FAILING)
    monkeypatch.syspath_prepend(tmp_path)
    assert run_with("failing_tracker:Failing", dataset, tmp_path / "out") == SOME_FAILED
    said = capsys.readouterr().err
    assert "s1: The tracker Failing failed on frame 2: ValueError: lost it." in said
    assert (tmp_path / "out" / "s0.txt").exists()


FAILING = """
from tracker_core.trackers import Step

class Failing:
    def start(self, frames, box_xywh):
        return box_xywh, 0

    def step(self, state, frames):
        box, seen = state
        if box[0] == 10 and seen == 1:
            raise ValueError("lost it")
        return (box, seen + 1), Step(box)
"""
