"""Weights that were not trained to track: whatever file they are in, and whoever would track."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from app.cli.entry import run
from app.state.demo_clip import demo_sequence
from tests.as_trained import as_trained
from tests.unit.tracker_core.checkpoints.files import SMALL, released, small_model
from tracker_core.checkpoints import release_file
from tracker_core.checkpoints.opening import open_checkpoint, save_checkpoint
from tracker_core.errors import CKDError, UntrainedError
from tracker_core.trackers import open_tracker, tracker_source

FRESH = "its head was never trained"
ONE_CAMERA = "its head was trained on one camera alone"
HEADLESS = "it has no head of its own, so its head is random"


def fresh(folder: Path, *, half: bool = False) -> Path:
    path = folder / "fresh.safetensors"
    save_checkpoint(small_model(), path, {}, half=half)
    return path


def released_file(folder: Path) -> Path:
    path = folder / "fresh.pth.tar"
    torch.save({"net": released(small_model().state_dict())}, path)
    return path


def initialisation(folder: Path, *, head: bool) -> Path:
    """As OSTrack writes them: the head of a network that was trained on RGB."""
    names = released(as_trained(small_model()).state_dict())
    state = {
        name.replace("rgb_branch.", "backbone."): value
        for name, value in names.items()
        if name.startswith("rgb_branch.")
    }
    if head:
        width = SMALL.embed_dim
        state |= {
            name: value[:, :width] if name.startswith("box_head.conv1") and "0.w" in name else value
            for name, value in names.items()
            if name.startswith("box_head.")
        }
    path = folder / f"start-{head}.pth.tar"
    torch.save({"net": state}, path)
    return path


def converted(source: Path, *words: str, suffix: str = ".safetensors") -> Path:
    out = source.with_name(f"{source.name.partition('.')[0]}-again{suffix}")
    assert run(["convert", *words, str(source), str(out)]) == 0
    return out


def spoiled_average(folder: Path) -> Path:
    good, out = folder / "good.safetensors", folder / "mean.safetensors"
    save_checkpoint(as_trained(small_model(3)), good, {})
    assert run(["average", str(good), str(fresh(folder)), "--out", str(out)]) == 0
    return out


KINDS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "ours": (fresh, FRESH),
    "in half": (lambda at: fresh(at, half=True), FRESH),
    "released": (released_file, FRESH),
    "start without head": (lambda at: initialisation(at, head=False), HEADLESS),
    "start with a head": (lambda at: initialisation(at, head=True), ONE_CAMERA),
    "converted": (lambda at: converted(initialisation(at, head=False), "--half"), HEADLESS),
    "converted twice": (lambda at: converted(converted(initialisation(at, head=True))), ONE_CAMERA),
    "converted to a released file": (
        lambda at: converted(initialisation(at, head=True), "--released", suffix=".pth.tar"),
        ONE_CAMERA,
    ),
    "average with one": (spoiled_average, FRESH),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_refused_until_it_is_allowed(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What files of the field do not say is taken from the paper.
    monkeypatch.setattr(release_file, "preset", lambda _name: open_checkpoint(path).model.config)
    path = initialisation(tmp_path, head=True)
    make, why = KINDS[kind]
    path = make(tmp_path)
    for opened in (tracker_source, open_tracker):
        with pytest.raises(UntrainedError, match=why) as caught:
            opened("ckd", model=str(path), device="cpu")
        assert str(caught.value) == f"{path.name} is not trained to track: {why}; train it first."
    source = tracker_source("ckd", model=str(path), device="cpu", untrained=True)
    assert source.settings["head"] == "untrained"
    assert f"{path.name} is not trained to track ({why}): its boxes mean nothing." == (
        source.info.note
    )
    assert source.make() is not None


def test_a_trained_one_is_nobodys_question(tmp_path: Path) -> None:
    path = tmp_path / "trained.safetensors"
    save_checkpoint(as_trained(small_model()), path, {})
    for model in (str(path), "tiny"):
        for allowed in (False, True):
            source = tracker_source("ckd", model=model, device="cpu", untrained=allowed)
            assert "head" not in source.settings
            assert source.info.note == ""
    with pytest.raises(CKDError, match="Only the tracker ckd has untrained weights"):
        tracker_source("still", untrained=True)


def test_commands_refuse_it_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out, results = fresh(tmp_path), tmp_path / "out.txt", tmp_path / "results"
    ours = ["--model", str(path), "--device", "cpu"]
    track = ["track", str(demo_sequence()), "--out", str(out), "--end", "3", *ours]
    commands = (track, ["run", str(demo_sequence()), "--out", str(results), *ours])
    for words in commands:
        assert run(words) == 2
        assert capsys.readouterr().err.splitlines()[-1] == (
            f"ckd-studio: fresh.safetensors is not trained to track: {FRESH}; train it first, or "
            "track with it all the same: --untrained."
        )
    assert not out.exists()
    assert not results.exists()
    assert run([*track, "--untrained"]) == 0
    assert "its boxes mean nothing" in capsys.readouterr().err
    assert len(out.read_text().splitlines()) == 4
    assert run(["info", "--json", str(path)]) == 0
    assert json.loads(capsys.readouterr().out)["untrained"] == FRESH
    converted(path)
    assert "This network is not trained to track" in capsys.readouterr().err
