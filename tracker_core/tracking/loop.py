"""Following one target from frame to frame, whatever the tracker and wherever the frames are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic

from tracker_core.errors import CKDError
from tracker_core.frames import Box, FramePair
from tracker_core.sequences.sequence import Sequence
from tracker_core.trackers.guard import TrackerFailure
from tracker_core.trackers.protocol import ResultT, ResultT_co, Tracker, capabilities_of


@dataclass(frozen=True, slots=True)
class Followed(Generic[ResultT_co]):
    """Where the target is on one frame, and how that is known."""

    frame_index: int
    box_xywh: Box
    """On a gap, the last box before it."""
    result: ResultT_co | None
    """None on the first frame, whose box was given, and on gaps."""
    gap: bool
    """True where a modality is missing or unreadable: the tracker did not look."""


def follow(
    tracker: Tracker[ResultT], sequence: Sequence, box_xywh: Box, first: int, last: int
) -> Iterator[Followed[ResultT]]:
    """Yield frames `first` to `last`, both included.

    Raises CKDError when a frame does not exist, the first one is a gap, or the box does not fit it.
    """
    check_range(sequence, first, last)
    start = sequence.frame(first).pair()
    return follow_pairs(tracker, start, box_xywh, pairs(sequence, first + 1, last), first)


def follow_pairs(
    tracker: Tracker[ResultT],
    start: FramePair,
    box_xywh: Box,
    rest: Iterable[FramePair | None],
    first: int = 0,
) -> Iterator[Followed[ResultT]]:
    """Yield the start, which is frame `first`, and then every frame of `rest`; None is a gap."""
    try:
        state = tracker.start(start, box_xywh)
    except TrackerFailure as failure:
        raise failure.on_frame(first) from failure
    yield Followed(first, box_xywh, result=None, gap=False)
    yield from go_on(tracker, state, box_xywh, enumerate(rest, first + 1))


def go_on(
    tracker: Tracker[ResultT],
    state: Any,  # noqa: ANN401 - the tracker's own
    box_xywh: Box,
    moments: Iterable[tuple[int, FramePair | None]],
) -> Iterator[Followed[ResultT]]:
    """Yield every moment, a frame's index and its images; None is a gap, which has the box before.

    Indices may go any way, backwards too: this is the one loop over frames.
    """
    box = box_xywh
    for index, frames in moments:
        if frames is None:
            yield Followed(index, box, result=None, gap=True)
            # The state stays as it was, so that a gap costs the frames in it and nothing else.
            continue
        try:
            state, result = tracker.step(state, frames)
        except TrackerFailure as failure:
            # A tracker does not know where in the sequence it is.
            raise failure.on_frame(index) from failure
        box = result.box_xywh
        yield Followed(index, box, result, gap=False)


def state_at(
    tracker: Tracker[ResultT],
    pair_of: Callable[[int], FramePair],
    template: tuple[int, Box],
    place: tuple[int, Box],
) -> Any:  # noqa: ANN401 - the tracker's own
    """Return a state that goes on from `place`, looking for what `template` shows.

    Both are a frame's index and a box; `pair_of` is asked for one of the two frames only. A tracker
    that cannot keep a template apart from a place starts again at the place. Raises CKDError when
    the box does not fit, or the frame lacks a modality.
    """
    moves = capabilities_of(tracker).moves
    index, box = template if moves else place
    try:
        state = tracker.start(pair_of(index), box)
    except TrackerFailure as failure:
        raise failure.on_frame(index) from failure
    return state.moved_to(place[1]) if moves else state


class LastTemplate:
    """Keeps what a tracker made of a template, for looks at many frames with the same one."""

    def __init__(self) -> None:
        self._known: tuple[Any, object, tuple[int, Box]] | None = None
        """Tracker, footage and template."""
        self._state: Any = None

    def state_at(
        self,
        tracker: Tracker[ResultT],
        footage: object,
        pair_of: Callable[[int], FramePair],
        template: tuple[int, Box],
        place: tuple[int, Box],
    ) -> Any:  # noqa: ANN401 - the tracker's own
        """Return a state as `state_at` does; `footage` is what `pair_of` has its frames from."""
        able = capabilities_of(tracker)
        # A step of any other tracker changes the state that would be used again.
        if not (able.moves and able.pure):
            return state_at(tracker, pair_of, template, place)
        known = self._known
        same = known is not None and known[0] is tracker and known[1] is footage
        if known is None or not same or known[2] != template:
            # Let go of first: the new one may fail.
            self._known = self._state = None
            self._state = state_at(tracker, pair_of, template, place)
            self._known = tracker, footage, template
        return self._state.moved_to(place[1])


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
