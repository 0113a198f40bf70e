"""Which frames of a target are looked at a second time, from which box, and which way; pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sessions import Source
from tracker_core.frames import Box


@dataclass(frozen=True, slots=True)
class Stretch:
    """Tracked frames between two boxes that a person set, in the order in which they were tracked.

    A run backward from a later box is what led to frames that have none before them.
    """

    frames: tuple[int, ...]
    start: tuple[int, Box]
    """The frame and box from which they were tracked."""
    far: tuple[int, Box]
    """Where the way back begins: the box by hand at the other end, or the last one tracked."""

    @property
    def free_end(self) -> bool:
        """Whether no person said where it ends, so that the way back shows if it is right."""
        return self.far[0] == self.frames[-1]

    @property
    def way_back(self) -> tuple[int, ...]:
        """The frames from the other end on."""
        back = self.frames[::-1]
        # The frame whose box is the start says nothing of itself.
        return back[1:] if back and back[0] == self.far[0] else back


def stretches(source: NDArray[np.uint8], boxes: NDArray[np.float64]) -> tuple[Stretch, ...]:
    """Return what can be looked at again of a target: `source` (N,), `boxes` (N, 4) of RGB."""
    boxed = ~np.isnan(boxes[:, 0])
    keys = np.flatnonzero((source == Source.MANUAL) & boxed)
    tracked = np.flatnonzero((source == Source.TRACKED) & boxed)
    found = []
    # Number of the box by hand after which each tracked frame comes, 0 before the first.
    after = np.searchsorted(keys, tracked)
    for number in np.unique(after).tolist():
        frames = tracked[after == number].tolist()
        before = int(keys[number - 1]) if number else None
        behind = int(keys[number]) if number < len(keys) else None
        start, far = before, behind
        if start is None and behind is not None:
            frames, start, far = frames[::-1], behind, None
        if start is None:
            # Nobody set a box: the first one tracked has to do, as it does for tracking.
            start, frames = frames[0], frames[1:]
        if frames:
            far = frames[-1] if far is None else far
            found.append(
                Stretch(tuple(frames), (start, _box(boxes, start)), (far, _box(boxes, far)))
            )
    return tuple(found)


def _box(boxes: NDArray[np.float64], frame_index: int) -> Box:
    x, y, w, h = boxes[frame_index].tolist()
    return x, y, w, h
