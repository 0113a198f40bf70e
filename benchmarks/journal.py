"""What a change waits for its journal, and how soon it is on disk.

Run with `python -m benchmarks.journal`; exits with 1 when the p95 of ordinary commands exceeds
2 ms, or a change takes longer than a second to reach the disk.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from unittest import mock

# Before the libraries are imported: they read it once, and times of many threads vary.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from sessions import (
    AcceptRun,
    AddTarget,
    AnnotationSession,
    Command,
    History,
    Journal,
    SequenceInfo,
    SetBox,
    TrackedBlocks,
    TrackingRows,
    save,
)
from sessions.blocks import BLOCK_FRAMES
from sessions.places import STATE_DIR_VARIABLE

FRAMES = 20_000
COMMANDS = 1_000
LIMIT_SECONDS = 0.002
LIMIT_ON_DISK = 1.0


@dataclass(frozen=True, slots=True)
class Times:
    """How long calls took, in seconds."""

    seconds: tuple[float, ...]

    @property
    def p95(self) -> float:
        """What 95 of 100 stay below."""
        return float(np.percentile(self.seconds, 95))

    def __str__(self) -> str:
        middle, most = float(np.median(self.seconds)), max(self.seconds)
        return f"p50 {middle * 1e3:.2f} ms, p95 {self.p95 * 1e3:.2f} ms, max {most * 1e3:.2f} ms"


class Bench:
    """A session of many frames, its history and its journal."""

    def __init__(self, folder: Path, frames: int) -> None:
        """Save a session with one target, and open it."""
        paths = tuple(f"/data/evening_walk/visible/{i:06d}.jpg" for i in range(frames))
        info = SequenceInfo("walk", "lasher", paths, paths, frames, frames)
        self.frames = frames
        self.session = AnnotationSession(info)
        self.history = History(self.session)
        self.history.do(AddTarget("1", "walker"))
        save(self.session, folder / "walk.h5")
        self.journal = Journal.begin(self.session, folder / "walk.h5")

    def timed(self, write: Callable[[], object]) -> float:
        """Return seconds that one call takes."""
        start = time.perf_counter()
        write()
        return time.perf_counter() - start

    def do(self, command: Command) -> float:
        """Return what writing a command took, without doing it."""
        self.history.do(command)
        return self.timed(lambda: self.journal.append(command))

    def boxes(self, count: int) -> Times:
        """Draw boxes by hand."""
        rng = np.random.default_rng(0)
        taken = []
        for frame in rng.integers(0, self.frames, count).tolist():
            box = tuple(rng.uniform(1, 300, 4).tolist())
            taken.append(self.do(SetBox.draw(self.session, "1", frame, box)))
        return Times(tuple(taken))

    def run(self, whole: AcceptRun) -> tuple[Times, float]:
        """Track all frames, a block at a time; return times of the parts and of the end."""
        entry = self.journal.begin_run("1")
        taken = [self.timed(partial(entry.add, part)) for part in blocks_of(whole)]
        self.history.do(whole)
        return Times(tuple(taken)), self.timed(lambda: entry.accepted(whole))

    def cross(self, *, redo: bool) -> float:
        """Return what writing an undo or a redo took."""
        command = self.history.redo_command if redo else self.history.undo_command
        if command is None:
            raise RuntimeError("there is no step to cross")
        (self.history.redo if redo else self.history.undo)()
        write = self.journal.redone if redo else self.journal.undone
        return self.timed(lambda: write(command))

    def on_disk(self) -> float:
        """Return how long after a change it was synced."""
        synced: list[float] = []
        real = os.fsync

        def fsync(handle: int) -> None:
            real(handle)
            synced.append(time.perf_counter())

        self.journal.settle()
        with mock.patch("os.fsync", fsync):
            self.boxes(1)
            start = time.perf_counter()
            while not synced:
                time.sleep(0.005)
        return synced[0] - start


def tracked_run(frames: int) -> AcceptRun:
    """Return a run over all frames, what the tracker said in the shape of the paper's model."""
    from benchmarks.session_size import noise

    model, answers = noise()
    rows = TrackingRows.from_frames(model, [answers[i % len(answers)] for i in range(frames)])
    index = np.arange(frames)
    boxes = np.abs(np.random.default_rng(1).normal(0, 50, (frames, 4))) + 20.0
    blocks = TrackedBlocks.pack(index, rows)
    return AcceptRun("1", index, boxes, rows.scores, blocks)


def blocks_of(whole: AcceptRun) -> list[AcceptRun]:
    """Return the run block by block, as a tracker journals it."""
    parts = []
    packed = whole.tracking
    if not isinstance(packed, TrackedBlocks):
        raise TypeError("a run is journalled packed")
    for number, (index, block) in enumerate(zip(packed.indices, packed.blocks, strict=True)):
        rows = slice(number * BLOCK_FRAMES, (number + 1) * BLOCK_FRAMES)
        parts.append(
            replace(
                whole,
                frames=whole.frames[rows],
                boxes=whole.boxes[rows],
                scores=whole.scores[rows],
                tracking=TrackedBlocks(packed.model, (index,), (block,)),
            )
        )
    return parts


def processor() -> str:
    """Return what this computer calls its processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def measure(folder: Path, frames: int = FRAMES, commands: int = COMMANDS) -> tuple[Times, float]:
    """Print all; return the times of ordinary commands, and how soon one was on disk."""
    os.environ[STATE_DIR_VARIABLE] = str(folder / "state")
    bench = Bench(folder, frames)
    try:
        first = bench.boxes(1)
        ordinary = bench.boxes(commands)
        parts, accepted = bench.run(tracked_run(frames))
        size = bench.journal.path.stat().st_size if bench.journal.path else 0
        short = bench.cross(redo=False), bench.cross(redo=True)
        # As after a save: the step is in no journal any more.
        bench.journal.note_saving("an id that no file has")
        full = bench.cross(redo=False)
        bench.journal.note_saving("another id")
        again = bench.cross(redo=True)
        waited = bench.on_disk()
    finally:
        bench.journal.remove()
    print(f"on {processor()}, {os.cpu_count()} cores; a session of {frames} frames")
    print(f"  first change, with the file: {first.p95 * 1e3:.2f} ms")
    print(f"  {commands} boxes: {ordinary}")
    print(f"  {len(parts.seconds)} parts of a run over all frames: {parts}")
    print(f"  its end: {accepted * 1e3:.2f} ms; the journal then has {size / 1e6:.1f} MB")
    print(f"  undo of it {short[0] * 1e3:.2f} ms, redo {short[1] * 1e3:.2f} ms")
    print(f"  after a save: undo {full * 1e3:.1f} ms, redo {again * 1e3:.1f} ms")
    print(f"  a change is on disk after {waited * 1e3:.0f} ms")
    return ordinary, waited


def main() -> int:
    """Measure; 1 when a change waits too long."""
    with tempfile.TemporaryDirectory() as folder:
        ordinary, waited = measure(Path(folder))
    return int(ordinary.p95 > LIMIT_SECONDS or waited > LIMIT_ON_DISK)


if __name__ == "__main__":
    sys.exit(main())
