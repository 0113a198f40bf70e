"""Every change of a session, written at once, so that a crash loses nothing.

See docs/session-format.md for what stands in the file, and where it lies.
"""

from __future__ import annotations

import os
from pathlib import Path

from sessions.commands.base import Command, command_to_record
from sessions.journal_format import Beginning, as_record_text
from sessions.journal_runs import RunJournal
from sessions.journal_steps import Steps
from sessions.journal_writer import JournalWriter, Record
from sessions.model import AnnotationSession
from sessions.snapshot import snapshot


class Journal:
    """The journal of one open session; its methods may be called from any thread.

    The file is made with the first record: looking at a session leaves nothing. A method that
    raises SessionError has kept its record in memory; it is tried again with every later one and
    by the thread beside the journal, and only the first failure is raised.
    """

    def __init__(self, writer: JournalWriter, steps: Steps, last_run: int = 0) -> None:
        """Use `begin`, or `resume` for a session that was restored."""
        self._writer = writer
        self._steps = steps
        self._last_run = last_run

    @classmethod
    def begin(
        cls, session: AnnotationSession, session_path: str | os.PathLike[str] | None = None
    ) -> Journal:
        """Return the journal for a session as it is now: as its file says, or new without one."""
        place = _absolute(session_path)
        # Without a file, nothing else tells what is in it already.
        unknown = place is None and bool(session.targets or session.save_id)
        base = snapshot(session) if unknown else None
        return cls(JournalWriter(Beginning.of(session, place), base), Steps())

    @property
    def path(self) -> Path | None:
        """Where it lies; None while it has no file."""
        file = self._writer.file
        return None if file is None else file.path

    @property
    def problem(self) -> str:
        """One sentence while records wait in memory or are not on disk; empty when all is well."""
        return self._writer.problem

    def append(self, command: Command) -> None:
        """Write a command that was done; the system has it when this returns."""
        text = as_record_text({"command": command_to_record(command)})
        with self._writer.using() as usable:
            if usable:
                self._steps.did(command)
                self._writer.put(Record(text))

    def undone(self, command: Command, label: str = "") -> None:
        """Write that the last step was taken back, by this command; `label` is the step's."""
        with self._writer.using() as usable:
            if usable:
                whole = self._steps.undone()
                self._writer.put(_short("undo") if whole else _full("undone", command, label))

    def redone(self, command: Command, label: str = "") -> None:
        """Write that a step was done again, by this command; `label` is the step's."""
        with self._writer.using() as usable:
            if usable:
                whole = self._steps.redone()
                self._writer.put(_short("redo") if whole else _full("redone", command, label))

    def begin_run(self, target_id: str) -> RunJournal:
        """Return what a run is written with while it goes on."""
        with self._writer.using():
            self._last_run += 1
            return RunJournal(self._last_run, target_id, self._write_of_run)

    def _write_of_run(
        self, text: bytes, run: RunJournal, command: Command | None, *, part: bool
    ) -> None:
        with self._writer.using() as usable:
            if not usable:
                return
            if command is not None:
                self._steps.did(command)
            # A change that a person makes says what is wrong; the thread that tracks cannot.
            self._writer.put(Record(text, run, part), quiet=command is None)

    def note_saving(self, save_id: str, path: str | os.PathLike[str] | None = None) -> None:
        """Note that the present state is going to be saved under this id, as `path` if given."""
        # Before the file is written: a crash right after its rename then finds the place in here
        # from which on the saved state lacks commands.
        text = as_record_text({"saving": save_id, "path": _absolute(path)})
        with self._writer.using() as usable:
            if usable:
                self._steps.saving()
                record = Record(text, saving=save_id, change=False)
                self._writer.begin_saving(save_id, record)

    def note_saved(
        self, session: AnnotationSession, path: str | os.PathLike[str] | None = None
    ) -> None:
        """Stand on the state that was saved from now on; `path` where its file has another name.

        Called where `History.mark_saved` is, after `mark_written`. The thread beside the journal
        writes the file again, without what was saved, and moves it to the session.
        """
        with self._writer.using() as usable:
            if usable:
                place = _absolute(path) or self._writer.beginning.session
                text = as_record_text({"saved": session.save_id, "path": place})
                self._steps.saved()
                self._writer.stand_on(Beginning.of(session, place), Record(text, change=False))

    def heartbeat(self) -> None:
        """Show other computers that this program lives; the thread beside the journal does it."""
        self._writer.beat()

    def settle(self) -> None:
        """Do at once what the thread beside the journal does by and by."""
        self._writer.work()

    def close(self) -> None:
        """Stop writing and leave the file behind."""
        self._writer.close()

    def remove(self) -> None:
        """Stop writing and remove the file: the session was closed in good order."""
        self._writer.close(remove=True)


def _short(kind: str) -> Record:
    return Record(as_record_text({kind: 1}))


def _full(kind: str, command: Command, label: str) -> Record:
    return Record(as_record_text({kind: command_to_record(command), "label": label}))


def _absolute(path: str | os.PathLike[str] | None) -> str | None:
    return None if path is None else os.path.abspath(path)  # noqa: PTH100 - keeps ".." as saving does
