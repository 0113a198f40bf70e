"""What a tracker takes, what it answers, and how a program asks what it can show.

Nothing heavy is imported here: a tracker needs neither torch nor OpenCV unless it uses them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from tracker_core.frames import Box, FramePair

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tracker_core.ckd.crop import SearchWindow
    from tracker_core.ckd.tracker import EliminationStage, FrameFeatures

NO_SCORE = float("nan")
"""The score of a tracker that gives none: no number between 0 and 1 would be honest."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a tracker can show or do beside giving boxes; asking costs nothing."""

    score: bool = False
    """Results have a score, 0 to 1."""
    score_map: bool = False
    """Results have a score map and the window that it covers."""
    elimination: bool = False
    """Results say which search tokens were removed."""
    features: bool = False
    """`step(state, frames, features=True)` also gives the tokens of every block."""
    moves: bool = False
    """A state has `moved_to(box_xywh)`: a correction goes on with the template that it has."""
    pure: bool = False
    """A step leaves the given state as it was, so that it may be taken again."""
    engine: str = ""
    """What computes the network, such as "eager"; empty where there is none of ours."""
    cameras: tuple[str, ...] = ("rgb", "tir")
    """Those that it looks at, of `rgb` and `tir`."""
    note: str = ""
    """One sentence for the person where it no longer works as it was asked to."""


class Result(Protocol):
    """What a tracker says about one frame; what it has no notion of is None, empty or 0."""

    @property
    def box_xywh(self) -> Box:
        """x, y, w, h in frame pixels."""

    @property
    def score(self) -> float:
        """How sure the tracker is, 0 to 1; NaN where it does not say."""

    @property
    def score_map(self) -> NDArray[np.float32] | None:
        """(S, S) over the search window."""

    @property
    def search_window(self) -> SearchWindow | None:
        """The square of frame pixels that was searched."""

    @property
    def search_grid(self) -> int:
        """Search tokens per side of the window; 0 without tokens."""

    @property
    def elimination(self) -> tuple[EliminationStage, ...]:
        """One entry per elimination block."""

    @property
    def target_tokens_removed(self) -> int:
        """Removed tokens with their centre inside the box."""

    @property
    def features(self) -> FrameFeatures | None:
        """Tokens per block, only when asked for."""

    @property
    def overlap(self) -> float | None:
        """IoU with the truth that the tracker expects of its box; None where it does not say."""


# By identity: arrays compare element by element, which is no answer.
@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A result for trackers without tokens: a box, and whatever else there is."""

    box_xywh: Box
    """x, y, w, h in frame pixels."""
    score: float = NO_SCORE
    """How sure the tracker is, 0 to 1; NaN where it does not say."""
    score_map: NDArray[np.float32] | None = None
    """(S, S) over the search window."""
    search_window: SearchWindow | None = None
    """The square of frame pixels that was searched."""
    search_grid: int = 0
    """Search tokens per side of the window; 0 without tokens."""
    elimination: tuple[EliminationStage, ...] = ()
    """One entry per elimination block."""
    target_tokens_removed: int = 0
    """Removed tokens with their centre inside the box."""
    features: FrameFeatures | None = None
    """Tokens per block, only when asked for."""
    overlap: float | None = None
    """IoU with the truth that the tracker expects of its box, 0 to 1; None where it does not."""


ResultT = TypeVar("ResultT", bound=Result)
ResultT_co = TypeVar("ResultT_co", bound=Result, covariant=True)


class Tracker(Protocol[ResultT_co]):
    """State in, state out.

    A tracker that has more to show has an attribute `capabilities`, see `capabilities_of`.
    """

    def start(self, frames: FramePair, box_xywh: Box) -> Any:  # noqa: ANN401 - its own state
        """Begin on a frame with the target's box; raises CKDError when the box does not fit."""

    def step(self, state: Any, frames: FramePair) -> tuple[Any, ResultT_co]:  # noqa: ANN401
        """Find the target on the next frame; go on with the state that comes back."""


def capabilities_of(tracker: object) -> Capabilities:
    """Return what a tracker can show: its own `capabilities`, or boxes and nothing else."""
    found = getattr(tracker, "capabilities", None)
    return found if isinstance(found, Capabilities) else Capabilities()


@dataclass(frozen=True, slots=True)
class TrackerInfo:
    """What is known of a tracker without starting it: enough to tell it from any other."""

    name: str
    """For people, such as "tiny" or "NanoTrack RGB"."""
    tracker: str
    """The kind: its name in the registry, or module:Class."""
    weights_sha256: str = ""
    """64 hexadecimal digits; empty without weights."""
    config: str = "{}"
    """What else decides the boxes, as a JSON object."""
    search_grid: int = 0
    """Search tokens per side; 0 without tokens."""
    map_size: int = 0
    """Side of the score map; 0 without one."""
    stage_blocks: tuple[int, ...] = ()
    """The block of every elimination stage."""
    engine: str = ""
    """What computes the network, such as "eager float32"; empty where there is none of ours."""
    note: str = field(default="", compare=False)
    """One sentence for the person where something is not as it was asked for."""


class TrackerSource(Protocol):
    """How a process gets its tracker: small, hashable and picklable."""

    @property
    def settings(self) -> dict[str, str]:
        """Everything that decides the boxes, for people and for comparing runs."""

    @property
    def info(self) -> TrackerInfo:
        """What a session keeps of the tracker."""

    def make(self) -> Tracker[Result]:
        """Load the tracker; raises CKDError."""

    # A process keeps its tracker under its source, and loads it once.
    def __hash__(self) -> int: ...
