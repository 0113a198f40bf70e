"""Both stages of training on sequences, as a person types them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from tests.recipes import SMALL_NETWORK
from tracker_core.checkpoints.opening import load_model
from tracker_core.ckd.tracker import CKDTracker
from tracker_core.sequences import open_sequence
from tracker_core.synthetic.sequence import write_sequence

Run = Callable[..., "subprocess.CompletedProcess[str]"]

RECIPE = f"""
folder = "FOLDER"

{SMALL_NETWORK}
[data]
sequences = ["mini-lasher"]
held_out = ["walk-c"]

[data.sequence_pairs]
night = 0.2
crossover = 0.2

[train]
steps = 4
batch_size = 2
warmup_steps = 1
workers = WORKERS
checkpoint_steps = 2
validate_steps = 4
validation_pairs = 2
validation_clips = 1
validation_frames = 4
"""
FIRST = RECIPE.replace("FOLDER", "one").replace("WORKERS", "1") + "coupled = true\n"
SECOND = RECIPE.replace("FOLDER", "two").replace("WORKERS", "0") + 'stage = 2\nstart_from = "one"\n'


@pytest.mark.slow
def test_both_stages_on_sequences(ckd_studio: Run, tmp_path: Path) -> None:
    dataset = tmp_path / "mini-lasher"
    for seed, name in enumerate(("walk-a", "walk-b", "walk-c")):
        write_sequence(dataset / name, 6, seed, (160, 120))
    (dataset / "walk-b" / "visible" / "v003.jpg").write_bytes(b"\xff\xd8 cut")
    weights = {}
    for name, recipe in (("one", FIRST), ("two", SECOND)):
        path = tmp_path / f"{name}.toml"
        path.write_text(recipe)
        beside = ("--frame-cache", "0.01", "--tensorboard") if name == "one" else ()
        done = ckd_studio("train", path, "--threads", 1, *beside)
        assert done.returncode == 0, done.stderr
        weights[name] = tmp_path / name / "weights.safetensors"
        assert done.stdout.startswith(f"{weights[name]}: 4 steps, held-out IoU 0.")
        assert "SR in closed loop 0." in done.stdout

    # Of two sequences of six frames, of which one cannot be read; a worker kept what it decoded.
    kept = list((tmp_path / "one" / "pictures" / "frames").glob("*/*.frame"))
    assert 0 < len(kept) <= 11
    assert len(list((tmp_path / "one" / "tensorboard").iterdir())) == 1
    assert not (tmp_path / "two" / "tensorboard").exists()

    first, second = load_file(weights["one"]), load_file(weights["two"])
    changed = {key for key in first if not np.array_equal(first[key], second[key])}
    assert changed
    assert all(key.startswith(("head.", "refine.")) for key in changed), changed

    tracker = CKDTracker(load_model(weights["two"]), "cpu")
    with open_sequence(dataset / "walk-c") as sequence:
        state = tracker.start(sequence.frame(0).pair(), (60.0, 40.0, 20.0, 30.0))
        _, seen = tracker.step(state, sequence.frame(1).pair())
    assert len(seen.elimination) == 1


def test_the_papers_recipe_asks_for_its_sequences(ckd_studio: Run, tmp_path: Path) -> None:
    done = ckd_studio("train", "base-lasher")
    assert done.returncode == 2
    assert "--sequences FOLDER" in done.stderr
    done = ckd_studio("train", "base-lasher", "--sequences", tmp_path / "LasHeR")
    assert done.returncode == 2
    assert str(tmp_path / "LasHeR") in done.stderr.replace("\n", "")
