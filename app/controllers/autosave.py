"""Saves by itself every few minutes, for who wants that beside the journal."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from app.controllers.files import FilesController
from app.state.document import Document
from app.state.settings import SettingsStore

MINUTE = 60_000
"""In milliseconds, as a timer counts."""


class AutosaveController(QObject):
    """Asks for a quiet save of what has a file and unsaved changes."""

    def __init__(
        self,
        document: Document,
        files: FilesController,
        settings: SettingsStore,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._files = files
        self._settings = settings
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.save_if_wanted)
        self.apply()

    def apply(self) -> None:
        """Begin to count as the settings have it; 0 minutes is never."""
        minutes = self._settings.values.autosave_minutes
        if minutes > 0:
            self._timer.start(minutes * MINUTE)
        else:
            self._timer.stop()

    def save_if_wanted(self) -> None:
        """Save now, unless there is nothing to save or nowhere to save it to."""
        document = self._document
        # A session without a file would need a question, and nobody may be there to answer.
        if document.path is None or document.clean or document.read_only or self._files.busy:
            return
        self._files.save(document.path, quiet=True)

    def stop(self) -> None:
        """Save nothing by itself any more: the window closes."""
        self._timer.stop()
