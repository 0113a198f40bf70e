"""What the tracker worker is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from threading import Event
from typing import TYPE_CHECKING, TypedDict

from app.bridge.run_parts import RunParts
from app.bridge.runs import PackedRun
from app.resolve.anchors import Anchor
from app.resolve.inspection import FeatureModel, Missing
from app.state.tracker_choice import TrackerChoice
from app.workers.base import Request
from app.workers.frame_source import FrameSource
from sessions import ModelInfo
from tracker_core.frames import Box, FramePair

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tracker_core.trackers import Result


@dataclass(frozen=True, slots=True)
class Leg:
    """One way through the frames, from `start` (exclusive) to `end` (inclusive)."""

    template: Anchor
    """What is followed: usually the box set by hand that this leg goes back to."""
    start: Anchor
    """Where the target is at first."""
    end: int

    @property
    def frames(self) -> range:
        """The frames to track, in order; backwards when `end` lies before `start`."""
        start = self.start.frame_index
        direction = 1 if self.end >= start else -1
        return range(start + direction, self.end + direction, direction)


@dataclass(slots=True)
class PauseLimit:
    """The score below which a run pauses; a person may move it while the run goes on."""

    # A single number: the thread that tracks reads it while the window writes it.
    value: float = 0.0
    """0 never pauses."""


class TrackOptions(TypedDict, total=False):
    """What may be said of a run beside its legs; see `TrackRequest`."""

    kept: frozenset[int]
    absent: frozenset[int]
    blended: bool
    pause: PauseLimit
    start_score: float


@dataclass(frozen=True, slots=True)
class TrackRequest(Request):
    """Follow one target, leg after leg."""

    source: FrameSource
    choice: TrackerChoice
    legs: tuple[Leg, ...]
    kept: frozenset[int] = frozenset()
    """Frames to follow the target through whose boxes are not asked for."""
    absent: frozenset[int] = frozenset()
    """Frames where the target is known to be away: the tracker does not look."""
    blended: bool = False
    """Whether the second leg comes from the other end of the first one."""
    pause: PauseLimit = field(default_factory=PauseLimit)
    """A frame with a lower score ends the run, if one before it, or its start, was not lower."""
    start_score: float = float("nan")
    """Score of the box the run sets out from; NaN for one that was set by hand."""
    parts: RunParts | None = None
    """What is given each frame as well, so that a killed program loses none; None keeps none."""
    stop: Event = field(default_factory=Event)
    """Set from the other thread to end this run after the frame it is on."""

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return "Tracking stopped"

    def moments(self, leg: Leg) -> Iterator[tuple[int, FramePair | None]]:
        """Yield each frame's index and images, None where nobody is to look, until a stop."""
        for index in leg.frames:
            if self.stop.is_set():
                return
            if index in self.absent:
                yield index, None
                continue
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
class GapRequest(Request):
    """Compute the modality gap of one frame, while nobody waits for anything else."""

    look: FeatureRequest
    """How it is looked at."""


@dataclass(frozen=True, slots=True)
class GapAnswer:
    """The modality gap of one frame."""

    gaps: NDArray[np.float32] | None
    """(B,) after each block; None where none belongs to the frame."""


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
class WeightsUntrained:
    """A run is refused because of its weights; it fails after this."""

    model: str
    """As it was chosen."""
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """Nobody knows yet which engine is the fastest for the weights of this model."""

    model: str


@dataclass(frozen=True, slots=True)
class Replaced:
    """Something is not as it was asked for."""

    note: str
    """One sentence."""


@dataclass(frozen=True, slots=True)
class Step:
    """The tracker's answer on one frame of a run."""

    frame_index: int
    result: Result
