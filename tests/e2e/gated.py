"""A tracker that waits at each frame until a test lets it go on, as sure as the test says."""

from __future__ import annotations

from threading import Semaphore

from tracker_core.frames import Box, FramePair
from tracker_core.trackers import Step

SPEC = "tests.e2e.gated:Gated"
"""As it is typed."""
SURE = 0.9


class Gate:
    """What a test decides about the one run under way."""

    def __init__(self) -> None:
        self.open = Semaphore(0)
        self.unsure: dict[int, float] = {}
        """The score of the k-th frame of a run, where it is not `SURE`."""

    def let(self, frames: int) -> None:
        """Let as many frames be tracked."""
        self.open.release(frames)

    def close(self) -> None:
        """Let nothing more be tracked."""
        while self.open.acquire(blocking=False):
            pass
        self.unsure.clear()


GATE = Gate()
"""One for all: the program makes the tracker itself, from its name."""


class Gated:
    """Stays where it began, one pixel further to the right on each frame."""

    def start(self, _frames: FramePair, box_xywh: Box) -> tuple[int, Box]:
        """Begin at a box."""
        return 0, box_xywh

    def step(self, state: tuple[int, Box], _frames: FramePair) -> tuple[tuple[int, Box], Step]:
        """Say the next box, when it may."""
        GATE.open.acquire()
        count, (x, y, w, h) = state[0] + 1, state[1]
        moved = x + 1.0, y, w, h
        return (count, moved), Step(moved, GATE.unsure.get(count, SURE))
