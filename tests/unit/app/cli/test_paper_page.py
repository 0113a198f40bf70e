"""The page on a comparison for a paper does what it says, on two small sequences."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from app.cli import entry as cli
from tests.recordings import write_lasher
from tracker_core.evaluation import plots
from tracker_core.sequences.layouts.lasher import LASHER_ATTRIBUTES

PAGE = Path(__file__).parents[4] / "docs" / "paper.md"
FRAMES = 4


def commands() -> list[list[str]]:
    """The words of each command on the page, without the program's name."""
    block = PAGE.read_text(encoding="utf-8").split("```sh\n")[1].split("```")[0]
    typed = [shlex.split(line) for line in block.strip().splitlines()]
    assert {words[0] for words in typed} == {"ckd-studio"}
    return [words[1:] for words in typed]


@pytest.mark.slow
def test_every_command_of_the_page_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = tmp_path / "testingset"
    flags = ",".join("1" if name in LASHER_ATTRIBUTES[:3] else "0" for name in LASHER_ATTRIBUTES)
    for name in ("one", "two"):
        write_lasher(dataset / name, FRAMES)
        (dataset / "AttriSeqsTxt").mkdir(exist_ok=True)
        (dataset / "AttriSeqsTxt" / f"{name}.txt").write_text(flags)
    monkeypatch.chdir(tmp_path)
    # Pixels of PNG take most of the time, and nobody looks at them.
    monkeypatch.setattr(plots, "DOTS_PER_INCH", 40)
    for words in commands():
        typed = [word.replace("$DATASET", str(dataset)) for word in words]
        # The page leaves the device open, and here only the words matter.
        more = ["--device", "cpu"] if "ckd" in typed else []
        assert cli.run([*typed, *more]) == 0, words
    paper = tmp_path / "paper"
    assert (tmp_path / "results" / "CKD.zip").is_file()
    assert (paper / "figures.json").is_file()
    overall = (paper / "tables" / "lasher_overall.tex").read_text()
    assert all(name in overall for name in ("CKD", "Correlation", "Still", "Frames/s"))
    drawn = {path.name for path in (paper / "plots").iterdir()}
    assert {"lasher_SR.pdf", "lasher_attributes_NPR.svg", "lasher_ranking.png"} <= drawn
    assert {path.suffix for path in (paper / "strips").iterdir()} == {".png", ".pdf"}
