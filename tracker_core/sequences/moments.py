"""Which of two ways to pair frames the pictures themselves show: what changes, changes in both."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tracker_core.errors import CKDError
from tracker_core.imaging import Image, cv2
from tracker_core.sequences.listing import FrameList
from tracker_core.sequences.sources import FolderSource

Look: TypeAlias = NDArray[np.float32]

_RUNS, _RUN = 4, 10
"""So many stretches of so many frames are looked at, spread over the recording."""
_SIZE = (128, 96)
"""Width and height to which frames are shrunk; noise is gone then, and targets are not."""
_ALIKE = 0.2
"""Changes that are less alike than this (correlation) in both modalities say nothing."""
_FEWEST = 3


def is_moved(rgb: FrameList, tir: FrameList, offset: int) -> bool | None:
    """Whether thermal number k + offset shows the moment of RGB number k, and not number k.

    What changes between two RGB frames is compared with what changes between two thermal ones.
    None when that does not tell: nothing moves, or not the same in both, or nothing can be read.
    """
    better, worse = [], []
    for numbers in _stretches(rgb, tir, offset):
        seen = _changes(rgb, [*numbers, numbers[-1] + 1])
        heat = _changes(
            tir, sorted({m for k in numbers for m in (k, k + 1, k + offset, k + offset + 1)})
        )
        for k in numbers:
            moved = _likeness(seen.get(k), heat.get(k + offset))
            unmoved = _likeness(seen.get(k), heat.get(k))
            if moved is not None and unmoved is not None:
                better.append(moved)
                worse.append(unmoved)
    return _verdict(np.array(better), np.array(worse))


def _verdict(moved: NDArray[np.float64], unmoved: NDArray[np.float64]) -> bool | None:
    count = len(moved)
    if count < _FEWEST or max(float(moved.mean()), float(unmoved.mean())) < _ALIKE:
        return None
    differences = moved - unmoved
    error = float(differences.std(ddof=1)) / count**0.5
    # Student's t at about one chance in a thousand, which takes more where there are few.
    needed = 4 + 60 / (count - 1) ** 2
    if abs(float(differences.mean())) <= needed * max(error, 1e-6):
        return None
    return float(differences.mean()) > 0


def _stretches(rgb: FrameList, tir: FrameList, offset: int) -> list[list[int]]:
    """Numbers of RGB frames that have all it takes to compare both ways."""
    own, other = _numbers(rgb), _numbers(tir)
    usable = [
        k for k in sorted(own) if k + 1 in own and {k, k + 1, k + offset, k + offset + 1} <= other
    ]
    if len(usable) <= _RUNS * _RUN:
        return [usable] if usable else []
    starts = np.linspace(0, len(usable) - _RUN, _RUNS).round().astype(int).tolist()
    return [usable[start : start + _RUN] for start in starts]


def _numbers(frames: FrameList) -> set[int]:
    return set() if frames.values is None else set(frames.values.tolist())


def _changes(frames: FrameList, numbers: list[int]) -> dict[int, Look]:
    """What changes from each number to the next, less what changes all the time."""
    looks = {number: _look(frames, number) for number in numbers}
    found: dict[int, Look] = {}
    for number, before in looks.items():
        after = looks.get(number + 1)
        if before is not None and after is not None:
            found[number] = np.abs(after - before)
    if not found:
        return {}
    usual = np.mean(list(found.values()), axis=0)
    return {number: change - usual for number, change in found.items()}


def _look(frames: FrameList, number: int) -> Look | None:
    if frames.values is None:
        return None
    position = int(np.searchsorted(frames.values, number))
    try:
        image: Image = FolderSource(frames).read(position)
    except CKDError:
        return None  # a gap, which says nothing
    gray = image.astype(np.float32)
    gray = gray.mean(axis=2) if gray.ndim == 3 else gray
    return np.asarray(cv2.resize(gray, _SIZE, interpolation=cv2.INTER_AREA), np.float32)


def _likeness(one: Look | None, other: Look | None) -> float | None:
    """Correlation of two changes; None where one of them is the same everywhere."""
    if one is None or other is None:
        return None
    first, second = one - one.mean(), other - other.mean()
    size = float(np.sqrt((first * first).sum() * (second * second).sum()))
    return float((first * second).sum()) / size if size > 1e-3 else None
