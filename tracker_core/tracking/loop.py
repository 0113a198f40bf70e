"""Following one target from frame to frame, whatever the tracker and wherever the frames are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from tracker_core.errors import CKDError
from tracker_core.frames import Box, FramePair
from tracker_core.sequences.sequence import Sequence


class Step(Protocol):
    """What a tracker says about one frame."""

    @property
    def box_xywh(self) -> Box:
        """x, y, w, h in frame pixels."""


Said = TypeVar("Said", bound=Step)
Said_co = TypeVar("Said_co", bound=Step, covariant=True)


class Tracker(Protocol[Said_co]):
    """State in, state out."""

    def start(self, frames: FramePair, box_xywh: Box) -> Any:  # noqa: ANN401 - its own state
        """Begin on a frame with the target's box; raises CKDError when the box does not fit."""

    def step(self, state: Any, frames: FramePair) -> tuple[Any, Said_co]:  # noqa: ANN401
        """Find the target on the next frame."""


@dataclass(frozen=True, slots=True)
class Followed(Generic[Said]):
    """Where the target is on one frame, and how that is known."""

    frame_index: int
    box_xywh: Box
    """On a gap, the last box before it."""
    result: Said | None
    """None on the first frame, whose box was given, and on gaps."""
    gap: bool
    """True where a modality is missing or unreadable: the tracker did not look."""


def follow(
    tracker: Tracker[Said], sequence: Sequence, box_xywh: Box, first: int, last: int
) -> Iterator[Followed[Said]]:
    """Yield frames `first` to `last`, both included.

    Raises CKDError when a frame does not exist, the first one is a gap, or the box does not fit it.
    """
    check_range(sequence, first, last)
    start = sequence.frame(first).pair()
    return follow_pairs(tracker, start, box_xywh, pairs(sequence, first + 1, last), first)


def follow_pairs(
    tracker: Tracker[Said],
    start: FramePair,
    box_xywh: Box,
    rest: Iterable[FramePair | None],
    first: int = 0,
) -> Iterator[Followed[Said]]:
    """Yield the start, which is frame `first`, and then every frame of `rest`; None is a gap."""
    state = tracker.start(start, box_xywh)
    box = box_xywh
    yield Followed(first, box, result=None, gap=False)
    for index, frames in enumerate(rest, first + 1):
        if frames is None:
            yield Followed(index, box, result=None, gap=True)
            continue
        state, result = tracker.step(state, frames)
        box = result.box_xywh
        yield Followed(index, box, result, gap=False)


def pairs(sequence: Sequence, first: int, last: int) -> Iterator[FramePair | None]:
    """Yield frames `first` to `last`, both included, and None for a gap."""
    for index in range(first, last + 1):
        frame = sequence.frame(index)
        yield None if frame.is_gap else frame.pair()


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
