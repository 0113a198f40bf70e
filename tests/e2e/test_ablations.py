"""The comparison of trainings without one part of CKD each, from training to the figures."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest

from benchmarks.ablations import measuring
from benchmarks.ablations.__main__ import main
from benchmarks.ablations.legs import VARIANTS, Plan, train
from tests.as_trained import as_trained
from tests.pictures import write_pictures
from tests.recipes import SMALL_NETWORK
from tracker_core.checkpoints.opening import open_checkpoint, save_checkpoint
from tracker_core.ckd.model.ckd import CKD
from tracker_core.training.data.material import CLIP_CONDITIONS
from tracker_core.training.recipe import load_recipe
from tracker_core.training.run_files import WEIGHTS

RECIPE = f"""
folder = "unused"

{SMALL_NETWORK}
[data]
photos = ["pictures/photos"]
objects = ["pictures/objects"]
cache = "cache"

[train]
batch_size = 4
workers = 0
validation_pairs = 4
device = "cpu"
coupled = true
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """A recipe beside its pictures."""
    write_pictures(tmp_path / "pictures")
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE)
    return path


@pytest.mark.slow
def test_one_command_trains_measures_and_draws_and_does_nothing_twice(
    recipe: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runs, start = tmp_path / "runs", tmp_path / "start.safetensors"
    save_checkpoint(as_trained(CKD(load_recipe(recipe).model)), start, {})
    words = ["run", str(runs), "--recipe", str(recipe), "--start-from", str(start)]
    words += ["--leg-pairs", "8", "--seeds", "1"]
    words += ["--clips", "1", "--frames", "10", "--pairs", "4"]
    assert main(words) == 0
    assert {path.name for path in runs.iterdir() if path.is_dir()} == {
        f"{variant.name}-0" for variant in VARIANTS
    }
    learned = {variant.name: losses(runs / f"{variant.name}-0") for variant in VARIANTS}
    assert "style" in learned["full"]
    assert "style" not in learned["plain"]
    totals = [found["total"] for found in learned.values()]
    assert len(set(totals)) == len(totals), "two variants are trained the same way"
    said = open_checkpoint(runs / "no-style-0" / WEIGHTS).provenance
    assert said["recipe_content"] == RECIPE
    assert said["given"] == "ablation without style loss 8 pairs seed 0"
    assert said["parent_weights"] == "start.safetensors"
    assert said["pairs"] == "8"
    assert {"recipe_sha256", "data_sha256", "commit", "seed"} <= set(said)

    table = (runs / "ablations.md").read_text()
    assert table in capsys.readouterr().out
    for label in ("before", *(variant.label for variant in VARIANTS)):
        assert table.count(f"| {label} |") == 3, "tracking, conditions and gaps"
    with (runs / "ablations.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["trained"] for row in rows] == ["before", *(each.label for each in VARIANTS)]
    for row in rows:
        assert all(math.isfinite(float(row[f"sr_{name}"])) for name in CLIP_CONDITIONS)
        assert float(row["style_0"]) > 0
    assert {path.name for path in runs.glob("*.png")} == {
        "ablation-gap.png",
        "ablation-conditions.png",
    }

    weights = {path: path.read_bytes() for path in runs.glob(f"*/{WEIGHTS}")}
    for name in ("score_clip", "match_templates", "modality_gaps", "removals"):
        monkeypatch.setattr(measuring, name, None)
    # As a kill leaves it.
    with (runs / measuring.KEPT).open("a") as file:
        file.write('{"key": "ha')
    assert main(words) == 0
    assert (runs / "ablations.md").read_text() == table
    assert {path: path.read_bytes() for path in weights} == weights

    words[words.index("8")] = "12"
    assert main(words) == 2
    assert "name another folder" in capsys.readouterr().err


@pytest.mark.slow
def test_a_stopped_training_is_gone_on_with(recipe: Path, tmp_path: Path) -> None:
    asked = iter([False, True])
    plan = Plan(str(recipe), load_recipe(recipe), None, pairs=12, seeds=1)
    assert not train(plan, tmp_path / "runs", lambda: next(asked))
    assert not (tmp_path / "runs" / "full-0" / WEIGHTS).exists()
    # One step was left of it, and the next training has three.
    asked = iter([False, False, True])
    assert not train(plan, tmp_path / "runs", lambda: next(asked))
    done = open_checkpoint(tmp_path / "runs" / "full-0" / WEIGHTS)
    assert done.provenance["steps"] == "3"


def test_nothing_trained_is_one_sentence(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(tmp_path / "runs"), "--recipe", str(recipe)]) == 2
    assert capsys.readouterr().err.endswith("run the train command first.\n")


def losses(run: Path) -> dict[str, float]:
    """The last row of a run's curves."""
    with (run / "curves.csv").open(newline="") as file:
        return {
            name: float(value) for name, value in list(csv.DictReader(file))[-1].items() if value
        }
