"""Pictures that tell their number and modality, and a tracker whose boxes say what it saw."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker_core.frames import Box, FramePair
from tracker_core.trackers import Step

SPEC = "benchmarks.mutations.numbers:Telling"
"""As it is typed."""
SIZE = (96, 64)
"""Width and height of a picture."""
BITS = 6
"""Five for the number, one for the modality; each stands beside its opposite."""
BANDS = 4
"""Rows of the picture that all have to say the same: half a picture is none."""
THERMAL = 32
UNREADABLE = 99
FAR = 2000
"""Stands for a left edge that no box of a sound sequence has."""
BASE = 1000


def picture(number: int) -> NDArray[np.uint8]:
    """Return (64, 96, 3) in colour that spells a number below 32."""
    light = _spelled(number)[:, :, None]
    made: NDArray[np.uint8] = np.where(light, (240, 210, 120), (20, 40, 80)).astype(np.uint8)
    return made


def heat(number: int) -> NDArray[np.uint8]:
    """Return (64, 96) in gray that spells a number below 32, and that it is thermal."""
    made: NDArray[np.uint8] = np.where(_spelled(number + THERMAL), 220, 40).astype(np.uint8)
    return made


def _spelled(value: int) -> NDArray[np.bool_]:
    width, height = SIZE
    bits = [bool(value >> bit & 1) for bit in range(BITS)]
    blocks = np.array([each for bit in bits for each in (bit, not bit)])
    return np.broadcast_to(np.repeat(blocks, width // (2 * BITS)), (height, width))


def seen(image: NDArray[Any]) -> int:
    """Return what a picture spells, thermal ones 32 more; 99 where nothing is certain."""
    gray = (image if image.ndim == 2 else image.mean(axis=2)).astype(np.float64)
    height, width = gray.shape
    if height < 4 * BANDS or width < 4 * 2 * BITS:
        return UNREADABLE
    middles = np.zeros((BANDS, 2 * BITS))
    for band in range(BANDS):
        # The middle half of each block, since codecs blur its edges.
        top, bottom = (int((band + part) * height / BANDS) for part in (0.25, 0.75))
        for block in range(2 * BITS):
            left, right = (int((block + part) * width / (2 * BITS)) for part in (0.25, 0.75))
            middles[band, block] = gray[top:bottom, left:right].mean()
    clear = 0.3 * max(float(middles.max()), 1.0)
    apart = middles[:, 0::2] - middles[:, 1::2]
    if (np.abs(apart) < clear).any() or ((apart > 0) != (apart[0] > 0)).any():
        return UNREADABLE
    return sum(1 << bit for bit in range(BITS) if apart[0, bit] > 0)


class Telling:
    """A tracker whose box is what both pictures spell, the first box's edge and its picture."""

    def start(self, frames: FramePair, box_xywh: Box) -> tuple[float, float]:
        """Remember where the first box lies, and what the first picture spells."""
        left = box_xywh[0] if abs(box_xywh[0]) < BASE / 2 else FAR - BASE
        return BASE + left, BASE + seen(frames.rgb)

    def step(self, state: tuple[float, float], frames: FramePair) -> tuple[Any, Step]:
        """Say what is there."""
        return state, Step((float(seen(frames.rgb)), float(seen(frames.tir)), *state), 0.5)
