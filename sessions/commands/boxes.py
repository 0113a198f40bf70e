"""Commands with which a person sets boxes: one by hand, or many between two by hand."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from enum import Enum, IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sessions.alignment import Alignment
from sessions.between import Stretch, anchors, between, followed_by, following
from sessions.changes import Change
from sessions.checks import (
    MAX_FRAMES,
    as_array,
    as_flag,
    as_int,
    as_text,
    as_time,
    check_boxes,
    sound_boxes,
)
from sessions.commands.base import Command
from sessions.commands.frames import RestoreFrames, frames_changed
from sessions.errors import SessionError
from sessions.model import AnnotationSession, Flag, FrameRows, Source, Target
from sessions.records import recordable

NUDGE_SECONDS = 1.0
"""Nudges of one box that follow each other within this time are one step to undo."""


class Modality(IntEnum):
    """Index of a modality in `Target.boxes`."""

    RGB = 0
    TIR = 1

    @property
    def label(self) -> str:
        """What people call it."""
        return "RGB" if self is Modality.RGB else "Thermal"


class Link(Enum):
    """What happens to the box of the other modality when one is set."""

    SAME = "same"
    """Both become the same box (mapped when the cameras are not aligned)."""
    OFFSET = "offset"
    """The other one moves and scales along, its offset to this one is kept."""
    NONE = "none"
    """The other one stays."""


@recordable
@dataclass(frozen=True, slots=True, eq=False)
class SetBox(Command):
    """Set both boxes of one frame by hand; `draw` and `copy_previous` work out which ones."""

    target_id: str
    frame_index: int
    boxes: NDArray[np.float64]
    """(2, 4): x, y, w, h in RGB pixels, then in thermal pixels; a NaN row = none."""
    nudge: bool = False
    """One small step of many: joined with the steps before it when undone."""
    edited_at: float = field(default_factory=time.time)
    follows: tuple[Stretch, ...] = ()
    """Interpolated frames beside this one that are laid again between their ends."""

    def __post_init__(self) -> None:
        as_text(self.target_id, "A target id", empty=False)
        as_int(self.frame_index, "The frame", 0, MAX_FRAMES)
        boxes = as_array(self.boxes, np.float64, (2, 4), "A pair of boxes")
        check_boxes(boxes, f"Frame {self.frame_index}", none_allowed=True)
        if np.isnan(boxes).all():
            raise SessionError(f"Frame {self.frame_index} got no box; clear the frame instead.")
        object.__setattr__(self, "boxes", boxes)
        as_time(self.edited_at, "The edit time")
        follows = self.follows
        if not isinstance(follows, tuple | list) or not all(
            isinstance(each, Stretch) and self.frame_index in (each.start, each.stop)
            for each in follows
        ):
            raise SessionError("What follows a box is made of the stretches that end at it.")
        object.__setattr__(self, "follows", tuple(follows))

    @classmethod
    def draw(
        cls,
        session: AnnotationSession,
        target_id: str,
        frame_index: int,
        box_xywh: ArrayLike,
        modality: Modality = Modality.RGB,
        link: Link = Link.OFFSET,
        *,
        nudge: bool = False,
        size_aware: bool = False,
    ) -> SetBox:
        """Return the command that sets the box of one modality and carries the other along.

        Interpolated frames beside it follow; `size_aware` decides how where that cannot be seen.
        """
        target = session.target(target_id)
        session.check_frames(np.array([frame_index]))
        box = as_array(box_xywh, np.float64, (4,), "A box")
        check_boxes(box, f"Frame {frame_index}", none_allowed=False)
        other = _linked_box(session, target, frame_index, box, Modality(modality), link)
        boxes = np.stack([box, other] if modality == Modality.RGB else [other, box])
        follows = following(target, frame_index, size_aware=size_aware)
        return cls(target_id, frame_index, boxes, nudge, follows=follows)

    @classmethod
    def copy_previous(
        cls,
        session: AnnotationSession,
        target_id: str,
        frame_index: int,
        *,
        size_aware: bool = False,
    ) -> SetBox:
        """Return the command that copies both boxes of the nearest earlier frame that has any."""
        target = session.target(target_id)
        session.check_frames(np.array([frame_index]))
        earlier = target.boxed()[:frame_index]
        if not earlier.any():
            raise SessionError(f"{target.name} has no box before frame {frame_index} to copy.")
        boxes = target.boxes[int(np.flatnonzero(earlier)[-1])]
        follows = following(target, frame_index, size_aware=size_aware)
        return cls(target_id, frame_index, boxes, follows=follows)

    def label(self, session: AnnotationSession) -> str:
        """See `Command.label`."""
        target = session.target(self.target_id)
        session.check_frames(np.array([self.frame_index]))
        old = target.boxes[self.frame_index]
        both = _has_box(old) & _has_box(self.boxes)
        if not both.any():
            verb = "Draw"
        else:
            resized = bool((old[both, 2:] != self.boxes[both, 2:]).any())
            verb = "Resize" if resized else "Move"
        return f"{verb} box of {target.name} on frame {self.frame_index}"

    def inverse(self, session: AnnotationSession) -> RestoreFrames:
        """See `Command.inverse`."""
        target = session.editable_target(self.target_id)
        frames = self._rows(session).frames
        return RestoreFrames(self.target_id, target.table.rows(frames))

    def apply(self, session: AnnotationSession) -> Change:
        """See `Command.apply`."""
        rows = self._rows(session)
        session.editable_target(self.target_id).table.write(rows)
        return frames_changed(self.target_id, rows.frames)

    def _rows(self, session: AnnotationSession) -> FrameRows:
        """Return the row of this frame, and of those that follow it."""
        target = session.editable_target(self.target_id)
        frames = np.array([self.frame_index])
        session.check_frames(np.array([self.frame_index, *(each.stop for each in self.follows)]))
        own = FrameRows(
            frames=frames,
            boxes=self.boxes[np.newaxis],
            source=np.array([Source.MANUAL], np.uint8),
            # Whoever draws a box says that the target is there.
            flags=target.flags[frames] & ~np.uint16(Flag.ABSENT),
            # The tracker's score was one of another box.
            score=np.array([np.nan], np.float32),
            edited=np.array([self.edited_at]),
        )
        return followed_by(target, own, self.follows)

    def continues(self, earlier: Command) -> bool:
        """See `Command.continues`."""
        return (
            isinstance(earlier, SetBox)
            and self.nudge
            and earlier.nudge
            and (self.target_id, self.frame_index) == (earlier.target_id, earlier.frame_index)
            # The way back of a gesture is that of its first step, which must reach as far.
            and self.follows == earlier.follows
            # The clock of a computer may be set back.
            and 0 <= self.edited_at - earlier.edited_at <= NUDGE_SECONDS
        )


def _has_box(boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(..., 4) to (...): true where there is a box."""
    # A box is whole or not at all, so one of its numbers tells.
    some: NDArray[np.bool_] = ~np.isnan(boxes[..., 0])
    return some


def _linked_box(
    session: AnnotationSession,
    target: Target,
    frame_index: int,
    box: NDArray[np.float64],
    modality: Modality,
    link: Link,
) -> NDArray[np.float64]:
    """Return the (4,) box of the other modality; NaN = none."""
    current = target.boxes[frame_index]
    has_own, has_other = _has_box(current[[modality, 1 - modality]])
    # Where the other camera alone has a box, there is no offset that could be kept.
    if link is Link.NONE or (link is Link.OFFSET and has_other and not has_own):
        return np.array(current[1 - modality])
    if link is Link.OFFSET:
        # On an empty frame the cameras lie to each other as on the nearest frame with both boxes.
        pair = current if has_other else _nearest_pair(target, frame_index)
        if _has_box(pair).all():
            return _in_rgb(session, carried_along(session.alignment, pair, box, modality), modality)
    return _in_rgb(session, _mapped(session.alignment, box, modality), modality)


def _in_rgb(
    session: AnnotationSession, other: NDArray[np.float64], modality: Modality
) -> NDArray[np.float64]:
    """Return what of the RGB box lies in the picture when the thermal one was moved; NaN = none.

    What is exported and scored is the RGB box. A thermal one that follows may reach outside.
    """
    width, height = session.sequence.rgb_size
    if modality is Modality.RGB or not (width and height):
        return other
    low = np.maximum(other[:2], 0.0)
    high = np.minimum(other[:2] + other[2:], (float(width), float(height)))
    cut = np.concatenate([low, high - low])
    return cut if bool(sound_boxes(cut)) else np.full(4, np.nan)


def carried_along(
    alignment: Alignment,
    pair: NDArray[np.float64],
    boxes: NDArray[np.float64],
    modality: Modality = Modality.RGB,
) -> NDArray[np.float64]:
    """Return (..., 4) boxes of the other modality that lie to `boxes` as in the (2, 4) `pair`.

    Cameras of different resolution keep their offset in the pixels of the other camera.
    """
    own, other = pair[modality], pair[1 - modality]
    # Both in pixels of the other camera, where the offset is kept.
    before, after = _mapped(alignment, own, modality), _mapped(alignment, boxes, modality)
    corner = other[:2] + (after[..., :2] - before[:2])
    size = other[2:] * (after[..., 2:] / before[2:])
    joined = np.concatenate([corner, size], axis=-1)
    # An odd alignment makes boxes that no session holds; then there is none, as where it maps none.
    joined[~sound_boxes(joined)] = np.nan
    return joined


def _mapped(
    alignment: Alignment, boxes: NDArray[np.float64], modality: Modality
) -> NDArray[np.float64]:
    if modality is Modality.RGB:
        return alignment.boxes_to_tir(boxes)
    return alignment.boxes_to_rgb(boxes)


def _nearest_pair(target: Target, frame_index: int) -> NDArray[np.float64]:
    """Return the (2, 4) boxes of the nearest frame that has both; NaN when none has."""
    complete = np.flatnonzero(_has_box(target.boxes).all(axis=1))
    if not complete.size:
        return np.full((2, 4), np.nan)
    return np.array(target.boxes[complete[np.argmin(np.abs(complete - frame_index))]])


@recordable
@dataclass(frozen=True, slots=True, eq=False)
class Interpolate(Command):
    """Fill the frames between the boxes set by hand from start to stop - 1.

    Frames where a person has decided stay; everything else in between is replaced.
    """

    target_id: str
    start: int
    stop: int
    edited_at: float = field(default_factory=time.time)
    size_aware: bool = False
    """As things lie that come nearer or go away, instead of in a straight line."""
    gaps: bool = False
    """Between any boxes, and only frames without one, or with one that was interpolated."""
    across: bool = False
    """From the box on the first frame to that on the last one, whoever placed these two."""

    def __post_init__(self) -> None:
        as_text(self.target_id, "A target id", empty=False)
        as_int(self.start, "The first frame", 0, MAX_FRAMES)
        as_int(self.stop, "The end of the range", 0, MAX_FRAMES)
        if self.stop <= self.start:
            raise SessionError(f"The range from {self.start} to before {self.stop} is empty.")
        as_time(self.edited_at, "The edit time")
        as_flag(self.size_aware, "Whether an interpolation is size-aware")
        as_flag(self.gaps, "Whether an interpolation fills gaps only")
        as_flag(self.across, "Whether an interpolation goes by the boxes at its ends")

    def label(self, session: AnnotationSession) -> str:
        """See `Command.label`."""
        name = session.target(self.target_id).name
        what = f"the gaps of {name}" if self.gaps else name
        return f"Interpolate {what} on frames {self.start} to {self.stop - 1}"

    def _filled(self, session: AnnotationSession) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        target = session.editable_target(self.target_id)
        # The largest one will do: a range begins at 0 or later.
        session.check_frames(np.array([self.stop - 1]))
        span = np.arange(self.start, self.stop, dtype=np.int64)
        # A box beneath the mark of absence is none to go by.
        by_hand = (target.source == Source.MANUAL) & ~target.absent()
        wanted = anchors(target) if self.gaps else by_hand
        if self.across:
            wanted[[self.start, self.stop - 1]] = target.boxed()[[self.start, self.stop - 1]]
        keys = span[wanted[span]]
        if keys.size < 2:
            whose = "" if self.gaps or self.across else " set by hand"
            raise SessionError(
                f"{target.name} has fewer than two boxes{whose} on frames {self.start} to "
                f"{self.stop - 1}; set a box at both ends first."
            )
        inner = span[(span > keys[0]) & (span < keys[-1])]
        frames = inner[~target.protected(inner)]
        if self.gaps:
            frames = frames[np.isin(target.source[frames], (Source.NONE, Source.INTERPOLATED))]
        sides = [
            between(frames, keys, target.boxes[keys, m], size_aware=self.size_aware)
            for m in Modality
        ]
        boxes = np.stack(sides, axis=1)
        some = _has_box(boxes).any(axis=1)
        return frames[some], boxes[some]

    def inverse(self, session: AnnotationSession) -> RestoreFrames:
        """See `Command.inverse`."""
        frames, _ = self._filled(session)
        return RestoreFrames(
            self.target_id, session.editable_target(self.target_id).table.rows(frames)
        )

    def apply(self, session: AnnotationSession) -> Change:
        """See `Command.apply`."""
        target = session.editable_target(self.target_id)
        frames, boxes = self._filled(session)
        rows = target.table.rows(frames)
        filled = replace(
            rows,
            boxes=boxes,
            source=np.full(frames.size, Source.INTERPOLATED, np.uint8),
            score=np.full(frames.size, np.nan, np.float32),
            edited=np.full(frames.size, self.edited_at),
        )
        target.table.write(filled)
        return frames_changed(self.target_id, frames)
