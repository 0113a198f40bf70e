"""Trackers on one sequence beside each other: where they fail and where they disagree."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np

from tracker_core.evaluation.comparing import (
    FAILS_BELOW,
    Compared,
    FrameTruth,
    differences,
    fails_alone,
    peaks,
    stretches,
    worst_frame,
)

FORMAT = "ckd-studio comparison 1"
DIGITS = 6
"""Of an overlap in JSON: a hundredth of a pixel of a large box."""
APART = 10
"""Frames that two disagreements lie apart at least, to be two of them."""


@dataclass(frozen=True, slots=True)
class Alone:
    """Where one tracker fails and another one does not."""

    fails: str
    other: str
    frames: int
    stretches: tuple[tuple[int, int], ...]
    """First and last frame of each."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Ground truth of a sequence, and the trackers in the order in which they were named."""

    truth: FrameTruth
    compared: tuple[Compared, ...]

    def disagreements(self) -> list[int]:
        """Return the frames on which IoU differs most between two trackers, the worst first."""
        if len(self.compared) < 2:
            return []
        return peaks(differences([each.overlap for each in self.compared]), APART)

    def alone(self) -> Iterator[Alone]:
        """Yield for every two trackers where the first fails and the second does not."""
        for failing, other in permutations(self.compared, 2):
            found = stretches(fails_alone(failing.overlap, other.overlap))
            if len(found):
                frames = int((found[:, 1] - found[:, 0] + 1).sum())
                pairs = tuple((int(first), int(last)) for first, last in found)
                yield Alone(failing.tracker, other.tracker, frames, pairs)

    def as_json(self) -> dict[str, Any]:
        """Return figures and overlaps for programs."""
        disagreeing = self.disagreements()
        return {
            "format": FORMAT,
            "sequence": self.truth.name,
            "benchmark": self.truth.benchmark.key,
            "frames": self.truth.frames,
            "fails_below": FAILS_BELOW,
            "trackers": [_tracker(each) for each in self.compared],
            "disagreement": self._at(disagreeing[0]) if disagreeing else None,
            "alone": [
                {"fails": each.fails, "other": each.other, "stretches": each.stretches}
                for each in self.alone()
            ],
        }

    def _at(self, frame: int) -> dict[str, Any]:
        overlaps = {each.tracker: number(float(each.overlap[frame])) for each in self.compared}
        known = [value for value in overlaps.values() if value is not None]
        spread = round(max(known) - min(known), DIGITS)
        return {"frame": frame, "difference": spread, "overlaps": overlaps}


def _tracker(each: Compared) -> dict[str, Any]:
    worst = worst_frame(each.overlap)
    return {
        "tracker": each.tracker,
        "figures": {name: number(value) for name, value in each.figures.items()},
        "scored": each.scored,
        "failing": failing(each),
        "worst": None
        if worst is None
        else {"frame": worst, "overlap": number(float(each.overlap[worst]))},
        "overlaps": [number(value) for value in each.overlap.tolist()],
        "notes": list(each.notes),
    }


def failing(each: Compared) -> int:
    """Return on how many frames a tracker fails."""
    return int(np.count_nonzero(each.overlap < FAILS_BELOW))


def number(value: float) -> float | None:
    """Return a number as JSON takes it; None where there is none."""
    return None if math.isnan(value) else round(value, DIGITS)
