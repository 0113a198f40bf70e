"""Undo and redo: for every step the command that takes it back, as small as what it changed."""

from __future__ import annotations

from dataclasses import dataclass

from sessions.changes import Change
from sessions.commands.base import Command
from sessions.model import AnnotationSession


@dataclass(frozen=True, slots=True)
class _Step:
    label: str
    command: Command
    """Crosses the step: back when on the undo stack, forward when on the redo stack."""
    state: int
    """Number of the state on the later side of the step."""


class History:
    """The steps of one session, without limit; all changes go through here."""

    def __init__(self, session: AnnotationSession) -> None:
        self._session = session
        self._undo: list[_Step] = []
        self._redo: list[_Step] = []
        self._last_done: Command | None = None
        self._states = 0
        self._bottom = 0
        """Number of the state below all steps."""
        self._saved_state: int | None = 0

    def do(self, command: Command) -> Change:
        """Apply a command as a new step, or as part of the last one when it continues it.

        A command that is not `undoable` is applied and makes no step. Raises SessionError, with
        nothing changed, when the command does not fit the session.
        """
        if not command.undoable:
            return command.apply(self._session)
        label = command.label(self._session)
        # Before the change, which it has to bring back.
        inverse = command.inverse(self._session)
        change = command.apply(self._session)
        # Never counted back: a state that was undone and left is not the next one of its number.
        self._states += 1
        if self._undo and self._last_done is not None and command.continues(self._last_done):
            # The way back of a gesture is that of its first step.
            first = self._undo.pop()
            label, inverse = first.label, first.command
        self._undo.append(_Step(label, inverse, self._states))
        # The way forward led from a state that is no longer the present one.
        self._redo.clear()
        self._last_done = command
        return change

    def undo(self) -> Change | None:
        """Take the last step back; None when there is none."""
        return self._cross(self._undo, self._redo)

    def redo(self) -> Change | None:
        """Do the step again that was taken back last; None when there is none."""
        return self._cross(self._redo, self._undo)

    def take_back(self, command: Command, label: str = "") -> Change:
        """Take back a step that was made before this history began, by the command that does it.

        What is left of the step here goes; it can be done again like any other.
        """
        return self._cross_by(command, label, self._undo, self._redo)

    def do_again(self, command: Command, label: str = "") -> Change:
        """Do a step again that was taken back before this history began, by its command."""
        return self._cross_by(command, label, self._redo, self._undo)

    def _cross_by(
        self, command: Command, label: str, source: list[_Step], destination: list[_Step]
    ) -> Change:
        label = label or command.label(self._session)
        way_back = command.inverse(self._session)
        before = self.state
        change = command.apply(self._session)
        known = source.pop() if source else None
        self._states += 1
        # Of the two sides of a step the later one's number is kept with it.
        later = before if destination is self._redo else self._states
        if known is not None:
            label, later = known.label, known.state
        destination.append(_Step(label, way_back, later))
        if destination is self._redo and not self._undo:
            self._bottom = self._states
        self._last_done = None
        return change

    def end_gesture(self) -> None:
        """Let the next command be a step of its own, whatever it continues."""
        self._last_done = None

    def _cross(self, source: list[_Step], destination: list[_Step]) -> Change | None:
        if not source:
            return None
        step = source[-1]
        way_back = step.command.inverse(self._session)
        change = step.command.apply(self._session)
        # Only now, so that a command that is refused leaves both stacks as they were.
        source.pop()
        destination.append(_Step(step.label, way_back, step.state))
        # A nudge after undo is a step of its own, not more of what was undone.
        self._last_done = None
        return change

    @property
    def can_undo(self) -> bool:
        """True when there is a step to take back."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """True when there is a step to do again."""
        return bool(self._redo)

    @property
    def undo_count(self) -> int:
        """How many steps can be taken back."""
        return len(self._undo)

    @property
    def redo_count(self) -> int:
        """How many steps can be done again."""
        return len(self._redo)

    @property
    def undo_label(self) -> str | None:
        """What `undo` would take back."""
        return self._undo[-1].label if self._undo else None

    @property
    def redo_label(self) -> str | None:
        """What `redo` would do again."""
        return self._redo[-1].label if self._redo else None

    @property
    def undo_command(self) -> Command | None:
        """The command that `undo` would apply."""
        return self._undo[-1].command if self._undo else None

    @property
    def redo_command(self) -> Command | None:
        """The command that `redo` would apply."""
        return self._redo[-1].command if self._redo else None

    @property
    def state(self) -> int:
        """Number of the present state; equal numbers mean the very same state."""
        return self._undo[-1].state if self._undo else self._bottom

    @property
    def clean(self) -> bool:
        """True when the session is as it was when last saved."""
        return self._saved_state == self.state

    def mark_saved(self, state: int | None = None) -> None:
        """Remember that this state (the present one when not given) is on disk."""
        self._saved_state = self.state if state is None else state
        # A nudge after saving is a step of its own, so that undo can come back to what is on disk.
        self._last_done = None

    def mark_unsaved(self) -> None:
        """Remember that no state is on disk: a session that was never saved, or recovered."""
        self._saved_state = None
