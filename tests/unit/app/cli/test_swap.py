"""`--swap` in every command that opens a single video, and a session that remembers it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.bridge.session_images import open_images
from app.cli import entry as cli
from app.cli.entry import run_typer
from app.cli.train import Wanted, resume_command
from benchmarks.quality.clips import RecordedClip
from benchmarks.quality.command import exam
from benchmarks.quality.windows import window_clips
from sessions import load
from tests.media import number_of, numbered, write_streams
from tests.recordings import write_boxes, write_lasher
from tracker_core.errors import CKDError
from tracker_core.sequences import Sequence, open_sequence
from tracker_core.training.data.sources import prepare
from tracker_core.training.recipe import parse_recipe

FRAMES = 6


@pytest.fixture
def flight(tmp_path: Path) -> Path:
    """A video whose second stream is gray, so that it is taken for thermal."""
    return write_streams(
        tmp_path / "flight.mkv",
        FRAMES,
        numbered,
        lambda k: np.repeat(numbered(k, colour=False)[..., None], 3, axis=2),
    )


def commands(flight: Path, out: Path) -> dict[str, list[str]]:
    (out / "boxes.txt").write_text("20,60,20,30\n" * FRAMES)
    box = ["--init-box", "20,60,20,30", "--tracker", "still"]
    return {
        "track": ["track", str(flight), "--out", str(out / "r.txt"), *box],
        "lint": ["lint", str(flight)],
        "info": ["info", str(flight), "--json"],
        "import": [
            *("import", str(flight), str(out / "boxes.txt")),
            *("--form", "boxes", "--out", str(out / "s.h5")),
        ],
    }


@pytest.mark.parametrize("command", ["track", "lint", "info", "import"])
def test_every_command_swaps(
    flight: Path, tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = []
    for extra in ([], ["--swap"]):
        for made in ("s.h5", "r.txt"):
            (tmp_path / made).unlink(missing_ok=True)
        cli.run([*commands(flight, tmp_path)[command], *extra])
        captured = capsys.readouterr()
        said.append(" ".join((captured.out + captured.err).split()))
    assert "second is gray" in said[0]
    assert "swapped as asked" in said[1]


@pytest.fixture
def dataset(flight: Path) -> Path:
    """The same video as the only one in a folder of a dataset, with boxes."""
    walk = flight.parent / "set" / "walk"
    walk.mkdir(parents=True)
    flight.rename(walk / "flight.mkv")
    write_boxes(walk / "visible.txt", FRAMES)
    return walk.parent


def test_a_run_swaps_and_is_another_run_then(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["run", str(dataset), "--out", str(tmp_path / "run"), "--tracker", "still"]
    opened = []

    def seen(*arguments: Any) -> Sequence:
        opened.append(arguments[3])
        return open_sequence(*arguments)

    monkeypatch.setattr("tracker_core.tracking.tasks.open_sequence", seen)
    assert cli.run(words) == 0
    assert cli.run([*words, "--swap"]) == 2
    words[3] = str(tmp_path / "again")
    assert cli.run([*words, "--swap"]) == 0
    assert opened == [False, True]
    assert json.loads((tmp_path / "again" / "run.json").read_text())["settings"]["swap"] == "true"


def test_training_swaps(dataset: Path) -> None:
    text = f"folder = 'out'\n[data]\nsequences = ['{dataset.as_posix()}']\n"
    recipe = parse_recipe(text, "mine", Path())
    assert not recipe.data.swap
    typed = parse_recipe(text + "swap = true\n", "mine", Path())
    assert typed.data == recipe.swapped().data
    with pytest.raises(CKDError, match=r"'data\.swap' is 1 but must be true or false"):
        parse_recipe(text + "swap = 1\n", "mine", Path())
    for swap in (False, True):
        prepared = prepare(replace(recipe.data, swap=swap), "train")
        (found,) = prepared.sequences.sequences
        assert found.locator[3] is swap
    again = resume_command("tiny", [dataset], None, None, Wanted(tir_offset=3, swap=True))
    assert again.endswith(f"--sequences {dataset} --tir-offset 3 --swap --resume")


def test_a_sequence_of_two_folders_in_the_dataset_has_nothing_to_swap(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_lasher(tmp_path / "set" / "walk")
    words = ["run", str(tmp_path / "set"), "--out", str(tmp_path / "run"), "--tracker", "still"]
    assert cli.run([*words, "--swap"]) == 1
    assert "nothing to swap" in capsys.readouterr().err


def test_the_exam_takes_offset_and_swap(dataset: Path, tmp_path: Path) -> None:
    words = ["--clips", "0", "--pairs", "0", "--peers", "still", "--sequences", str(dataset)]
    clip = RecordedClip.of(dataset, 1, True)
    with clip.open() as footage:
        seen = next(iter(footage.frames()))
    assert seen is not None
    # The gray stream is RGB now, and thermal frame k + 1 belongs to frame k.
    assert np.ptp(seen.rgb.astype(int), axis=2).mean() < 2
    assert number_of(seen.tir) == number_of(seen.rgb) + 1
    (window,) = window_clips(dataset, 1, 10, (128, 96), (1, True))
    assert (window.tir_offset, window.swap) == (1, True)
    with window.open() as film:
        assert np.ptp(film.film[0].rgb.astype(int), axis=2).mean() < 20
    csv = tmp_path / "exam.csv"
    given = [*words, "--csv", str(csv), "--weights", "tiny", "--threads", "1"]
    assert run_typer(exam, [*given, "--swap", "--tir-offset", "1"], "exam") == 0
    assert run_typer(exam, [*given, "--tir-offset", "1000"], "exam") == 2


@pytest.mark.parametrize("swap", [False, True])
def test_a_session_opens_its_video_as_it_was(flight: Path, tmp_path: Path, swap: bool) -> None:
    cli.run([*commands(flight, tmp_path)["import"], *(["--swap"] if swap else [])])
    session = load(tmp_path / "s.h5")
    with open_images(session, (flight,)) as sequence:
        assert sequence.locator[3] is swap
        frame = sequence.frame(2)
        assert frame.tir is not None
        colour = np.ptp(np.atleast_3d(frame.tir).astype(int), axis=2).mean()
        assert bool(colour > 30) is swap


def test_two_folders_have_nothing_to_swap(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = write_lasher(tmp_path / "walk")
    assert cli.run(["info", str(root), "--swap", "--json"]) == 2
    assert "nothing to swap" in " ".join(capsys.readouterr().err.split())


def test_the_facts_name_the_layout(flight: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.run(["info", str(flight), "--json"])
    facts = json.loads(capsys.readouterr().out)
    assert facts["layout"] == "Two streams of one video"
    assert facts["gaps"] == []
