"""`--swap` in every command that opens a single video, and a session that remembers it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from app.bridge.session_images import open_images
from app.cli import entry as cli
from sessions import load
from tests.media import numbered, write_streams
from tests.recordings import write_lasher

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
