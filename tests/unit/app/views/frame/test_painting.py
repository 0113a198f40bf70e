"""Where the name of a box is painted, on screens of any density."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

WIDTH = 400
PAINT = f"""
import sys
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QWidget
from app.views.frame.painting import PaneLook, paint_boxes
from app.views.frame.scene import BoxItem, Compare, FrameScene
from sessions import Modality
from app.views.frame.viewport import PaneMap

app = QApplication([])
middle = QPointF({WIDTH} / 2, 100)
box = (float(sys.argv[1]), 100.0, 6.0, 30.0)
item = BoxItem("1", "Walker", (255, 255, 255), box, None, selected=False, machine=False)
scene = FrameScene(0, ({WIDTH}, 200), None, None, boxes=(item,))


class Pane(QWidget):
    def paintEvent(self, event):
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), 0)
            look = PaneLook(Modality.RGB, Compare.SPLIT, 0.5, 0.5)
            paint_boxes(painter, scene, PaneMap(1.0, middle, middle), look)


pane = Pane()
pane.resize({WIDTH}, 200)
image = pane.grab().toImage()
columns = [
    x
    for x in range(image.width())
    if any(image.pixelColor(x, y).value() > 100 for y in range(image.height()))
]
ratio = image.devicePixelRatio()
print(ratio, columns[0] / ratio, columns[-1] / ratio)
"""


def painted_columns(ratio: int, left: int) -> tuple[float, float]:
    """First and last column, in the pane's own pixels, that a narrow box and its name take."""
    # Only a process of its own can have another density.
    environment = {"QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": str(ratio)}
    process = subprocess.run(
        [sys.executable, "-c", PAINT, str(left)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    density, first, last = map(float, process.stdout.split())
    assert density == ratio
    return first, last


@pytest.mark.parametrize("ratio", [1, 2])
def test_a_name_begins_at_its_box(ratio: int) -> None:
    assert painted_columns(ratio, 260)[0] == pytest.approx(259, abs=2)


@pytest.mark.parametrize("ratio", [1, 2])
def test_a_name_stays_inside_the_pane(ratio: int) -> None:
    first, last = painted_columns(ratio, WIDTH - 8)
    assert WIDTH - 100 < first < WIDTH - 12
    assert WIDTH - 4 <= last < WIDTH
