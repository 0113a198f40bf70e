"""What replaying a journal would have on its undo stacks, without replaying it."""

from __future__ import annotations

from sessions.commands.base import Command


class Steps:
    """The steps that were made since the latest save began; they need no command to be crossed.

    It counts as `History` does, which has to see the same events: commands, undo, redo, and
    `mark_saved` where the journal hears that it was saved.
    """

    def __init__(self, undo: int = 0, redo: int = 0) -> None:
        self._undo = undo
        self._redo = redo
        self._last: Command | None = None

    def did(self, command: Command) -> None:
        """Count a command."""
        if not command.undoable:
            return
        joins = self._last is not None and command.continues(self._last)
        # More of a step that was begun before the save: what replaying has of it is only a part.
        if not joins:
            self._undo += 1
        self._redo = 0
        self._last = command

    def undone(self) -> bool:
        """Count a step that was taken back; True when replaying would have it as a whole."""
        self._last = None
        self._redo += 1
        whole = self._undo > 0
        self._undo -= whole
        return whole

    def redone(self) -> bool:
        """Count a step that was done again; True when replaying would have it."""
        self._last = None
        self._undo += 1
        whole = self._redo > 0
        self._redo -= whole
        return whole

    def saving(self) -> None:
        """Begin to count again: replaying may begin here."""
        self._undo = self._redo = 0

    def saved(self) -> None:
        """Let the next command be a step of its own, as `History.mark_saved` does."""
        self._last = None
