"""A run under way, as far as it has come; no Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from numpy.typing import NDArray

from app.resolve.overlay import StageLike, WindowLike
from app.resolve.thermal import ThermalPlace
from tracker_core.frames import Box


class LiveResult(Protocol):
    """What a tracker says about one frame; one without tokens or a score map leaves them out."""

    @property
    def box_xywh(self) -> Box:
        """x, y, w, h in RGB pixels."""

    @property
    def score(self) -> float:
        """0 to 1."""

    @property
    def score_map(self) -> NDArray[Any] | None:
        """(S, S) over the search crop; None from a tracker that has none."""

    @property
    def search_window(self) -> WindowLike | None:
        """The square that was searched; None from a tracker that does not say."""

    @property
    def search_grid(self) -> int:
        """Search tokens per side; 0 from a tracker without tokens."""

    @property
    def elimination(self) -> Sequence[StageLike]:
        """One entry per elimination stage."""

    @property
    def target_tokens_removed(self) -> int:
        """Tokens of the target that some stage removed."""


@dataclass(slots=True, eq=False)
class LiveRun:
    """What the run under way has said so far; it only ever grows."""

    target_id: str
    start: int
    """The frame it set out from."""
    results: Mapping[int, LiveResult]
    """By frame index."""
    frames: list[int] = field(default_factory=list)
    """In the order of tracking, so that a reader knows what is new since it last looked."""
    model: str = ""
    """Name of the tracker, as a session will keep it."""
    place: ThermalPlace | None = None
    """Where its thermal boxes lie; None where the session's pair on frame `start` says it."""
    held: set[int] = field(default_factory=set)
    """Frames that a person has changed meanwhile: what the run says of them does not count."""
