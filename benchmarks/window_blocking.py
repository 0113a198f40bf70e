"""How long the window is deaf while a run of 20 000 frames is taken over, and while it is saved.

Run with `python -m benchmarks.window_blocking`; exits with 1 when the event loop stands still for
more than 50 ms. A timer beats as often as it can; the longest pause between two beats counts, the
views that redraw included. A pretended tracker answers at once, so that only the end of a run is
measured: packing and all that comes before happen in the tracker's thread.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event
from unittest.mock import patch

# Before Qt is imported, which reads it once.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEventLoop, Qt, QTimer, SignalInstance

from app.bridge.runs import RunPacker
from app.window.main_window import MainWindow
from app.workers.tracking import RunEnd, TrackerWorker, TrackRequest
from benchmarks.machine import processor
from benchmarks.opened_window import opened, wait
from sessions import ModelInfo
from tracker_core.ckd.crop import SearchWindow
from tracker_core.ckd.tracker import EliminationStage, TrackResult
from tracker_core.imaging import write_image

FRAMES, ROUNDS = 20_000, 5
BUDGET_MS = 50.0
SETTLE_MS = 300
"""The views may redraw some time after the news that they redraw for."""
GRID, STAGES = 16, ((3, 180), (6, 126), (9, 89))
"""Tokens a side, and how many are left after which blocks: the paper's tracker."""


def write_clip(folder: Path) -> None:
    """Write a long sequence of one small picture."""
    picture = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    for name in ("visible", "infrared"):
        (folder / name).mkdir(parents=True)
        first = folder / name / "00000.jpg"
        write_image(first, picture)
        for index in range(1, FRAMES):
            (folder / name / f"{index:05d}.jpg").hardlink_to(first)  # one picture, 20 000 names


def results() -> dict[int, TrackResult]:
    """Return noise in the shape of the tracker's answers on every frame but the first."""
    rng = np.random.default_rng(1)
    answers = {}
    for index in range(1, FRAMES):
        order, before, stages = rng.permutation(GRID * GRID), GRID * GRID, []
        for block, left in STAGES:
            attention = rng.random(before).astype(np.float32)
            stages.append(EliminationStage(block, order[:left], order[left:before], attention))
            before = left
        answers[index] = TrackResult(
            frame_index=index,
            box_xywh=(10.0 + index % 20, 10.0, 12.0, 12.0),
            score=0.8,
            score_map=rng.random((GRID, GRID)).astype(np.float32),
            search_window=SearchWindow(0, 0, 40),
            search_grid=GRID,
            elimination=tuple(stages),
            target_tokens_removed=index % 7,
        )
    return answers


class PretendedRun:
    """Stands in for tracking in the worker's thread; its end waits until it may be measured."""

    def __init__(self) -> None:
        self.results: dict[int, TrackResult] = {}
        self.packed, self.end = Event(), Event()

    def begin(self) -> dict[int, TrackResult]:
        """Get ready for one run; return what it is going to say."""
        self.packed.clear()
        self.end.clear()
        self.results = results()
        return dict(self.results)

    def track(self, request: TrackRequest) -> RunEnd:
        """Pack every answer, keep its parts, and end when told to."""
        blocks = tuple(block for block, _ in STAGES)
        model = ModelInfo("benchmark", "", "{}", GRID, GRID, blocks)
        # What is kept on the way need not be written when the run is taken over.
        parts = request.parts
        packer = RunPacker(model, parts)
        if parts is not None:
            parts.begin(model)
        while self.results:
            # Let go of, so that whoever drops the last of them does so in the window's thread.
            packer.add(*next(iter(self.results.items())))
            del self.results[next(iter(self.results))]
        run = packer.packed()
        if parts is not None:
            parts.end()
        self.packed.set()
        self.end.wait()
        return RunEnd("finished", (), run)


class Heart:
    """Beats in the window's event loop and knows the longest pause."""

    def __init__(self) -> None:
        self._beats: list[tuple[float, float]] = []
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)  # the usual one is coarse to 5 %
        self._timer.timeout.connect(self._beat)
        self._timer.start(1)

    def _beat(self) -> None:
        self._beats.append((time.perf_counter(), time.thread_time()))

    def longest(self, action: Callable[[], object], done: SignalInstance) -> tuple[float, float]:
        """Return the longest pause until `done` and what follows it, in ms, and its own work."""
        loop = QEventLoop()
        done.connect(lambda *_news: QTimer.singleShot(SETTLE_MS, loop.quit))
        QTimer.singleShot(0, self._beats.clear)  # from within the loop: starting it is no pause
        QTimer.singleShot(20, action)  # some beats first, so that the pause has a beginning
        loop.exec()
        pauses = np.diff(np.array(self._beats), axis=0) * 1000.0
        wall, work = pauses[pauses[:, 0].argmax()]
        return float(wall), float(work)


def until(done: Callable[[], bool]) -> None:
    """Let the window work until something is so."""
    loop = QEventLoop()
    timer = QTimer()
    timer.timeout.connect(lambda: loop.quit() if done() else None)
    timer.start(20)
    loop.exec()


def measure(window: MainWindow, path: Path) -> dict[str, list[tuple[float, float]]]:
    """Return the longest pause and its own work of every round, in ms."""
    heart, run = Heart(), PretendedRun()
    space = window.workspace
    times: dict[str, list[tuple[float, float]]] = {"accept": [], "save": []}
    with patch.object(TrackerWorker, "_track", lambda _worker, request: run.track(request)):
        for _ in range(ROUNDS):
            window.go_to_frame(0)
            wait(window)
            answers = run.begin()
            window.track_forward()
            # As if they had streamed in: a tracker that takes no time would flood the window.
            space.tracking.live_frames.update(answers)
            # Ours would keep the answers alive past the window, and the cost of freeing them would
            # be hidden.
            answers.clear()
            until(run.packed.is_set)
            until(lambda: window.presenter.settled)
            times["accept"].append(heart.longest(run.end.set, window.run_ended))
            times["save"].append(heart.longest(lambda: window.save_session(path), window.saved))
            space.document.undo()  # the next round accepts on the same ground
            wait(window)
    return times


def main() -> int:
    """Print the longest pauses; return 1 when their median is over budget."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_clip(folder / "clip")
        window = opened(folder, folder / "clip")
        if window.frame_count != FRAMES:
            print(window.message)
            return 1
        window.set_target_box((10.0, 10.0, 12.0, 12.0))
        times = measure(window, folder / "walk.h5")
        window.close()
    print(f"{FRAMES} tracked frames on {processor()}, {os.cpu_count()} cores, {ROUNDS} rounds")
    late = False
    for words, rounds in times.items():
        walls = sorted(wall for wall, _ in rounds)
        median = statistics.median(walls)
        work = statistics.median(work for _, work in rounds)
        late = late or median > BUDGET_MS
        print(
            f"  {words:<7} longest pause of the event loop: median {median:.0f} ms "
            f"({walls[0]:.0f} to {walls[-1]:.0f}), the window's own work in it {work:.0f} ms"
        )
    return int(late)


if __name__ == "__main__":
    sys.exit(main())
