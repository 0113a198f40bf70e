"""A copy of a session at one moment, cheap enough for the thread that owns the session."""

from __future__ import annotations

import copy
from dataclasses import replace

from sessions.model import AnnotationSession, FrameTable, Target


def snapshot(session: AnnotationSession) -> AnnotationSession:
    """Return the session as it is now, for another thread to read while this one goes on.

    Only the arrays over the frames are copied: commands write into them. Everything else in a
    session is replaced as a whole by commands, never changed, and can be shared.
    """
    return replace(
        session, targets={key: _copied(target) for key, target in session.targets.items()}
    )


def _copied(target: Target) -> Target:
    other = copy.copy(target)
    other.table = _copied_table(target.table)
    return other


def _copied_table(table: FrameTable) -> FrameTable:
    other = copy.copy(table)
    for name in table.__slots__:
        column = getattr(table, name).copy()
        column.setflags(write=False)
        setattr(other, name, column)
    return other
