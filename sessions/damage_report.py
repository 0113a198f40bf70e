"""Which frames of a session are damaged, told once and before anything of them is lost."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from sessions.model import AnnotationSession

SPANS = 4
"""As many runs of frames are named in one sentence."""


def damaged_frames(session: AnnotationSession) -> Mapping[str, NDArray[np.int64]]:
    """Return by target id the tracked frames whose data cannot be shown; only those that have any.

    Unpacks what trackers said, which takes a second for a hundred thousand frames: for any thread.
    """
    found = {target.id: target.tracking.damaged() for target in session.targets.values()}
    return {target_id: frames for target_id, frames in found.items() if frames.size}


def damage_words(session: AnnotationSession, found: Mapping[str, NDArray[np.int64]]) -> str:
    """Return what `damaged_frames` found as a person is told it; empty when all is sound."""
    if not found:
        return ""
    parts = [f"{session.target(key).name} on {_spans(frames)}" for key, frames in found.items()]
    more = f" and of {len(parts) - SPANS} more targets" if len(parts) > SPANS else ""
    return (
        f"Frame data is damaged of {'; '.join(parts[:SPANS])}{more}. What the tracker saw there "
        "cannot be shown; boxes and everything else are sound. Saving keeps the damaged part as it "
        "is; tracking these frames again replaces it."
    )


def _spans(frames: NDArray[np.int64]) -> str:
    runs = np.split(frames, np.flatnonzero(np.diff(frames) > 1) + 1)
    words = [str(run[0]) if run.size == 1 else f"{run[0]} to {run[-1]}" for run in runs[:SPANS]]
    more = f" and {len(runs) - SPANS} more places" if len(runs) > SPANS else ""
    return f"{'frame' if frames.size == 1 else 'frames'} {', '.join(words)}{more}"
