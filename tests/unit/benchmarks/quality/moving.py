"""A textured square that moves over a textured ground; worker processes import from here, too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import numpy as np

from benchmarks.quality.clips import Filmed
from tests.pictures import SIZE, photograph
from tracker_core.errors import CKDError
from tracker_core.evaluation.metrics import Boxes
from tracker_core.frames import FramePair

SIDE = 40
STEP = 4
FRAMES = 12


def truth(frames: int = FRAMES) -> Boxes:
    """(N, 4) where the square is."""
    rows = np.full((frames, 4), float(SIDE))
    rows[:, 0] = 100 + STEP * np.arange(frames)
    rows[:, 1] = 120
    return rows


@cache
def film(frames: int = FRAMES) -> tuple[FramePair, ...]:
    """The square in both modalities; thermal shows it brighter than anything."""
    ground, thing = photograph(3), photograph(4)[:SIDE, :SIDE]
    moments = []
    for x, y, w, h in truth(frames).astype(int):
        rgb = ground.copy()
        rgb[y : y + h, x : x + w] = thing
        tir = ground[:, :, 0] // 2
        tir[y : y + h, x : x + w] = 128 + thing[:, :, 1] // 2
        moments.append(FramePair(rgb, tir))
    return tuple(moments)


@dataclass(frozen=True, slots=True)
class SquareClip:
    name: str = "square"
    condition: str = "day"

    @contextmanager
    def open(self) -> Iterator[Filmed]:
        if self.name == "damaged":
            raise CKDError("The clip is damaged.")
        yield Filmed(film(), truth())


__all__ = ["FRAMES", "SIDE", "SIZE", "STEP", "SquareClip", "film", "truth"]
