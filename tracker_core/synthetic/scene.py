"""What every made-up scene gives: a pair of images and where its objects are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from tracker_core.frames import Box, FramePair


@dataclass(frozen=True, slots=True)
class SceneObject:
    """One object at one moment."""

    name: str
    box_xywh: Box
    """Tight around all of it in frame pixels, hidden parts included; may reach outside."""
    visible: float
    """Share of it that nothing hides, 0 to 1."""


@dataclass(frozen=True, slots=True)
class SceneFrame:
    """One moment of a scene."""

    frames: FramePair
    objects: tuple[SceneObject, ...]
    """The target first."""


class Scene(Protocol):
    """Something that can be filmed frame by frame, in any order."""

    size: tuple[int, int]
    """Width and height of the frames in pixels."""

    def render(self, index: int) -> SceneFrame:
        """Film frame `index`, counted from 0."""
        ...
