"""Several commands as one step: one act of a person, one step to undo."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np

from sessions.changes import Change, ChangeKind
from sessions.checks import as_line
from sessions.commands.base import Command
from sessions.errors import SessionError
from sessions.model import AnnotationSession
from sessions.records import recordable

MAX_COMMANDS = 10_000
"""More than any act of a person, few enough to be looked through at once."""
MAX_WORDS = 400


@recordable
@dataclass(frozen=True, slots=True, eq=False)
class Several(Command):
    """Do commands one after the other; when one is refused, none of them has been done."""

    commands: tuple[Command, ...]
    words: str
    """What they do together, as an undo menu shows it."""

    def __post_init__(self) -> None:
        if not isinstance(self.commands, tuple | list):
            raise SessionError("A step of several changes is a list of commands.")
        object.__setattr__(self, "commands", tuple(self.commands))
        for command in self.commands:
            # One within another would let a record be as deep as it likes.
            if not isinstance(command, Command) or isinstance(command, Several):
                raise SessionError("A step of several changes is made of single commands.")
            if not command.undoable:
                raise SessionError("A step of several changes holds one that is no step of undo.")
        if not 1 <= len(self.commands) <= MAX_COMMANDS:
            raise SessionError(f"A step is made of 1 to {MAX_COMMANDS} changes.")
        as_line(self.words, "The name of a step", empty=False, limit=MAX_WORDS)

    @property
    def target_id(self) -> str:
        """The target that all of them are about; empty when they are about more than one."""
        ids = {str(getattr(command, "target_id", "")) for command in self.commands}
        return ids.pop() if len(ids) == 1 else ""

    @property
    def target_ids(self) -> frozenset[str]:
        """The targets that any of them is about."""
        ids = (str(getattr(command, "target_id", "")) for command in self.commands)
        return frozenset(each for each in ids if each)

    def label(self, session: AnnotationSession) -> str:  # noqa: ARG002
        """See `Command.label`."""
        return self.words

    def inverse(self, session: AnnotationSession) -> Several:
        """See `Command.inverse`."""
        # The way back of one is known only where those before it have been done.
        ways_back, _ = self._do(session)
        for way_back in ways_back:
            way_back.apply(session)
        return Several(tuple(ways_back), self.words)

    def apply(self, session: AnnotationSession) -> Change:
        """See `Command.apply`."""
        _, changes = self._do(session)
        return reduce(_joined, changes)

    def _do(self, session: AnnotationSession) -> tuple[list[Command], list[Change]]:
        """Do all of them; return what takes them back, the last one first, and what changed."""
        ways_back: list[Command] = []
        changes: list[Change] = []
        try:
            for command in self.commands:
                way_back = command.inverse(session)
                changes.append(command.apply(session))
                ways_back.insert(0, way_back)
        except SessionError:
            for way_back in ways_back:
                way_back.apply(session)
            raise
        return ways_back, changes


def _joined(first: Change, second: Change) -> Change:
    """Return what two changes changed together."""
    target_id = first.target_id if first.target_id == second.target_id else None
    tracking = first.tracking or second.tracking
    if target_id is None or first.kind is not second.kind:
        return Change(ChangeKind.SEVERAL, target_id, tracking=tracking)
    frames = np.union1d(first.frames, second.frames)
    kept = np.union1d(first.kept, second.kept)
    return Change(first.kind, target_id, frames, kept, tracking)
