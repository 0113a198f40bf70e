"""Which RGB frame belongs to which thermal frame: one timeline for both, gaps included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker_core.sequences.remarks import Remark, error, info, ranges, warning

_NO_FILE = -1


@dataclass(frozen=True, slots=True)
class Timeline:
    """For every frame of a sequence, the position of its file in each modality's list."""

    rgb: NDArray[np.int64]
    """(N,) position in the RGB list, -1 where there is no file."""
    tir: NDArray[np.int64]
    """(N,) position in the thermal list, -1 where there is no file."""
    numbers: NDArray[np.int64] | None = None
    """(N,) frame numbers as in the RGB file names; None when frames are paired in order."""
    remarks: tuple[Remark, ...] = ()
    """How the frames were paired, where it is not obvious, and what is missing."""

    def __len__(self) -> int:
        return len(self.rgb)

    def gaps(self) -> NDArray[np.int64]:
        """Return the frame indices at which a modality has no file."""
        return np.flatnonzero((self.rgb == _NO_FILE) | (self.tir == _NO_FILE))


def pair_in_order(rgb_count: int, tir_count: int, remarks: tuple[Remark, ...] = ()) -> Timeline:
    """Pair the first with the first and so on; the shorter modality ends in gaps."""
    length = max(rgb_count, tir_count)
    positions = np.arange(length, dtype=np.int64)
    if rgb_count != tir_count:
        shorter = "RGB" if rgb_count < tir_count else "thermal"
        remarks = (
            *remarks,
            error(
                "unequal-counts",
                f"There are {rgb_count} RGB and {tir_count} thermal frames; they are paired in "
                f"order, and the last {abs(rgb_count - tir_count)} have no {shorter} frame.",
            ),
        )
    return Timeline(
        np.where(positions < rgb_count, positions, _NO_FILE),
        np.where(positions < tir_count, positions, _NO_FILE),
        None,
        remarks,
    )


def pair_frames(
    rgb_count: int,
    tir_count: int,
    rgb_numbers: NDArray[np.int64] | None,
    tir_numbers: NDArray[np.int64] | None,
) -> Timeline:
    """Pair two lists of files by the rising frame numbers in their names, else in order.

    A number that one or both modalities lack becomes a gap, so that nothing is ever shifted.
    """
    if rgb_numbers is None or tir_numbers is None:
        which = [
            name
            for name, numbers in (("RGB", rgb_numbers), ("thermal", tir_numbers))
            if numbers is None
        ]
        reason = info(
            "not-numbered",
            f"The {' and '.join(which)} file names are not numbered consistently; frames are "
            "paired in order.",
        )
        return pair_in_order(rgb_count, tir_count, (reason,))
    shift, remarks = _shift_between(rgb_numbers, tir_numbers)
    return _pair_by_number(rgb_numbers, tir_numbers + shift, shift, remarks)


def _shift_between(
    rgb: NDArray[np.int64], tir: NDArray[np.int64]
) -> tuple[int, tuple[Remark, ...]]:
    """What to add to the thermal numbers: 0, or the difference where the counts start."""
    shift = int(rgb[0] - tir[0])
    if shift == 0:
        return 0, ()
    # Every tenth frame of two recordings may count from 0 and from 10.
    step = int(rgb[1] - rgb[0]) if len(rgb) > 1 else 1
    # Counting from 0 in one folder and from 1 in the other is common; a longer shift is believed
    # only when the numbers as they stand do not match.
    other_base = (
        abs(shift) <= step
        and len(rgb) == len(tir)
        and bool(np.array_equal(rgb - rgb[0], tir - tir[0]))
    )
    overlap = len(np.intersect1d(rgb, tir, assume_unique=True))
    # Fewer than half in common: the numbers have nothing to do with each other.
    if other_base or overlap * 2 < min(len(rgb), len(tir)):
        remark = warning(
            "other-base",
            f"RGB frames are numbered from {rgb[0]} and thermal frames from {tir[0]}; they are "
            "paired from the first of each.",
        )
        return shift, (remark,)
    return 0, ()


def _pair_by_number(
    rgb: NDArray[np.int64], tir: NDArray[np.int64], shift: int, remarks: tuple[Remark, ...]
) -> Timeline:
    present = np.union1d(rgb, tir)
    numbers = _grid(present)
    if numbers is None:
        numbers = present
        jumps = warning(
            "jumping-numbers",
            f"The frame numbers jump (from {present[0]} to {present[-1]} in {len(present)} "
            "frames); numbers without any file are not counted as gaps.",
        )
        remarks = (*remarks, jumps)
    rgb_at, tir_at = _positions(rgb, numbers), _positions(tir, numbers)
    counts = ""
    if len(rgb) != len(tir):
        counts = f"There are {len(rgb)} RGB and {len(tir)} thermal frames: "
    for name, positions, offset in (("RGB", rgb_at, 0), ("thermal", tir_at, shift)):
        missing = numbers[positions == _NO_FILE] - offset
        if len(missing):
            sentence = (
                f"the {name} frames with numbers {ranges(missing)} are missing and shown as gaps."
                if len(missing) > 1
                else f"the {name} frame with number {missing[0]} is missing and shown as a gap."
            )
            sentence = counts + sentence if counts else sentence[:1].upper() + sentence[1:]
            remarks = (*remarks, error("missing-frames", sentence))
    return Timeline(rgb_at, tir_at, numbers, remarks)


def _grid(present: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Every number that should be there, from first to last; None when most would be missing."""
    if len(present) < 2:
        return present
    steps = np.diff(present)
    values, counts = np.unique(steps, return_counts=True)
    step = int(values[np.argmax(counts)])
    # Some frames lie between the steps: then every number counts.
    if bool((steps % step).any()):
        step = 1
    span = int(present[-1] - present[0]) // step + 1
    # Time stamps, or two recordings in one folder: thousands of gaps would help nobody.
    if span > 2 * len(present):
        return None
    return np.arange(present[0], present[-1] + 1, step, dtype=np.int64)


def _positions(own: NDArray[np.int64], numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    at = np.searchsorted(own, numbers)
    # A number beyond the last one is sought after the end.
    found = own[np.minimum(at, len(own) - 1)] == numbers
    return np.where(found, at, _NO_FILE).astype(np.int64)
