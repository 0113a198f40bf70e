"""Commands on the rows of some frames: flags, clearing, and putting rows back."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from sessions.changes import Change, ChangeKind
from sessions.checks import (
    MAX_FRAMES,
    as_array,
    as_frames,
    as_int,
    as_text,
    as_time,
    check_boxes,
)
from sessions.commands.base import Command, frames_text
from sessions.errors import SessionError
from sessions.model import ALL_FLAGS, AnnotationSession, Flag, FrameRows, Source
from sessions.records import recordable
from sessions.tracking import BlockChange

NO_FLAG = Flag(0)


@recordable
@dataclass(frozen=True, slots=True, eq=False)
class RestoreFrames(Command):
    """Put rows and tracking blocks in place exactly; the inverse of every frame command."""

    target_id: str
    rows: FrameRows
    blocks: tuple[BlockChange, ...] = ()

    def __post_init__(self) -> None:
        as_text(self.target_id, "A target id", empty=False)
        if not isinstance(self.rows, FrameRows):
            raise SessionError("Frames can only be restored from their rows.")
        if not all(isinstance(block, BlockChange) for block in self.blocks):
            raise SessionError("Tracker output can only be restored from its blocks.")

    def label(self, session: AnnotationSession) -> str:
        """See `Command.label`."""
        return f"Restore {frames_text(self.rows.frames)} of {session.target(self.target_id).name}"

    def inverse(self, session: AnnotationSession) -> RestoreFrames:
        """See `Command.inverse`."""
        # Locked or not: undo and redo go through a lock, which only keeps new changes out.
        target = session.target(self.target_id)
        session.check_frames(self.rows.frames)
        blocks = tuple(
            replace(change, block=target.tracking.tracks.get(change.model, {}).get(change.index))
            for change in self.blocks
        )
        return RestoreFrames(self.target_id, target.table.rows(self.rows.frames), blocks)

    def apply(self, session: AnnotationSession) -> Change:
        """See `Command.apply`."""
        target = session.target(self.target_id)
        session.check_frames(self.rows.frames)
        if self.blocks:
            target.tracking = target.tracking.with_changes(self.blocks)
        target.table.write(self.rows)
        return frames_changed(self.target_id, self.rows.frames, tracking=bool(self.blocks))


def frames_changed(target_id: str, frames: NDArray[np.int64], *, tracking: bool = False) -> Change:
    """Return the Change of these frames of one target."""
    # A run backward comes in descending order.
    return Change(ChangeKind.FRAMES, target_id, np.sort(frames), tracking=tracking)


@recordable
@dataclass(frozen=True, slots=True, eq=False)
class SetFlags(Command):
    """Set and clear flags on some frames; boxes stay as they are."""

    target_id: str
    frames: NDArray[np.int64]
    add: Flag = NO_FLAG
    remove: Flag = NO_FLAG
    edited_at: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        as_text(self.target_id, "A target id", empty=False)
        object.__setattr__(self, "frames", as_frames(self.frames, "The frames to flag"))
        for name in ("add", "remove"):
            bits = as_int(getattr(self, name), "The flag value", 0, int(ALL_FLAGS))
            object.__setattr__(self, name, Flag(bits))
        if not self.add and not self.remove:
            raise SessionError("There is no flag to set or clear.")
        as_time(self.edited_at, "The edit time")

    def label(self, session: AnnotationSession) -> str:
        """See `Command.label`."""
        name = session.target(self.target_id).name
        words = [*_flag_words(self.add), *(f"not {word}" for word in _flag_words(self.remove))]
        return f"Mark {name} as {', '.join(words)} on {frames_text(self.frames)}"

    def inverse(self, session: AnnotationSession) -> RestoreFrames:
        """See `Command.inverse`."""
        session.check_frames(self.frames)
        rows = session.editable_target(self.target_id).table.rows(self.frames)
        return RestoreFrames(self.target_id, rows)

    def apply(self, session: AnnotationSession) -> Change:
        """See `Command.apply`."""
        target = session.editable_target(self.target_id)
        session.check_frames(self.frames)
        rows = target.table.rows(self.frames)
        # ~ of a plain number is negative, which numpy refuses beside unsigned ones.
        flags = (rows.flags & ~np.uint16(self.remove)) | np.uint16(self.add)
        edited = np.full(self.frames.size, self.edited_at)
        target.table.write(replace(rows, flags=flags, edited=edited))
        return frames_changed(self.target_id, self.frames)


def _flag_words(flags: Flag) -> list[str]:
    return [(flag.name or "").lower().replace("_", " ") for flag in flags]


@recordable
@dataclass(frozen=True, slots=True, eq=False)
class ClearRange(Command):
    """Empty the frames start to stop - 1 of a target: boxes, flags, score and tracker output."""

    target_id: str
    start: int
    stop: int
    keep_manual: bool = False
    """Leave frames alone where a person has decided."""
    edited_at: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        as_text(self.target_id, "A target id", empty=False)
        as_int(self.start, "The first frame", 0, MAX_FRAMES)
        as_int(self.stop, "The end of the range", 0, MAX_FRAMES)
        if self.stop <= self.start:
            raise SessionError(f"The range from {self.start} to before {self.stop} is empty.")
        as_time(self.edited_at, "The edit time")

    def label(self, session: AnnotationSession) -> str:
        """See `Command.label`."""
        frames = np.array([self.start, self.stop - 1])
        return f"Clear {session.target(self.target_id).name} on {frames_text(frames)}"

    def _frames(self, session: AnnotationSession) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        frames = np.arange(self.start, self.stop, dtype=np.int64)
        session.check_frames(frames)
        kept = session.target(self.target_id).protected(frames) & bool(self.keep_manual)
        return frames[~kept], frames[kept]

    def inverse(self, session: AnnotationSession) -> RestoreFrames:
        """See `Command.inverse`."""
        target = session.editable_target(self.target_id)
        frames, _ = self._frames(session)
        blocks = target.tracking.changes_for(frames)
        return RestoreFrames(self.target_id, target.table.rows(frames), blocks)

    def apply(self, session: AnnotationSession) -> Change:
        """See `Command.apply`."""
        target = session.editable_target(self.target_id)
        frames, kept = self._frames(session)
        # Asked before it is gone.
        tracked = bool(target.tracking.tracked()[frames].any())
        target.tracking = target.tracking.without(frames)
        count = frames.size
        target.table.write(
            FrameRows(
                frames=frames,
                boxes=np.full((count, 2, 4), np.nan),
                source=np.zeros(count, np.uint8),
                flags=np.zeros(count, np.uint16),
                score=np.full(count, np.nan, np.float32),
                edited=np.full(count, self.edited_at),
            )
        )
        return replace(frames_changed(self.target_id, frames, tracking=tracked), kept=kept)


@recordable
@dataclass(frozen=True, slots=True, eq=False)
class CopyBoxes(Command):
    """Put one pair of boxes on many frames by hand; `of_range` takes it from where they begin."""

    target_id: str
    frames: NDArray[np.int64]
    boxes: NDArray[np.float64]
    """(2, 4): x, y, w, h in RGB pixels, then in thermal pixels; a NaN row = none."""
    edited_at: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        as_text(self.target_id, "A target id", empty=False)
        object.__setattr__(self, "frames", as_frames(self.frames, "The frames to copy to"))
        boxes = as_array(self.boxes, np.float64, (2, 4), "A pair of boxes")
        check_boxes(boxes, "The copied pair", none_allowed=True)
        if np.isnan(boxes).all() or not self.frames.size:
            raise SessionError("There is no box to copy, or no frame to copy it to.")
        object.__setattr__(self, "boxes", boxes)
        as_time(self.edited_at, "The edit time")

    @classmethod
    def of_range(
        cls, session: AnnotationSession, target_id: str, start: int, stop: int
    ) -> CopyBoxes:
        """Return the command that copies the box of frame `start`, or of the nearest before it.

        The frame that the box is of stays as it is.
        """
        target = session.target(target_id)
        frames = np.arange(start, stop, dtype=np.int64)
        session.check_frames(frames)
        there = np.flatnonzero(target.boxed()[: start + 1])
        if not there.size:
            raise SessionError(
                f"{target.name} has no box on frame {start} or before it to copy; draw one first."
            )
        source = int(there[-1])
        return cls(target_id, frames[frames != source], target.boxes[source])

    def label(self, session: AnnotationSession) -> str:
        """See `Command.label`."""
        name = session.target(self.target_id).name
        return f"Copy box of {name} to {frames_text(self.frames)}"

    def inverse(self, session: AnnotationSession) -> RestoreFrames:
        """See `Command.inverse`."""
        session.check_frames(self.frames)
        rows = session.editable_target(self.target_id).table.rows(self.frames)
        return RestoreFrames(self.target_id, rows)

    def apply(self, session: AnnotationSession) -> Change:
        """See `Command.apply`."""
        target = session.editable_target(self.target_id)
        session.check_frames(self.frames)
        count = self.frames.size
        target.table.write(
            FrameRows(
                frames=self.frames,
                boxes=np.repeat(self.boxes[np.newaxis], count, axis=0),
                source=np.full(count, Source.MANUAL, np.uint8),
                # As for a box that is drawn: the target is there.
                flags=target.flags[self.frames] & ~np.uint16(Flag.ABSENT),
                score=np.full(count, np.nan, np.float32),
                edited=np.full(count, self.edited_at),
            )
        )
        return frames_changed(self.target_id, self.frames)
