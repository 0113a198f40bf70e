"""Opening sequences and sessions, and saving: what is open, where it came from, what went wrong."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.bridge.aligning import align_images
from app.bridge.runs import scale_alignment
from app.controllers.held_back import HeldBack
from app.controllers.keeping import KeepingController
from app.controllers.saving import SavingController
from app.resolve.left_words import looking_words
from app.state.document import Document
from app.state.folders import chosen_folder
from app.state.recent import Recent
from app.state.settings import SettingsStore
from app.state.stopping import recall_view, remember_view
from app.workers.frame_source import FrameSource
from app.workers.store import StoreClient
from app.workers.store_requests import (
    DatasetFound,
    ImagesMissing,
    Opened,
    OpenRequest,
    RestoreRequest,
)
from safe_files import file_name
from sessions import (
    Alignment,
    AnnotationSession,
    Change,
    ChangeKind,
    RelinkSequence,
    SequenceInfo,
    SetViewState,
    ViewState,
    realign,
)
from sessions.names import SESSION_SUFFIXES, copy_name

if TYPE_CHECKING:
    from sessions import LeftBehind

MEGABYTE = 1024 * 1024


class FilesController(QObject):
    """Owns the open sequence; the session is the document's."""

    asked = Signal(object)
    """The paths of what is to be opened from now on."""
    opened = Signal()
    shown = Signal(object)
    """The `Opened`, after everything that `opened` and its messages set off."""
    stayed = Signal(object)
    """An `Opened` that was let go: what is open has unsaved changes that were not to be left."""
    closing = Signal()
    """The sequence is about to be closed: let go of it."""
    aligned = Signal()
    """The images of what is open are shown otherwise from now on."""
    saved = Signal(object)
    """Path of the session file."""
    message = Signal(str, str)
    """Level (`info`, `warning`, `error`) and one sentence."""
    saved_quietly = Signal(object)
    """The same of a save that nobody asked for at this moment."""
    images_missing = Signal(object)
    """An `ImagesMissing`: the images of a session were not found."""
    pairing_asked = Signal(object)
    """A `PairingAsked`: names leave open which frames of a sequence belong together."""
    dataset_found = Signal(object)
    """A `DatasetFound`: what was to be opened holds several sequences."""
    looking_only = Signal(object, str)
    """Path of an opened session that another program holds, and who that is, in one sentence."""

    def __init__(
        self,
        document: Document,
        store: StoreClient,
        settings: SettingsStore,
        keeping: KeepingController,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._keeping = keeping
        self._store = store
        self._settings = settings
        self._source: FrameSource | None = None
        self.view_now: Callable[[], ViewState | None] = lambda: None
        """Asked where the person is, when that is to be found again."""
        self.stopped: ViewState | None = None
        """Where the person stopped in what was opened last; None where nobody knows."""
        self.may_leave: Callable[[], bool] = lambda: True
        """Asked once something else has opened: may what is open be closed, changes and all?"""
        self._sources: tuple[Path, ...] = ()
        self.saving = SavingController(document, store, keeping, self)
        """Saving, and the lock of the file that is open."""
        self.natural_path: Callable[[], Path | None] = lambda: None
        """Asked where a session without a file goes by itself; None: a person chooses."""
        self._copy_of: Path | None = None
        self._entry = ""
        """What is open, as the list of recent files has it."""
        self._aligned: Alignment | None = None
        """How the images that are open are shown."""
        document.changed.connect(self._follow_alignment)
        self.held = HeldBack(store, self)
        self.held.released.connect(self._on_opened)
        self.saving.saved.connect(self._on_saved)
        self.saving.saved_quietly.connect(self._on_saved_quietly)
        self.saving.written.connect(self._on_written)
        self.saving.refused.connect(lambda text: self.message.emit("warning", text))
        store.images_missing.connect(self.images_missing)
        store.pairing_asked.connect(self.pairing_asked)
        store.dataset_found.connect(self._on_dataset)
        store.failed.connect(self._on_failed)

    @property
    def source(self) -> FrameSource | None:
        """The frames of the open sequence."""
        return self._source

    @property
    def busy(self) -> bool:
        """Whether something is being opened or saved."""
        return self._store.opening or self.held.pending or self.saving.saving

    def open(
        self,
        *paths: Path,
        relink: tuple[Path, ...] = (),
        tir_offset: int | None = None,
        swap: bool = False,
        own_session: Path | None = None,
        alignment: Path | Alignment | None = None,
    ) -> None:
        """Open a folder, a session, or an RGB and a thermal path, without blocking the window.

        A sequence of a dataset has `own_session`, which is opened in its place if it is there.
        """
        self.held.forget()
        self.asked.emit(paths)
        chosen = tuple(path.expanduser() for path in paths)
        self._store.open(chosen, self._budget, relink, tir_offset, swap, own_session, alignment)

    def restore(self, left: LeftBehind, relink: tuple[Path, ...] = (), *, look: bool) -> None:
        """Open what was left unsaved, to go on with it or only to `look`; `open` says the rest."""
        self.held.forget()
        self.asked.emit(())
        self._store.restore(left, self._budget, relink, look=look)

    @property
    def _budget(self) -> int:
        return self._settings.values.cache_megabytes * MEGABYTE

    def apply_memory(self) -> None:
        """Keep as many decoded frames of what is open as the settings have it."""
        if self._source is not None:
            self._source.set_budget(self._budget)

    def open_again(self, missing: ImagesMissing, relink: tuple[Path, ...]) -> None:
        """Ask once more for what could not be opened, with its images at another place."""
        self._ask_again(missing.request, relink)

    def _ask_again(self, request: OpenRequest | RestoreRequest, relink: tuple[Path, ...]) -> None:
        match request:
            case RestoreRequest(left=left, look=look):
                self.restore(left, relink, look=look)
            case OpenRequest() as asked:
                self.open(
                    *asked.paths,
                    relink=relink,
                    tir_offset=asked.tir_offset,
                    swap=asked.swap,
                    own_session=asked.own_session,
                    alignment=asked.alignment,
                )

    def remember_view(self) -> None:
        """Keep where the person is, for the next time that this is opened."""
        view, session = self.view_now(), self._document.session
        if view is not None and session is not None:
            remember_view(self._settings.values, self._entry, session.save_id, view)

    def save(
        self, path: Path, *, replace: bool = False, quiet: bool = False, only_new: bool = False
    ) -> None:
        """Save the session to `path`; the window stays usable meanwhile.

        Nobody has chosen the path of an `only_new` one: what lies there is asked about. A `quiet`
        one is said quietly, and its failure only once until a save goes well.
        """
        view, session = self.view_now(), self._document.session
        changeable = session is not None and not self._document.read_only
        if session is not None and changeable and view not in (None, session.view):
            self._document.do(SetViewState(view))
        self.saving.save(path, replace=replace, quiet=quiet, only_new=only_new)

    def work_on_copy(self) -> None:
        """Turn what is only looked at into a session without a file, which may be changed."""
        self._copy_of = self._document.path
        self.saving.work_on_copy()
        session = self._document.session
        if session is not None:
            self._keeping.begin(session, None)

    def close(self) -> None:
        """Close sequence and session."""
        if self._source is not None:
            self.remember_view()
            # Before the files are closed: workers let go, and views forget what they show of it.
            self.closing.emit()
            self._source.close()
            self._source = None
            self._sources = ()
            self._copy_of = None
            # Before the document lets go of what is unsaved in it.
            with contextlib.ExitStack() as last:
                # Last: while the session was here, its file was not to be anybody else's.
                last.callback(self.saving.let_go)
                # In any case: a session that nobody keeps any more must not be worked on.
                last.callback(self._document.replace, None)
                self._keeping.end()

    @property
    def own_place(self) -> Path | None:
        """Where a session without a file goes unasked; None where a person chooses."""
        # A copy must not go to the place of what it is a copy of.
        return None if self._copy_of is not None else self.natural_path()

    def suggested_path(self) -> Path:
        """Return where a session that was never saved would naturally go."""
        if self._copy_of is not None:
            return copy_name(self._copy_of)
        if self._document.path is not None:
            return self._document.path
        if (own := self.own_place) is not None:
            return own
        session = self._document.session
        name = session.sequence.name if session is not None else "session"
        # Beside the images, not among them: a dataset stays as it was.
        folder = self._sources[0].absolute().parent if self._sources else Path.cwd()
        folder = chosen_folder(self._settings.values.session_folder, folder)
        # It may stand in a session that somebody else has made.
        return folder / f"{file_name(name)}{SESSION_SUFFIXES[0]}"

    def suggested_export(self) -> Path:
        """Return the path beside which exports and figures naturally go."""
        path = self.suggested_path()
        return chosen_folder(self._settings.values.export_folder, path.parent) / path.name

    def _on_opened(self, opened: Opened) -> None:
        if self._is_being_written(opened):
            # Behind the saves in the queue of the store: it will find what they have written.
            self._store.open_again(opened)
            return
        # Only now: what turns out to be no sequence must not ask anybody about their changes.
        clean = self._document.clean
        if not self.may_leave():
            self._store.drop(opened)
            self.stayed.emit(opened)
            return
        path = self._document.path
        saved = not clean and self._document.clean
        if self._is_being_written(opened) or (saved and path and path == opened.session_path):
            # Saved while the question stood: what was read before is not what lies there now.
            self._store.open_again(opened)
            return
        with contextlib.ExitStack() as dropped:
            dropped.callback(self._store.drop, opened)
            self.close()
            dropped.pop_all()
        self.saving.adopt(opened.file)
        # The old one went only now: what cannot be opened leaves it on the screen.
        self._source = opened.source
        self._sources = opened.sources
        self._remember(opened)
        self._show(opened)
        self.opened.emit()
        # After `opened`, before which nothing can be drawn again.
        self._keep_place(opened)
        self._align(opened)
        self._say_notes(opened)
        self.shown.emit(opened)

    def _on_dataset(self, found: DatasetFound) -> None:
        self._settings.values.remember(str(found.request.paths[0].absolute()))
        self._settings.save()
        self.dataset_found.emit(found)

    def _is_being_written(self, opened: Opened) -> bool:
        """Tell whether a save of the session on the screen replaces what was just read.

        What was opened would stand on a state that no file holds any more, and its next save would
        replace what that one has written, for the file is known to be this window's own.
        """
        file, going_to = opened.file, self.saving.going_to
        if file is None or file.held is None or not self.saving.saving:
            return False
        return file.held is self.saving.held or (going_to is not None and file.held.is_of(going_to))

    def _say_notes(self, opened: Opened) -> None:
        """Say what a person should know of what was opened."""
        file = opened.file
        notes = [*opened.source.sequence.notes, *([opened.damage] if opened.damage else [])]
        if opened.session is not None and not _same_images(opened):
            notes.append(
                f"The images at {opened.sources[0]} are not the ones that the session was made "
                "from; check its boxes."
            )
        if opened.session is None and opened.realigned is not None:
            notes.append("The map between the cameras is turned round as well.")
        # After `opened`, which takes the messages of the sequence before away.
        if file is not None and file.read_only:
            words = " ".join((file.read_only, *notes))
            self.looking_only.emit(opened.session_path, words)
        elif notes:
            self.message.emit("warning", " ".join(notes))
        elif file is not None and file.taken_over:
            self.message.emit("info", file.taken_over)

    def _show(self, opened: Opened) -> None:
        """Put the session in place, with what was done again to it."""
        session = opened.session or self._new_session(opened)
        # Boxes are held to the frame; a file may not know its size, or claim another.
        session.sequence = replace(
            session.sequence, rgb_size=opened.info.rgb_size, tir_size=opened.info.tir_size
        )
        restored, request = opened.restored, opened.request
        why = "" if opened.file is None else opened.file.read_only
        if isinstance(request, RestoreRequest) and request.look:
            why = looking_words(request.left, datetime.now().astimezone())
        history = None if restored is None else restored.history
        here = recall_view(self._settings.values, self._entry, session.save_id)
        self.stopped = here or session.view
        try:
            self._aligned = session.alignment
            self._document.replace(session, opened.session_path, why, history)
        finally:
            # Whoever fails to show it: what is done to it from now on must be kept.
            if not why:
                self._keeping.begin(session, opened.session_path, opened.journal)

    def _align(self, opened: Opened) -> None:
        """Align the cameras of a session as it was asked when it was opened."""
        session, aligned = self._document.session, opened.realigned
        if session is None or aligned is None:
            return
        if self._document.read_only:
            self.message.emit("warning", "A session that is only looked at is not aligned again.")
        elif session.alignment != aligned:
            self._document.do(realign(session, aligned))

    def _follow_alignment(self, change: Change) -> None:
        """Show the images as the session aligns them after a change."""
        session, source = self._document.session, self._source
        if session is None or source is None:
            return
        if change.kind not in (ChangeKind.ALIGNMENT, ChangeKind.SEVERAL):
            return
        if session.alignment != self._aligned:
            self._aligned = session.alignment
            align_images(source, session.alignment, source.sequence.locator[2])
            self.aligned.emit()

    def _keep_place(self, opened: Opened) -> None:
        """Let the session say where its images are now."""
        session = self._document.session
        moved = None if session is None else _moved(session, opened)
        if session is None or moved is None or self._document.read_only:
            return
        if opened.request.relink:
            # A person's decision: saved with the next save, and asked about before it is lost.
            self._document.do(RelinkSequence(moved))
        else:
            # Found beside the session file, where it is found again: nothing to be asked about.
            session.sequence = moved

    def _new_session(self, opened: Opened) -> AnnotationSession:
        # What is restored brings its own session, and with it its alignment.
        alignment = opened.alignment or scale_alignment(opened.info.rgb_size, opened.info.tir_size)
        return AnnotationSession(opened.info, alignment=alignment)

    def _remember(self, opened: Opened) -> None:
        entry = opened.session_path or None
        # A session knows its images; a sequence is found again by what was chosen and said.
        request = opened.request
        kept = Recent(request.paths if entry is None else (entry,))
        if entry is None and isinstance(request, OpenRequest):
            file = request.alignment if isinstance(request.alignment, Path) else None
            kept = Recent(request.paths, request.tir_offset, request.swap, file)
        self._entry = kept.entry
        self._settings.values.remember(self._entry)
        self._settings.save()

    def _on_saved(self, path: Path) -> None:
        self._copy_of = None
        self._remember_saved(path)
        self.saved.emit(path)

    def _on_saved_quietly(self, path: Path) -> None:
        self._remember_saved(path)
        self.saved_quietly.emit(path)

    def _on_written(self, path: Path) -> None:
        self._remember_saved(path)
        self.message.emit("info", f"Saved {path}.")

    def _remember_saved(self, path: Path) -> None:
        if path == self._document.path:
            self._entry = str(path.absolute())
        self._settings.values.remember(str(path))
        self._settings.save()

    def _on_failed(self, text: str) -> None:
        if not self.saving.was_said:
            self.message.emit("error", text)
        self.saving.was_said = False


def _moved(session: AnnotationSession, opened: Opened) -> SequenceInfo | None:
    """Return the session's sequence with its images where they are now; None when they stayed."""
    before, now = session.sequence, opened.info
    if opened.session is None or before.sources == now.sources:
        return None
    return replace(
        before,
        rgb_paths=now.rgb_paths,
        tir_paths=now.tir_paths,
        sources=now.sources,
        # They led from the session to the old place; saving makes new ones.
        rgb_relative=(),
        tir_relative=(),
        sources_relative=(),
    )


def _same_images(opened: Opened) -> bool:
    """Tell whether a session's images are the ones it was made from, as far as names tell."""
    if opened.session is None or not opened.session.sequence.fingerprint:
        return True
    return opened.info.fingerprint == opened.session.sequence.fingerprint
