"""How long the timeline takes to be drawn again, and how long its bare painting takes.

A hundred thousand frames and five targets, each with sources, marks and scores that change often.
The bare painting puts pictures of the same size, made before, onto a pixmap of the same size: less
no timeline can do that shows as much.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPoint, QRectF
from PySide6.QtGui import QImage, QPainter, QPixmap
from PySide6.QtWidgets import QApplication

from app.look.palette import DARK
from app.look.theme import apply_theme
from app.resolve.timeline import TimelineModel, TimelineRow
from app.views.timeline.geometry import ROW
from app.views.timeline.timeline import Timeline
from benchmarks.machine import processor
from sessions import Flag

FRAMES, TARGETS, WIDTH, REPEATS = 100_000, 5, 1920, 60
MOST_MILLISECONDS = 8.0
LAYERS_OF_ROW, LAYERS_OF_ALL = 3, 6
"""Pictures that a strip is made of; lanes and gaps, which there are once."""


def row(number: int, frames: int) -> TimelineRow:
    """A target as a person leaves it: stretches of some hundred frames, now and then a mark."""
    random = np.random.default_rng(number)
    source = np.repeat(random.integers(0, 5, frames // 100 + 1), 100)[:frames].astype(np.uint8)
    source[random.integers(0, frames, frames // 300)] = 1
    flags = np.zeros(frames, np.uint16)
    for flag in (Flag.ABSENT, Flag.OCCLUDED, Flag.TRUNCATED, Flag.REVIEWED, Flag.TARGET_REMOVED):
        marks = np.repeat(random.random(frames // 50 + 1) < 0.05, 50)[:frames]
        flags |= marks.astype(np.uint16) * np.uint16(flag)
    score = random.random(frames).astype(np.float32)
    score[source != 2] = np.nan
    colour = DARK.target(number)
    return TimelineRow(str(number), f"Target {number}", colour, source, flags, score, number == 0)


def p95(act: Callable[[int], None]) -> float:
    """Return the 95th percentile of the milliseconds that an act takes."""
    taken = []
    for number in range(REPEATS):
        start = time.perf_counter()
        act(number)
        taken.append(1000 * (time.perf_counter() - start))
    return float(np.percentile(taken, 95))


def bare(timeline: Timeline) -> float:
    """Return what painting as many pictures of columns takes, without making them."""
    random = np.random.default_rng(0)
    pixels = random.integers(0, 1 << 32, timeline.width(), dtype=np.uint32)
    image = QImage(
        pixels.data, len(pixels), 1, 4 * len(pixels), QImage.Format.Format_ARGB32_Premultiplied
    )
    ground, target = QPixmap(timeline.size()), QPixmap(timeline.size())
    area = QRectF(0, 0, timeline.width(), ROW)

    def paint(_number: int) -> None:
        with QPainter(ground) as painter:
            for _ in range(TARGETS * LAYERS_OF_ROW + LAYERS_OF_ALL):
                painter.drawImage(area, image)
        with QPainter(target) as painter:
            painter.drawPixmap(0, 0, ground)

    return p95(paint)


def measure(frames: int) -> dict[str, float]:
    """Return the milliseconds of each way in which the timeline is drawn again."""
    rows = [row(number, frames) for number in range(TARGETS)]
    gaps = frozenset(range(0, frames, 997))
    timeline = Timeline()
    timeline.set_model(TimelineModel(frames, gaps, tuple(rows)))
    timeline.resize(WIDTH, timeline.sizeHint().height())
    target = QPixmap(timeline.size())

    def drawn() -> None:
        timeline.render(target, QPoint())

    def all_again(_number: int) -> None:
        # New rows each time: nothing that was reduced before is used again.
        fresh = tuple(row_again(each) for each in rows)
        timeline.set_model(TimelineModel(frames, gaps, fresh))
        drawn()

    def one_row(_number: int) -> None:
        timeline.set_row(row_again(rows[0]))
        drawn()

    def zoomed(number: int) -> None:
        timeline.zoom(0.7 if number % 12 < 6 else 1 / 0.7, frames * 0.37)
        drawn()

    def playhead(number: int) -> None:
        timeline.set_index(number)
        drawn()

    drawn()
    return {
        "everything, from the arrays of the session": p95(all_again),
        "one target that changed": p95(one_row),
        "another zoom": p95(zoomed),
        "the playhead": p95(playhead),
        "bare painting": bare(timeline),
    }


def row_again(each: TimelineRow) -> TimelineRow:
    """Return the same row without what was reduced of it."""
    return TimelineRow(
        each.target_id, each.name, each.colour, each.source, each.flags, each.score, each.selected
    )


def main() -> int:
    """Print the figures for a short and for a long sequence; 1 when the long one takes too long."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication([])
    apply_theme(application, "dark")
    print(f"{processor()}; {TARGETS} targets, {WIDTH} pixels, 95th percentile of {REPEATS}")
    figures: dict[str, float] = {}
    for frames in (1_000, FRAMES):
        print(f"{frames} frames")
        figures = measure(frames)
        for name, milliseconds in figures.items():
            print(f"  {name}: {milliseconds:.2f} ms")
    return 1 if max(figures.values()) > MOST_MILLISECONDS else 0


if __name__ == "__main__":
    sys.exit(main())
