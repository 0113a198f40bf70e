"""Two targets made one, and one made two: steps put together from single commands."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sessions.blocks import BLOCK_FRAMES
from sessions.commands.base import Command
from sessions.commands.frames import ClearRange, RestoreFrames
from sessions.commands.several import Several
from sessions.commands.spans import RestoreFrameAttributes
from sessions.commands.targets import AddTarget, RemoveTarget
from sessions.errors import SessionError
from sessions.model import AnnotationSession, Target
from sessions.spans import merged_spans, spans_within
from sessions.tracked_blocks import TrackedBlocks
from sessions.tracking import BlockChange, TrackingRecord


def merge_targets(session: AnnotationSession, target_id: str, other_id: str) -> Several:
    """Return the step that gives a target what another one has, and removes that one.

    A frame where both have something keeps what a person decided, or else what the target has; an
    attribute that both have there keeps the target's value. Raises SessionError when it cannot be.
    """
    target, other = session.editable_target(target_id), session.editable_target(other_id)
    if target is other:
        raise SessionError(f"{target.name} cannot be merged with itself; choose another target.")
    everywhere = np.arange(session.frame_count, dtype=np.int64)
    own, theirs = _has(target), _has(other)
    decided = ~target.protected(everywhere) & other.protected(everywhere)
    frames = np.flatnonzero(theirs & (~own | decided)).astype(np.int64)
    words = f"Merge {other.name} into {target.name}"
    steps: list[Command] = []
    if frames.size:
        steps.append(_taken_over(target, other, frames))
    if other.spans:
        steps.append(RestoreFrameAttributes(target_id, merged_spans(target.spans, other.spans)))
    return Several((*steps, RemoveTarget(other_id)), words)


def split_target(
    session: AnnotationSession, target_id: str, frame_index: int, new_id: str, name: str, color: int
) -> Several:
    """Return the step that makes what a target has from a frame on another target.

    Raises SessionError when nothing would be left on either side.
    """
    target = session.editable_target(target_id)
    has = np.flatnonzero(_has(target))
    session.check_frames(np.array([frame_index]))
    frames = has[has >= frame_index].astype(np.int64)
    if not frames.size or frames.size == has.size:
        where = "from" if not frames.size else "before"
        raise SessionError(
            f"{target.name} has nothing {where} frame {frame_index}, so there is nothing to split; "
            "go to the frame where the other target begins."
        )
    new = Target(new_id, name, session.frame_count)
    steps: list[Command] = [
        AddTarget(new_id, name, color, target.attributes, target.class_name),
        _taken_over(new, target, frames),
        ClearRange(target_id, frame_index, session.frame_count),
    ]
    later = spans_within(target.spans, frame_index, session.frame_count)
    if later:
        before = spans_within(target.spans, 0, frame_index - 1)
        steps.append(RestoreFrameAttributes(new_id, later))
        steps.append(RestoreFrameAttributes(target_id, before))
    return Several(tuple(steps), f"Split {target.name} at frame {frame_index}")


def _has(target: Target) -> NDArray[np.bool_]:
    """(N,) where anything is known of a target: a box, a mark, or that a tracker was there."""
    some = ~np.isnan(target.boxes).all(axis=(1, 2))
    return np.asarray(some | (target.flags != 0) | target.tracking.tracked(), np.bool_)


def _taken_over(target: Target, other: Target, frames: NDArray[np.int64]) -> RestoreFrames:
    """Return the command that gives `target` on these frames what `other` has there."""
    merged = target.tracking.without(frames)
    there = np.zeros(target.tracking.frame_count, np.bool_)
    there[frames] = True
    for model, blocks in other.tracking.without(np.flatnonzero(~there)).tracks.items():
        indices = tuple(sorted(blocks))
        packed = TrackedBlocks(model, indices, tuple(blocks[index] for index in indices))
        merged = packed.placed_in(merged, packed.frames)
    return RestoreFrames(
        target.id,
        other.table.rows(frames),
        _changes(target.tracking, merged, frames),
    )


def _changes(
    before: TrackingRecord, after: TrackingRecord, frames: NDArray[np.int64]
) -> tuple[BlockChange, ...]:
    """Return the blocks of these frames as they are `after`, those that are gone included."""
    indices = np.unique(frames // BLOCK_FRAMES).tolist()
    models = dict.fromkeys([*before.tracks, *after.tracks])
    changes = (
        BlockChange(model, index, after.tracks.get(model, {}).get(index))
        for model in models
        for index in indices
    )
    return tuple(
        change
        for change in changes
        if change.block is not before.tracks.get(change.model, {}).get(change.index)
    )
