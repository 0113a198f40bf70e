"""A short slice of the campaigns against loss of work; `benchmarks` has the long ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


def campaign(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    # In a process of its own: it makes the home that it works in its own, and many processes more.
    return subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def progress(folder: Path, name: str) -> dict[str, Any]:
    known: dict[str, Any] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return known


def test_document_file_and_screen_agree_whatever_a_person_does(tmp_path: Path) -> None:
    for actions in (100, 175):
        done = campaign("soak", "--actions", actions, "--look", 25, "--state", tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        # The second call went on where the first one stopped.
        assert progress(tmp_path, "soak")["actions"] == actions
        assert f"{actions} of {actions} actions, 0 faults" in done.stdout
    changes = progress(tmp_path, "soak")["changes"]
    assert changes > 40


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are copied to be killed")
@pytest.mark.parametrize(("how", "kills"), [("kill", 6), ("term", 3), ("raise", 3)])
def test_what_was_on_the_screen_outlives_the_program(tmp_path: Path, how: str, kills: int) -> None:
    done = campaign("kills", "--how", how, "--kills", kills, "--state", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    seen = progress(tmp_path, "kills")
    assert (seen["how"], seen["kills"], seen["lost"]) == (how, kills, [])
    assert seen["shown"] > 0
    again = campaign("kills", "--how", how, "--kills", kills, "--state", tmp_path)
    assert again.returncode == 0
    assert f"{kills} of {kills} by {how}, 0 losses" in again.stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are copied to be killed")
def test_a_change_that_is_not_kept_is_found(tmp_path: Path) -> None:
    (tmp_path / "forgetful.py").write_text(
        "import sys\n"
        "from app.controllers.keeping import KeepingController\n"
        "from benchmarks.kills import main\n"
        "KeepingController.done = lambda self, command: None\n"
        "sys.exit(main(sys.argv[1:]))\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, tmp_path / "forgetful.py", "--kills", "8", "--state", tmp_path / "state"],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "what was on the screen does not come back" in done.stdout
    lost = next((tmp_path / "state" / "lost").iterdir())
    assert (lost / "told.txt").exists()


LINUX = pytest.mark.skipif(
    not hasattr(os, "pidfd_open"), reason="processes are copied and watched as Linux alone can"
)


@LINUX
def test_damaged_input_is_read_right_or_refused(tmp_path: Path) -> None:
    for count in (12, 20):
        done = campaign("mutations", "--count", count, "--seed", 9, "--state", tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        # The second call went on where the first one stopped.
        assert f"{count} of {count} tries, 0 with faults" in done.stdout
    tries = [
        json.loads(line)
        for path in tmp_path.glob("tries-*.jsonl")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    assert sorted(each["number"] for each in tries) == list(range(20))
    assert all(each["words"] for each in tries)
    assert {0, 2} <= {code for each in tries for code in each["codes"]}
    other = campaign("mutations", "--count", 20, "--seed", 8, "--state", tmp_path)
    assert other.returncode == 2
    assert "name another folder" in other.stdout


@LINUX
@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (
            "real = Sequence.frame\n"
            "def frame(self, index):\n"
            "    found = real(self, index)\n"
            "    late = real(self, max(index - 1, 0))\n"
            "    shifted = self.gaps and found.tir is not None\n"
            "    return replace(found, tir=late.tir) if shifted else found\n",
            "a wrong pair",
        ),
        (
            "real = Sequence.frame\n"
            "def frame(self, index):\n"
            "    found = real(self, index)\n"
            "    if found.is_gap:\n"
            "        os.write(2, b'libpng warning: bad adaptive filter value')\n"
            "    return found\n",
            "output of a C library: libpng warning",
        ),
        (
            "real = Sequence.frame\n"
            "def frame(self, index):\n"
            "    found = real(self, index)\n"
            "    if found.is_gap:\n"
            "        os.abort()\n"
            "    return found\n",
            "crash by signal 6",
        ),
    ],
    ids=["shift", "noise", "crash"],
)
def test_a_program_that_is_not_right_is_found(tmp_path: Path, broken: str, said: str) -> None:
    (tmp_path / "wrong.py").write_text(
        "import os, sys\n"
        "from dataclasses import replace\n"
        "from benchmarks.mutations import filewise\n"
        "from benchmarks.mutations.__main__ import main\n"
        "from benchmarks.mutations.campaign import EDITS\n"
        "from tracker_core.sequences.sequence import Sequence\n"
        f"{broken}"
        "Sequence.frame = frame\n"
        "EDITS['sequences'] = ({'lose': filewise.lose_moments, 'lost': filewise.lose},)\n"
        "sys.exit(main(sys.argv[1:]))\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [
            *(sys.executable, tmp_path / "wrong.py", "--kind", "sequences", "--count", "24"),
            *("--state", tmp_path / "state"),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert said in done.stdout
    fault = next((tmp_path / "state" / "faults").iterdir())
    message = (fault / "told.txt").read_text(encoding="utf-8")
    assert f"--only {fault.name}" in message
    assert "lost" in message
    assert any((fault / "input").iterdir())
