"""Which RGB frame belongs to which thermal frame: by what the file names say, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from natsort import natsorted
from numpy.typing import NDArray

from tracker_core.errors import CKDError
from tracker_core.sequences.bases import base_between
from tracker_core.sequences.counters import (
    GROUP,
    Kind,
    has_changing_digits,
    in_plain_digits,
    is_hash_like,
)
from tracker_core.sequences.listing import FrameList
from tracker_core.sequences.remarks import info
from tracker_core.sequences.stamps import SECOND
from tracker_core.sequences.steps import ticks, usual_step
from tracker_core.sequences.timeline import (
    NO_FILE,
    NoPairsError,
    Timeline,
    pair_by_number,
    pair_by_time,
    pair_in_order,
)

MILLISECOND = SECOND // 1000
LARGEST_OFFSET = 10**12
"""An offset that a person may give; in milliseconds it is thirty years."""
HOW_TO_SAY = (
    "say it with --tir-offset N: the thermal frame with number k + N belongs to the RGB frame with "
    "number k, so that 0 takes the numbers as they stand"
)
"""What a person can do about names that do not tell."""


class AmbiguousPairingError(CKDError):
    """The names leave open which frames belong together; the sentence says what settles it."""

    def __init__(self, doubt: str, way_out: str, offset: int | None = None) -> None:
        super().__init__(f"{doubt}; {way_out}.")
        self.doubt = doubt
        """What is left open; the window has a field for what settles it."""
        self.way_out = way_out
        """What settles it on the command line."""
        self.offset = offset
        """With it the first frame of each meets; None where numbers are not the doubt."""

    def __reduce__(self) -> tuple[Any, ...]:
        # The default has one argument, and would fail on the way from another process.
        return type(self), (self.doubt, self.way_out, self.offset)


@dataclass(frozen=True, slots=True)
class PairWish:
    """What a person or a file beside the frames says about how they belong together."""

    tir_offset: int | None = None
    """Thermal number k + N belongs to RGB number k; milliseconds where names are time stamps."""
    rows: Callable[[], frozenset[int]] = frozenset
    """How many rows the ground truth has; asked only where that decides something."""
    swap: bool = False
    """What would be taken for RGB in a single video is thermal, and the other way round."""


@dataclass(frozen=True, slots=True)
class Paired:
    """Both lists in the order of what identifies their frames, and the timeline of both."""

    rgb: FrameList
    tir: FrameList
    timeline: Timeline


def pair_lists(rgb: FrameList, tir: FrameList, wish: PairWish | None = None) -> Paired:
    """Pair two folders by counter, else by time stamp, else by equal names, else in order.

    In order only where both have as many files and no number that could be used. Raises
    AmbiguousPairingError where that could be wrong.
    """
    wish = wish or PairWish()
    if wish.tir_offset is not None:
        return _as_told(rgb, tir, wish.tir_offset)
    doubts: list[AmbiguousPairingError] = []
    counted = _by_counters(rgb, tir, wish, doubts)
    timed = _by_stamps(rgb, tir, doubts)
    grouped = _by_groups(rgb, tir)
    # Only the last of several numbers may happen to tell frames apart where most are lost.
    if counted is not None and grouped is not None and _is_finer(grouped, counted):
        counted = None
    if counted is not None:
        if timed is not None and not _agree(counted, timed):
            # A clock settles where two counters begin.
            if any(remark.code == "other-base" for remark in counted.timeline.remarks):
                return timed
            raise AmbiguousPairingError(
                f"In {rgb.folder} and {tir.folder} the counters and the time stamps of the names "
                "pair different frames",
                HOW_TO_SAY,
            )
        return counted
    if timed is not None:
        return timed
    if grouped is not None:
        return grouped
    if (ticking := _by_clocks(rgb, tir, doubts)) is not None:
        return ticking
    # Before names: 000001.png in both says no more than the number does.
    if doubts:
        raise doubts[0]
    return _by_names(rgb, tir) or _in_order(rgb, tir)


def _readings(frames: FrameList, *kinds: Kind) -> list[FrameList]:
    return [each for each in (frames, *frames.others) if each.kind in kinds]


def _values(frames: FrameList) -> NDArray[np.int64]:
    # Of lists with a kind, which have values.
    return np.zeros(0, np.int64) if frames.values is None else frames.values


def _by_counters(
    rgb: FrameList, tir: FrameList, wish: PairWish, doubts: list[AmbiguousPairingError]
) -> Paired | None:
    """Pair by the numbers that count; every pair of readings that fits must say the same."""
    fitting: list[Paired] = []
    for kinds in ((Kind.COUNTER,), (Kind.COUNTER, Kind.NUMBER)):
        for a in _readings(rgb, *kinds):
            for b in _readings(tir, *kinds):
                a, b = _of_one_base(a, b)  # noqa: PLW2901 - from here on the same lists
                if _clocks(a, b) is None and (paired := _counted(a, b, wish, doubts)) is not None:
                    fitting.append(paired)
        if fitting:
            break
    if not fitting:
        return None
    # One number of each name counts as the other camera does; a second one that happens to is
    # no news when it says the same.
    if any(not _agree(fitting[0], other) for other in fitting[1:]):
        doubt = (
            f"The names in {rgb.folder} and {tir.folder} have several numbers that count, which "
            "pair different frames"
        )
        way_out = "rename the files so that one number is left"
        doubts.insert(0, AmbiguousPairingError(doubt, way_out))
        return None
    return fitting[0]


def _of_one_base(a: FrameList, b: FrameList) -> tuple[FrameList, FrameList]:
    """Read both as hexadecimal where one is: the other may have lost all that have letters."""
    if a.base == b.base:
        return a, b
    return _hexadecimal(a), _hexadecimal(b)


def _hexadecimal(frames: FrameList) -> FrameList:
    if frames.base == 16:
        return frames
    values = [int(str(value), 16) for value in _values(frames).tolist()]
    return replace(frames, values=np.array(values, np.int64), base=16)


def _is_finer(grouped: Paired, counted: Paired) -> bool:
    """True when frames that differ in another number have been paired by the last alone.

    Or when each burst counts on where the one before it did not begin, so that the last number
    does not put them in order.
    """
    if np.array_equal(counted.timeline.rgb, grouped.timeline.rgb) and np.array_equal(
        counted.timeline.tir, grouped.timeline.tir
    ):
        # The same files in the same order, which takes no look at 100 000 names.
        return counted.rgb.names != grouped.rgb.names or counted.tir.names != grouped.tir.names
    if not _partners(counted).items() <= _partners(grouped).items():
        return True
    by_groups, by_count = grouped.rgb, counted.rgb
    if by_groups.names == by_count.names or by_groups.values is None:
        return False
    place = {name: k for k, name in enumerate(by_count.names)}
    blocks: dict[int, list[int]] = {}
    for name, value in zip(by_groups.names, by_groups.values.tolist(), strict=True):
        if name in place:
            blocks.setdefault(value // GROUP, []).append(place[name])
    return all(max(each) - min(each) < 2 * len(each) for each in blocks.values())


def _counted(
    a: FrameList, b: FrameList, wish: PairWish, doubts: list[AmbiguousPairingError]
) -> Paired | None:
    rgb, tir = _values(a), _values(b)
    base = base_between(a, b, wish.rows)
    if base.shift is None:
        first = int(tir[0] - rgb[0])
        doubt = (
            f"The RGB frames in {a.folder} are numbered {rgb[0]} to {rgb[-1]} ({len(rgb)} files) "
            f"and the thermal frames in {b.folder} {tir[0]} to {tir[-1]} ({len(tir)} files), so it "
            "is not certain which belong together"
        )
        way_out = f"{HOW_TO_SAY} and {first} pairs the first of each"
        doubts.append(AmbiguousPairingError(doubt, way_out, first))
        return None
    said = base.remarks(int(rgb[0]), int(tir[0]))
    return Paired(a, b, pair_by_number(rgb, tir, base.shift, said))


def _clocks(a: FrameList, b: FrameList) -> float | None:
    """The shortest interval of two clocks, for numbers that are stamps of an unknown unit."""
    rgb, tir = _values(a), _values(b)
    intervals = ticks(rgb), ticks(tir)
    if intervals[0] is None or intervals[1] is None:
        return None
    # On one grid they count: every tenth frame of a recording.
    if a.kind is b.kind is Kind.COUNTER:
        steps = {usual_step(np.diff(rgb)), usual_step(np.diff(tir))}
        if len(steps) == 1 and (int(rgb[0]) - int(tir[0])) % steps.pop() == 0:
            return None
    return min(intervals[0], intervals[1])


def _by_stamps(
    rgb: FrameList, tir: FrameList, doubts: list[AmbiguousPairingError]
) -> Paired | None:
    """Pair by the nearest time, where the names of both have one."""
    for a in _readings(rgb, Kind.STAMP):
        for b in _readings(tir, Kind.STAMP):
            if a.absolute == b.absolute:
                return _timed(a, b, MILLISECOND, doubts)
    return None


def _by_clocks(
    rgb: FrameList, tir: FrameList, doubts: list[AmbiguousPairingError]
) -> Paired | None:
    """Pair by the nearest number, where both step like a clock of which nobody says the unit."""
    # Only the surest numbers: others step evenly by chance, as an exposure that is regulated.
    if rgb.numbers is None or tir.numbers is None or _clocks(rgb, tir) is None:
        return None
    return _timed(rgb, tir, 0, doubts)


def _timed(
    a: FrameList, b: FrameList, unit: int, doubts: list[AmbiguousPairingError]
) -> Paired | None:
    """Pair by time; `unit` is how much of the values a millisecond is, 0 where nobody knows."""
    rgb, tir = _values(a), _values(b)
    tolerance = _tolerance(rgb, tir)
    timeline, farthest = pair_by_time(rgb, tir, tolerance)
    pairs = int(((timeline.rgb != NO_FILE) & (timeline.tir != NO_FILE)).sum())
    if pairs * 2 < min(len(rgb), len(tir)):
        doubt = (
            f"The time stamps in {a.folder} ({a.names[0]} ...) and {b.folder} ({b.names[0]} ...) "
            "are not of the same moments"
        )
        way_out = (
            "say how far the clocks are apart with --tir-offset N, in milliseconds: thermal time "
            "t + N belongs to RGB time t"
        )
        doubts.insert(0, AmbiguousPairingError(doubt, way_out))
        return None
    apart = f"{farthest / unit:.4g} ms" if unit else str(farthest)
    said = info(
        "paired-by-time",
        f"Frames are paired by the time stamps in their names: {pairs} pairs, at most {apart} "
        "apart.",
    )
    return Paired(a, b, replace(timeline, remarks=(said, *timeline.remarks)))


def _tolerance(rgb: NDArray[np.int64], tir: NDArray[np.int64]) -> float:
    """Half the usual interval of the faster camera: farther away, another frame was nearer."""
    intervals = []
    for times in (rgb, tir):
        if len(times) > 1:
            steps = np.diff(times)
            usual, short = float(np.median(steps)), float(np.quantile(steps, 0.1))
            # With half of the frames lost the median is two intervals, and the short ones tell.
            intervals.append(usual if usual < 1.6 * short or short <= 0 else short)
    return min(intervals, default=float(SECOND)) / 2


def _agree(one: Paired, other: Paired) -> bool:
    """True when two timelines pair the same files, as far as both pair them."""
    first, second = _partners(one), _partners(other)
    return all(second.get(name, partner) == partner for name, partner in first.items())


def _partners(paired: Paired) -> dict[str, str]:
    timeline = paired.timeline
    both = np.flatnonzero((timeline.rgb != NO_FILE) & (timeline.tir != NO_FILE))
    rgb, tir = timeline.rgb[both].tolist(), timeline.tir[both].tolist()
    return {paired.rgb.names[i]: paired.tir.names[j] for i, j in zip(rgb, tir, strict=True)}


def _by_groups(rgb: FrameList, tir: FrameList) -> Paired | None:
    """Pair by several numbers, such as burst and index, which must all be equal."""
    for a in _readings(rgb, Kind.GROUPS):
        for b in _readings(tir, Kind.GROUPS):
            shared = len(np.intersect1d(_values(a), _values(b), assume_unique=True))
            if shared * 2 < min(len(a), len(b)):
                continue
            said = info(
                "paired-by-groups",
                "Frames are paired by several numbers in their names, which are equal for both; "
                "numbers that both lack are not known.",
            )
            timeline = pair_by_number(_values(a), _values(b), 0, (said,), counts=False)
            return Paired(a, b, timeline)
    return None


def _by_names(rgb: FrameList, tir: FrameList) -> Paired | None:
    """Pair files that are called the same but for their ending."""
    a, b = _all_names(rgb), _all_names(tir)
    shared = a.keys() & b.keys()
    if not shared or len(shared) * 2 < min(len(a), len(b)):
        return None
    every = natsorted(a.keys() | b.keys())
    rgb_names = [name for name in every if name in a]
    tir_names = [name for name in every if name in b]
    at = {name: k for k, name in enumerate(every)}
    own, other = (np.array([at[name] for name in s], np.int64) for s in (rgb_names, tir_names))
    said = info("paired-by-name", "Frames are paired by equal file names, which have no numbers.")
    timeline = pair_by_number(own, other, 0, (said,), counts=False)
    return Paired(
        _renamed(rgb, [a[name] for name in rgb_names]),
        _renamed(tir, [b[name] for name in tir_names]),
        timeline,
    )


def _all_names(frames: FrameList) -> dict[str, str]:
    """Names by what stands before their ending, in order."""
    return {name[: name.rfind(".")].casefold(): name for name in frames.names}


def _renamed(frames: FrameList, names: list[str]) -> FrameList:
    return FrameList(frames.folder, names, remarks=frames.remarks)


def _in_order(rgb: FrameList, tir: FrameList) -> Paired:
    """Pair the first with the first; AmbiguousPairingError where lost frames could shift them."""
    unnumbered = [frames for frames in (rgb, tir) if frames.kind not in (Kind.COUNTER, Kind.STAMP)]
    which = " and ".join(frames.folder.name for frames in unnumbered) or "both folders"
    stems = [in_plain_digits(name[: name.rfind(".")]) for f in unnumbered for name in f.names]
    if len(rgb) != len(tir):
        why = f"there are {len(rgb)} RGB and {len(tir)} thermal frames"
    elif any(_has_holes(frames) for frames in (rgb, tir)):
        why = "frames are missing"
    elif len(rgb) > 1 and has_changing_digits(stems):
        why = "their numbers do not tell them apart"
    elif is_hash_like(stems):
        why = "they are random letters and digits, which have no order"
    elif not unnumbered and len(rgb) > 1:
        why = "one folder has counters and the other has time stamps"
    else:
        said = info(
            "not-numbered",
            f"The file names in {which} are not numbered consistently; frames are paired in order.",
        )
        return Paired(rgb, tir, pair_in_order(len(rgb), len(tir), (said,)))
    raise AmbiguousPairingError(
        f"The file names in {which} do not say which frames of {rgb.folder} and {tir.folder} "
        f"belong together, and {why}",
        "number the files alike, or pair them in order with --tir-offset N, where thermal file "
        "k + N belongs to RGB file k",
    )


def _has_holes(frames: FrameList) -> bool:
    if frames.values is None or len(frames) < 3:
        return False
    steps = np.diff(frames.values)
    return bool((steps > 1.6 * float(np.median(steps))).any())


def _as_told(rgb: FrameList, tir: FrameList, offset: int) -> Paired:
    """Pair with the offset that a person gave, by the surest numbers that both have."""
    for kinds in ((Kind.COUNTER,), (Kind.STAMP,), (Kind.COUNTER, Kind.NUMBER)):
        for a in _readings(rgb, *kinds):
            for b in _readings(tir, *kinds):
                if Kind.STAMP in kinds:
                    return _told(_timed_as_told(a, b, _values(b) - offset * MILLISECOND), offset)
                a, b = _of_one_base(a, b)  # noqa: PLW2901 - from here on the same lists
                if _clocks(a, b) is not None:
                    return _told(_timed_as_told(a, b, _values(b) - offset), offset)
                return _told(Paired(a, b, pair_by_number(_values(a), _values(b), -offset)), offset)
    return _told(Paired(rgb, tir, pair_in_order(len(rgb), len(tir), (), offset)), offset)


def _timed_as_told(a: FrameList, b: FrameList, moved: NDArray[np.int64]) -> Paired:
    timeline, _ = pair_by_time(_values(a), moved, _tolerance(_values(a), moved))
    return Paired(a, b, timeline)


def _told(paired: Paired, offset: int) -> Paired:
    timeline = paired.timeline
    pairs = int(((timeline.rgb != NO_FILE) & (timeline.tir != NO_FILE)).sum())
    if not pairs:
        raise NoPairsError(
            f"With a thermal offset of {offset}, no frame of {paired.rgb.folder} has one in "
            f"{paired.tir.folder}; check --tir-offset."
        )
    return Paired(paired.rgb, paired.tir, _as_given(timeline, offset))


def _as_given(timeline: Timeline, offset: int) -> Timeline:
    said = info("given-offset", f"Thermal frames are paired with the offset {offset} as given.")
    return replace(timeline, remarks=(said, *timeline.remarks))


def pair_streams(rgb_count: int, tir_count: int, wish: PairWish) -> Timeline:
    """Pair frames that have no names, of videos and pages, in order or with the offset given."""
    if wish.tir_offset is None:
        return pair_in_order(rgb_count, tir_count)
    timeline = pair_in_order(rgb_count, tir_count, (), wish.tir_offset)
    return _as_given(timeline, wish.tir_offset)
