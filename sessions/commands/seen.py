"""Commands on the review queue: events that a person has seen, or wants to see again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sessions.changes import Change, ChangeKind
from sessions.checks import as_text
from sessions.commands.base import Command, frames_text
from sessions.errors import SessionError
from sessions.model import AnnotationSession, Target
from sessions.records import recordable
from sessions.seen import SeenMark, with_marks


@recordable
@dataclass(frozen=True, slots=True, eq=False)
class RestoreSeen(Command):
    """Put seen marks in and take others out; the inverse of both commands below."""

    target_id: str
    add: tuple[SeenMark, ...] = ()
    remove: tuple[SeenMark, ...] = ()

    def __post_init__(self) -> None:
        as_text(self.target_id, "A target id", empty=False)
        object.__setattr__(self, "add", _as_marks(self.add))
        object.__setattr__(self, "remove", _as_marks(self.remove))

    def label(self, session: AnnotationSession) -> str:
        """See `Command.label`."""
        return f"Restore what was seen of {session.target(self.target_id).name}"

    def inverse(self, session: AnnotationSession) -> RestoreSeen:
        """See `Command.inverse`."""
        target = session.target(self.target_id)
        # A mark that is made again gets a new time; undo brings the old one back.
        before = {mark.key: mark for mark in target.seen}
        touched = {mark.key: mark for mark in (*self.remove, *self.add)}
        return RestoreSeen(
            self.target_id,
            add=tuple(before[key] for key in touched if key in before),
            remove=tuple(mark for key, mark in touched.items() if key not in before),
        )

    def apply(self, session: AnnotationSession) -> Change:
        """See `Command.apply`."""
        target = session.target(self.target_id)
        session.check_frames(np.array([mark.last for mark in self.add], np.int64))
        target.seen = with_marks(target.seen, self.add, (mark.key for mark in self.remove))
        return Change(ChangeKind.SEEN, self.target_id)


@recordable
@dataclass(frozen=True, slots=True, eq=False)
class MarkSeen(Command):
    """Mark events of the review queue as seen; one that is marked already gets the new time."""

    target_id: str
    marks: tuple[SeenMark, ...]

    def __post_init__(self) -> None:
        as_text(self.target_id, "A target id", empty=False)
        object.__setattr__(self, "marks", _as_marks(self.marks))
        if not self.marks:
            raise SessionError("There is no event to mark as seen.")

    def label(self, session: AnnotationSession) -> str:
        """See `Command.label`."""
        return f"Mark {_events_text(self.marks)} of {session.target(self.target_id).name} as seen"

    def _restoring(self) -> RestoreSeen:
        return RestoreSeen(self.target_id, add=self.marks)

    def inverse(self, session: AnnotationSession) -> RestoreSeen:
        """See `Command.inverse`."""
        return self._restoring().inverse(session)

    def apply(self, session: AnnotationSession) -> Change:
        """See `Command.apply`."""
        return self._restoring().apply(session)


@recordable
@dataclass(frozen=True, slots=True, eq=False)
class UnmarkSeen(Command):
    """Take seen marks away, so that the review queue shows the events again."""

    target_id: str
    marks: tuple[SeenMark, ...]
    """Their time does not matter."""

    def __post_init__(self) -> None:
        as_text(self.target_id, "A target id", empty=False)
        object.__setattr__(self, "marks", _as_marks(self.marks))

    def label(self, session: AnnotationSession) -> str:
        """See `Command.label`."""
        name = session.target(self.target_id).name
        return f"Mark {_events_text(self.marks)} of {name} as not seen"

    def _restoring(self, target: Target) -> RestoreSeen:
        marked = {mark.key for mark in target.seen}
        for mark in self.marks:
            if mark.key not in marked:
                where, why = _events_text((mark,)), f" for {mark.reason!r}" if mark.reason else ""
                raise SessionError(f"{target.name} has no seen mark on {where}{why}.")
        return RestoreSeen(self.target_id, remove=self.marks)

    def inverse(self, session: AnnotationSession) -> RestoreSeen:
        """See `Command.inverse`."""
        return self._restoring(session.target(self.target_id)).inverse(session)

    def apply(self, session: AnnotationSession) -> Change:
        """See `Command.apply`."""
        return self._restoring(session.target(self.target_id)).apply(session)


def _as_marks(marks: object) -> tuple[SeenMark, ...]:
    if not isinstance(marks, tuple | list) or not all(isinstance(m, SeenMark) for m in marks):
        raise SessionError("What was seen is a list of seen marks.")
    # Of two marks of one event the last one counts.
    return tuple({mark.key: mark for mark in marks}.values())


def _events_text(marks: tuple[SeenMark, ...]) -> str:
    if len(marks) != 1:
        return f"{len(marks)} events"
    return frames_text(np.array([marks[0].first, marks[0].last]))
