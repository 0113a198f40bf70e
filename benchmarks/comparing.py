"""How long results of trackers and the ground truth take to open, and what they cost a step.

Run `python -m benchmarks.comparing [--frames N] [--rounds N]`: in one window, steps over the same
frames without anything, with the ground truth and the results of three trackers, and without them
again, so that what else the machine does falls on all three alike; then the same with the tab open
that compares them. Exits with 1 when opening takes more than a second of work, or the 95th
percentile of a step's work with them exceeds the one without by a tenth.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QApplication

from app.views.inspector.compare_panel import ComparePanel
from app.window.main_window import MainWindow
from benchmarks.bounded import ROUNDS, whole
from benchmarks.machine import processor
from benchmarks.opened_window import BOX, Step, Steps, decode, opened, wait
from benchmarks.stepping import HEIGHT, WIDTH, write_clip
from tracker_core.bounds import Bounds
from tracker_core.evaluation.result_files import write_result

PICTURES = 60
"""Of which a sequence is made; a round takes as many frames, of which all pictures are kept."""
TRACKERS = ("one", "two", "three")
OPEN_SECONDS, MOST_MORE = 1.0, 1.1


def write_sequence(folder: Path, frames: int) -> None:
    """Write a sequence of many names and few pictures, its ground truth, and three results."""
    write_clip(folder / "pictures")
    for name, ending in (("visible", "jpg"), ("infrared", "png")):
        (folder / "clip" / name).mkdir(parents=True)
        for index in range(frames):
            picture = folder / "pictures" / name / f"{index % PICTURES:04d}.{ending}"
            os.link(picture, folder / "clip" / name / f"{index:06d}.{ending}")
    random = np.random.default_rng(3)
    true = np.tile([240.0, 210.0, 60.0, 60.0], (frames, 1))
    true[:, 0] += 100 * np.sin(np.arange(frames) / 50)
    for name in ("visible.txt", "infrared.txt", "init.txt"):
        write_result(folder / "clip" / name, true)
    for tracker in TRACKERS:
        boxes = true + random.normal(0, 6, true.shape) * [1, 1, 0.2, 0.2]
        boxes[frames // 2 : frames // 2 + 20, 0] += random.choice([0.0, 90.0])
        write_result(folder / "results" / tracker / "clip.txt", boxes)


class Compared:
    """A window in which results are opened and closed again, and the steps with and without."""

    def __init__(self, window: MainWindow, results: Path) -> None:
        self._window = window
        self._results = results
        self._steps = Steps(window)
        self.openings: list[tuple[float, float]] = []
        """Seconds until every lane and line is there: those of a clock, those worked."""
        self.judged = 0

    def without(self) -> None:
        """Close what is compared."""
        comparing = self._window.workspace.comparing
        comparing.close()
        comparing.show_truth(False)
        wait(self._window)

    def beside(self) -> None:
        """Open the results, and the ground truth with them."""
        comparing = self._window.workspace.comparing
        began, worked = time.perf_counter(), time.process_time()
        comparing.open((self._results,))
        wait(self._window)
        # What is asked for is painted, too.
        self._window.grab()
        self.openings.append((time.perf_counter() - began, time.process_time() - worked))
        self.judged = len(comparing.judged)

    def round(self, frames: range) -> tuple[list[Step], list[Step], list[Step]]:
        """Return the steps over some frames without results, with them, and without again."""
        decode(self._window, frames)
        self.without()
        self._steps.over(frames)  # the pictures of all frames are made
        before = self._steps.over(frames)
        self.beside()
        beside = self._steps.over(frames)
        self.without()
        return before, beside, self._steps.over(frames)


def p95(steps: list[Step], column: str) -> float:
    """Return the 95th percentile of one figure of a step."""
    return float(np.percentile([getattr(step, column) for step in steps], 95))


def report(what: str, rounds: list[tuple[list[Step], list[Step], list[Step]]]) -> float:
    """Print what steps took; return how many times the work without results that with them is."""
    print(f"step p95, {what}, medians of {len(rounds)} rounds (without, with, without again)")
    more = 1.0
    for column, words in (("painted", "both panes painted"), ("work", "of that, work")):
        found = np.array([[p95(each, column) for each in found] for found in rounds])
        first, beside, second = np.median(found, axis=0)
        times = found[:, 1] / found[:, ::2].mean(axis=1)
        apart = found[:, 2] / found[:, 0]
        more = statistics.median(times.tolist())
        print(
            f"  {words}: {first:.1f} ms, {beside:.1f} ms, {second:.1f} ms; with over without "
            f"{more:.2f} ({times.min():.2f} to {times.max():.2f}), without over itself "
            f"{np.median(apart):.2f} ({apart.min():.2f} to {apart.max():.2f})"
        )
    return more


def main() -> int:
    """Print the figures; 1 when one of them misses its target."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--frames", type=whole(Bounds(100, 100_000)), default=1000)
    parser.add_argument("--rounds", type=whole(ROUNDS), default=8)
    arguments = parser.parse_args()
    count = arguments.frames // PICTURES
    rounds = [range(PICTURES * at, PICTURES * (at + 1)) for at in range(count)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_sequence(folder, arguments.frames)
        window = opened(folder, folder / "clip")
        window.set_target_box(BOX)
        compared = Compared(window, folder / "results")
        found = []
        for shown in (False, True):
            if shown:
                window.inspector.setCurrentWidget(window.views.tab(ComparePanel))
            found.append([compared.round(rounds[at % count]) for at in range(arguments.rounds)])
        window.close()
        QApplication.processEvents()
    seconds, work = np.median(compared.openings, axis=0)
    print(
        f"{processor()}; {arguments.frames} frames of {WIDTH} x {HEIGHT}, {compared.judged} judged"
    )
    print(f"opened: {seconds:.2f} s, {work:.2f} s of work (target {OPEN_SECONDS} s)")
    more = [report(*each) for each in zip(("tab closed", "tab open"), found, strict=True)]
    return int(work > OPEN_SECONDS or max(more) > MOST_MORE)


if __name__ == "__main__":
    sys.exit(main())
