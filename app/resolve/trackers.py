"""Trackers in words, and which one may look at an old frame again; no Qt, and no tracker."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto
from pathlib import Path
from typing import Protocol

from app.resolve.inspection import Missing
from app.state.tracker_choice import BUNDLED_WEIGHTS, CKD, TrackerChoice
from sessions import ModelInfo


class Pick(Enum):
    """What a row of the chooser stands for."""

    WEIGHTS = auto()
    """CKD with the weights in `value`."""
    FILE = auto()
    """CKD with weights that a person will show."""
    TRACKER = auto()
    """The tracker in `value`."""
    OTHER = auto()
    """A tracker that a person will type."""


@dataclass(frozen=True, slots=True)
class TrackerItem:
    """One row of the chooser."""

    text: str
    tip: str
    pick: Pick
    value: str = ""
    current: bool = False
    """Whether it is what the next run uses."""

    @property
    def group(self) -> int:
        """Rows of one group stand together: CKD, the other trackers, what is typed."""
        return {Pick.WEIGHTS: 0, Pick.FILE: 0, Pick.TRACKER: 1, Pick.OTHER: 2}[self.pick]


class _Named(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def tracker(self) -> str: ...


def tracker_name(info: _Named) -> str:
    """Return what people call a tracker; CKD is told apart by its weights."""
    return f"CKD {info.name}" if info.tracker == CKD else info.name


def feature_choice(made_by: ModelInfo | None, weights: TrackerChoice) -> TrackerChoice | Missing:
    """Return the CKD that looks at a frame again, or why none may.

    Only what tracked a frame may say what it saw there: `weights` are the person's CKD, used where
    they have the recorded name, and `made_by` is what tracked it, None where that is not known.
    """
    if made_by is None or made_by.tracker != CKD:
        return weights if made_by is None else no_tokens(tracker_name(made_by))
    if made_by.name == Path(weights.model).name:
        return weights
    if made_by.name == BUNDLED_WEIGHTS:
        return replace(weights, model=BUNDLED_WEIGHTS)
    return Missing(
        f"This frame was tracked by {tracker_name(made_by)}; choose it to see its features."
    )


def other_weights(made_by: ModelInfo | None, loaded: ModelInfo) -> Missing | None:
    """Return why a loaded CKD is not the one that tracked a frame, whatever its name; else None."""
    if made_by is None:
        return None
    known = made_by.weights_sha256 and loaded.weights_sha256
    same_weights = not known or made_by.weights_sha256 == loaded.weights_sha256
    if same_weights and made_by.stage_blocks == loaded.stage_blocks:
        return None
    return Missing(
        f"This frame was tracked by another {tracker_name(made_by)} than there is now; track it "
        "again to see its features."
    )


def no_tokens(name: str) -> Missing:
    """Return what a view of tokens says of a tracker that has none."""
    return Missing(f"{name} keeps no tokens; track with CKD to see them.")
