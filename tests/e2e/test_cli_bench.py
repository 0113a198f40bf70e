"""The exam of tracking quality as a person types it, on a few small clips."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pictures import write_pictures
from tests.unit.benchmarks.quality.registered import write_stills
from tracker_core.training.data.assets import Assets
from tracker_core.training.data.material import CLIP_CONDITIONS

Run = Callable[..., "subprocess.CompletedProcess[str]"]
ROOT = Path(__file__).resolve().parents[2]

SMALL = ("--clips", 1, "--frames", 12, "--size", "160x120", "--pairs", 4, "--threads", 1)


@pytest.fixture
def exam() -> Run:
    """Runs the exam from the repository, and hands over what it said."""

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "benchmarks.quality", *map(str, arguments)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )

    return run


@pytest.mark.slow
def test_every_condition_recorded_clips_and_windows_over_them_in_one_run(
    exam: Run, small_model: Path, clip: Path, tmp_path: Path
) -> None:
    write_pictures(tmp_path / "pictures")
    folders = [tmp_path / "pictures" / "objects"], [tmp_path / "pictures" / "photos"]
    Assets.from_folders(*folders, cache=tmp_path / "cache")
    table = tmp_path / "quality.csv"
    weights = ("--weights", "tiny", "--weights", small_model, "--all-tokens", "--alone")
    recorded = ("--sequences", clip, "--windows", clip, "--window-clips", 2)
    stills = write_stills(tmp_path / "road", 3)
    over = ("--stills", stills, "--per-pair", 1, "--exam", "every 5th")
    kept = ("--rows", tmp_path / "rows.jsonl")
    others = ("--peers", "correlation,still", *recorded, *over, *kept, "--jobs", 2)
    done = exam(
        *("--assets", tmp_path / "cache", "--csv", table),
        *(*SMALL, *weights, *others),
    )
    assert done.returncode == 0, done.stderr
    tables = ("All 8 made-up clips", "SR by condition", "2 windows over recorded frames")
    exams = ("every 5th: 3 windows over 3 pairs", "AUC of the score")
    for words in (*tables, *exams, "Recorded clips", "Pair IoU of tiny", "Inside tiny"):
        assert words in done.stdout
    assert "No condition below SR 0.55" in done.stdout
    assert "\x1b" not in done.stdout
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    ways = ("", ", all tokens", ", RGB alone", ", thermal alone")
    ours = {f"{name}{way}" for name in ("tiny", "small") for way in ways}
    names = {*ours, "Correlation", "Still box"}
    assert {row["tracker"] for row in rows} == names
    assert {row["condition"] for row in rows} == {*CLIP_CONDITIONS, "recorded", "real window"}
    assert len(rows) == len(names) * 11
    with (tmp_path / "quality-stills.csv").open(newline="") as file:
        examined = list(csv.DictReader(file))
    assert len(examined) == len((tmp_path / "rows.jsonl").read_text().splitlines())
    assert len(examined) == len(names) * 3
    on_the_clip = {row["tracker"]: float(row["iou"]) for row in rows if row["clip"] == "clip"}
    assert on_the_clip["tiny"] > on_the_clip["Still box"]


@pytest.mark.slow
def test_a_strict_run_says_by_its_exit_code_that_a_mark_was_missed(
    exam: Run, small_model: Path, tmp_path: Path
) -> None:
    write_pictures(tmp_path / "pictures")
    Assets.from_folders([], [tmp_path / "pictures" / "photos"], cache=tmp_path / "cache")
    done = exam(
        *("--assets", tmp_path / "cache", "--weights", small_model, *SMALL),
        *("--condition", "fast", "--peers", "none", "--strict"),
    )
    assert done.returncode == 1, done.stderr
    assert "missed  No condition below SR 0.55" in done.stdout


def test_it_is_no_command_of_the_program_any_more(ckd_studio: Run) -> None:
    done = ckd_studio("bench", "quality")
    assert done.returncode == 2
    assert "quality" in done.stderr
    assert done.stderr.count("\n") == 1
