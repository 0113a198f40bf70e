"""One timeline for both modalities: which file each frame has, gaps included."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tracker_core.errors import CKDError
from tracker_core.sequences.remarks import Remark, error, ranges, warning
from tracker_core.sequences.steps import grid

NO_FILE = -1


class NoPairsError(CKDError):
    """The offset that a person gave leaves no frame with both modalities."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """For every frame of a sequence, the position of its file in each modality's list."""

    rgb: NDArray[np.int64]
    """(N,) position in the RGB list, -1 where there is no file."""
    tir: NDArray[np.int64]
    """(N,) position in the thermal list, -1 where there is no file."""
    numbers: NDArray[np.int64] | None = None
    """(N,) frame numbers as in the RGB file names; None when frames are paired otherwise."""
    remarks: tuple[Remark, ...] = ()
    """How the frames were paired, where it is not obvious, and what is missing."""
    whole: bool = False
    """True when `numbers` are all from the first to the last: a lost frame has its place."""

    def __len__(self) -> int:
        return len(self.rgb)

    def gaps(self) -> NDArray[np.int64]:
        """Return the frame indices at which a modality has no file."""
        return np.flatnonzero((self.rgb == NO_FILE) | (self.tir == NO_FILE))


def shifted(timeline: Timeline, shift: int) -> Timeline:
    """Return the same frames with the thermal file that stood `shift` frames later.

    Where that is beyond either end there is none.
    """
    if not shift:
        return timeline
    count = len(timeline)
    at = np.arange(count) + max(-count, min(shift, count))
    tir = np.full(count, NO_FILE, np.int64)
    inside = (at >= 0) & (at < count)
    tir[inside] = timeline.tir[at[inside]]
    return replace(timeline, tir=tir)


def pair_in_order(
    rgb_count: int, tir_count: int, remarks: tuple[Remark, ...] = (), tir_offset: int = 0
) -> Timeline:
    """Pair the first with the first and so on; the shorter modality ends in gaps.

    Thermal frame k + `tir_offset` belongs to RGB frame k. Raises NoPairsError when none has one.
    """
    # Before an array of such a length is made.
    if rgb_count and tir_count and not -rgb_count < tir_offset < tir_count:
        raise NoPairsError(
            f"With a thermal offset of {tir_offset}, no frame has both modalities: there are "
            f"{rgb_count} RGB and {tir_count} thermal frames; check --tir-offset."
        )
    first = min(0, -tir_offset)
    last = max(rgb_count, tir_count - tir_offset)
    at = np.arange(first, last, dtype=np.int64)
    rgb = np.where((at >= 0) & (at < rgb_count), at, NO_FILE)
    moved = at + tir_offset
    tir = np.where((moved >= 0) & (moved < tir_count), moved, NO_FILE)
    if tir_offset:
        found = [_without(name, slots) for name, slots in (("RGB", rgb), ("thermal", tir))]
        remarks += tuple(remark for remark in found if remark is not None)
    elif rgb_count != tir_count:
        shorter = "RGB" if rgb_count < tir_count else "thermal"
        sentence = (
            f"There are {rgb_count} RGB and {tir_count} thermal frames; they are paired in "
            f"order, and the last {abs(rgb_count - tir_count)} have no {shorter} frame."
        )
        remarks = (*remarks, error("unequal-counts", sentence))
    return Timeline(rgb, tir, None, remarks)


def _without(name: str, slots: NDArray[np.int64]) -> Remark | None:
    missing = np.flatnonzero(slots == NO_FILE)
    if not len(missing):
        return None
    frames = f"{len(missing)} frame{'s have' if len(missing) > 1 else ' has'}"
    return error("missing-frames", f"{frames} no {name} frame (index {ranges(missing)}).")


def pair_by_number(
    rgb: NDArray[np.int64],
    tir: NDArray[np.int64],
    shift: int = 0,
    remarks: tuple[Remark, ...] = (),
    *,
    counts: bool = True,
) -> Timeline:
    """Pair rising numbers that are equal when `shift` is added to the thermal ones.

    A number that one or both modalities lack becomes a gap, so that nothing is ever shifted. With
    `counts` false the numbers are only names, and none lies between two of them.
    """
    moved = tir + shift
    present = np.union1d(rgb, moved)
    numbers = grid(present) if counts else None
    whole = numbers is not None
    if numbers is None:
        numbers = present
        if counts:
            jumps = warning(
                "jumping-numbers",
                f"The frame numbers jump (from {present[0]} to {present[-1]} in {len(present)} "
                "frames); numbers without any file are not counted as gaps.",
            )
            remarks = (*remarks, jumps)
    rgb_at, tir_at = _positions(rgb, numbers), _positions(moved, numbers)
    prefix = ""
    if len(rgb) != len(tir):
        prefix = f"There are {len(rgb)} RGB and {len(tir)} thermal frames: "
    for name, positions, offset in (("RGB", rgb_at, 0), ("thermal", tir_at, shift)):
        if not counts:
            remark = _without(name, positions)
            remarks = remarks if remark is None else (*remarks, remark)
            continue
        missing = numbers[positions == NO_FILE] - offset
        if len(missing):
            sentence = (
                f"the {name} frames with numbers {ranges(missing)} are missing and shown as gaps."
                if len(missing) > 1
                else f"the {name} frame with number {missing[0]} is missing and shown as a gap."
            )
            sentence = prefix + sentence if prefix else sentence[:1].upper() + sentence[1:]
            remarks = (*remarks, error("missing-frames", sentence))
    return Timeline(rgb_at, tir_at, numbers if counts else None, remarks, whole)


def _positions(own: NDArray[np.int64], numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    at = np.searchsorted(own, numbers)
    # A number beyond the last one is sought after the end.
    found = own[np.minimum(at, len(own) - 1)] == numbers
    return np.where(found, at, NO_FILE).astype(np.int64)


def pair_by_time(
    rgb: NDArray[np.int64], tir: NDArray[np.int64], tolerance: float
) -> tuple[Timeline, int]:
    """Pair rising times that are each other's nearest and less than `tolerance` apart.

    Returns the timeline and the largest distance of a pair. A frame without a partner is a frame
    of its own, at its time.
    """
    to_tir, to_rgb = _nearest(rgb, tir), _nearest(tir, rgb)
    own = np.arange(len(rgb))
    distance = np.abs(rgb - tir[to_tir])
    paired = (to_rgb[to_tir] == own) & (distance < tolerance)
    lonely = np.ones(len(tir), np.bool_)
    lonely[to_tir[paired]] = False
    alone = np.flatnonzero(lonely)
    rgb_at = np.concatenate([own, np.full(len(alone), NO_FILE)]).astype(np.int64)
    tir_at = np.concatenate([np.where(paired, to_tir, NO_FILE), alone]).astype(np.int64)
    order = np.argsort(np.concatenate([rgb, tir[alone]]), kind="stable")
    timeline = Timeline(rgb_at[order], tir_at[order])
    found = (_without("RGB", timeline.rgb), _without("thermal", timeline.tir))
    remarks = tuple(remark for remark in found if remark is not None)
    farthest = int(distance[paired].max()) if bool(paired.any()) else 0
    return Timeline(timeline.rgb, timeline.tir, None, remarks), farthest


def _nearest(own: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    """(N,) position of the nearest of the other times; the earlier one of two as near."""
    after = np.searchsorted(other, own).clip(0, len(other) - 1)
    before = np.maximum(after - 1, 0)
    earlier = np.abs(own - other[before]) <= np.abs(other[after] - own)
    return np.where(earlier, before, after).astype(np.int64)
