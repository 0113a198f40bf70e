"""Opening sequences and sessions, and saving: what is open, where it came from, what went wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

import sessions
from app.bridge.runs import scale_alignment
from app.state.document import Document
from app.state.settings import SettingsStore
from app.workers.frame_source import FrameSource
from app.workers.store import ImagesMissing, Opened, Saved, StoreClient
from sessions import AnnotationSession, snapshot
from sessions.names import SESSION_SUFFIXES, as_session_name

MEGABYTE = 1024 * 1024


class FilesController(QObject):
    """Owns the open sequence; the session is the document's."""

    opened = Signal()
    closing = Signal()
    """The sequence is about to be closed: let go of it."""
    saved = Signal(object)
    """Path of the session file."""
    message = Signal(str, str)
    """Level (`info`, `warning`, `error`) and one sentence."""
    images_missing = Signal(object, str)
    """Path of a session whose images were not found, and the sentence that says so."""

    def __init__(
        self,
        document: Document,
        store: StoreClient,
        settings: SettingsStore,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._store = store
        self._settings = settings
        self._source: FrameSource | None = None
        self._sources: tuple[Path, ...] = ()
        self._being_saved: AnnotationSession | None = None
        store.opened.connect(self._on_opened)
        store.saved.connect(self._on_saved)
        store.images_missing.connect(self._on_images_missing)
        store.failed.connect(lambda text: self.message.emit("error", text))

    @property
    def source(self) -> FrameSource | None:
        """The frames of the open sequence."""
        return self._source

    @property
    def busy(self) -> bool:
        """Whether something is being opened or saved."""
        return self._store.opening or self._store.saving

    def open(
        self, *paths: Path, relink: tuple[Path, ...] = (), tir_offset: int | None = None
    ) -> None:
        """Open a folder, a session, or an RGB and a thermal path, without blocking the window."""
        budget = self._settings.values.cache_megabytes * MEGABYTE
        self._store.open(tuple(path.expanduser() for path in paths), budget, relink, tir_offset)

    def save(self, path: Path) -> None:
        """Save the session to `path`; the window stays usable meanwhile."""
        session, history = self._document.session, self._document.history
        if session is None or history is None:
            return
        # Not every desktop's dialog adds the ending, without which it could not be opened again.
        path = as_session_name(path)
        self._being_saved = session
        self._store.save(snapshot(session), path, history.state)

    def close(self) -> None:
        """Close sequence and session."""
        if self._source is not None:
            # Before the files are closed: workers let go, and views forget what they show of it.
            self.closing.emit()
            self._source.close()
            self._source = None
            self._sources = ()
            self._document.replace(None)

    def suggested_path(self) -> Path:
        """Return where a session that was never saved would naturally go."""
        if self._document.path is not None:
            return self._document.path
        session = self._document.session
        name = session.sequence.name if session is not None else "session"
        # Beside the images, not among them: a dataset stays as it was.
        folder = self._sources[0].absolute().parent if self._sources else Path.cwd()
        return folder / f"{name}{SESSION_SUFFIXES[0]}"

    def _on_opened(self, opened: Opened) -> None:
        self.close()
        # The old one went only now: what cannot be opened leaves it on the screen.
        self._source = opened.source
        self._sources = opened.sources
        session = opened.session or self._new_session(opened)
        # Boxes are held to the frame; a file may not know its size, or claim another.
        session.sequence = replace(
            session.sequence, rgb_size=opened.info.rgb_size, tir_size=opened.info.tir_size
        )
        self._document.replace(session, opened.session_path)
        self._remember(opened)
        self.opened.emit()
        notes = [*opened.source.sequence.notes, *([opened.damage] if opened.damage else [])]
        if opened.session is not None and not _same_images(opened):
            notes.append(
                f"The images at {opened.sources[0]} are not the ones that the session was made "
                "from; check its boxes."
            )
        # After `opened`, which takes the messages of the sequence before away.
        if notes:
            self.message.emit("warning", " ".join(notes))

    def _new_session(self, opened: Opened) -> AnnotationSession:
        info = opened.info
        offset = opened.request.tir_offset or 0
        alignment = scale_alignment(info.rgb_size, info.tir_size, offset)
        return AnnotationSession(info, alignment=alignment)

    def _remember(self, opened: Opened) -> None:
        entry = opened.session_path or None
        # A session knows its images; a sequence is found again by what was chosen.
        paths = (entry,) if entry is not None else opened.request.paths
        self._settings.values.remember("\n".join(str(path.absolute()) for path in paths))
        self._settings.save()

    def _on_saved(self, saved: Saved) -> None:
        session, self._being_saved = self._being_saved, None
        path = saved.encoded.path
        self._settings.values.remember(str(path))
        self._settings.save()
        # Another session may have been opened while this one was written: it must not take over
        # the file, which its next save would replace.
        if session is None or session is not self._document.session:
            self.message.emit("info", f"Saved {path}.")
            return
        sessions.mark_written(session, saved.encoded)
        self._document.mark_saved(path, saved.state)
        self.saved.emit(path)

    def _on_images_missing(self, missing: ImagesMissing) -> None:
        self.images_missing.emit(missing.session_path, missing.message)


def _same_images(opened: Opened) -> bool:
    """Tell whether a session's images are the ones it was made from, as far as names tell."""
    if opened.session is None or not opened.session.sequence.fingerprint:
        return True
    return opened.info.fingerprint == opened.session.sequence.fingerprint
