"""Trackers that need no model, for tests of runs; worker processes import them from here."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tracker_core.errors import CKDError
from tracker_core.frames import Box, FramePair
from tracker_core.imaging import cv2
from tracker_core.trackers.protocol import Capabilities, TrackerInfo
from tracker_core.tracking.loop import Tracker

FRAMES = 5
VICTIM = 2
"""The sequence during which something happens."""


@dataclass(frozen=True, slots=True)
class Answer:
    box_xywh: Box
    overlap: float | None = None


@dataclass(frozen=True, slots=True)
class DriftSource:
    """Moves the box by a pixel per frame; notes in `log` which sequence it starts, and where."""

    log: Path
    mishap: str = ""
    """What happens in the middle of the victim: "", "refuse", "die", "die always", "hang"."""
    speed: str = "1"
    overlap: float | None = None
    """What it expects of its boxes."""
    note: str = ""
    """What is not as it was asked for."""
    failing: bool = False
    """Whether what computes it gives up on the way."""

    @property
    def info(self) -> TrackerInfo:
        return TrackerInfo("drift", "drift", note=self.note)

    @property
    def settings(self) -> dict[str, str]:
        return {"model": "drift", "speed": self.speed}

    def make(self) -> Tracker:
        return DriftTracker(self)


class DriftTracker:
    def __init__(self, source: DriftSource) -> None:
        self.source = source

    @property
    def capabilities(self) -> Capabilities:
        note = "The engine onnx failed; eager goes on in its place." if self.source.failing else ""
        return Capabilities(engine="eager", note=note)

    def start(self, _frames: FramePair, box_xywh: Box) -> Box:
        note(self.source.log, f"{number_of(box_xywh)} {os.getpid()}")
        return box_xywh

    def step(self, state: Box, _frames: FramePair) -> tuple[Box, Answer]:
        x, y, w, h = state
        if number_of(state) == VICTIM and x % 10 == 2:
            self.have_a_mishap()
        box = (x + float(self.source.speed), y, w, h)
        return box, Answer(box, self.source.overlap)

    def have_a_mishap(self) -> None:
        mishap = self.source.mishap
        if mishap == "refuse":
            raise CKDError("The target left.")
        if not mishap:
            return
        first = self.source.log.with_suffix(".mishap")
        if first.exists() and mishap != "die always":
            return
        first.write_text(str(os.getpid()))
        if mishap == "hang":
            time.sleep(600)
        os.kill(os.getpid(), signal.SIGKILL)


def number_of(box_xywh: Box) -> int:
    """The sequences' boxes start at x = 0, 10, 20 ... and move by less than 10."""
    return int(box_xywh[0] // 10)


def note(log: Path, line: str) -> None:
    """Append a line, whole even when several processes write."""
    with log.open("ab", buffering=0) as file:
        file.write(f"{line}\n".encode())


def started(log: Path) -> list[int]:
    """Return the numbers of the sequences in the order in which they were started."""
    return [int(line.split()[0]) for line in log.read_text().splitlines()]


def write_dataset(root: Path, count: int) -> Path:
    """Write tiny sequences in the LasHeR layout, `s0`, `s1` ..."""
    image = np.full((24, 32, 3), 90, np.uint8)
    for number in range(count):
        folder = root / f"s{number}"
        for modality, letter in (("visible", "v"), ("infrared", "i")):
            (folder / modality).mkdir(parents=True)
            for frame in range(FRAMES):
                cv2.imwrite(str(folder / modality / f"{letter}{frame:03d}.png"), image)
        rows = "".join(f"{number * 10},2,8,8\n" for _ in range(FRAMES))
        for name in ("visible", "infrared", "init"):
            (folder / f"{name}.txt").write_text(rows)
    return root


def expected_rows(number: int, speed: float = 1.0) -> list[list[float]]:
    return [[number * 10 + speed * frame, 2, 8, 8] for frame in range(FRAMES)]
