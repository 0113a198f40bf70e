"""`ckd-studio recover` after a program was killed in the middle of its work."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sessions import load, save
from tests.unit.sessions.building import full

Run = Callable[..., "subprocess.CompletedProcess[str]"]

ROOT = Path(__file__).resolve().parents[2]
WORK = """
import os, signal, sys
from pathlib import Path
import numpy as np
from sessions import AnnotationSession, AddTarget, History, Journal, SetBox, load
from tests.unit.sessions.building import info, run

saved = Path(sys.argv[1]) if len(sys.argv) > 1 else None
session = load(saved) if saved else AnnotationSession(info())
history, journal = History(session), Journal.begin(session, saved)

def do(command):
    history.do(command)
    journal.append(command)

if not saved:
    do(AddTarget("1", "walker"))
for frame in range(20, 30):
    do(SetBox.draw(session, "1", frame, (frame, 2, 3, 4)))
command = history.undo_command
history.undo()
journal.undone(command)
tracking = journal.begin_run("1")
for start in (0, 7, 9):
    tracking.add(run("1", np.arange(start, start + 4)))
os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
"""
STEPS = 12
"""Ten boxes, an undo, and the run that was cut off."""


def killed(folder: Path, *arguments: Path) -> None:
    environment = {"CKD_STUDIO_STATE_DIR": str(folder / "state"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", WORK, *map(str, arguments)],
        env={**os.environ, **environment},
        check=False,
        timeout=120,
    )
    assert done.returncode != 0


@pytest.fixture
def state(tmp_path: Path) -> dict[str, str]:
    return {"CKD_STUDIO_STATE_DIR": str(tmp_path / "state")}


def test_a_killed_program_loses_nothing(
    ckd_studio: Run, tmp_path: Path, state: dict[str, str]
) -> None:
    session = tmp_path / "walk.h5"
    save(full(), session)
    before = session.read_bytes()
    killed(tmp_path, session)

    shown = ckd_studio("recover", **state)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.startswith(f"{session}: {STEPS} changes not saved, the last at 2")
    listed = json.loads(ckd_studio("recover", session, "--json", **state).stdout)
    assert [(each["session"], each["changes"], each["problem"]) for each in listed] == [
        (str(session), STEPS, "")
    ]
    out = tmp_path / "again.h5"
    done = ckd_studio("recover", "--out", out, **state)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{out}: session with {STEPS} changes of {listed[0]['journal']}\n"
    assert "stays until it is discarded" in done.stderr
    again = load(out).target("1")
    assert again.boxes[28, 0].tolist() == [28, 2, 3, 4]
    assert again.boxes[29, 0].tolist() != [29, 2, 3, 4]
    assert again.boxes[9, 0].tolist() == [0, 2.5, 30, 40.5]
    assert session.read_bytes() == before

    assert ckd_studio("recover", "--out", out, **state).returncode == 2
    gone = ckd_studio("recover", session, "--discard", **state)
    assert gone.returncode == 0, gone.stderr
    empty = ckd_studio("recover", session, **state)
    assert (empty.returncode, empty.stdout) == (0, f"There is nothing to recover of {session}.\n")


def test_what_was_never_saved_comes_back(
    ckd_studio: Run, tmp_path: Path, state: dict[str, str]
) -> None:
    killed(tmp_path)
    killed(tmp_path)
    listed = json.loads(ckd_studio("recover", "/data/walk", "--json", **state).stdout)
    assert [(each["session"], each["changes"]) for each in listed] == [(None, STEPS + 1)] * 2
    out = tmp_path / "new.h5"
    refused = ckd_studio("recover", "walk", "--out", out, **state)
    assert refused.returncode == 2
    assert "There are 2 to recover; name one of" in refused.stderr
    assert not out.exists()
    done = ckd_studio("recover", listed[1]["journal"], "--out", out, "--discard", **state)
    assert done.returncode == 0, done.stderr
    assert load(out).target("1").boxes[28, 0].tolist() == [28, 2, 3, 4]
    assert len(json.loads(ckd_studio("recover", "--json", **state).stdout)) == 1
