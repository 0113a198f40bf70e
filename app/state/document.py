"""The one document of the window: a session, its history, its file; changed only by commands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from sessions import AnnotationSession, Change, Command, History, SessionError


class Keeper(Protocol):
    """Who keeps every change at once, so that a killed program loses none; raises nothing."""

    def done(self, command: Command) -> None:
        """Keep a command that was applied."""

    def undone(self, command: Command, label: str) -> None:
        """Keep that undo applied this command; `label` says what it took back."""

    def redone(self, command: Command, label: str) -> None:
        """Keep that redo applied this command; `label` says what it did again."""


class Document(QObject):
    """Owns session and history, and tells every change."""

    changed = Signal(object)
    """A `sessions.Change`: what to draw again, and nothing else."""
    replaced = Signal()
    """Another session is here, or none."""
    state_changed = Signal()
    """Undo, redo, saved or the file name changed."""
    copied = Signal()
    """What was only looked at has become a session without a file, which may be changed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session: AnnotationSession | None = None
        self._history: History | None = None
        self._path: Path | None = None
        self._read_only = ""
        self.keeper: Keeper | None = None
        """Hears of each change before anybody who draws it."""
        # One counter for the session and all targets: of two numbers the larger is the later.
        self._edition = 0
        self._edition_of_all = 0
        self._edition_of: dict[str, int] = {}

    @property
    def session(self) -> AnnotationSession | None:
        """The session; None before anything is open."""
        return self._session

    @property
    def history(self) -> History | None:
        """Its undo history."""
        return self._history

    @property
    def path(self) -> Path | None:
        """The session's file; None when it was never saved."""
        return self._path

    @property
    def read_only(self) -> str:
        """Why the session may only be looked at, as one sentence; empty when it may be changed."""
        return self._read_only

    @property
    def clean(self) -> bool:
        """Whether nothing would be lost by closing."""
        return self._history is None or self._history.clean

    def edition_of(self, target_id: str) -> int:
        """Return a number that differs whenever anything of a target may have changed."""
        return max(self._edition_of_all, self._edition_of.get(target_id, 0))

    def replace(
        self,
        session: AnnotationSession | None,
        path: Path | None = None,
        read_only: str = "",
        history: History | None = None,
    ) -> None:
        """Put another session in place; `read_only` is only looked at.

        `history` is what was done to it already; none is a fresh one.
        """
        self._edition += 1
        self._edition_of_all = self._edition
        # Another session may have targets with the same ids.
        self._edition_of.clear()
        self._session = session
        self._history = None if session is None else history or History(session)
        self._path = path
        self._read_only = read_only
        self.replaced.emit()
        self.state_changed.emit()

    def become_copy(self) -> None:
        """Let what was only looked at be changed, without a file and with nothing saved."""
        if self._history is not None:
            self._path = None
            self._read_only = ""
            self._history.mark_unsaved()
            self.copied.emit()
            self.state_changed.emit()

    def do(self, command: Command, keep: Callable[[], None] | None = None) -> Change:
        """Apply a command; raises SessionError, with nothing changed, when it does not fit.

        `keep` keeps it in place of the document's keeper, as for a run that is kept in parts.
        """
        if self._history is None:
            # No mistake of a person's: without a session every action that changes one is off.
            raise RuntimeError("There is no session to change.")
        self._check_changeable()
        change = self._history.do(command)
        # Before it is announced: what a person has seen is never lost.
        if keep is not None:
            keep()
        elif self.keeper is not None:
            self.keeper.done(command)
        self._announce(change)
        return change

    def undo(self) -> Change | None:
        """Take the last step back; raises SessionError where the session is only looked at."""
        self._check_changeable()
        history, keeper = self._history, self.keeper
        command = None if history is None else history.undo_command
        if history is None or command is None:
            return None
        label = history.undo_label or ""
        change = history.undo()
        if keeper is not None:
            keeper.undone(command, label)
        return self._announce(change)

    def redo(self) -> Change | None:
        """Do the last undone step again; raises SessionError as `undo` does."""
        self._check_changeable()
        history, keeper = self._history, self.keeper
        command = None if history is None else history.redo_command
        if history is None or command is None:
            return None
        label = history.redo_label or ""
        change = history.redo()
        if keeper is not None:
            keeper.redone(command, label)
        return self._announce(change)

    def _check_changeable(self) -> None:
        if self._read_only:
            raise SessionError(self._read_only)

    def mark_saved(self, path: Path, state: int) -> None:
        """Remember that the history state `state` is on disk at `path`."""
        if self._history is not None:
            self._path = path
            # The state and not the present: the session may have been changed while it was written.
            self._history.mark_saved(state)
            self.state_changed.emit()

    def _announce(self, change: Change | None) -> Change | None:
        if change is not None:
            # Before anybody hears of it: who draws again at once asks for the edition.
            self._count(change)
            self.changed.emit(change)
            self.state_changed.emit()
        return change

    def _count(self, change: Change) -> None:
        self._edition += 1
        if change.target_id is None:
            self._edition_of_all = self._edition
        else:
            self._edition_of[change.target_id] = self._edition
