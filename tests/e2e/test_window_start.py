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
