"""Numbers on the command lines of measurements and scripts have bounds, and refusals say them."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli.entry import run_typer
from benchmarks.bounded import MINUTES, real, whole
from benchmarks.quality.clips import MOST_FRAMES, check_film
from benchmarks.quality.command import exam
from scripts.street.__main__ import street
from tracker_core.bounds import Bounds
from tracker_core.errors import CKDError

ROOT = Path(__file__).parents[3]
HUGE = "9" * 5000


@pytest.mark.parametrize("text", ["0", "11", "-1", "1_0", "1.5", "٣", "", " 3", "+3", HUGE])
def test_whole_numbers(text: str) -> None:
    read = whole(Bounds(1, 10))
    assert [read(each) for each in ("1", "07", "10")] == [1, 7, 10]
    with pytest.raises(argparse.ArgumentTypeError, match="from 1 to 10") as refusal:
        read(text)
    assert len(str(refusal.value)) < 120


@pytest.mark.parametrize("text", ["-1", "1e9", "nan", "inf", "ten", "1e99999", HUGE])
def test_real_numbers(text: str) -> None:
    assert real(MINUTES)("2.5") == 2.5
    with pytest.raises(argparse.ArgumentTypeError, match="from 0 to 10,000,000"):
        real(MINUTES)(text)


NUMBERS = [
    ("benchmarks.alignment", "--limit"),
    ("benchmarks.data_rate", "--pairs"),
    ("benchmarks.engine_quality", "--clips"),
    ("benchmarks.eval_speed", "--rounds"),
    ("benchmarks.kills", "--kills"),
    ("benchmarks.kills", "--minutes"),
    ("benchmarks.kills", "--seed"),
    ("benchmarks.model_speed", "--threads"),
    ("benchmarks.model_speed", "--rounds"),
    ("benchmarks.open_sequence", "--frames"),
    ("benchmarks.operators", "--frames"),
    ("benchmarks.operators", "--threads"),
    ("benchmarks.sequence_rate", "--pairs"),
    ("benchmarks.soak", "--actions"),
    ("benchmarks.soak", "--minutes"),
    ("benchmarks.soak", "--seed"),
    ("benchmarks.soak", "--look"),
]


def test_every_number_of_the_measurements_has_bounds() -> None:
    """A plain int or float has none, and int() takes more than digits."""
    for folder in ("benchmarks", "scripts"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert "type=int" not in text, path
            assert "type=float" not in text, path


@pytest.mark.slow
@pytest.mark.parametrize(("module", "option"), NUMBERS)
def test_a_number_beyond_them_is_refused(module: str, option: str) -> None:
    command = [sys.executable, "-m", module, option, "9" * 19]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 2
    assert f"argument {option}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["--frames", "10001"],
        ["--jobs", "129"],
        ["--threads", "257"],
        ["--pairs", "1000001"],
        ["--per-pair", "101"],
        ["--minutes", "100001"],
        ["--size", "99999x99999"],
        ["--tir-offset", "1" + "0" * 13],
    ],
)
def test_the_exam_refuses_them(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_typer(exam, words, "exam") == 2
    assert words[0] in (said := capsys.readouterr().err) or "pixels" in said


@pytest.mark.parametrize("words", [["--frames", "100001"], ["--seed", "9" * 19], ["--size", "1x1"]])
def test_the_street_refuses_them(words: list[str], tmp_path: Path) -> None:
    assert run_typer(street, [str(tmp_path / "out"), *words], "street") == 2
    assert not (tmp_path / "out").exists()


def test_a_clip_has_to_fit_in_memory() -> None:
    check_film(MOST_FRAMES, (300, 300))
    with pytest.raises(CKDError, match="2048 x 2048 pixels can have at most 341 frames, not 1000"):
        check_film(1000, (2048, 2048))
