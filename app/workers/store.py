"""Opens sequences and sessions and saves sessions off the GUI thread."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

import sessions
from app.bridge.aligning import alignment_for, given_alignment
from app.bridge.session_images import open_images
from app.bridge.values import sequence_info
from app.workers.base import Failure, Request, Worker, WorkerClient
from app.workers.dataset_sessions import Found, dataset_at, find_session
from app.workers.frame_source import FrameSource
from app.workers.image_places import MissingImagesError, sources_of
from app.workers.session_file import OwnFiles, SessionFile
from app.workers.store_requests import (
    ChangedOnDisk,
    DatasetFound,
    DiscardRequest,
    ImagesMissing,
    LeftRequest,
    Opened,
    OpenRequest,
    PairingAsked,
    RestoreRequest,
    Saved,
    SaveRequest,
)
from safe_files import one_line
from sessions import (
    AnnotationSession,
    FileChangedError,
    SessionError,
    damage_words,
    damaged_frames,
)
from sessions.names import is_session_name
from sessions.worklist import LIST_NAME
from tracker_core.errors import CKDError
from tracker_core.sequences import open_sequence
from tracker_core.sequences.pairing import AmbiguousPairingError
from tracker_core.sequences.timeline import NoPairsError

if TYPE_CHECKING:
    from sessions import Alignment, HeldFile, LeftBehind, Restored


class StoreWorker(Worker):
    """Answers an OpenRequest with Opened, ImagesMissing or PairingAsked, and a SaveRequest.

    That one with Saved or ChangedOnDisk.
    """

    def __init__(self) -> None:
        super().__init__()
        self._files = OwnFiles()

    def answer(self, request: Request) -> object:
        """Open what the paths name, or save atomically."""
        match request:
            case OpenRequest():
                return self._open(request)
            case RestoreRequest():
                return _restore(request, self._files)
            case LeftRequest():
                return sessions.left_behind()
            case DiscardRequest():
                sessions.discard(request.left)
                return request.left
            case SaveRequest():
                return _save(request, self._files)
        raise TypeError(f"{type(request).__name__} is neither to open nor to save")

    def _open(self, request: OpenRequest) -> Opened | ImagesMissing | PairingAsked | DatasetFound:
        first = request.paths[0]
        if request.own_session is not None and not request.relink:
            found = find_session(first, request.own_session, self._files)
            if isinstance(found, Found):
                return _open_found(request, found)
            opened = self._open_images(request)
            return replace(opened, free_path=found) if isinstance(opened, Opened) else opened
        if len(request.paths) != 1 or not is_session_name(first):
            return self._open_images(request)
        try:
            return _open_session(request, first, self._files)
        # An answer and no failure: the window can ask where the images are.
        except MissingImagesError as error:
            return ImagesMissing(first, str(error), request)

    def _open_images(self, request: OpenRequest) -> Opened | PairingAsked | DatasetFound:
        try:
            source, alignment = _open_source(request)
        # An answer and no failure: the window can ask for the offset.
        except AmbiguousPairingError as error:
            return PairingAsked(request, f"{one_line(error.doubt)}.", error.offset)
        except NoPairsError as error:
            return PairingAsked(request, str(error))
        except CKDError:
            dataset = None if request.own_session else dataset_at(request.paths)
            if dataset is None:
                raise
            return DatasetFound(request, dataset, (dataset.root / LIST_NAME).exists())
        opened = _opened(request, source, request.paths, left=_left_by(request.paths[0]))
        return replace(opened, alignment=alignment)


def _open_found(request: OpenRequest, found: Found) -> Opened | ImagesMissing:
    """Open the session of a sequence of a dataset, whose file is held already."""
    session, path = found.session, found.path
    try:
        source = _matching_source(request, session, path.name, found.sources)
        opened = _opened(request, source, found.sources, session, path, _left_by(path))
    except MissingImagesError as error:
        found.file.let_go()
        return ImagesMissing(path, str(error), replace(request, paths=(path,), own_session=None))
    except BaseException:
        found.file.let_go()
        raise
    return replace(opened, file=found.file)


def _save(request: SaveRequest, files: OwnFiles) -> Saved | ChangedOnDisk:
    held = files.hold(request.path)
    try:
        encoded = sessions.encode_session(request.session, request.path, request.save_id)
        # Of another file than the session's own nothing is known: who chose it was asked.
        known = held.known if held is request.held or request.only_new else None
        known = None if request.replace else known
        held.known = sessions.write_encoded(encoded, known)
    # An answer and no failure: the window can ask what shall be done.
    except FileChangedError as error:
        held.release()
        return ChangedOnDisk(request.path, str(error))
    except BaseException:
        held.release()
        raise
    return Saved(encoded, request.state, held)


def _open_source(request: OpenRequest) -> tuple[FrameSource, Alignment]:
    paths = request.paths
    missing = next((path for path in paths if not path.exists()), None)
    if missing is not None:
        raise CKDError(f"There is no file or folder {missing}; check the path.")
    sequence = open_sequence(
        paths[0], paths[1] if len(paths) > 1 else None, request.tir_offset, request.swap
    )
    if len(sequence) == 0:
        # Nobody else has it to close it, and Windows lets no file be moved that is open.
        sequence.close()
        raise CKDError(f"{paths[0]} holds no frames; open a folder with images or a video.")
    try:
        alignment = given_alignment(request.alignment, sequence, request.tir_offset)
    except BaseException:
        sequence.close()
        raise
    return FrameSource(sequence, request.budget_bytes), alignment


def _open_session(request: OpenRequest, path: Path, files: OwnFiles) -> Opened:
    if not path.exists():
        raise SessionError(f"There is no session {path}; check the path.")
    # Before it is read: what another program saves after that would be missed.
    file = files.open_file(path)
    try:
        session, known = sessions.load_known(path)
        given = None
        if isinstance(request.alignment, Path):
            given = alignment_for(session, request.alignment)
        opened = _with_images(request, session, path)
    except BaseException:
        file.let_go()
        raise
    return replace(opened, file=replace(file, known=known), alignment=given)


def _with_images(request: OpenRequest, session: AnnotationSession, path: Path) -> Opened:
    sources = request.relink or sources_of(session, path)
    source = _matching_source(request, session, path.name, sources)
    return _opened(request, source, sources, session, path, _left_by(path))


def _left_by(path: Path) -> tuple[LeftBehind, ...]:
    """Return what was left unsaved of what lies there; nothing where that cannot be told."""
    # What is left must not keep anybody from opening what is whole.
    with contextlib.suppress(SessionError, OSError):
        return sessions.left_behind_by(path)
    return ()


def _restore(request: RestoreRequest, files: OwnFiles) -> Opened | ImagesMissing:
    left = request.left
    place = left.session
    # Of work that is only looked at, the file stays free.
    file = None if request.look or place is None else files.open_file(place)
    try:
        restored = sessions.restore(left)
        # One without a file is known by its sequence, and lies nowhere.
        beside = restored.session_path or place or Path(left.sequence or left.journal.name)
        try:
            sources = request.relink or sources_of(restored.session, beside)
            source = _matching_source(request, restored.session, beside.name, sources)
        except MissingImagesError as error:
            if file is not None:
                file.let_go()
            return ImagesMissing(beside, str(error), request)
        opened = _opened(request, source, sources, restored.session, restored.session_path)
        try:
            return _resumed(opened, request, restored, file)
        except BaseException:
            source.close()
            raise
    except BaseException:
        if file is not None:
            file.let_go()
        raise


def _resumed(
    opened: Opened, request: RestoreRequest, restored: Restored, file: SessionFile | None
) -> Opened:
    """Return what was opened with the journal that it goes on in, if it may be changed."""
    opened = replace(opened, restored=restored)
    if request.look or (file is not None and file.read_only):
        return replace(opened, file=file)
    path = restored.session_path
    if file is not None and path is None:
        # It goes on without a file, for that one holds something else by now.
        file.let_go()
        file = None
    elif file is not None and path is not None:
        file = replace(file, known=sessions.load_known(path)[1])
    try:
        journal = sessions.resume(restored)
    except SessionError as error:
        # The old one stays as it is, and what is done from now on stands on a copy.
        journal = sessions.Journal.begin(restored.session, None)
        return replace(opened, file=file, journal=journal, problem=str(error))
    return replace(opened, file=file, journal=journal)


def _matching_source(
    request: OpenRequest | RestoreRequest,
    session: AnnotationSession,
    name: str,
    sources: tuple[Path, ...],
) -> FrameSource:
    """Open the images of a session; MissingImagesError when they are others."""
    try:
        source = FrameSource(open_images(session, sources), request.budget_bytes)
    except CKDError as error:
        # A person can show another folder, also after a wrong one.
        raise MissingImagesError(str(error)) from error
    expected = session.frame_count
    if len(source) != expected:
        count = len(source)
        source.close()
        raise MissingImagesError(
            f"{sources[0]} has {count} frames but the session {name} has {expected}; "
            "choose the folder that the session was made from."
        )
    return source


def _opened(
    request: OpenRequest | RestoreRequest,
    source: FrameSource,
    sources: tuple[Path, ...],
    session: AnnotationSession | None = None,
    session_path: Path | None = None,
    left: tuple[LeftBehind, ...] = (),
) -> Opened:
    try:
        info = sequence_info(source.sequence, sources)
        damage = "" if session is None else damage_words(session, damaged_frames(session))
    # Whatever it is, memory included: the source is in nobody else's hands yet.
    except BaseException:
        source.close()
        raise
    return Opened(request, source, session, session_path, sources, info, left=left, damage=damage)


class StoreClient(WorkerClient):
    """The window's side of the store worker."""

    opened = Signal(object)
    images_missing = Signal(object)
    dataset_found = Signal(object)
    open_failed = Signal(str)
    """The sentence of `failed`, before it, when something was to be opened."""
    pairing_asked = Signal(object)
    saved = Signal(object)
    left_found = Signal(object)
    """Tuple of `sessions.LeftBehind`, newest first."""
    discarded = Signal(object)
    """The `sessions.LeftBehind` that is gone."""
    changed_on_disk = Signal(object)
    save_failed = Signal(str)
    """The sentence of `failed`, before it, when it was a save."""
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(StoreWorker(), "store", parent)
        self._opens = self._kind()
        # An older save may be to another file: it is written although a newer one was asked for.
        self._saves = self._kind(skip_superseded=False)
        self._looks = self._kind()
        self._discards = self._kind(skip_superseded=False)
        self._opens.finished.connect(self._on_opened)
        self._opens.dropped.connect(self._on_opened_late)
        self._opens.failed.connect(lambda failure: self.open_failed.emit(failure.message))
        self._saves.finished.connect(self._on_saved)
        self._saves.dropped.connect(self._on_saved_late)
        self._saves.failed.connect(lambda failure: self.save_failed.emit(failure.message))
        self._looks.finished.connect(self.left_found)
        self._discards.finished.connect(self.discarded)
        for kind in (self._opens, self._saves, self._looks, self._discards):
            kind.failed.connect(self._on_failed)

    @property
    def opening(self) -> bool:
        """Whether something is being opened."""
        return self._opens.pending

    @property
    def saving(self) -> bool:
        """Whether the session is being saved."""
        return self._saves.pending

    @property
    def recovering(self) -> bool:
        """Whether unsaved work is being looked for or thrown away."""
        return self._looks.pending or self._discards.pending

    def open(
        self,
        paths: tuple[Path, ...],
        budget_bytes: int,
        relink: tuple[Path, ...] = (),
        tir_offset: int | None = None,
        swap: bool = False,
        own_session: Path | None = None,
        alignment: Path | Alignment | None = None,
    ) -> None:
        """Open a sequence or a session; the newest request wins."""
        number = self._opens.next_number()
        asked = OpenRequest(
            number, paths, budget_bytes, relink, tir_offset, swap, own_session, alignment
        )
        self._opens.send(asked)

    def restore(
        self,
        left: LeftBehind,
        budget_bytes: int,
        relink: tuple[Path, ...] = (),
        *,
        look: bool = False,
    ) -> None:
        """Open what was left unsaved, as `open` does; `look` to look at it only."""
        number = self._opens.next_number()
        self._opens.send(RestoreRequest(number, left, budget_bytes, relink, look))

    def open_again(self, opened: Opened) -> None:
        """Ask once more for what was opened, unless something else was asked for since."""
        self.drop(opened)
        if self._opens.pending:
            return
        request, journal = opened.request, opened.journal
        if isinstance(request, RestoreRequest) and journal is not None and journal.path is not None:
            # It was taken out of its journal into this one, and lies there now.
            request = replace(request, left=replace(request.left, journal=journal.path))
        self._opens.send(replace(request, number=self._opens.next_number(), superseded=Event()))

    def look_for_left(self) -> None:
        """Look for what was left unsaved anywhere."""
        self._looks.send(LeftRequest(self._looks.next_number()))

    def discard(self, left: LeftBehind) -> None:
        """Throw away what was left unsaved."""
        self._discards.send(DiscardRequest(self._discards.next_number(), left))

    def save(
        self,
        session: AnnotationSession,
        path: Path,
        state: int,
        held: HeldFile | None = None,
        *,
        replace: bool = False,
        save_id: str = "",
        only_new: bool = False,
    ) -> None:
        """Encode and write a snapshot of a session; `state` is the history state that it is."""
        number = self._saves.next_number()
        self._saves.send(
            SaveRequest(number, session, path, state, held, replace, save_id, only_new)
        )

    @Slot(object)
    def _on_opened(self, answer: Opened | ImagesMissing | PairingAsked | DatasetFound) -> None:
        match answer:
            case DatasetFound():
                self.dataset_found.emit(answer)
            case Opened():
                self.opened.emit(answer)
            case ImagesMissing():
                self.images_missing.emit(answer)
            case PairingAsked():
                self.pairing_asked.emit(answer)

    def drop(self, opened: Opened) -> None:
        """Let go of what was opened and is not going to be shown."""
        opened.source.close()
        if opened.journal is not None:
            # Left behind once more, as it was before.
            opened.journal.close()
        if opened.file is not None:
            opened.file.let_go()

    @Slot(object)
    def _on_opened_late(self, answer: object) -> None:
        if isinstance(answer, Opened):
            self.drop(answer)

    @Slot(object)
    def _on_saved(self, answer: Saved | ChangedOnDisk) -> None:
        if isinstance(answer, Saved):
            self.saved.emit(answer)
        else:
            self.changed_on_disk.emit(answer)

    @Slot(object)
    def _on_saved_late(self, answer: object) -> None:
        if isinstance(answer, Saved):
            answer.held.release()

    @Slot(object)
    def _on_failed(self, failure: Failure) -> None:
        self.failed.emit(failure.message)
