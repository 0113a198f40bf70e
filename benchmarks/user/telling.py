"""What a process that may be killed at any moment tells of the session on its screen.

One line of JSON for each thing, given to the system at once: [kind, time, ...].
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

from PySide6.QtCore import QObject

from app.controllers.keeping import KeepingController, KeptRun
from app.controllers.tracking import Progress
from app.window.main_window import MainWindow
from benchmarks.user.digests import session_digest
from sessions import AcceptRun, AnnotationSession, Change, Command, LeftBehind


class Teller(QObject):
    """Tells everything that a recovery has to bring back."""

    def __init__(self, pipe: int, window: MainWindow) -> None:
        super().__init__()
        self._pipe = pipe
        self._window = window
        self._document = window.workspace.document
        self._keeping = window.workspace.keeping
        self._dropped: int | None = None
        self._saving: dict[str, str] = {}
        self._restoring = ""
        self._connect()
        # What `run` has opened before anybody could listen.
        self._on_replaced()

    def tell(self, kind: str, *what: object) -> None:
        """Write one line; the system has it when this returns."""
        line = json.dumps([kind, time.monotonic(), *what])
        # Whole lines below the size of a pipe's page are never torn.
        os.write(self._pipe, f"{line}\n".encode())

    @property
    def digest(self) -> str:
        """Of the session as it is now; empty without one."""
        session = self._document.session
        return "" if session is None else session_digest(session)

    # --- connections

    def _connect(self) -> None:
        space, document = self._window.workspace, self._document
        document.keeper = self
        document.changed.connect(self._on_changed)
        document.replaced.connect(self._on_replaced)
        document.copied.connect(lambda: self.tell("copied"))
        space.files.closing.connect(self._on_closing)
        space.tracking.started.connect(lambda: self.tell("run", space.tracking.target_id))
        space.tracking.progressed.connect(self._on_progress)
        space.tracking.ended.connect(lambda _words: self.tell("run ended"))
        space.tracking.failed.connect(lambda _words: self.tell("run ended"))
        self._window.message_shown.connect(self._on_message)
        for owner, name, wrapped in (
            (KeptRun, "accepted", self._accepted),
            (KeepingController, "saving", self._saving_begins),
            (KeepingController, "saved", self._saving_ended),
            (KeepingController, "may_go", self._may_go),
        ):
            before = getattr(owner, name)
            patch.object(owner, name, _calling(wrapped, before)).start()
        self._wrap(space.recovery, "discard", self._discards)
        self._wrap(space.files, "restore", self._restores)
        self._wrap(space.files, "save", self._saves)

    def _wrap(self, owner: object, name: str, first: Any) -> None:  # noqa: ANN401 - any function
        before = getattr(owner, name)

        def both(*values: Any, **named: Any) -> Any:  # noqa: ANN401 - of another function
            first(*values, **named)
            return before(*values, **named)

        patch.object(owner, name, both).start()

    # --- the document's keeper

    def done(self, command: Command) -> None:
        """See `Keeper.done`: what the screen is about to show may be kept already."""
        self.tell("pending", self.digest)
        self._keeping.done(command)

    def undone(self, command: Command, label: str) -> None:
        """See `Keeper.undone`."""
        self.tell("pending", self.digest)
        self._keeping.undone(command, label)

    def redone(self, command: Command, label: str) -> None:
        """See `Keeper.redone`."""
        self.tell("pending", self.digest)
        self._keeping.redone(command, label)

    # --- what else there is

    def _on_replaced(self) -> None:
        document, history = self._document, self._document.history
        restored = history is not None and (history.can_undo or history.can_redo)
        path = None if document.path is None else str(document.path)
        looking, digest = bool(document.read_only), self.digest
        # What was open goes first, and leaves nothing open for a moment; and a restore that was
        # asked for may be overtaken by something else that is opened.
        journal = self._restoring if restored else ""
        self.tell("replaced", digest, path, looking, restored, journal)
        if digest:
            self._restoring = ""

    def _on_changed(self, change: Change) -> None:
        tracked = self._window.workspace.tracking.target_id
        touched = change.frames.tolist() if change.target_id == tracked else []
        self.tell("shown", self.digest, touched)

    def _on_closing(self) -> None:
        history = self._document.history
        state = None if history is None else history.state
        dropped = state == self._dropped or bool(self._document.read_only)
        self.tell("closing", self._document.clean, dropped)
        self._dropped = None

    def _on_progress(self, progress: Progress) -> None:
        tracking = self._window.workspace.tracking
        result = tracking.live_frames.get(progress.frame_index)
        if result is not None:
            self.tell("frame", progress.frame_index, [float(side) for side in result.box_xywh])

    def _on_message(self, level: str, text: str) -> None:
        self.tell("message", level, text)

    def _accepted(self, _run: KeptRun, _command: AcceptRun) -> None:
        self.tell("accepting", self.digest)

    def _saving_begins(self, _keeping: KeepingController, save_id: str, path: Path) -> None:
        self._saving[save_id] = self.digest
        self.tell("saving", str(path), self.digest)

    def _saving_ended(
        self, _keeping: KeepingController, session: AnnotationSession, path: Path
    ) -> None:
        self.tell("saved", str(path), self._saving.pop(session.save_id, ""))

    def _may_go(self, _keeping: KeepingController) -> None:
        history = self._document.history
        self._dropped = None if history is None else history.state

    def _discards(self, left: LeftBehind) -> None:
        self.tell("discarding", str(left.journal))

    def _saves(self, path: Path, *, replace: bool = False, **_more: object) -> None:
        if replace:
            self.tell("replacing", str(path))

    def _restores(self, left: LeftBehind, *_more: object, look: bool) -> None:
        if not look:
            self._restoring = str(left.journal)
            self.tell("restoring", str(left.journal))


def _calling(first: Any, before: Any) -> Any:  # noqa: ANN401 - any two functions
    def both(*values: Any) -> Any:  # noqa: ANN401 - of another function
        first(*values)
        return before(*values)

    return both
