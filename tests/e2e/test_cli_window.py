"""`ckd-studio PATH` puts a real window on a real screen."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("xdotool") is None, reason="needs xdotool"),
    pytest.mark.skipif(not os.environ.get("DISPLAY"), reason="needs an X server"),
]


def shown_windows(title: str) -> list[str]:
    search = ["xdotool", "search", "--onlyvisible", "--name", title]
    done = subprocess.run(search, capture_output=True, text=True, check=False)
    return done.stdout.split()


@pytest.mark.parametrize("given", ["nothing", "a folder"])
def test_the_window_appears_and_ctrl_c_closes_it(given: str, clip: Path, tmp_path: Path) -> None:
    assert shown_windows("CKD Studio") == []
    arguments = [str(clip)] if given == "a folder" else []
    title = "clip" if arguments else "CKD Studio"
    program = [sys.executable, "-m", "app", *arguments]
    with subprocess.Popen(program, cwd=tmp_path, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 120
        while not shown_windows(title):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said.decode()
    assert b"Traceback" not in said
