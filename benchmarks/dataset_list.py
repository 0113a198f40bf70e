"""How long a dataset of 1 224 sequences takes to open as a list, and how long the window is deaf.

Run `python -m benchmarks.dataset_list [--sequences N] [--files N] [--folder FOLDER]`; leaves with 1
when the list takes more than a second of work, or the window stands still for more than 50 ms of
its own work. The dataset is made once, as links to one small picture a sequence, and stays in
FOLDER where one is given, results of three trackers in FOLDER-results; the first opening is not
counted, so that the disk is warm. One sequence in ten has a session. Last, the results are opened
beside the list.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

# Before Qt is imported, which reads it once.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from app.bridge.values import sequence_info
from app.state.settings import SettingsStore
from app.window.application import create_application
from app.window.commands import datasets
from app.window.main_window import MainWindow
from benchmarks.bounded import ROUNDS, whole
from benchmarks.machine import processor
from benchmarks.window_blocking import Heart, until
from safe_files import write_text
from sessions import AddTarget, AnnotationSession, History, SetBox, save
from tracker_core.bounds import Bounds
from tracker_core.evaluation.result_files import write_result
from tracker_core.imaging import write_image
from tracker_core.sequences import open_sequence
from tracker_core.sequences.boxes import parse_boxes

TARGET_SECONDS, TARGET_MS = 1.0, 50.0
TRACKERS = ("one", "two", "three")
SESSION_EVERY = 10
STEPS = 12


def main() -> int:
    """Measure, print the figures, and say whether a target was missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sequences", type=whole(Bounds(STEPS + 1, 20_000)), default=1224)
    parser.add_argument("--files", type=whole(Bounds(2, 10_000)), default=200)
    parser.add_argument("--rounds", type=whole(ROUNDS), default=5)
    parser.add_argument("--folder", type=Path, help="where the dataset is, or is made")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        os.environ["CKD_STUDIO_STATE_DIR"] = str(home / "state")
        root = arguments.folder or home / "dataset"
        if not root.exists():
            write_dataset(root, arguments.sequences, arguments.files)
        results = root.with_name(f"{root.name}-results")
        if not results.exists():
            write_results(root, results)
        return measure(root, results, home, arguments.rounds)


def write_dataset(root: Path, sequences: int, files: int) -> None:
    """Write sequences of the LasHeR layout, and some sessions."""
    picture = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    for number in range(sequences):
        folder = root / f"sequence-{number:04d}"
        for camera in ("visible", "infrared"):
            (folder / camera).mkdir(parents=True)
            first = folder / camera / "000001.jpg"
            write_image(first, picture)
            for index in range(2, files + 1):
                # A link for each file: some disks know 65 000 names of one.
                (folder / camera / f"{index:06d}.jpg").hardlink_to(first)
        for name in ("visible.txt", "infrared.txt", "init.txt"):
            write_text(folder / name, "10,10,12,12\n" * files)
        if number % SESSION_EVERY == 0:
            _write_session(folder)


def write_results(root: Path, results: Path) -> None:
    """Write what three trackers say of each sequence, somewhat beside its ground truth."""
    random = np.random.default_rng(1)
    for truth in sorted(root.glob("*/init.txt")):
        boxes = parse_boxes(truth, truth.read_text()).boxes
        for tracker in TRACKERS:
            moved = boxes + random.normal(0.0, 2.0, (len(boxes), 4)) * [1, 1, 0.1, 0.1]
            write_result(results / tracker / f"{truth.parent.name}.txt", moved)


def _write_session(folder: Path) -> None:
    session = AnnotationSession(sequence_info(open_sequence(folder), (folder,)))
    history = History(session)
    history.do(AddTarget("1", "Target"))
    history.do(SetBox("1", 0, np.full((2, 4), 10.0)))
    save(session, folder.with_name(f"{folder.name}.h5"))


def measure(root: Path, results: Path, home: Path, rounds: int) -> int:
    """Open the dataset again and again, then results, then go from one sequence to the next."""
    settings = SettingsStore(home / "settings.json")
    app = create_application(settings)
    window = MainWindow(settings)
    window.confirm_discard = lambda: True
    window.resize(1280, 800)
    window.show()
    heart = Heart()
    lists, works, wholes, walls, pauses = [], [], [], [], []
    for number in range(rounds + 1):
        begun, known, pause = _opened(window, heart, root)
        if number:
            lists.append(begun[0])
            works.append(begun[1])
            wholes.append(known)
            walls.append(pause[0])
            pauses.append(pause[1])
        datasets.close(window)
    compared, slow = _compared(window, heart, root, results)
    steps = _stepped(window, root)
    window.close()
    app.processEvents()
    count, middle = len(list(root.iterdir())), statistics.median
    print(f"{processor()}; {count} entries in {root}, {rounds} rounds")
    print(f"list on show: {middle(lists):.2f} s, {middle(works):.2f} s of work "
          f"(target {TARGET_SECONDS} s)")  # fmt: skip
    print(f"every column known: {middle(wholes):.2f} s")
    print(f"longest pause of the window: {max(walls):.0f} ms, of which {max(pauses):.0f} ms its "
          f"own work (target {TARGET_MS:.0f} ms)")  # fmt: skip
    print(f"results of {len(TRACKERS)} trackers over all of them: {compared:.1f} s; longest pause "
          f"{slow[0]:.0f} ms, of which {slow[1]:.0f} ms its own work")  # fmt: skip
    print(f"to the next sequence: {middle(steps):.2f} s, at most {max(steps):.2f} s")
    return int(middle(works) > TARGET_SECONDS or max(*pauses, slow[1]) > TARGET_MS)


def _opened(
    window: MainWindow, heart: Heart, root: Path
) -> tuple[tuple[float, float], float, tuple[float, float]]:
    """Return when the list was there, in time and work, when all was known, and the pause."""
    times: list[tuple[float, float]] = []
    known: list[float] = []
    space = window.workspace.datasets

    def note() -> None:
        # Only what is open counts: closing says the same.
        if space.dataset is not None:
            times.append((time.perf_counter(), time.process_time()))

    start: list[tuple[float, float]] = []

    def begin() -> None:
        start.append((time.perf_counter(), time.process_time()))
        window.open_path(root)

    looked = window.workspace.dataset_looker.ended
    ended = looked.connect(lambda _problem: known.append(time.perf_counter()))
    begun = space.begun.connect(note)
    pause = heart.longest(begin, window.idle)
    until(lambda: window.is_idle)
    space.begun.disconnect(begun)
    looked.disconnect(ended)
    wall, work = start[0]
    return (times[0][0] - wall, times[0][1] - work), known[-1] - wall, pause


def _compared(
    window: MainWindow, heart: Heart, root: Path, results: Path
) -> tuple[float, tuple[float, float]]:
    """Return how long results over all sequences take, and the longest pause meanwhile."""
    window.open_path(root)
    until(lambda: window.workspace.datasets.dataset is not None and window.is_idle)
    over, end = window.workspace.dataset_results, _End()
    # News come all the while; the last ones when nothing is compared any more.
    said = over.changed.connect(lambda: None if over.pending else end.come.emit())
    begun = time.perf_counter()
    pause = heart.longest(lambda: window.workspace.comparing.open((results,)), end.come)
    taken = time.perf_counter() - begun
    over.changed.disconnect(said)
    window.workspace.comparing.close()
    return taken, pause


class _End(QObject):
    come = Signal()


def _stepped(window: MainWindow, root: Path) -> list[float]:
    """Return the seconds from the key to the first frame, for some sequences."""
    window.open_path(root)
    until(lambda: window.workspace.datasets.dataset is not None and window.is_idle)
    taken = []
    for _ in range(STEPS):
        before = window.workspace.datasets.current
        start = time.perf_counter()
        datasets.step(window, datasets.FORWARD)
        while window.workspace.datasets.current in (None, before) or not window.is_idle:
            QApplication.processEvents()
        taken.append(time.perf_counter() - start)
    window.workspace.files.close()
    return taken


if __name__ == "__main__":
    sys.exit(main())
