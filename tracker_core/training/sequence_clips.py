"""Clips of held-out sequences, for validation by closed-loop tracking."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np

from tracker_core.errors import CKDError
from tracker_core.frames import Box, FramePair
from tracker_core.sequences import Sequence, open_sequence
from tracker_core.training.data.frame_cache import FrameCache
from tracker_core.training.data.sequence_index import LabelledSequence, SequenceIndex
from tracker_core.training.validation import Clip, ClipFrame

_STARTS = 4
"""So many first frames are tried before a sequence goes without a clip."""


@dataclass(frozen=True, slots=True)
class SequenceClip:
    """Consecutive frames of one sequence, from a frame with both images and a box."""

    name: str
    sequence: Sequence
    first: int
    """Frame of the sequence that the clip starts with."""
    count: int
    boxes: dict[int, Box]
    """The box of every frame of the clip that has one, by frame of the sequence."""
    cache: FrameCache | None = None
    """Where its frames are kept: it is tracked again and again."""

    def __len__(self) -> int:
        """How many frames are tracked."""
        return self.count

    def frame(self, index: int) -> ClipFrame:
        """Read one frame; the last one lets go of the files."""
        at = self.first + index
        frames = self._pair(at)
        if index == self.count - 1:
            self.sequence.close()
        return ClipFrame(frames, self.boxes.get(at))

    def _pair(self, at: int) -> FramePair | None:
        """Both images of a frame of the sequence; None for a gap."""
        if self.cache is None:
            read = self.sequence.frame(at)
            return None if read.is_gap else read.pair()
        try:
            return self.cache.pair(self.sequence, at)
        except CKDError:  # which only a gap is: the frame is there
            return None


def kept_in(clips: Iterable[Clip], cache: FrameCache | None) -> tuple[Clip, ...]:
    """The same clips with their frames in a cache."""
    return tuple(
        replace(each, cache=cache) if isinstance(each, SequenceClip) else each for each in clips
    )


def sequence_clips(index: SequenceIndex, most: int, frames: int) -> tuple[Clip, ...]:
    """Cut one clip of at most `frames` frames out of up to `most` sequences, spread over them.

    A sequence whose first frames cannot be read goes without a clip.
    """
    wanted = min(most, len(index.sequences))
    chosen = np.linspace(0, len(index.sequences) - 1, wanted).round().astype(int)
    clips = (_clip(index.sequences[number], frames) for number in chosen.tolist())
    return tuple(clip for clip in clips if clip is not None)


def _clip(labelled: LabelledSequence, frames: int) -> SequenceClip | None:
    try:
        sequence = open_sequence(*labelled.locator)
    except CKDError:
        return None
    # Clips wait for a whole run; each opens its files again when it is tracked.
    with closing(sequence):
        return _first_clip(labelled, sequence, frames)


def _first_clip(labelled: LabelledSequence, sequence: Sequence, frames: int) -> SequenceClip | None:
    # Frames with a box are only some of all frames: the middle is looked up among these.
    middle = int(np.searchsorted(labelled.frames, (len(sequence) - frames) // 2))
    # Never the last frame with a box: it takes another one to score.
    starts = range(min(middle, len(labelled.frames) - 2), len(labelled.frames) - 1)
    for position in starts[:_STARTS]:
        first = int(labelled.frames[position])
        if not sequence.frame(first).is_gap:
            count = min(frames, len(sequence) - first)
            inside = slice(position, int(np.searchsorted(labelled.frames, first + count)))
            found = zip(labelled.frames[inside], labelled.boxes[inside].tolist(), strict=True)
            boxes = {int(at): (box[0], box[1], box[2], box[3]) for at, box in found}
            return SequenceClip(labelled.name, sequence, first, count, boxes)
    return None
