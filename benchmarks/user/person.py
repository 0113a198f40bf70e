"""The random person: one window, one source of chance, and hands that never wait for a dialog."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QObject, QThread, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFileDialog,
    QInputDialog,
    QMessageBox,
    QTreeWidget,
)
from shiboken6 import delete

from app.state.settings import SettingsStore
from app.window.main_window import MainWindow
from benchmarks.user.digests import session_digest
from benchmarks.user.hands import keys
from benchmarks.user.places import Places
from benchmarks.user.watching import Watch
from sessions import AnnotationSession, Target

PATIENCE = 60.0
"""Seconds after which a window that does not come to rest is a fault."""
LONGEST_RUN = 1.0
"""Seconds after which the person stops a run to look at what is there."""
SIZE = (900, 620)
"""Of the window: small, for every action paints it."""
CACHE = 32
"""Megabytes of decoded frames."""
GLANCE = 15
"""Milliseconds in which a dialog is answered."""


class Person(QObject):
    """Works at one window after another."""

    def __init__(
        self,
        places: Places,
        chance: random.Random,
        watch: Watch,
        window: MainWindow | None = None,
    ) -> None:
        """Sit down at `window`, or start the program."""
        super().__init__()
        self.places = places
        self.chance = chance
        self.watch = watch
        self.changes = 0
        """Changes of sessions, undone and done again ones too."""
        self.opened_as = ""
        """Digest of the session as it was opened; empty where steps to undo came with it."""
        self.window = window or self.start()
        self.chosen: list[Path] = []
        """What the next file dialogs are answered with; none: they are cancelled."""
        self.saved: dict[Path, str] = {}
        """Digest of what each session file was last known to hold."""
        self.pictures: dict[str, QImage] = {}
        """What parts of the window showed last, to be painted over."""
        self._answering = QTimer(self)
        self._answering.timeout.connect(self._answer_dialog)
        self._answering.start(GLANCE)

    # --- the window

    def start(self) -> MainWindow:
        """Start the program: a new window upon the settings that the last one left."""
        settings = SettingsStore()
        # Without one, the first run would load the network of CKD, and torch with it.
        if settings.values.tracker == "ckd":
            settings.values.tracker = "correlation"
        # What is kept of frames is wanted, and would hide what is kept by mistake.
        settings.values.cache_megabytes = CACHE
        self.window = MainWindow(settings)
        self.window.message_shown.connect(self.watch.said)
        self.watch.has_open = self._has_open
        self.window.workspace.document.replaced.connect(self._on_replaced)
        self.window.workspace.document.changed.connect(self._on_changed)
        self.window.resize(*SIZE)
        self.window.show()
        self.window.activateWindow()
        # As closing the program would ask: not in every process that measures.
        self.look()
        return self.window

    def _on_changed(self, _change: object) -> None:
        self.changes += 1

    def _on_replaced(self) -> None:
        document = self.window.workspace.document
        steps = document.history is not None and document.history.can_undo
        session = None if steps else document.session
        self.opened_as = "" if session is None else session_digest(session)

    def _has_open(self, name: str) -> bool:
        space = self.window.workspace
        path = space.document.path
        return space.files.busy or (path is not None and path.name == name)

    def leave(self) -> bool:
        """Close the window; say whether it went."""
        self.window.close()
        return not self.window.isVisible()

    def start_again(self) -> None:
        """Leave the program and start it again, whatever it is doing."""
        if self.leave():
            window = self.window
            self.start()
            # At once: another process would start with nothing, and memory is measured here.
            delete(window)

    # --- time

    def look(self, moments: int = 1) -> None:
        """Let the window work for a moment."""
        for _ in range(moments):
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 5)
        if QThread.currentThread().loopLevel() == 0:
            # As the program's own loop would, which does not run where a person is the program.
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        if QApplication.activeWindow() is None and self.window.isVisible():
            # After a dialog a desktop gives the keyboard back; without one nobody does.
            self.window.activateWindow()

    def wait(self, done: Callable[[], bool], seconds: float) -> bool:
        """Let the window work until something is so; say whether it became so in time."""
        until = time.monotonic() + seconds
        while not done():
            if time.monotonic() > until:
                return False
            self.look()
            # Threads need the interpreter, which this loop would keep for itself.
            time.sleep(0.0005)
        return True

    def settle(self) -> bool:
        """Wait until nothing is under way any more; say whether that came."""
        self.window.workspace.playback.pause()
        if not self.wait(lambda: not self.running, LONGEST_RUN):
            self.window.stop()
        return self.wait(lambda: self.window.is_idle, PATIENCE)

    # --- what there is

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self.window.workspace.tracking.running

    @property
    def session(self) -> AnnotationSession | None:
        """The open session."""
        return self.window.workspace.document.session

    @property
    def target(self) -> Target | None:
        """The selected target."""
        return self.window.workspace.selection.target

    @property
    def target_list(self) -> QTreeWidget:
        """The list of targets."""
        trees = self.window.views.targets.findChildren(QTreeWidget)
        return trees[0]

    def session_files(self) -> list[Path]:
        """Session files that are there, in a fixed order."""
        return sorted(self.places.sessions.glob("*.h5"))

    # --- hands

    def key(self, sequence: str) -> None:
        """Press a key, with what is held beside it."""
        keys(self.window, sequence)

    def likely(self, share: float) -> bool:
        """Say yes so often."""
        return self.chance.random() < share

    # --- dialogs

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Answer file dialogs from `chosen` while this lasts, without showing them."""
        # Qt's own file dialog reads whole folders; what it returns is all that the window sees.
        with ExitStack() as stack:
            for name, empty in (
                ("getExistingDirectory", ""),
                ("getOpenFileName", ("", "")),
                ("getSaveFileName", ("", "")),
            ):
                stack.enter_context(patch.object(QFileDialog, name, self._chooser(empty)))
            # Of results of trackers, which this person has none of.
            nothing: tuple[list[str], str] = ([], "")
            several = patch.object(QFileDialog, "getOpenFileNames", lambda *_a, **_k: nothing)
            stack.enter_context(several)
            yield

    def _chooser(self, empty: str | tuple[str, str]) -> Callable[..., Any]:
        def choose(*_arguments: object, **_options: object) -> str | tuple[str, str]:
            if not self.chosen:
                return empty
            path = str(self.chosen.pop(0))
            return path if isinstance(empty, str) else (path, "")

        return choose

    def _answer_dialog(self) -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QMessageBox):
            button = self.chance.choice(dialog.buttons())
            button.click()
        elif isinstance(dialog, QInputDialog):
            dialog.done(self.chance.randint(0, 1))
        elif isinstance(dialog, QDialog):
            dialog.reject()

    def let_go(self) -> None:
        """Close what is open without a question."""
        self.window.confirm_discard = lambda: True
        self.settle()
        self.window.commands.close_sequence()
        self.settle()
        self.window.confirm_discard = None

    def forget(self) -> None:
        """Close the window for good, without a question."""
        self.window.confirm_discard = lambda: True
        self.window.close()
        self._answering.stop()
        delete(self.window)
        QCoreApplication.sendPostedEvents()
