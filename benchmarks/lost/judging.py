"""What a rule for "perhaps lost" says of tracked clips, and how often that is so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.resolve.lost import LostRule
from benchmarks.quality.by_pair import RIGHT, Estimate, mean_over
from benchmarks.quality.exam_summary import LOST
from tracker_core.evaluation.metrics import Values

STRETCH = 5
"""Frames in a row that are lost from which on a loss is one that somebody would want to hear of."""
PRECISE = 0.8
"""Less is cried too often to be believed."""
CALM = 2.0
"""False alarms for 1 000 frames that one can work beside."""
NEVER = -1.0
"""A limit that nothing lies below."""


@dataclass(frozen=True, eq=False)
class Followed:
    """One clip as a tracker followed it; (N,) each."""

    clip: str
    group: str
    """What clips have in common that are not independent of each other: a still."""
    kind: str
    """Scene or exam."""
    iou: Values
    """With the target; 0 where the target is not there."""
    score: Values
    overlap: Values
    """What the tracker expected; NaN where it does not say."""

    @cached_property
    def wrong(self) -> NDArray[np.bool_]:
        """Where the box is not on the target, as everywhere in this program."""
        return np.asarray(self.iou < RIGHT)

    @cached_property
    def lost(self) -> NDArray[np.bool_]:
        """Where the box has nothing to do with the target."""
        return np.asarray(self.iou < LOST)


@dataclass(frozen=True, slots=True)
class Worth:
    """What a rule was worth, with intervals over groups of clips."""

    rule: LostRule
    precision: Estimate
    """Share of the frames of which it is said whose box is wrong."""
    lost: float
    """Share of these frames that are lost altogether."""
    recall: Estimate
    """Share of the lost frames of which it is said."""
    stretches: Estimate
    """Share of the losses of at least STRETCH frames in which it is said."""
    false_alarms: Estimate
    """For 1 000 frames: times that it is said and no box is wrong while it is said."""

    @property
    def serves(self) -> bool:
        """Whether one would believe it and could work beside it."""
        return self.precision.value >= PRECISE and self.false_alarms.value <= CALM


def worth(clips: Sequence[Followed], rule: LostRule) -> Worth:
    """Return what a rule was worth over clips."""
    said = [rule.lost(clip.score, clip.overlap) for clip in clips]
    pairs = list(zip(clips, said, strict=True))
    found = [
        (clip.group, float(said[first:stop].any()))
        for clip, said in pairs
        for first, stop in runs(clip.lost)
        if stop - first >= STRETCH
    ]
    alarms = [(clip.group, where) for clip, said in pairs for where in _false_alarms(clip, said)]
    lost = np.concatenate([clip.lost[said] for clip, said in pairs])
    return Worth(
        rule,
        _share((clip.group, clip.wrong[said]) for clip, said in pairs),
        float(lost.mean()) if lost.size else float("nan"),
        _share((clip.group, said[clip.lost]) for clip, said in pairs),
        _share((group, np.array([value])) for group, value in found),
        _share(alarms),
    )


def _false_alarms(clip: Followed, said: NDArray[np.bool_]) -> Iterator[Values]:
    """Yield (N,) with 1 000 where a false alarm begins."""
    begins = np.zeros(len(said))
    for first, stop in runs(said):
        if not clip.wrong[first:stop].any():
            begins[first] = 1000.0
    yield begins


def _share(values: Iterable[tuple[str, NDArray[np.generic]]]) -> Estimate:
    rows = [(group, np.asarray(each, np.float64)) for group, each in values]
    flat = np.concatenate([each for _, each in rows]) if rows else np.empty(0)
    if not flat.size:
        return Estimate(float("nan"), float("nan"), float("nan"))
    return mean_over(flat.tolist(), [group for group, each in rows for _ in each])


def runs(there: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return beginning and end of each run of true values."""
    edges = np.flatnonzero(np.diff(there, prepend=False, append=False))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def best(tried: Sequence[Worth]) -> Worth | None:
    """Return which of those that serve finds the most lost frames; None where none serves."""
    return max((each for each in tried if each.serves), key=lambda w: w.recall.value, default=None)
