"""TraX both ways: the program served by itself, and driven by the reference library."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np

from tests.e2e.conftest import FRAMES, Run

OURS = f"'{sys.executable}' -m app trax"
HERE = {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}


def test_what_is_served_tracks_as_it_does_without(
    ckd_studio: Run, clip: Path, small_model: Path, tmp_path: Path
) -> None:
    out, session = tmp_path / "served.txt", tmp_path / "served.h5"
    served = f"trax:{OURS} --tracker ckd --model '{small_model}' --device cpu"
    options = ("--tracker", served, "--out", out, "--session", session)
    done = ckd_studio("track", clip, *options, **HERE)
    assert done.returncode == 0, done.stderr
    assert f"{out}: {FRAMES} frames, mean score " in done.stdout
    direct = tmp_path / "direct.txt"
    options = ("--model", small_model, "--device", "cpu", "--out", direct)
    assert ckd_studio("track", clip, *options).returncode == 0
    # Both cameras came whole: a region has four decimals, and its numbers single precision.
    apart = np.abs(np.loadtxt(out, delimiter=",") - np.loadtxt(direct, delimiter=","))
    assert apart.max() < 0.01
    facts = json.loads(ckd_studio("info", session, "--json").stdout)
    assert facts["targets"][0]["models"] == [f"TraX {small_model.name}"]


def test_a_run_over_a_dataset_keeps_what_it_can_and_says_why(
    ckd_studio: Run, clip: Path, tmp_path: Path
) -> None:
    served = f"trax:{OURS} --tracker correlation"
    out = tmp_path / "out"
    options = ("run", clip.parent, "--tracker", served, "--out", out, "--jobs", "2")
    done = ckd_studio(*options, **HERE)
    assert done.returncode == 0, done.stderr
    assert len((out / "clip.txt").read_text().splitlines()) == FRAMES
    settings = json.loads((out / "run.json").read_text())["settings"]
    assert settings["command"] == served.removeprefix("trax:")
    out = tmp_path / "failed"
    served = f"trax:{OURS} --tracker nowhere:Class"
    options = ("run", clip.parent, "--tracker", served, "--out", out, "--jobs", "1")
    failed = ckd_studio(*options, **HERE)
    assert failed.returncode != 0
    assert "There is no module 'nowhere'" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_without_the_package_there_is_one_sentence(ckd_studio: Run, tmp_path: Path) -> None:
    # Another package has the same name on the index.
    (tmp_path / "trax.py").write_text("")
    done = ckd_studio("trax", PYTHONPATH=os.pathsep.join([str(tmp_path), *HERE.values()]))
    assert done.returncode == 2
    assert done.stderr == (
        "ckd-studio: TraX needs the package vot-trax, which is not installed here; install it with "
        "`pip install vot-trax`.\n"
    )
