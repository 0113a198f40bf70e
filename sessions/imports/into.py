"""Tracks of a file as commands that put them into a session, each as a new target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np

from sessions.checks import sound_boxes
from sessions.commands.base import Command
from sessions.commands.runs import ImportBoxes
from sessions.commands.several import Several
from sessions.commands.spans import RestoreFrameAttributes
from sessions.commands.targets import MAX_TARGETS, AddTarget
from sessions.errors import SessionError
from sessions.imports.tracks import Track
from sessions.model import AnnotationSession, Flag
from sessions.spans import moved_spans


@dataclass(frozen=True, slots=True)
class Count:
    """What an import brings."""

    targets: int
    frames: int
    """Of which something is said, added up over the targets."""
    boxes: int
    """Frames on which a target has a box."""
    absent: int
    """Frames on which one is said to be absent."""


def counted(tracks: Sequence[Track]) -> Count:
    """Return how much tracks hold."""
    absent = [(each.flags & Flag.ABSENT) != 0 for each in tracks]
    boxed = [~np.isnan(each.boxes[:, :, 0]).all(axis=1) for each in tracks]
    return Count(
        len(tracks),
        sum(len(each.frames) for each in tracks),
        sum(int(np.count_nonzero(b & ~a)) for a, b in zip(absent, boxed, strict=True)),
        sum(int(np.count_nonzero(a)) for a in absent),
    )


def import_tracks(
    session: AnnotationSession, tracks: Sequence[Track], words: str, start: int = 0
) -> Several:
    """Return the one step that adds a target for each track, frame 0 of the file onto `start`.

    Where a file is of one modality its boxes serve for both, mapped through the alignment. Raises
    SessionError where a frame of the file is none of the session, or a box is none.
    """
    if not tracks:
        raise SessionError("There is no target in it; nothing was imported.")
    if len(session.targets) + len(tracks) > MAX_TARGETS:
        raise SessionError(
            f"It holds {len(tracks)} targets, and a session at most {MAX_TARGETS} in all."
        )
    first_id = int(session.new_target_id())
    colors = _unused_colors(session)
    commands: list[Command] = []
    for number, track in enumerate(tracks):
        target_id = str(first_id + number)
        commands.append(
            AddTarget(target_id, track.name, next(colors), track.attributes, track.class_name)
        )
        # A target that is only named has no frames.
        if track.frames.size:
            commands.append(_boxes(session, target_id, track, start))
        if track.spans:
            commands.append(RestoreFrameAttributes(target_id, moved_spans(track.spans, start)))
    return Several(tuple(commands), words)


def _unused_colors(session: AnnotationSession) -> Iterator[int]:
    used = {target.color for target in session.targets.values()}
    return (number for number in count() if number not in used)


def _boxes(session: AnnotationSession, target_id: str, track: Track, start: int) -> ImportBoxes:
    frames = track.frames + start
    if int(frames[-1]) >= session.frame_count:
        raise SessionError(
            f"{track.name} reaches to frame {int(frames[-1])}, and the sequence has "
            f"{session.frame_count} frames from 0 on; choose the file that belongs to it."
        )
    boxes = track.boxes
    there = ~np.isnan(boxes).all(axis=2)
    wrong = np.argwhere(there & ~sound_boxes(boxes))
    if wrong.size:
        raise SessionError(
            f"The box of {track.name} on frame {int(track.frames[wrong[0][0]])} is none; a box "
            "needs four numbers and a width and height above 0."
        )
    if track.alone:
        boxes = np.stack([boxes[:, 0], session.alignment.boxes_to_tir(boxes[:, 0])], axis=1)
    absent = (track.flags & Flag.ABSENT) != 0
    return ImportBoxes(
        target_id,
        frames,
        boxes,
        np.asarray(absent, np.bool_),
        sources=track.sources,
        flags=track.flags,
        scores=track.scores,
    )
