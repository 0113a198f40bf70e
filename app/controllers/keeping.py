"""Keeps what a person does in the journal while it is done, and says when that does not work."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

import sessions
from app.bridge.run_parts import RunParts
from app.resolve.thermal import ThermalPlace
from app.state.document import Document
from sessions import AcceptRun, AnnotationSession, Command, SessionError

if TYPE_CHECKING:
    from sessions import Journal, RunJournal

WATCH_MILLISECONDS = 1000
"""How often it is asked whether a journal that could not be written can be again."""


class KeptRun:
    """A run that is kept while it is tracked."""

    def __init__(self, keeping: KeepingController, parts: RunParts, journal: RunJournal) -> None:
        self.parts = parts
        """Takes the frames; given to the thread that tracks."""
        self._keeping = keeping
        self._journal = journal

    def accepted(self, command: AcceptRun) -> None:
        """Keep that the run was taken over by this command."""
        self._keeping.run_ended(self)
        self._keeping.attempt(lambda: self._journal.accepted(command))

    def leave_out(self, frames: Iterable[int]) -> None:
        """Keep that a hand has decided about these frames."""
        self._keeping.attempt(partial(self._journal.leave_out, frames))

    def abandoned(self) -> None:
        """Keep that the run was forgotten on purpose."""
        self._keeping.run_ended(self)
        self._keeping.attempt(self._journal.abandoned)


class KeepingController(QObject):
    """Owns the journal of the open session."""

    message = Signal(str, str)
    """Level and one sentence: that nothing can be kept, or that it can be again."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        document.keeper = self
        self._journal: Journal | None = None
        self._run: KeptRun | None = None
        self._discarded: int | None = None
        self._saves: list[str] = []
        """Saves of this session that nobody has said to be done, the first one first."""
        self._said = False
        self._watch = QTimer(self)
        self._watch.setInterval(WATCH_MILLISECONDS)
        self._watch.timeout.connect(self._look_again)

    def begin(
        self, session: AnnotationSession, path: Path | None, journal: Journal | None = None
    ) -> None:
        """Keep what is done to a session from now on; a file is made with the first change.

        What was restored goes on in its own `journal`.
        """
        self.end()
        self._journal = journal or sessions.Journal.begin(session, path)

    def done(self, command: Command) -> None:
        """See `Keeper.done`."""
        journal = self._journal
        if journal is not None:
            self.attempt(lambda: journal.append(command))

    def undone(self, command: Command, label: str) -> None:
        """See `Keeper.undone`."""
        journal = self._journal
        if journal is not None:
            self.attempt(lambda: journal.undone(command, label))

    def redone(self, command: Command, label: str) -> None:
        """See `Keeper.redone`."""
        journal = self._journal
        if journal is not None:
            self.attempt(lambda: journal.redone(command, label))

    def begin_run(self, target_id: str, place: ThermalPlace) -> KeptRun | None:
        """Keep a run of a target while it is tracked; None where nothing is kept."""
        self._run = None
        journal = self._journal
        if journal is None:
            return None
        run = journal.begin_run(target_id)
        self._run = KeptRun(self, RunParts(target_id, place, run.add), run)
        return self._run

    def run_ended(self, run: KeptRun) -> None:
        """Forget a run: the journal knows how it ended."""
        if self._run is run:
            self._run = None

    def saving(self, save_id: str, path: Path) -> None:
        """Keep that the present state is going to be saved there under this id."""
        journal = self._journal
        if journal is not None:
            self._saves.append(save_id)
            self.attempt(lambda: journal.note_saving(save_id, path))

    def saved(self, session: AnnotationSession, path: Path) -> None:
        """Keep that it was: the journal goes on from there."""
        journal = self._journal
        # They end in their order: those before it have failed.
        if session.save_id in self._saves:
            del self._saves[: self._saves.index(session.save_id) + 1]
        if journal is not None:
            self.attempt(lambda: journal.note_saved(session, path))

    def may_go(self) -> None:
        """Remember that the person said the changes there are now may be dropped."""
        history = self._document.history
        self._discarded = None if history is None else history.state

    def flush(self) -> None:
        """Write what a run has tracked since its last part; changes are written at once."""
        if self._run is not None:
            self._run.parts.flush()

    def end(self) -> bool:
        """End the journal: gone when nothing is unsaved, else left for whoever opens it next.

        Returns whether something was left behind.
        """
        journal, run = self._journal, self._run
        self._journal, self._run = None, None
        history, discarded = self._document.history, self._discarded
        saves, self._saves = self._saves, []
        self._discarded = None
        self._watch.stop()
        self._said = False
        if journal is None:
            return False
        # Unless it turns out that nobody needs it, also where something goes wrong on the way.
        with contextlib.closing(journal):
            if run is not None:
                run.parts.flush()
            dropped = history is not None and history.state == discarded
            # Frames of a run under way are no step of the history yet.
            tracked = run is not None and run.parts.given > 0
            # Clean is what equals the file as it was: one that is being written may hold another
            # state, such as the one before the last undo. Of what never got on the screen nothing
            # is known.
            clean = history is not None and self._document.clean and not saves
            if (clean or dropped) and not tracked:
                journal.remove()
                return False
        return True

    def attempt(self, write: Callable[[], None]) -> None:
        """Write to the journal; a failure is said once and never stops the work."""
        try:
            write()
        except SessionError as error:
            self._tell(str(error))

    def _tell(self, problem: str) -> None:
        if not self._said:
            self._said = True
            self._watch.start()
            self.message.emit("warning", problem)

    def _look_again(self) -> None:
        journal = self._journal
        if journal is not None and journal.problem:
            return
        self._watch.stop()
        self._said = False
        if journal is not None:
            self.message.emit("info", "Changes are kept on disk again.")
