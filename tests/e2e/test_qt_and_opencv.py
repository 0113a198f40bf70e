"""OpenCV's wheels carry Qt 5 plugins; whatever is imported first, our Qt 6 window must start."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys

import pytest

OURS = "from tracker_core.imaging import cv2"
PLAIN = "import cv2"
QT = "from PySide6.QtWidgets import QApplication"
PLOT = "import pyqtgraph"

CHECK = """
import os, sys
app = QApplication.instance() or QApplication(["test"])
left = [name for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR") if name in os.environ]
sys.exit(f"left behind: {left}" if left else app.platformName() != "xcb")
"""


def orders() -> list[tuple[str, ...]]:
    politely = list(itertools.permutations((OURS, QT, PLOT)))
    # Somebody else's plain import, before or after ours.
    return [*politely, (PLAIN, OURS, QT), (OURS, PLAIN, OURS, QT), (QT, PLAIN, OURS)]


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="needs Xvfb for Qt's xcb plugin")
@pytest.mark.parametrize(
    "order", orders(), ids=lambda order: "-".join(s.split()[-1] for s in order)
)
def test_a_window_starts_in_every_order_of_imports(order: tuple[str, ...]) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QT_")}
    program = "\n".join((*order, CHECK))
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Could not" not in done.stderr


def test_a_setting_of_the_person_survives_the_import() -> None:
    environment = {**os.environ, "QT_QPA_FONTDIR": "/their/fonts"}
    program = f"{OURS}\nimport os, sys\nsys.exit(os.environ['QT_QPA_FONTDIR'] != '/their/fonts')"
    done = subprocess.run([sys.executable, "-c", program], env=environment, check=False)
    assert done.returncode == 0
