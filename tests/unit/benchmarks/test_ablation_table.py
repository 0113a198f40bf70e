"""What the comparison of trainings says of several seeds."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from benchmarks.ablations.legs import VARIANTS, Plan
from benchmarks.ablations.measuring import Row
from benchmarks.ablations.table import condition_figure, gap_figure, markdown, write_csv
from benchmarks.quality.modality import ModalityGap
from tracker_core.training.recipe import load_recipe

CONDITIONS = {"day-1": "day", "day-2": "day", "night-1": "night"}


def row(label: str, seed: int, *successes: float) -> Row:
    gaps = [ModalityGap(block, 1.0, 0.5 + seed, 1.9) for block in range(2)]
    success = dict(zip(CONDITIONS, successes, strict=True))
    return Row(label, f"{label}-{seed}", 0.5 + seed / 10, 0.04 * seed, gaps, success, CONDITIONS)


ROWS = [
    row("everything", 0, 0.5, 0.7, 0.9),
    row("everything", 1, 0.7, 0.9, 0.5),
    row("without style loss", 0, 0.6, 0.8, 0.7),
    row("without style loss", 1, 0.8, 1.0, 0.9),
]


def test_means_over_seeds_and_differences_clip_by_clip() -> None:
    lines = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in markdown(ROWS, "everything")
    ]
    full, less = (cells for cells in lines[2:4])
    assert full == ["everything", "0.700", "0.60 to 0.80", "", "", "0.700 / 0.700", "0.550"]
    # Each clip is better by .1, but for the last, by .1 as well: no clip says otherwise.
    assert less[3:5] == ["+0.100", "+0.100 to +0.100"]
    assert less[5] == "0.700 / 0.900"
    assert ["everything", "0.700", "0.700"] in lines, "by condition"
    assert ["everything", "1 / 1.90", "1 / 1.90", "2.0%"] in lines, "by block"


def test_each_file_of_weights_has_a_row_and_each_seed_a_dot(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", ROWS)
    with (tmp_path / "a.csv").open(newline="") as file:
        found = list(csv.DictReader(file))
    assert [each["weights"] for each in found] == [each.name for each in ROWS]
    assert float(found[1]["sr_night"]) == pytest.approx(0.5)
    style = gap_figure(ROWS).axes[0]
    assert len(style.lines) == 2 + 4
    (bars,) = condition_figure(ROWS).axes
    assert len(bars.patches) == 4
    assert len(bars.lines) == 4


def test_half_of_the_trainings_make_a_whole_table() -> None:
    plan = Plan("tiny-coupled", load_recipe("tiny-coupled"), None, pairs=20_000, seeds=2)
    assert plan.steps == 625
    assert [leg.variant for leg in plan.legs[:5]] == list(VARIANTS)
    assert [leg.seed for leg in plan.legs] == [0] * 5 + [1] * 5
    assert len({leg.name for leg in plan.legs}) == 10
