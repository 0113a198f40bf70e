"""Trackers of OpenCV's, each on one camera."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tracker_core.ckd.crop import clip_box
from tracker_core.frames import Box, FramePair, check_box
from tracker_core.imaging import cv2, thermal_over_rgb
from tracker_core.trackers.protocol import NO_SCORE, Capabilities, Step

Camera: TypeAlias = Literal["rgb", "tir"]
Pixels: TypeAlias = NDArray[np.uint8]
State: TypeAlias = tuple[Any, Box]
"""OpenCV's object, which every step changes, and the last box."""


class OpenCVTracker:
    """A tracker of OpenCV's on one camera; it changes its own state, one target per start."""

    def __init__(self, create: Callable[[], Any], camera: Camera, *, scores: bool = False) -> None:
        """Track with what `create` makes; `scores` says that it has a score for its box."""
        self._create = create
        self._camera: Camera = camera
        self._scores = scores
        self.capabilities = Capabilities(score=scores)

    def start(self, frames: FramePair, box_xywh: Box) -> State:
        """Begin on a frame; raises CKDError when the box does not fit."""
        # MIL ends in an assertion or out of memory on a box that reaches outside the frame.
        box = clip_box(check_box(box_xywh, frames.size), frames.size)
        tracker = self._create()
        tracker.init(_bgr(frames, self._camera), whole_pixels(box))
        return tracker, box

    def step(self, state: State, frames: FramePair) -> tuple[State, Step]:
        """Find the target; where it is not found, the last box stays."""
        tracker, box = state
        found, (x, y, w, h) = tracker.update(_bgr(frames, self._camera))
        # What is found may still be an empty box.
        if found and w > 0 and h > 0:
            box = float(x), float(y), float(w), float(h)
        score = float(tracker.getTrackingScore()) if self._scores else NO_SCORE
        return (tracker, box), Step(box, score)


def whole_pixels(box: Box) -> tuple[int, int, int, int]:
    """A box in whole pixels, at least one wide and high."""
    x, y, w, h = box
    return round(x), round(y), max(1, round(w)), max(1, round(h))  # OpenCV's Rect holds integers


def opencv_version() -> str:
    """The version whose trackers these are: another one may give other boxes."""
    return str(cv2.__version__)


def _bgr(frames: FramePair, camera: Camera) -> Pixels:
    """(H, W, 3) in OpenCV's order, as large as the RGB frame."""
    if camera == "rgb":
        return np.asarray(cv2.cvtColor(frames.rgb, cv2.COLOR_RGB2BGR), np.uint8)
    thermal = thermal_over_rgb(frames)
    # OpenCV's trackers take three channels.
    return np.repeat(thermal[:, :, None], 3, axis=2) if thermal.ndim == 2 else thermal
