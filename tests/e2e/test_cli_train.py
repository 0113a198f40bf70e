"""Training as a person types it: start, be refused to start over, resume, track with the result."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tracker_core.imaging import write_image

Run = Callable[..., "subprocess.CompletedProcess[str]"]

RECIPE = """
folder = "run"

[model]
embed_dim = 16
depth = 2
num_heads = 2
elimination_blocks = [1]
keep_ratios = [0.7]
head_channels = 8
stem_channels = [4, 4, 8]
matching_channels = 4

[data]
cache = "cache"
photos = ["photos"]

[train]
steps = STEPS
batch_size = 2
warmup_steps = 1
workers = 0
checkpoint_steps = 2
validate_steps = 4
validation_pairs = 2
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    (tmp_path / "photos").mkdir()
    for number in range(24):  # names that differ by more than a number fall on both sides
        small = rng.integers(0, 255, (12, 16, 3), np.uint8)
        write_image(
            tmp_path / "photos" / f"{chr(97 + number) * 3}.png",
            np.kron(small, np.ones((40, 40, 1), np.uint8)),
        )
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE.replace("STEPS", "4"))
    return path


@pytest.mark.slow
def test_train_resume_and_track(ckd_studio: Run, recipe: Path, clip: Path, tmp_path: Path) -> None:
    done = ckd_studio("train", recipe, "--threads", 1)
    assert done.returncode == 0, done.stderr
    weights = tmp_path / "run" / "weights.safetensors"
    assert done.stdout.startswith(f"{weights}: 4 steps, held-out IoU 0.")

    again = ckd_studio("train", recipe)
    assert again.returncode == 2
    assert "--resume" in again.stderr

    recipe.write_text(RECIPE.replace("STEPS", "6"))
    done = ckd_studio("train", recipe, "--resume")
    assert done.returncode == 0, done.stderr
    assert "Going on at step 4." in done.stderr
    assert ": 6 steps" in done.stdout

    result = tmp_path / "result.txt"
    done = ckd_studio("track", clip, "--model", weights, "--out", result)
    assert done.returncode == 0, done.stderr
    assert np.loadtxt(result, delimiter=",").shape == (8, 4)


def test_train_without_pictures_is_one_sentence(ckd_studio: Run, recipe: Path) -> None:
    recipe.write_text(RECIPE.replace("STEPS", "4").replace('"photos"', '"nowhere"'))
    done = ckd_studio("train", recipe)
    assert done.returncode == 2
    assert "nowhere" in done.stderr
    assert done.stderr.count("\n") == 1
