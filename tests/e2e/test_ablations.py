"""The comparison of trainings without one part of CKD each, from training to the figures."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest

from benchmarks.ablations import VARIANTS, WEIGHTS, main
from tests.pictures import write_pictures
from tests.recipes import SMALL_NETWORK
from tracker_core.checkpoints.opening import load_model
from tracker_core.training.data.assets import Assets
from tracker_core.training.data.material import CLIP_CONDITIONS

RECIPE = f"""
folder = "unused"

{SMALL_NETWORK}
[data]
photos = ["pictures/photos"]

[train]
batch_size = 4
workers = 0
validation_pairs = 4
device = "cpu"
coupled = true
"""


@pytest.fixture
def options(tmp_path: Path) -> list[str]:
    """Pictures and recipe, as options of the training command."""
    write_pictures(tmp_path / "pictures")
    folders = [tmp_path / "pictures" / "objects"], [tmp_path / "pictures" / "photos"]
    Assets.from_folders(*folders, cache=tmp_path / "cache")
    (tmp_path / "recipe.toml").write_text(RECIPE)
    return ["--cache", str(tmp_path / "cache"), "--recipe", str(tmp_path / "recipe.toml")]


@pytest.mark.slow
def test_every_variant_is_trained_measured_and_drawn(
    options: list[str], small_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = tmp_path / "runs"
    assert main(["train", str(runs), *options, "--steps", "2"]) == 0
    assert {path.name for path in runs.iterdir()} == {variant.name for variant in VARIANTS}
    learned = {variant.name: losses(runs / variant.name) for variant in VARIANTS}
    assert "style" in learned["full"]
    assert "style" not in learned["plain"]
    totals = [found["total"] for found in learned.values()]
    assert len(set(totals)) == len(totals), "two variants are trained the same way"
    capsys.readouterr()

    table, figures = tmp_path / "out.csv", tmp_path / "figures"
    measured = ("--cache", options[1], "--clips", "1", "--frames", "10", "--pairs", "4")
    drawn = ("--csv", str(table), "--figures", str(figures), "--before", str(small_model))
    assert main(["report", str(runs), *measured, *drawn]) == 0
    shown = capsys.readouterr().out
    for label in ("before", *(variant.label for variant in VARIANTS)):
        assert shown.count(f"| {label} |") == 2, "a row of tracking and one of gaps"
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["trained"] for row in rows] == ["before", *(each.label for each in VARIANTS)]
    for row in rows:
        assert all(math.isfinite(float(row[f"sr_{name}"])) for name in CLIP_CONDITIONS)
        assert float(row["style_0"]) > 0
    assert {path.name for path in figures.iterdir()} == {
        "ablation-gap.png",
        "ablation-conditions.png",
    }


@pytest.mark.slow
def test_trained_weights_are_kept_and_others_can_be_gone_on_from(
    options: list[str], tmp_path: Path
) -> None:
    runs, further = tmp_path / "runs", tmp_path / "further"
    assert main(["train", str(runs), *options, "--steps", "1"]) == 0
    first = (runs / "full" / WEIGHTS).read_bytes()
    assert main(["train", str(runs), *options, "--steps", "1"]) == 0
    assert (runs / "full" / WEIGHTS).read_bytes() == first

    start = runs / "full" / WEIGHTS
    assert main(["train", str(further), *options, "--steps", "1", "--start-from", str(start)]) == 0
    own, other = (load_model(path / "plain" / WEIGHTS) for path in (further, runs))
    begun = load_model(start).rgb.search_position
    moved = (own.rgb.search_position - begun).abs().max()
    assert 0 < moved < (other.rgb.search_position - begun).abs().max()


def test_nothing_trained_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(tmp_path)]) == 2
    assert capsys.readouterr().err.endswith("run the train command first.\n")


def losses(run: Path) -> dict[str, float]:
    """The last row of a run's curves."""
    with (run / "curves.csv").open(newline="") as file:
        return {
            name: float(value) for name, value in list(csv.DictReader(file))[-1].items() if value
        }
