"""What a command changed: enough for a view to redraw that and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from numpy.typing import NDArray


class ChangeKind(Enum):
    """The part of the session that changed."""

    TARGET_ADDED = "target added"
    TARGET_REMOVED = "target removed"
    TARGET_EDITED = "target edited"
    """Name, class, color, visibility, locks or attributes; no frame."""
    TARGETS_REORDERED = "targets reordered"
    FRAMES = "frames"
    """Boxes, flags, sources or tracker output of some frames of one target."""
    ATTRIBUTES = "attributes of frames"
    """Attributes that a target has on some frames only."""
    ALIGNMENT = "alignment"
    SEQUENCE = "sequence"
    SEEN = "seen marks"
    """What of the review queue is marked as seen; no frame looks different."""
    NOTES = "notes"
    SEVERAL = "several"
    """Of more than one kind or of more than one target: anything may look different."""
    VIEW = "view"
    """Where one stopped; nothing that is drawn."""


_OF_FRAMES = frozenset({ChangeKind.FRAMES, ChangeKind.ATTRIBUTES})
_UNDRAWN = frozenset({ChangeKind.SEEN, ChangeKind.NOTES, ChangeKind.VIEW})


def _no_frames() -> NDArray[np.int64]:
    return np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """What one command changed."""

    kind: ChangeKind
    target_id: str | None = None
    frames: NDArray[np.int64] = field(default_factory=_no_frames)
    """(k,) frames that changed, ascending; empty unless `kind` is FRAMES or ATTRIBUTES."""
    kept: NDArray[np.int64] = field(default_factory=_no_frames)
    """Frames that a run left alone because a person had decided there."""
    tracking: bool = False
    """True when tracker output (tokens, score maps, windows) changed on these frames."""

    def touches(self, frame_index: int) -> bool:
        """Tell whether a view that shows this frame has to be redrawn."""
        if self.kind in _UNDRAWN:
            return False
        return self.kind not in _OF_FRAMES or bool((self.frames == frame_index).any())
