"""The real program, started as benchmarks/startup.py starts it: first frame before torch."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_first_frame_is_on_screen_before_torch_is_loaded(clip: Path) -> None:
    code = "from benchmarks.startup import child; child()"
    done = subprocess.run(
        [sys.executable, "-c", code, str(clip)],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shown_at, worked, torch_loaded = done.stdout.split()
    assert float(shown_at) > 0
    assert float(worked) > 0
    assert torch_loaded == "False"


def test_a_window_that_cannot_be_built_ends_the_program_with_one_sentence() -> None:
    code = (
        "import sys; from app.window import main_window; main_window.Presenter = None; "
        "from app.cli.entry import run; sys.exit(run([]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    (sentence,) = done.stderr.strip().splitlines()
    assert sentence.startswith("CKD Studio cannot start: ")
    assert "TypeError" in sentence
    assert sentence.endswith("errors.log.")
