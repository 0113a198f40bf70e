"""Trackers over a dataset, wherever their results lie."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from app.bridge.session_results import trackers_at
from app.cli import entry as cli
from tests.recordings import write_lasher
from tracker_core.evaluation.result_files import write_result

NAMES = ("car", "big_car", "bus")


def test_results_may_be_of_a_part_of_a_dataset(tmp_path: Path) -> None:
    for tracker, names in (("good", NAMES), ("poor", NAMES[:1])):
        for name in names:
            write_result(tmp_path / "results" / tracker / f"{name}.txt", np.ones((3, 4)))
    for name in ("T_car", "T_big_car"):
        write_result(tmp_path / "single" / f"{name}.txt", np.ones((3, 4)))
    with zipfile.ZipFile(tmp_path / "good.zip", "w") as archive:
        archive.write(tmp_path / "results" / "good" / "bus.txt", "bus.txt")
    clip = write_lasher(tmp_path / "data" / "car", 3)
    (tmp_path / "mine").mkdir()
    typed = ["import", str(clip), str(clip / "visible.txt"), "--form", "boxes"]
    assert cli.run([*typed, "--out", str(tmp_path / "mine" / "car.h5")]) == 0
    (tmp_path / "mine" / "bus.h5").write_bytes(b"no session")
    (tmp_path / "notes.txt").write_text("1,2,3,4\n")
    single = (tmp_path / "single" / "T_car.txt", tmp_path / "single" / "T_big_car.txt")
    paths = (
        *(tmp_path / "results", tmp_path / "good.zip", *single, tmp_path / "mine"),
        *(tmp_path / "notes.txt", tmp_path / "gone"),
    )
    found, problems = trackers_at(paths, NAMES, "lasher")
    have = {each.tracker: sorted(each.files) for each in found}
    assert have == {
        "good": ["big_car", "bus", "car"],
        "poor": ["car"],
        "good (2)": ["bus"],
        "T": ["big_car", "car"],
        "mine": ["car"],
    }
    assert len(problems) == 3
    for said, about in zip(problems, ("bus.h5", "notes.txt", "gone"), strict=True):
        assert about in said
