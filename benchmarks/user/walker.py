"""A tracker that takes its time, so that a run is under way long enough to be interrupted."""

from __future__ import annotations

import time

from tracker_core.frames import Box, FramePair
from tracker_core.trackers import Step

SPEC = "benchmarks.user.walker:Walker"
"""As it is typed."""
SECONDS = 0.012
"""Of one frame: as fast as CKD on a good computer."""


class Walker:
    """Goes to and fro by a pixel a frame; what it says differs from frame to frame."""

    def start(self, _frames: FramePair, box_xywh: Box) -> tuple[int, Box]:
        """Begin at a box."""
        return 0, box_xywh

    def step(self, state: tuple[int, Box], _frames: FramePair) -> tuple[tuple[int, Box], Step]:
        """Say the next box."""
        time.sleep(SECONDS)
        count, (x, y, w, h) = state
        moved = x + (1.0 if count % 10 < 5 else -1.0), y, w, h
        return (count + 1, moved), Step(moved, 0.5 + 0.04 * (count % 10))
