"""A short slice of the job of `benchmarks.forty_actions`, and that it would notice a fault."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from app.state.demo_clip import demo_sequence
from benchmarks.forty_actions import judged, truth_of
from sessions import AddTarget, AnnotationSession, Flag, SequenceInfo, SetBox, SetFlags, save

ROOT = Path(__file__).resolve().parents[2]
FRAMES = 60
"""Of the bundled street: the target passes a tree and another walker."""


def cut(folder: Path) -> Path:
    """Write the first frames of the demo, with their truth."""
    for name in ("visible", "infrared"):
        (folder / name).mkdir(parents=True)
        for path in sorted((demo_sequence() / name).iterdir())[:FRAMES]:
            shutil.copy(path, folder / name / path.name)
        rows = (demo_sequence() / f"{name}.txt").read_text(encoding="ascii").splitlines(True)
        (folder / f"{name}.txt").write_text("".join(rows[:FRAMES]), encoding="ascii")
    return folder


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="needs Xvfb")
def test_a_short_clip_is_mended_at_the_real_window(tmp_path: Path) -> None:
    clip = cut(tmp_path / "clip")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.forty_actions", "--clip", str(clip)],
        cwd=ROOT, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stdout + done.stderr
    numbers = [int(found[1]) for line in lines if (found := re.match(r" *(\d+)  (key|dr)", line))]
    assert numbers == list(range(1, len(numbers) + 1))
    summary = lines[-1]
    assert summary.startswith(f"{len(numbers)} actions (")
    assert summary.endswith("0 boxes below IoU 0.5, 0 absent frames not marked")
    assert "first box" in lines[3]
    # Each has a clip of their own: nothing is left beside the given one.
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip"]


def test_what_is_left_wrong_is_counted(tmp_path: Path) -> None:
    truth = np.array([[10.0, 10, 20, 20]] * 4 + [[0.0, 0, 0, 0]] * 3)
    names = tuple(f"{index}.jpg" for index in range(7))
    info = SequenceInfo("clip", "lasher", names, names, 7, 7, (160, 120), (160, 120))
    session = AnnotationSession(info)
    AddTarget("1", "Target 1").apply(session)
    for frame, x in ((0, 10.0), (1, 25.0), (2, 12.0), (5, 10.0)):
        SetBox("1", frame, np.array([[x, 10.0, 20.0, 20.0]] * 2)).apply(session)
    # Of the two marked absent one is, and on the other the target is in sight.
    SetFlags("1", np.array([2, 4]), add=Flag.ABSENT).apply(session)
    save(session, tmp_path / "s.h5")
    outcome = judged(tmp_path / "s.h5", truth, 10, 2)
    # Frame 1 is off, 2 is marked away, 3 has no box; 5 and 6 are not marked.
    assert (outcome.wrong, outcome.unmarked) == (3, 2)
    assert not outcome.met
    assert str(outcome).startswith("10 actions (12 with held keys), 3 boxes below IoU 0.5")


def test_the_truth_is_read_row_by_row(tmp_path: Path) -> None:
    (tmp_path / "visible.txt").write_text("1,2,3,4\n0,0,0,0\n", encoding="ascii")
    assert truth_of(tmp_path).tolist() == [[1, 2, 3, 4], [0, 0, 0, 0]]
