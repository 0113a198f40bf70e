"""The VOT toolkit runs what `ckd-studio trax` serves, and its own tracker runs here.

`python -m benchmarks.readers --folder FOLDER vot-toolkit` makes its environment; CKD_STUDIO_READERS
names the folder.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.readers.__main__ import READERS, environment
from tests.e2e.conftest import FRAMES, Run, write_clip
from tracker_core.evaluation.metrics import overlaps

FOLDER = os.environ.get("CKD_STUDIO_READERS", "")
ROOT = Path(__file__).resolve().parents[2]
STACK = """
title: Small
experiments:
  baseline:
    type: unsupervised
    repetitions: 1
"""


@pytest.fixture(scope="module")
def toolkit() -> Path:
    """The Python that has the toolkit."""
    if not FOLDER:
        pytest.skip("CKD_STUDIO_READERS names no folder with vot-toolkit")
    return environment(Path(FOLDER), next(each for each in READERS if each.name == "vot-toolkit"))


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace of the toolkit: two RGB + thermal sequences, and trackers that we serve."""
    place = tmp_path / "workspace"
    names = ("walk", "walk-by")
    for number, name in enumerate(names):
        sequence = place / "sequences" / name
        clip = write_clip(tmp_path / name, FRAMES + 4 * number)
        for channel, folder in (("color", "visible"), ("ir", "infrared")):
            (sequence / channel).mkdir(parents=True)
            for index, picture in enumerate(sorted((clip / folder).iterdir()), start=1):
                picture.rename(sequence / channel / f"{index:08d}.jpg")
        (clip / "visible.txt").rename(sequence / "groundtruth.txt")
        (sequence / "sequence").write_text(
            f"channels.color=color/%08d.jpg\nchannels.ir=ir/%08d.jpg\nfps=25\nname={name}\n"
        )
    (place / "sequences" / "list.txt").write_text("".join(f"{name}\n" for name in names))
    (place / "stack.yaml").write_text(STACK)
    (place / "config.yaml").write_text(
        "registry:\n- ./trackers.ini\nstack: ./stack.yaml\nsequences: sequences\n"
    )
    return place


def serve(workspace: Path, **trackers: str) -> None:
    (workspace / "trackers.ini").write_text(
        "".join(
            f"[{name}]\nlabel = {name}\nprotocol = trax\n"
            f"command = '{sys.executable}' -m app trax {options}\nenv_PYTHONPATH = {ROOT}\n\n"
            for name, options in trackers.items()
        )
    )


def vot(toolkit: Path, workspace: Path, *arguments: str) -> str:
    """Run the toolkit as a person would, and return all that it said."""
    done = subprocess.run(
        # Not its script: that one looks for a newer version on the network first.
        [toolkit, "-c", "from vot.utilities.cli import main; main()", *arguments],
        cwd=workspace,
        env={**os.environ, "VOT_RESULTS_BINARY": "0"},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    return said


@pytest.mark.slow
def test_the_toolkits_own_test_passes(toolkit: Path, workspace: Path, small_model: Path) -> None:
    ours = f"--model '{small_model}' --device cpu"
    serve(workspace, both=ours, color=f"{ours} --channels color", nobody="--tracker nobody")
    # The frames that the toolkit makes up have one channel.
    for tracker, channels, sequence in (
        ("both", "color;ir;", ("--sequence", str(workspace / "sequences" / "walk"))),
        ("color", "color;", ()),
    ):
        said = vot(toolkit, workspace, "test", *sequence, tracker)
        assert "Test concluded successfuly" in said, said
        assert f'"trax.channels={channels}"' in said
    assert "There is no tracker 'nobody'" in vot(toolkit, workspace, "test", "nobody")


@pytest.mark.slow
def test_an_experiment_over_both_cameras(toolkit: Path, workspace: Path) -> None:
    serve(workspace, bundled="--model tiny --device cpu", color="--tracker correlation")
    said = vot(toolkit, workspace, "evaluate", "--workspace", str(workspace), "bundled", "color")
    assert "Evaluation concluded successfuly" in said, said
    for tracker in ("bundled", "color"):
        for name in ("walk", "walk-by"):
            results = workspace / "results" / tracker / "baseline" / name
            rows = (results / f"{name}_001.txt").read_text().splitlines()
            truth = np.loadtxt(workspace / "sequences" / name / "groundtruth.txt", delimiter=",")
            assert len(rows) == len(truth)
            # The first is a code for the given box.
            boxes = np.array([[float(word) for word in row.split(",")] for row in rows[1:]])
            assert overlaps(boxes, truth[1:]).min() > 0.5, (tracker, name)
            confidence = (results / f"{name}_001_confidence.value").read_text().split()
            assert len(confidence) == len(boxes)
            assert all(0 < float(each) <= 1 for each in confidence)


@pytest.mark.slow
def test_the_toolkits_own_tracker_runs_here(
    toolkit: Path, ckd_studio: Run, clip: Path, tmp_path: Path
) -> None:
    out = tmp_path / "result.txt"
    done = ckd_studio(
        "track", clip, "--tracker", f"trax:'{toolkit}' -m vot.tracker.dummy", "--out", out
    )
    assert done.returncode == 0, done.stderr
    boxes = np.loadtxt(out, delimiter=",")
    assert (boxes == boxes[0]).all()
