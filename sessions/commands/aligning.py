"""Cameras aligned again: what followed the alignment of before follows the new one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sessions.alignment import Alignment
from sessions.commands.base import Command
from sessions.commands.document import SetAlignment
from sessions.commands.frames import RestoreFrames
from sessions.commands.several import Several
from sessions.model import AnnotationSession, FrameRows, Source, Target

FOLLOWS = 0.5
"""Thermal pixels by which a box may differ from the mapped one and still have been made by it."""


def realign(session: AnnotationSession, alignment: Alignment, later: int | None = None) -> Command:
    """Return the command that aligns the cameras again, boxes included, as one step.

    Thermal pictures of `later` frames later stand beside each RGB frame then, by default what the
    time offsets of both alignments say.

    RGB boxes stay. A thermal box that is the mapped RGB one is mapped again; any other one was put
    on what its thermal picture shows, and goes with that picture.
    """
    setting = SetAlignment(alignment)
    if later is None:
        later = alignment.time_offset - session.alignment.time_offset
    label = setting.label(session)
    moved = [
        RestoreFrames(target_id, rows)
        for target_id, target in session.targets.items()
        if (rows := _moved(target, session.alignment, alignment, later)) is not None
    ]
    return Several((setting, *moved), label) if moved else setting


def _moved(target: Target, before: Alignment, after: Alignment, later: int) -> FrameRows | None:
    """Return the rows that change; None where none does."""
    everything = np.arange(len(target.source), dtype=np.int64)
    rows = target.table.rows(everything)
    rgb, tir = rows.boxes[:, 0], rows.boxes[:, 1]
    has_rgb, has_tir = ~np.isnan(rgb[:, 0]), ~np.isnan(tir[:, 0])
    with np.errstate(invalid="ignore"):
        follows = has_tir & (np.abs(before.boxes_to_tir(rgb) - tir).max(axis=1) <= FOLLOWS)
    placed = has_tir & ~follows
    boxes = rows.boxes.copy()
    boxes[:, 1] = np.nan
    boxes[follows, 1] = after.boxes_to_tir(rgb[follows])
    source, score, edited = rows.source.copy(), rows.score.copy(), rows.edited.copy()
    taken, goes_to = _destinations(placed, -later)
    boxes[goes_to, 1] = tir[taken]
    # A box of the thermal camera alone takes along who placed it; a frame that it leaves is empty.
    alone = ~has_rgb[goes_to] & ~has_tir[goes_to]
    for column, old in ((source, rows.source), (score, rows.score), (edited, rows.edited)):
        column[goes_to[alone]] = old[taken[alone]]
    empty = np.isnan(boxes[..., 0]).all(axis=1) & (has_rgb | has_tir)
    source[empty], score[empty] = Source.NONE, np.nan
    same = ((boxes == rows.boxes) | (np.isnan(boxes) & np.isnan(rows.boxes))).all(axis=(1, 2))
    changed = np.flatnonzero(~(same & (source == rows.source))).astype(np.int64)
    if not changed.size:
        return None
    return FrameRows(
        frames=changed,
        boxes=boxes[changed],
        source=source[changed],
        flags=rows.flags[changed],
        score=score[changed],
        edited=edited[changed],
    )


def _destinations(
    placed: NDArray[np.bool_], shift: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return frames, and those on which their thermal pictures are shown now."""
    taken = np.flatnonzero(placed).astype(np.int64)
    count = len(placed)
    goes_to = taken + max(-count, min(shift, count))
    inside = (goes_to >= 0) & (goes_to < count)
    return taken[inside], goes_to[inside]
