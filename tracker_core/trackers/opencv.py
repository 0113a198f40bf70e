"""Trackers of OpenCV's, each on one camera."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tracker_core.ckd.crop import clip_box
from tracker_core.frames import Box, FramePair, check_box
from tracker_core.imaging import ThermalRange, cv2, thermal_over_rgb, thermal_range
from tracker_core.trackers.protocol import NO_SCORE, Capabilities, Step

Camera: TypeAlias = Literal["rgb", "tir"]
Pixels: TypeAlias = NDArray[np.uint8]
State: TypeAlias = tuple[Any, Box, ThermalRange | None]
"""OpenCV's object, which every step changes, the last box, and the first frame's thermal range."""


class OpenCVTracker:
    """A tracker of OpenCV's on one camera; it changes its own state, one target per start."""

    def __init__(self, create: Callable[[], Any], camera: Camera, *, scores: bool = False) -> None:
        """Track with what `create` makes; `scores` says that it has a score for its box."""
        self._create = create
        self._camera: Camera = camera
        self._scores = scores
        self.capabilities = Capabilities(score=scores, cameras=(camera,))

    def start(self, frames: FramePair, box_xywh: Box) -> State:
        """Begin on a frame; raises CKDError when the box does not fit."""
        # MIL ends in an assertion or out of memory on a box that reaches outside the frame.
        box = clip_box(check_box(box_xywh, frames.size), frames.size)
        tracker, thermal = self._create(), thermal_range(frames)
        tracker.init(_bgr(frames, self._camera, thermal), whole_pixels(box))
        return tracker, box, thermal

    def step(self, state: State, frames: FramePair) -> tuple[State, Step]:
        """Find the target; where it is not found, the last box stays."""
        tracker, box, thermal = state
        found, (x, y, w, h) = tracker.update(_bgr(frames, self._camera, thermal))
        # What is found may still be an empty box.
        if found and w > 0 and h > 0:
            box = float(x), float(y), float(w), float(h)
        score = float(tracker.getTrackingScore()) if self._scores else NO_SCORE
        return (tracker, box, thermal), Step(box, score)


def whole_pixels(box: Box) -> tuple[int, int, int, int]:
    """A box in whole pixels, at least one wide and high."""
    x, y, w, h = box
    return round(x), round(y), max(1, round(w)), max(1, round(h))  # OpenCV's Rect holds integers


def opencv_version() -> str:
    """The version whose trackers these are: another one may give other boxes."""
    return str(cv2.__version__)


def _bgr(frames: FramePair, camera: Camera, thermal: ThermalRange | None) -> Pixels:
    """(H, W, 3) in OpenCV's order, as large as the RGB frame."""
    if camera == "rgb":
        return np.asarray(cv2.cvtColor(frames.rgb, cv2.COLOR_RGB2BGR), np.uint8)
    image = thermal_over_rgb(frames, thermal)
    # OpenCV's trackers take three channels.
    return np.repeat(image[:, :, None], 3, axis=2) if image.ndim == 2 else image
