"""Normalised correlation with the first look of the target: the oldest tracker there is."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np

from tracker_core.ckd.crop import clip_box
from tracker_core.frames import Box, FramePair, check_box
from tracker_core.imaging import cv2
from tracker_core.trackers.guard import GuardedTracker
from tracker_core.trackers.opencv import Pixels, opencv_version, whole_pixels
from tracker_core.trackers.protocol import Capabilities, Step, TrackerInfo

TRACKER = "correlation"
TITLE = "Correlation"

# Both sides and the box together: four roots, as wide as CKD's search window.
_REACH = 1.5
"""It looks this many roots of the box's area around the last box."""


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """What the target looked like at first, and where it was last."""

    pixels: Pixels
    """(h, w, 3)"""
    box_xywh: Box


class CorrelationTracker:
    """Slides the first look of the target over its surroundings in RGB; the size never changes."""

    capabilities = Capabilities(score=True, pure=True, cameras=("rgb",))

    def start(self, frames: FramePair, box_xywh: Box) -> Pattern:
        """Keep the box's pixels; raises CKDError when the box does not fit."""
        box = clip_box(check_box(box_xywh, frames.size), frames.size)
        x, y, w, h = whole_pixels(box)
        # The rounded box, so that pattern and box have one size on every later frame.
        return Pattern(_cut(frames.rgb, x, y, w, h), (float(x), float(y), float(w), float(h)))

    def step(self, state: Pattern, frames: FramePair) -> tuple[Pattern, Step]:
        """Move the box to the best normalised correlation nearby, which is the score.

        A first look of one colour is like nothing and everything: the box stays, with score 0.
        """
        # OpenCV calls it 1 everywhere, and the first place, at the upper left, would be the best.
        if (state.pixels == state.pixels[0, 0]).all():
            return state, Step(state.box_xywh, 0.0)
        x, y, w, h = whole_pixels(state.box_xywh)
        reach = max(1, round(_REACH * float(np.sqrt(w * h))))  # or it could never move
        region = _cut(frames.rgb, x - reach, y - reach, w + 2 * reach, h + 2 * reach)
        likeness = cv2.matchTemplate(region, state.pixels, cv2.TM_CCOEFF_NORMED)
        _, best, _, (column, row) = cv2.minMaxLoc(likeness)
        width, height = frames.size
        # The best match may lie in the border that was made up around the frame.
        left = min(max(x - reach + column, 0), width - w)
        top = min(max(y - reach + row, 0), height - h)
        box: Box = (float(left), float(top), float(w), float(h))
        # A correlation may be negative, and rounding lifts it above 1; a score may not.
        return Pattern(state.pixels, box), Step(box, min(max(float(best), 0.0), 1.0))


@dataclass(frozen=True, slots=True)
class CorrelationSource:
    """How a process gets normalised correlation."""

    @property
    def settings(self) -> dict[str, str]:
        """The version of OpenCV, whose work it is."""
        return {"tracker": TRACKER, "opencv": opencv_version()}

    @property
    def info(self) -> TrackerInfo:
        """What a session keeps of it."""
        config = json.dumps({"opencv": opencv_version()})
        return TrackerInfo(TITLE, TRACKER, config=config)

    def make(self) -> GuardedTracker:
        """Return the tracker."""
        return GuardedTracker(CorrelationTracker(), TITLE)


def _cut(image: Pixels, x: int, y: int, w: int, h: int) -> Pixels:
    """(h, w, 3) of the frame; beyond its border the border's pixels go on."""
    height, width = image.shape[:2]
    rows = np.clip(np.arange(y, y + h), 0, height - 1)
    columns = np.clip(np.arange(x, x + w), 0, width - 1)
    return np.ascontiguousarray(image[np.ix_(rows, columns)])
