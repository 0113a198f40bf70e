"""Following one target through a sequence without a window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tracker_core.errors import CKDError
from tracker_core.frames import Box
from tracker_core.sequences import Sequence
from tracker_core.tracker import CKDTracker, TrackResult


@dataclass(frozen=True, slots=True)
class Followed:
    """Where the target is on one frame, and how that is known."""

    frame_index: int
    box_xywh: Box
    """On a gap, the last box before it."""
    result: TrackResult | None
    """None on the first frame, whose box was given, and on gaps."""
    gap: bool
    """True where a modality is missing or unreadable: the tracker did not look."""


def follow(
    tracker: CKDTracker, sequence: Sequence, box_xywh: Box, first: int, last: int
) -> Iterator[Followed]:
    """Yield frames `first` to `last`, both included.

    Raises CKDError when a frame does not exist, the first one is a gap, or the box does not fit it.
    """
    check_range(sequence, first, last)
    state = tracker.start(sequence.frame(first).pair(), box_xywh)
    yield Followed(first, state.box_xywh, result=None, gap=False)
    for index in range(first + 1, last + 1):
        frame = sequence.frame(index)
        if frame.rgb is None or frame.tir is None:
            yield Followed(index, state.box_xywh, result=None, gap=True)
            continue
        state, result = tracker.step(state, frame.pair())
        yield Followed(index, result.box_xywh, result, gap=False)


def check_range(sequence: Sequence, first: int, last: int) -> None:
    """Refuse frames that the sequence does not have."""
    count = len(sequence)
    if not 0 <= first < count:
        raise CKDError(
            f"{sequence.name} has no frame {first}; it has {count}, and the first is frame 0."
        )
    if not first <= last < count:
        raise CKDError(
            f"{sequence.name} cannot be followed from frame {first} to frame {last}; "
            f"its last is frame {count - 1}."
        )
