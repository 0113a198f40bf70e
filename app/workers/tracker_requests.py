"""What the tracker worker is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from threading import Event
from typing import TYPE_CHECKING

from app.bridge.run_parts import RunParts
from app.bridge.runs import PackedRun
from app.resolve.inspection import FeatureModel, Missing
from app.state.tracker_choice import TrackerChoice
from app.workers.base import Request
from app.workers.frame_source import FrameSource
from sessions import ModelInfo
from tracker_core.frames import Box, FramePair

if TYPE_CHECKING:
    from tracker_core.trackers import Result


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where the template is cut."""

    frame_index: int
    box_xywh: Box


@dataclass(frozen=True, slots=True)
class TrackRequest(Request):
    """Follow a target from `start` (exclusive) to `end` (inclusive)."""

    source: FrameSource
    choice: TrackerChoice
    anchor: Anchor
    """What is followed: usually the box set by hand that this run goes back to."""
    start: int
    start_box: Box
    """Where the target is on frame `start`."""
    end: int
    pause_below: float = 0.0
    """Stop after a frame whose score is lower; 0 never stops."""
    parts: RunParts | None = None
    """What is given each frame as well, so that a killed program loses none; None keeps none."""
    stop: Event = field(default_factory=Event)
    """Set from the other thread to end this run after the frame it is on."""

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return "Tracking stopped"

    @property
    def frames(self) -> range:
        """The frames to track, in order; backwards when `end` lies before `start`."""
        direction = 1 if self.end >= self.start else -1
        return range(self.start + direction, self.end + direction, direction)

    def moments(self) -> Iterator[tuple[int, FramePair | None]]:
        """Yield each frame's index and images, None for a gap, until somebody stops the run."""
        for index in self.frames:
            if self.stop.is_set():
                return
            frame = self.source.frame(index)
            yield index, None if frame.is_gap else frame.pair()


@dataclass(frozen=True, slots=True)
class FeatureRequest(Request):
    """Compute the tokens of one frame again."""

    source: FrameSource
    choice: TrackerChoice
    anchor: Anchor
    frame_index: int
    previous_box: Box
    """Where the target was before: the middle of the search window."""
    block: int | None
    """The block to show; None for the last one."""
    made_by: ModelInfo | None = None
    """What tracked the frame, where that is known: nothing else may say what it saw there."""

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return f"The features of frame {self.frame_index} cannot be shown"

    def same_frame(self, other: FeatureRequest) -> bool:
        """Whether `other` asks for the same tokens, perhaps after another block."""
        return replace(self, number=0, block=None) == replace(other, number=0, block=None)


@dataclass(frozen=True, slots=True)
class FeatureAnswer:
    """The tokens of one frame, looked at after one block."""

    result: Result | None
    """None where there are no tokens that belong to the frame."""
    model: FeatureModel | Missing


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended."""

    reason: str
    """`finished`, `stopped` or `paused`."""
    skipped: tuple[int, ...]
    """Frames that lack a modality; nothing was tracked there."""
    run: PackedRun | None = None
    """What was tracked; None when not a single frame was."""


@dataclass(frozen=True, slots=True)
class TrackerReady:
    """The tracker of a run is loaded."""

    info: ModelInfo


@dataclass(frozen=True, slots=True)
class TrackerLoading:
    """The tracker of a request is not there yet; loading it may take seconds."""

    name: str


@dataclass(frozen=True, slots=True)
class Step:
    """The tracker's answer on one frame of a run."""

    frame_index: int
    result: Result
