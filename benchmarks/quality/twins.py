"""What leaves a target in one camera and looks like it there; the other does not show it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from benchmarks.quality.still_windows import Look, Piece, StillWindow
from benchmarks.quality.stills import StillPair
from tracker_core.frames import Box
from tracker_core.imaging import cv2
from tracker_core.synthetic.compositor import chain, render_photo

_COVER = 1.3
"""Of the target's width and height: a twin takes along what is close around it."""
_SPEEDS = 0.1, 0.16
"""Sides of the target per frame: for 12 frames or more it is within a search of 2 sides a way."""
_LEAVE_AT = 0.0, 0.5
"""Shares of a third of the clip at which a twin leaves: the second finds who kept to the target."""


@dataclass(frozen=True, slots=True, eq=False)
class Twin:
    """The target's own look in one camera, which goes away from it."""

    copy: Piece
    camera: Literal["rgb", "tir"]
    """Where it is to be seen."""
    ends: float
    """The frame on which it is gone."""

    def over(self, seen: Look, box_xywh: Box, time: float) -> Look:
        """Return the look with the twin where it is at that moment."""
        if not self.copy.meets <= time < self.ends:
            return seen
        shown = self.copy.over(seen, box_xywh, time)
        if self.camera == "rgb":
            return Look(shown.rgb, seen.tir)
        return Look(seen.rgb, shown.tir)


def switching_twins(
    rng: np.random.Generator,
    still: StillPair,
    window: StillWindow,
    frames: int,
    first: Literal["rgb", "tir"],
) -> list[Twin]:
    """Draw the twins of a clip, those of the camera `first` in its first and last third.

    In the middle third they are in the other camera. Raises CKDError for a still that cannot be
    read.
    """
    other: Literal["rgb", "tir"] = "tir" if first == "rgb" else "rgb"
    found = []
    for number, camera in enumerate((first, other, first)):
        begins, ends = (round(frames * share / 3) for share in (number, number + 1))
        # From the second frame on, so that the first shows the target as it is given.
        leave = [max(1, begins + round(share * (ends - begins))) for share in _LEAVE_AT]
        # On opposite sides, so that none of them comes back over the target.
        angle = float(rng.uniform(0, 2 * np.pi))
        for moment, turned in zip(leave, (0.0, np.pi), strict=True):
            copy = _copy(rng, still, window, float(moment), angle + turned)
            found.append(Twin(copy, camera, float(ends)))
    return found


def _copy(
    rng: np.random.Generator, still: StillPair, window: StillWindow, moment: float, angle: float
) -> Piece:
    """Cut what the window shows of the target at a moment, to leave it from then on."""
    x, y, w, h = window.upright(moment)
    side = max(8, math.ceil(_COVER * max(w, h)))
    # To the pixel: what is cut lies right over what it was cut from.
    left, top = x + w / 2 - side / 2, y + h / 2 - side / 2
    view = chain(np.array([[1.0, 0.0, -left], [0.0, 1.0, -top]]), window.view(moment))
    rgb, tir = (
        render_photo(levels, view, (side, side), cv2.BORDER_CONSTANT).astype(np.float32)
        for levels in still.levels()
    )
    ramp = (np.arange(side, dtype=np.float32) + 0.5) - side / 2
    distance = np.hypot(ramp * 2 / (_COVER * w), ramp[:, None] * 2 / (_COVER * h))
    opacity = np.clip((1 - distance) / 0.12, 0, 1).astype(np.float32)
    speed = math.sqrt(w * h) * float(rng.uniform(*_SPEEDS))
    way = speed * math.cos(angle), speed * math.sin(angle)
    return Piece(rgb * opacity[:, :, None], tir * opacity, opacity, moment, way, (0.0, 0.0))
