"""Commands that take many boxes at once from a tracker or a file."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sessions.changes import Change
from sessions.checks import Array, as_array, as_frames, as_text, as_time, check_boxes
from sessions.commands.base import Command, frames_text
from sessions.commands.frames import RestoreFrames, frames_changed
from sessions.errors import SessionError
from sessions.model import ALL_FLAGS, AnnotationSession, Flag, FrameRows, Source
from sessions.records import recordable
from sessions.tracked import TrackingRows
from sessions.tracked_blocks import TrackedBlocks


@recordable
@dataclass(frozen=True, slots=True, eq=False)
class AcceptRun(Command):
    """Take a tracked run over; frames where a person has decided are left alone.

    Those are frames with a box by hand and frames marked absent; `Change.kept` names them.
    """

    target_id: str
    frames: NDArray[np.int64]
    """(k,) in any order."""
    boxes: NDArray[np.float64]
    """(k, 2, 4); (k, 4) in RGB pixels is accepted for both modalities."""
    scores: NDArray[np.float32]
    """(k,) 0 to 1."""
    tracking: TrackingRows | TrackedBlocks | None = None
    """What else the tracker said on these frames: rows in the same order, or blocks of them.

    Rows are packed when the command is applied, which takes far longer than all the rest.
    """
    edited_at: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        as_text(self.target_id, "A target id", empty=False)
        frames = as_frames(self.frames, "A tracked run")
        if not frames.size:
            raise SessionError("A tracked run without frames has nothing to accept.")
        boxes = _as_pairs(self.boxes, frames.size, "A tracked run")
        check_boxes(boxes[:, 0], "A tracked run", none_allowed=False)
        # Only who gives pairs can say that the thermal camera has no box.
        check_boxes(boxes[:, 1], "A tracked run", none_allowed=np.ndim(self.boxes) == 3)
        scores = as_array(self.scores, np.float32, (frames.size,), "The scores of a tracked run")
        object.__setattr__(self, "frames", frames)
        object.__setattr__(self, "boxes", boxes)
        object.__setattr__(self, "scores", scores)
        if not _fits(self.tracking, frames):
            raise SessionError("The tracker output of a run must have one row for each frame.")
        as_time(self.edited_at, "The edit time")

    def label(self, session: AnnotationSession) -> str:
        """See `Command.label`."""
        return f"Track {session.target(self.target_id).name} on {frames_text(self.frames)}"

    def _free(self, session: AnnotationSession) -> NDArray[np.bool_]:
        session.check_frames(self.frames)
        return ~session.target(self.target_id).protected(self.frames)

    def inverse(self, session: AnnotationSession) -> RestoreFrames:
        """See `Command.inverse`."""
        target = session.editable_target(self.target_id)
        # Only what the run is going to change, so that a step of undo is no larger.
        frames = self.frames[self._free(session)]
        model = self.tracking.model if self.tracking else None
        blocks = target.tracking.changes_for(frames, model)
        return RestoreFrames(self.target_id, target.table.rows(frames), blocks)

    def apply(self, session: AnnotationSession) -> Change:
        """See `Command.apply`."""
        target = session.editable_target(self.target_id)
        free = self._free(session)
        frames = self.frames[free]
        # Asked before it changes.
        had_tracking = bool(target.tracking)
        packed = self.tracking
        if isinstance(packed, TrackingRows):
            packed = TrackedBlocks.pack(self.frames, packed)
        # The flag was about the tokens of an earlier run.
        flags = target.flags[frames] & ~np.uint16(Flag.TARGET_REMOVED)
        if packed is None:
            # Tokens of another run would explain a box that they did not make.
            target.tracking = target.tracking.without(frames)
        else:
            target.tracking = packed.placed_in(target.tracking, frames)
            # The blocks have the frames in ascending order, the run in any.
            faulty = packed.frames[packed.target_tokens_removed > 0]
            flags[np.isin(frames, faulty)] |= np.uint16(Flag.TARGET_REMOVED)
        target.table.write(
            FrameRows(
                frames=frames,
                boxes=self.boxes[free],
                source=np.full(frames.size, Source.TRACKED, np.uint8),
                flags=flags,
                score=self.scores[free],
                edited=np.full(frames.size, self.edited_at),
            )
        )
        tracking = had_tracking or self.tracking is not None
        change = frames_changed(self.target_id, frames, tracking=tracking)
        return replace(change, kept=np.sort(self.frames[~free]))


def _fits(tracking: TrackingRows | TrackedBlocks | None, frames: NDArray[np.int64]) -> bool:
    if isinstance(tracking, TrackedBlocks):
        return bool(np.array_equal(tracking.frames, np.sort(frames)))
    if isinstance(tracking, TrackingRows):
        return len(tracking) == frames.size
    return tracking is None


def _as_pairs(boxes: ArrayLike, count: int, what: str) -> Array:
    given = np.asarray(boxes)
    if given.ndim == 2:
        given = np.repeat(given[:, np.newaxis], 2, axis=1)  # (k, 2, 4)
    return as_array(given, np.float64, (count, 2, 4), f"The boxes of {what.lower()}")


@recordable
@dataclass(frozen=True, slots=True, eq=False)
class ImportBoxes(Command):
    """Take boxes from a file over; frames where a person has decided are left alone."""

    target_id: str
    frames: NDArray[np.int64]
    boxes: NDArray[np.float64]
    """(k, 2, 4) or (k, 4) for both modalities; NaN = none."""
    absent: NDArray[np.bool_] | None = None
    """(k,) true where the target is said not to be there."""
    edited_at: float = field(default_factory=time.time)
    sources: NDArray[np.uint8] | None = None
    """(k,) values of `Source`, where the file says where its boxes come from; else all imported."""
    flags: NDArray[np.uint16] | None = None
    """(k,) bits of `Flag`, beside those of `absent`."""
    scores: NDArray[np.float32] | None = None
    """(k,) 0 to 1, NaN = none."""

    def __post_init__(self) -> None:
        as_text(self.target_id, "A target id", empty=False)
        frames = as_frames(self.frames, "An import")
        if not frames.size:
            raise SessionError("An import without frames has nothing to take over.")
        boxes = _as_pairs(self.boxes, frames.size, "An import")
        check_boxes(boxes, "An import", none_allowed=True)
        absent = np.zeros(frames.size, np.bool_) if self.absent is None else self.absent
        checked = as_array(absent, np.bool_, (frames.size,), "The absent flags of an import")
        object.__setattr__(self, "frames", frames)
        object.__setattr__(self, "boxes", boxes)
        object.__setattr__(self, "absent", checked)
        as_time(self.edited_at, "The edit time")
        self._check_said(frames.size)

    def _check_said(self, count: int) -> None:
        for name, dtype in (("sources", np.uint8), ("flags", np.uint16), ("scores", np.float32)):
            if getattr(self, name) is not None:
                what = f"The {name} of an import"
                object.__setattr__(self, name, as_array(getattr(self, name), dtype, (count,), what))
        if self.sources is not None and count and int(self.sources.max()) > max(Source):
            raise SessionError(f"The source {int(self.sources.max())} is not known here.")
        if self.flags is not None and bool((self.flags & ~np.uint16(ALL_FLAGS)).any()):
            raise SessionError("An import holds a flag that is not known here.")
        scores = np.zeros(0) if self.scores is None else self.scores
        # NaN, which says that there is none, compares false.
        if bool(((scores < 0) | (scores > 1)).any()):
            raise SessionError("The scores of an import must lie between 0 and 1.")

    def label(self, session: AnnotationSession) -> str:
        """See `Command.label`."""
        name = session.target(self.target_id).name
        return f"Import boxes of {name} on {frames_text(self.frames)}"

    def inverse(self, session: AnnotationSession) -> RestoreFrames:
        """See `Command.inverse`."""
        session.check_frames(self.frames)
        target = session.editable_target(self.target_id)
        frames = self.frames[~target.protected(self.frames)]
        blocks = target.tracking.changes_for(frames)
        return RestoreFrames(self.target_id, target.table.rows(frames), blocks)

    def apply(self, session: AnnotationSession) -> Change:
        """See `Command.apply`."""
        target = session.editable_target(self.target_id)
        session.check_frames(self.frames)
        free = ~target.protected(self.frames)
        frames, boxes = self.frames[free], self.boxes[free]
        absent = np.asarray(self.absent)[free]
        flags = np.where(absent, np.uint16(Flag.ABSENT), np.uint16(0))
        if self.flags is not None:
            flags |= self.flags[free]
        # Asked before it is gone.
        tracked = bool(target.tracking.tracked()[frames].any())
        target.tracking = target.tracking.without(frames)
        # A frame without a box that is not called absent is one that the file says nothing of.
        stated = ~np.isnan(boxes[..., 0]).all(axis=1) | absent
        given = np.uint8(Source.IMPORTED) if self.sources is None else self.sources[free]
        scores = np.full(frames.size, np.nan) if self.scores is None else self.scores[free]
        target.table.write(
            FrameRows(
                frames=frames,
                boxes=boxes,
                source=np.where(stated, given, Source.NONE).astype(np.uint8),
                flags=flags,
                score=scores.astype(np.float32),
                edited=np.full(frames.size, self.edited_at),
            )
        )
        change = frames_changed(self.target_id, frames, tracking=tracked)
        return replace(change, kept=np.sort(self.frames[~free]))
