"""Commands on attributes that a target has on some of its frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sessions.changes import Change, ChangeKind
from sessions.commands.base import Command, frames_text
from sessions.commands.targets import check_target_id
from sessions.model import AnnotationSession
from sessions.records import recordable
from sessions.spans import (
    AttributeSpan,
    Spans,
    check_attribute_name,
    check_attribute_value,
    check_spans,
    with_value,
)


@recordable
@dataclass(frozen=True, slots=True, eq=False)
class SetFrameAttribute(Command):
    """Give a target an attribute on the frames `first` to `last`; None takes it away there."""

    target_id: str
    name: str
    first: int
    last: int
    """The last frame, itself included."""
    value: str | None

    def __post_init__(self) -> None:
        check_target_id(self.target_id)
        check_attribute_name(self.name)
        if self.value is not None:
            check_attribute_value(self.value)
        # As a span it is checked like all others.
        AttributeSpan(self.name, self.first, self.last, self.value or "none")

    def label(self, session: AnnotationSession) -> str:
        """See `Command.label`."""
        target = session.target(self.target_id).name
        where = frames_text(np.array([self.first, self.last]))
        if self.value is None:
            return f"Take {self.name} of {target} away on {where}"
        return f"Set {self.name} of {target} to {self.value} on {where}"

    def inverse(self, session: AnnotationSession) -> RestoreFrameAttributes:
        """See `Command.inverse`."""
        target = session.editable_target(self.target_id)
        # All of them: the objects are shared, and those beside it may have been made one with it.
        return RestoreFrameAttributes(self.target_id, target.spans)

    def apply(self, session: AnnotationSession) -> Change:
        """See `Command.apply`."""
        target = session.editable_target(self.target_id)
        session.check_frames(np.array([self.last]))
        target.spans = with_value(target.spans, self.name, self.first, self.last, self.value)
        frames = np.arange(self.first, self.last + 1, dtype=np.int64)
        return Change(ChangeKind.ATTRIBUTES, self.target_id, frames)


@recordable
@dataclass(frozen=True, slots=True, eq=False)
class RestoreFrameAttributes(Command):
    """Give a target exactly these attributes on its frames, and no others."""

    target_id: str
    spans: Spans

    def __post_init__(self) -> None:
        check_target_id(self.target_id)
        object.__setattr__(self, "spans", check_spans(self.spans))

    def label(self, session: AnnotationSession) -> str:
        """See `Command.label`."""
        return f"Restore attributes of {session.target(self.target_id).name}"

    def inverse(self, session: AnnotationSession) -> RestoreFrameAttributes:
        """See `Command.inverse`."""
        # Locked or not: undo and redo go through a lock.
        return RestoreFrameAttributes(self.target_id, session.target(self.target_id).spans)

    def apply(self, session: AnnotationSession) -> Change:
        """See `Command.apply`."""
        target = session.target(self.target_id)
        check_span_frames(session, self.spans)
        frames = _different(target.spans, self.spans)
        target.spans = self.spans
        return Change(ChangeKind.ATTRIBUTES, self.target_id, frames)


def check_span_frames(session: AnnotationSession, spans: Spans) -> None:
    """Raise SessionError unless all frames of the spans exist."""
    if spans:
        session.check_frames(np.array([max(span.last for span in spans)], np.int64))


def _different(before: Spans, after: Spans) -> NDArray[np.int64]:
    """Return the frames of all spans that only one of both has."""
    changed = set(before) ^ set(after)
    if not changed:
        return np.empty(0, np.int64)
    first, stop = min(s.first for s in changed), max(s.last for s in changed) + 1
    steps = np.zeros(stop - first + 1, np.int64)
    for span in changed:
        steps[span.first - first] += 1
        steps[span.last + 1 - first] -= 1
    return np.flatnonzero(np.cumsum(steps)) + first
