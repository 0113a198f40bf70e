"""Somebody who annotates a clip with what the program offers, and sees only what is looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.annotator.desk import Desk
from benchmarks.annotator.keyframes import ENOUGH
from tracker_core.evaluation.metrics import overlaps
from tracker_core.frames import Box

NEAR = 10
"""Frames on either side of a box that had to be drawn where every frame is looked at in the end:
where the tracker was wrong once, it may be wrong for a moment close by."""
SLIP = 2.0
"""Pixels by which each edge of a drawn box may be off."""


class Eye:
    """The truth about a clip, and the count of how often anybody has used it."""

    def __init__(self, truth: NDArray[np.float64], rng: np.random.Generator) -> None:
        """`truth` is (N, 4), NaN where the target is absent."""
        self._truth = truth
        self._rng = rng
        self.looks = 0
        """Frames that were looked at, each time counted."""
        self.drawn = 0
        """Boxes that were drawn."""

    def __len__(self) -> int:
        return len(self._truth)

    def sees(self, frame: int) -> bool:
        """Look at a frame; say whether the target is there."""
        self.looks += 1
        return not np.isnan(self._truth[frame, 0])

    def agrees(self, frame: int, box: Box | None) -> bool:
        """Judge the box that is shown on the frame that is looked at."""
        if box is None:
            return bool(np.isnan(self._truth[frame, 0]))
        found = overlaps(np.array([box]), np.nan_to_num(self._truth[frame][np.newaxis]))
        return bool(found[0] >= ENOUGH)

    def draws(self, frame: int) -> Box:
        """Return the true box of the frame that is looked at, each edge off by up to `SLIP`."""
        self.drawn += 1
        x, y, w, h = self._truth[frame].tolist()
        left, top, right, bottom = self._rng.uniform(-SLIP, SLIP, 4).tolist()
        return x + left, y + top, w + right - left, h + bottom - top


@dataclass(frozen=True, slots=True)
class Habits:
    """How somebody works."""

    every: int = 1
    """In the end the clip is played, and each so-manieth frame looked at, more around what had to
    be mended; 0 never."""
    second_looks: bool = False
    """Whether second looks are taken before the queue is read."""


class Annotator:
    """Works through the review queue, then through the clip, and draws where a box is wrong.

    Of an event the worst frame is looked at, then all others. After each change the queue is read
    again.
    """

    def __init__(self, desk: Desk, eye: Eye, habits: Habits) -> None:
        self._desk = desk
        self._eye = eye
        self._habits = habits
        self._found_right: dict[int, Box | None] = {}
        """What was on a frame when it was looked at and found right."""
        self._mended: set[int] = set()
        """Frames whose boxes were wrong when they were looked at."""

    def work(self) -> None:
        """Annotate the whole clip."""
        self._begin()
        self._empty_queue()
        if self._habits.every:
            while self._play():
                self._empty_queue()

    def _begin(self) -> None:
        # The tracker is told of the target where it is first seen.
        first = next((frame for frame in range(len(self._eye)) if self._eye.sees(frame)), None)
        if first is None:
            return
        if first:
            self._desk.mark_absent(0, first)
        self._desk.draw(first, self._eye.draws(first))

    def _empty_queue(self) -> None:
        """Look at the event that is first in the queue, until none is left that was not seen."""
        if self._habits.second_looks:
            self._desk.look_again()
        while (event := self._desk.next_event()) is not None:
            # The worst frame first: where that is wrong, one box there mends most.
            if all(map(self._look, (event.worst, *range(event.first, event.last + 1)))):
                self._desk.mark_seen(event)

    def _play(self) -> bool:
        """Play through the clip; say whether there was anything to mend."""
        mended = False
        for frame in range(len(self._eye)):
            if frame % self._habits.every == 0 or self._needed_help(frame):
                mended |= not self._look(frame)
        return mended

    def _needed_help(self, frame: int) -> bool:
        """Tell whether a box had to be drawn near a frame."""
        near = range(frame - NEAR, frame + NEAR + 1)
        return any(each in near for each in self._mended)

    def _look(self, frame: int) -> bool:
        """Look at a frame and mend it; say whether it was right.

        Nobody looks twice at what was found right and has not changed, nor at what was set by hand.
        """
        box = self._desk.box(frame)
        known = frame in self._found_right and self._found_right[frame] == box
        if known or self._desk.by_hand(frame):
            return True
        there = self._eye.sees(frame)
        if self._eye.agrees(frame, box):
            self._found_right[frame] = box
            return True
        self._mended.add(frame)
        if there:
            self._desk.draw(frame, self._eye.draws(frame))
        else:
            self._mark_absent(frame)
        return False

    def _mark_absent(self, frame: int) -> None:
        """Step to both ends of an absence, mark it, and look at what comes behind it."""
        first = stop = frame
        while first > 0 and not self._eye.sees(first - 1):
            first -= 1
        stop += 1
        while stop < len(self._eye) and not self._eye.sees(stop):
            stop += 1
        self._desk.mark_absent(first, stop)
        # Whoever stands on the frame where the target is back sees its box as well.
        if stop < len(self._eye) and not self._eye.agrees(stop, self._desk.box(stop)):
            self._desk.draw(stop, self._eye.draws(stop))
