"""The pictures of the user guide are those of the program as it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from scripts.guide.pictures import APART, apart

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "images" / "guide"


@pytest.mark.slow
def test_they_are_what_the_program_shows_today(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    done = subprocess.run(
        [sys.executable, "-m", "scripts.guide", str(taken)],
        cwd=ROOT,
        env={**os.environ, "DISPLAY": "", "WAYLAND_DISPLAY": ""},
        capture_output=True,
        text=True,
        timeout=290,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    kept, new = ({path.name for path in folder.iterdir()} for folder in (PICTURES, taken))
    assert new == kept
    levels = {
        name: apart(Image.open(PICTURES / name), Image.open(taken / name)) for name in sorted(kept)
    }
    old = {name: round(level, 1) for name, level in levels.items() if level > APART}
    assert not old, "out of date; `make screenshots` takes them again, then read what shows them"
