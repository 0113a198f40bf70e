"""A box that never moves: what a clip gives away for nothing."""

from __future__ import annotations

from dataclasses import dataclass

from tracker_core.frames import Box, FramePair, check_box
from tracker_core.trackers.protocol import Capabilities, Step, TrackerInfo

TRACKER = "still"
TITLE = "Still box"


class StillTracker:
    """Says the first box again and again."""

    capabilities = Capabilities(pure=True, cameras=())

    def start(self, frames: FramePair, box_xywh: Box) -> Box:
        """Keep the box; raises CKDError when it does not fit."""
        return check_box(box_xywh, frames.size)

    def step(self, state: Box, _frames: FramePair) -> tuple[Box, Step]:
        """Say the same again."""
        return state, Step(state)


@dataclass(frozen=True, slots=True)
class StillSource:
    """How a process gets a still box."""

    @property
    def settings(self) -> dict[str, str]:
        """Nothing but its name."""
        return {"tracker": TRACKER}

    @property
    def info(self) -> TrackerInfo:
        """What a session keeps of it."""
        return TrackerInfo(TITLE, TRACKER)

    def make(self) -> StillTracker:
        """Return the tracker."""
        return StillTracker()
