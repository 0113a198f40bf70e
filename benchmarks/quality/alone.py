"""A tracker that sees one modality only, in one of its inputs or in both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tracker_core.frames import Box, FramePair
from tracker_core.imaging import ThermalRange, as_rgb, cv2, thermal_over_rgb, thermal_range
from tracker_core.trackers import Result, Tracker, TrackerInfo, TrackerSource
from tracker_core.trackers.opencv import Camera
from tracker_core.tracking.second_looks import covered


class OneModality:
    """A tracker before which one of the two cameras is covered."""

    def __init__(self, tracker: Tracker[Result], seen: Camera) -> None:
        self._tracker = tracker
        self._seen = seen

    def start(self, frames: FramePair, box_xywh: Box) -> Any:  # noqa: ANN401 - the tracker's own
        """Begin on a frame; raises CKDError when the box does not fit."""
        return self._tracker.start(covered(frames, self._seen), box_xywh)

    def step(self, state: Any, frames: FramePair) -> tuple[Any, Result]:  # noqa: ANN401
        """Find the target in the modality that is seen."""
        return self._tracker.step(state, covered(frames, self._seen))


@dataclass(frozen=True, slots=True)
class AloneSource:
    """How a worker gets a tracker that sees one modality only."""

    source: TrackerSource
    seen: Camera

    @property
    def settings(self) -> dict[str, str]:
        """The tracker's own, and what it sees."""
        return {**self.source.settings, "modality": self.seen}

    @property
    def info(self) -> TrackerInfo:
        """The tracker's own, named after what it sees."""
        info = self.source.info
        return replace(info, name=f"{info.name}, {self.seen} alone")

    def make(self) -> Tracker[Result]:
        """Load the tracker; raises CKDError."""
        return OneModality(self.source.make(), self.seen)


def doubled(frames: FramePair, seen: Camera, span: ThermalRange | None = None) -> FramePair:
    """The same moment with one camera in both inputs; RGB stands for thermal in gray."""
    if seen == "rgb":
        gray = np.asarray(cv2.cvtColor(frames.rgb, cv2.COLOR_RGB2GRAY), np.uint8)
        return FramePair(frames.rgb, gray)
    thermal = thermal_over_rgb(frames, span)
    return FramePair(as_rgb(thermal), thermal)


class TwiceModality:
    """A tracker that is shown one camera in both of its inputs.

    Covered, an input is unlike any it was trained on; shown the same thing twice, a tracker loses
    nothing but the other camera.
    """

    def __init__(self, tracker: Tracker[Result], seen: Camera) -> None:
        self._tracker = tracker
        self._seen = seen

    def start(self, frames: FramePair, box_xywh: Box) -> Any:  # noqa: ANN401 - the tracker's own
        """Begin on a frame; raises CKDError when the box does not fit."""
        span = thermal_range(frames)
        return span, self._tracker.start(doubled(frames, self._seen, span), box_xywh)

    def step(self, state: Any, frames: FramePair) -> tuple[Any, Result]:  # noqa: ANN401
        """Find the target in the modality that is seen."""
        span, inner = state
        inner, result = self._tracker.step(inner, doubled(frames, self._seen, span))
        return (span, inner), result


@dataclass(frozen=True, slots=True)
class TwiceSource:
    """How a worker gets a tracker that is shown one camera in both inputs."""

    source: TrackerSource
    seen: Camera

    @property
    def settings(self) -> dict[str, str]:
        """The tracker's own, and what it sees."""
        return {**self.source.settings, "modality": f"{self.seen} twice"}

    @property
    def info(self) -> TrackerInfo:
        """The tracker's own, named after what it sees."""
        info = self.source.info
        return replace(info, name=f"{info.name}, {self.seen} twice")

    def make(self) -> Tracker[Result]:
        """Load the tracker; raises CKDError."""
        return TwiceModality(self.source.make(), self.seen)
