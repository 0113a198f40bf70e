"""OpenCV's tracker by multiple instance learning, the same on every run."""

from __future__ import annotations

import ctypes
import json
import os
from dataclasses import dataclass
from typing import Any

from tracker_core.imaging import cv2
from tracker_core.trackers.guard import GuardedTracker
from tracker_core.trackers.opencv import OpenCVTracker, opencv_version
from tracker_core.trackers.protocol import TrackerInfo

TRACKER = "mil"
TITLE = "MIL"
SEED = 1
"""Of the features and samples that it draws."""


@dataclass(frozen=True, slots=True)
class MILSource:
    """How a process gets OpenCV's MIL."""

    @property
    def settings(self) -> dict[str, str]:
        """The version of OpenCV, whose work it is."""
        return {"tracker": TRACKER, "opencv": opencv_version()}

    @property
    def info(self) -> TrackerInfo:
        """What a session keeps of it."""
        return TrackerInfo(TITLE, TRACKER, config=json.dumps({"opencv": opencv_version()}))

    def make(self) -> GuardedTracker:
        """Return the tracker, which looks at RGB."""
        return GuardedTracker(OpenCVTracker(_create, "rgb"), TITLE)


def _create() -> Any:  # noqa: ANN401 - OpenCV's own type
    # MIL samples with OpenCV's generator and draws its features with the C library's rand();
    # only with both seeded does a run give the same boxes again.
    cv2.setRNGSeed(SEED)
    # Windows does not give out its C library that way: there only the samples repeat.
    if os.name == "posix":
        ctypes.CDLL(None).srand(SEED)
    return cv2.TrackerMIL.create()
