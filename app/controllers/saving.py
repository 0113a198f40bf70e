"""Saving the session, one save after the other, and holding its file against other programs."""

from __future__ import annotations

import uuid
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, SignalInstance

import sessions
from app.controllers.keeping import KeepingController
from app.state.document import Document
from app.workers.store import StoreClient
from app.workers.store_requests import ChangedOnDisk, Saved
from sessions import AnnotationSession, snapshot
from sessions.names import as_session_name

if TYPE_CHECKING:
    from app.workers.session_file import SessionFile
    from sessions import HeldFile


@dataclass(frozen=True, slots=True)
class _Save:
    """One state of a session on its way to the disk."""

    session: AnnotationSession
    """The session itself, to know it again; what is written is `snapshot`."""
    snapshot: AnnotationSession
    path: Path
    state: int
    replace: bool
    quiet: bool
    save_id: str
    only_new: bool = False


class SavingController(QObject):
    """Says that something is saved only when it is, and of what session."""

    saved = Signal(object)
    """Path of the file that the session is in now."""
    saved_quietly = Signal(object)
    """The same of a save that nobody asked for at this moment."""
    written = Signal(object)
    """Path of a file in which another session is, that was open when its save began."""
    refused = Signal(str)
    """One sentence on why the session that is only looked at is not written."""
    changed_on_disk = Signal(object, str)
    """Path of a file that another program has written, and the sentence; nothing was saved."""
    saving_changed = Signal()
    """A save has begun, or the last one has ended."""

    def __init__(
        self,
        document: Document,
        store: StoreClient,
        keeping: KeepingController,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._keeping = keeping
        self._failed_quietly = False
        self.was_said = False
        """Whether the failure that the store says now is one of an unasked save, said before."""
        self._store = store
        self._held: HeldFile | None = None
        # One after the other: the second may be to the file that the first one takes.
        self._waiting: deque[_Save] = deque()
        self._under_way: _Save | None = None
        store.saved.connect(self._on_saved)
        store.changed_on_disk.connect(self._on_changed)
        store.save_failed.connect(self._on_failed)

    @property
    def saving(self) -> bool:
        """Whether anything is still on its way to the disk."""
        return self._under_way is not None

    @property
    def going_to(self) -> Path | None:
        """The file that the session will be in when every save is done; None without one."""
        newest = self._waiting[-1] if self._waiting else self._under_way
        if newest is not None and newest.session is self._document.session:
            return newest.path
        return self._document.path

    @property
    def held(self) -> HeldFile | None:
        """The file of the open session; None where it has none, or another program has it."""
        return self._held

    def save(
        self, path: Path, *, replace: bool = False, quiet: bool = False, only_new: bool = False
    ) -> None:
        """Save the session to `path`; `replace` writes over what another program left there.

        What lies at a path that nobody has chosen, `only_new`, is asked about first.

        Nobody asked for a `quiet` one: it is said quietly, and its failure only once until a save
        goes well.
        """
        session, history = self._document.session, self._document.history
        if session is None or history is None:
            return
        if self._document.read_only:
            self.refused.emit(self._document.read_only)
            return
        # Not every desktop's dialog adds the ending, without which it could not be opened again.
        path = as_session_name(path)
        save_id = uuid.uuid4().hex
        # With the snapshot: the journal has to know which changes the file will lack.
        self._keeping.saving(save_id, path)
        self._waiting.append(
            _Save(
                session, snapshot(session), path, history.state, replace, quiet, save_id, only_new
            )
        )
        if self._under_way is None:
            self._next()

    def adopt(self, file: SessionFile | None) -> None:
        """Hold the file of the session that was just opened, None where there is none."""
        self.let_go()
        if file is not None and file.held is not None:
            self._held = file.held
            if file.known is not None:
                self._held.known = file.known

    def let_go(self) -> None:
        """Give the file free; a save under way still has its share."""
        held, self._held = self._held, None
        if held is not None:
            held.release()

    def work_on_copy(self) -> None:
        """Turn what is only looked at into a session without a file, which may be changed."""
        self.let_go()
        self._document.become_copy()

    def _next(self) -> None:
        save = self._under_way = self._waiting.popleft()
        # What is known of the file is known of the session that is open now.
        held = self._held if save.session is self._document.session else None
        try:
            self.saving_changed.emit()
            self._store.save(
                save.snapshot,
                save.path,
                save.state,
                held,
                replace=save.replace,
                save_id=save.save_id,
                only_new=save.only_new,
            )
        except BaseException:
            # Nobody is going to answer it, and the saves after it must not wait for that.
            self._under_way = None
            raise

    def _end(self) -> None:
        """Note that the save under way has ended, and begin the next."""
        self._under_way = None
        if self._waiting:
            self._next()
        else:
            self.saving_changed.emit()

    def _on_saved(self, saved: Saved) -> None:
        save = self._under_way
        try:
            signal = self._take(save, saved)
        finally:
            # Whatever goes wrong with what was saved, what comes after it must not wait for ever.
            self._end()
        signal.emit(saved.encoded.path)

    def _take(self, save: _Save | None, saved: Saved) -> SignalInstance:
        """Let the session be in the file that was written; return the signal that says so."""
        # Another session may have been opened while this one was written: it must not take over
        # the file, which its next save would replace.
        if save is None or save.session is not self._document.session:
            saved.held.release()
            return self.written
        before, self._held = self._held, saved.held
        # After the new one is here: where both are one file, it must not be free for a moment.
        if before is not None:
            before.release()
        sessions.mark_written(save.session, saved.encoded)
        self._failed_quietly = False
        self._keeping.saved(save.session, saved.encoded.path)
        self._document.mark_saved(saved.encoded.path, saved.state)
        return self.saved_quietly if save.quiet else self.saved

    def _on_failed(self, _text: str) -> None:
        quiet = self._under_way is not None and self._under_way.quiet
        self.was_said = quiet and self._failed_quietly
        self._failed_quietly = quiet
        self._end()

    def _on_changed(self, changed: ChangedOnDisk) -> None:
        quiet = self._under_way is not None and self._under_way.quiet
        # Later states would meet the same file: the person is asked once, and the newest is saved.
        self._waiting = deque(each for each in self._waiting if each.path != changed.path)
        self._end()
        if not quiet:
            self.changed_on_disk.emit(changed.path, changed.message)
        elif not self._failed_quietly:
            # Nobody may be there to answer a question.
            self._failed_quietly = True
            self.refused.emit(changed.message)
