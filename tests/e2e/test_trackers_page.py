"""The trackers page is true: its example tracks as it says, and its table is the registry."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QInputDialog
from pytestqt.qtbot import QtBot

from app.resolve.inspection import Missing
from sessions import load
from tests.e2e.conftest import BOX, FRAMES, Run
from tests.e2e.driving import (
    PATIENCE,
    MakeWindow,
    choose_tracker,
    draw_target,
    open_path,
    settle,
    target_of,
    track,
)
from tracker_core.evaluation.metrics import overlaps
from tracker_core.trackers.registry import ENTRIES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "trackers.md").read_text(encoding="utf-8")
LONGEST = 30


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The file that the page tells people to write."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    code = next(block for block in blocks if "class" in block)
    assert len(code.splitlines()) <= LONGEST
    path = tmp_path / "warm_spot.py"
    path.write_text(code, encoding="utf-8")
    return path


def typed(example: Path) -> str:
    found = re.search(rf"--tracker ({example.stem}:\w+)", PAGE)
    assert found is not None
    return found[1]


def test_the_example_tracks_on_the_command_line(
    ckd_studio: Run, clip: Path, example: Path, tmp_path: Path
) -> None:
    out, session = tmp_path / "result.txt", tmp_path / "clip.h5"
    name = typed(example)
    done = ckd_studio("track", clip, "--tracker", name, "--out", out, "--session", session)
    assert done.returncode == 0, done.stderr
    assert f"{out}: {FRAMES} frames, mean score " in done.stdout
    truth = np.array([[BOX[0] + 4 * index, *BOX[1:]] for index in range(FRAMES)], float)
    assert overlaps(np.loadtxt(out, delimiter=","), truth).min() > 0.7
    facts = json.loads(ckd_studio("info", session, "--json").stdout)
    assert facts["targets"][0]["models"] == ["Warm spot"]


@pytest.mark.slow
def test_the_example_runs_in_processes_and_its_version_is_remembered(
    ckd_studio: Run, clip: Path, example: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    options = ("run", clip.parent, "--tracker", typed(example), "--out", out, "--jobs", "2")
    done = ckd_studio(*options)
    assert done.returncode == 0, done.stderr
    assert "1 sequence, 8 frames" in done.stdout
    settings = json.loads((out / "run.json").read_text())["settings"]
    assert settings["tracker"] == typed(example)
    example.write_text(example.read_text() + "# another version\n")
    refused = ckd_studio(*options)
    assert refused.returncode == 2
    assert "other settings (source_sha256" in refused.stderr


def test_the_example_tracks_in_the_window(
    qtbot: QtBot,
    make_window: MakeWindow,
    clip: Path,
    example: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)  # where the page tells people to start the program
    monkeypatch.setattr(QInputDialog, "getText", lambda *_labels, **_text: (typed(example), True))
    window = make_window()
    open_path(qtbot, window, clip)
    choose_tracker(qtbot, window, "Other…")
    assert window.tracker_chooser.tracker.currentText() == typed(example)
    draw_target(qtbot, window)
    assert track(qtbot, window) == f"Tracked {FRAMES - 1} frames."
    target = target_of(window)
    truth = np.array([[BOX[0] + 4 * index, *BOX[1:]] for index in range(FRAMES)], float)
    assert overlaps(target.boxes[:, 0], truth).min() > 0.7
    assert (target.score[1:] > 0).all()
    window.go_to_frame(3)
    settle(qtbot, window)
    answer = window.presenter.answer
    assert answer is not None
    assert answer.without_tokens() == Missing(
        "Warm spot keeps no tokens; track with CKD to see them."
    )
    with qtbot.waitSignal(window.saved, timeout=PATIENCE):
        window.save_session(tmp_path / "walk.h5")
    (tracked,) = load(tmp_path / "walk.h5").targets.values()
    assert [(info.name, info.tracker) for info in tracked.tracking.models] == [
        ("Warm spot", typed(example))
    ]


def test_a_module_is_found_where_the_installed_program_is_called(
    clip: Path, example: Path, tmp_path: Path
) -> None:
    # `python -m app` looks in the working folder by itself; the installed script does not.
    program = "from app.cli import main; main()"
    arguments = ["track", str(clip), "--tracker", typed(example), "--out", "result.txt"]
    done = subprocess.run(
        [sys.executable, "-P", "-c", program, *arguments],
        cwd=tmp_path,
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_package_registers_it_and_a_broken_one_costs_a_warning(
    ckd_studio: Run, clip: Path, example: Path, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    example.rename(site / example.name)
    (entry,) = re.findall(r'^(warm = "warm_spot:WarmSpot")$', PAGE, re.MULTILINE)
    for package, line in (("warm", entry.replace('"', "")), ("other", "mil = other:Mil")):
        folder = site / f"{package}-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (folder / "entry_points.txt").write_text(f"[ckd_studio.trackers]\n{line}\n")
    here = os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])
    out = tmp_path / "result.txt"
    done = ckd_studio("track", clip, "--tracker", "warm", "--out", out, PYTHONPATH=here)
    assert done.returncode == 0, done.stderr
    assert len(out.read_text().splitlines()) == FRAMES
    warnings = [line for line in done.stderr.splitlines() if "left out" in line]
    assert len(warnings) == 1
    assert warnings[0].startswith("The tracker mil of another package is left out")


def test_every_tracker_is_on_the_page() -> None:
    rows = re.findall(r"^\| `([^`]+)`", PAGE.partition("## A tracker")[0], re.MULTILINE)
    assert rows == [*(entry.form for entry in ENTRIES), "module:Class"]
