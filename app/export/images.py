"""The images of a session that is exported, where they are now."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.bridge.session_images import open_images
from app.export.base import Subject
from sessions import resolve_paths
from tracker_core.errors import CKDError
from tracker_core.imaging import to_display
from tracker_core.sequences import Sequence


def images_of(subject: Subject) -> Sequence:
    """Open the images of a session where they are now; CKDError when they are not those."""
    name = subject.session_path.name
    # A session may have been moved together with its images.
    report = resolve_paths(subject.session, subject.session_path)
    sources = [Path(source) for source in report.sequence.sources]
    # Before opening, so that the sentence names the session and what to do about it.
    # Not Path.exists, which raises for a name too long for the system, as a file may hold one.
    gone = [str(source) for source in sources if not os.path.exists(source)]  # noqa: PTH110
    if gone or not sources:
        raise CKDError(
            f"The images of the session {name} are not at {', '.join(gone) or 'any known place'} "
            "any more; open it in the window, show where they are now, and save it."
        )
    sequence = open_images(subject.session, sources)
    if len(sequence) != subject.session.frame_count:
        count = len(sequence)
        # The caller's `with` block is not reached, and a video would stay open.
        sequence.close()
        raise CKDError(
            f"{sources[0]} has {count} frames but the session {name} has "
            f"{subject.session.frame_count}; it was made from other images."
        )
    return sequence


def shown(thermal: NDArray[np.uint8] | NDArray[np.uint16]) -> NDArray[np.uint8]:
    """Return a thermal image for the eye."""
    # 16 bits are stretched per frame; 8 bits are shown as they were recorded.
    return to_display(thermal) if thermal.dtype == np.uint16 else thermal.astype(np.uint8)
