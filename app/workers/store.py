"""Opens sequences and sessions and saves sessions off the GUI thread."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

import sessions
from app.bridge.values import sequence_info
from app.workers.base import Failure, Request, Worker, WorkerClient
from app.workers.frame_source import FrameSource
from app.workers.session_file import SessionFile, hold, open_file
from sessions import AnnotationSession, FileChangedError, SequenceInfo, SessionError
from sessions.names import is_session_name
from tracker_core.errors import CKDError
from tracker_core.sequences import open_sequence

if TYPE_CHECKING:
    from sessions import EncodedSession, HeldFile


@dataclass(frozen=True, slots=True)
class OpenRequest(Request):
    """Open a sequence, or a session with the sequence it belongs to."""

    paths: tuple[Path, ...]
    """One folder, video or session; or RGB and thermal."""
    budget_bytes: int
    relink: tuple[Path, ...] = ()
    """Where the images of a session are now, when not where it says."""
    held: HeldFile | None = None
    """The session file that is open, which may be asked for again."""

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return f"{self.paths[0]} cannot be opened"


@dataclass(frozen=True, slots=True)
class Opened:
    """What was opened."""

    request: OpenRequest
    source: FrameSource
    session: AnnotationSession | None
    """The loaded session; None when a sequence was opened."""
    session_path: Path | None
    sources: tuple[Path, ...]
    """What the sequence was opened from."""
    info: SequenceInfo
    """What a session keeps of these images; reading their fingerprint takes time."""
    file: SessionFile | None = None
    """The file of the loaded session."""


@dataclass(frozen=True, slots=True)
class ImagesMissing:
    """A session was read, but its images are not where it says."""

    session_path: Path
    message: str
    """One sentence."""


@dataclass(frozen=True, slots=True)
class SaveRequest(Request):
    """Write one state of a session while the session goes on being changed."""

    session: AnnotationSession
    """A snapshot, which nobody changes."""
    path: Path
    state: int
    """The history state that this is."""
    held: HeldFile | None = None
    """The file of the session; what lies there is written over only if it is what was known."""
    replace: bool = False
    """Write over whatever lies there."""

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return f"The session cannot be saved as {self.path}"


@dataclass(frozen=True, slots=True)
class Saved:
    """What is on disk now."""

    encoded: EncodedSession
    state: int
    """The history state that it is."""
    held: HeldFile
    """The file, of which this is one share."""


@dataclass(frozen=True, slots=True)
class ChangedOnDisk:
    """A session was not saved, because another program has written its file."""

    path: Path
    message: str
    """One sentence."""


class MissingImagesError(CKDError):
    """A session was read, but its images are not where it says."""


class StoreWorker(Worker):
    """Answers an OpenRequest with Opened or ImagesMissing, and a SaveRequest.

    That one with Saved or ChangedOnDisk.
    """

    def answer(self, request: Request) -> object:
        """Open what the paths name, or save atomically."""
        match request:
            case OpenRequest():
                return self._open(request)
            case SaveRequest():
                return _save(request)
        raise TypeError(f"{type(request).__name__} is neither to open nor to save")

    def _open(self, request: OpenRequest) -> Opened | ImagesMissing:
        first = request.paths[0]
        if len(request.paths) != 1 or not is_session_name(first):
            source = _open_source(request.paths, request.budget_bytes)
            return _opened(request, source, request.paths)
        try:
            return _open_session(request, first)
        # An answer and no failure: the window can ask where the images are.
        except MissingImagesError as error:
            return ImagesMissing(first, str(error))


def _save(request: SaveRequest) -> Saved | ChangedOnDisk:
    held = hold(request.path, request.held)
    try:
        encoded = sessions.encode_session(request.session, request.path)
        # Of another file than the session's own nothing is known: who chose it was asked.
        known = None if request.replace or held is not request.held else held.known
        held.known = sessions.write_encoded(encoded, known)
    # An answer and no failure: the window can ask what shall be done.
    except FileChangedError as error:
        held.release()
        return ChangedOnDisk(request.path, str(error))
    except BaseException:
        held.release()
        raise
    return Saved(encoded, request.state, held)


def _open_source(paths: tuple[Path, ...], budget_bytes: int) -> FrameSource:
    missing = next((path for path in paths if not path.exists()), None)
    if missing is not None:
        raise CKDError(f"There is no file or folder {missing}; check the path.")
    sequence = open_sequence(paths[0], paths[1] if len(paths) > 1 else None)
    if len(sequence) == 0:
        # Nobody else has it to close it, and Windows lets no file be moved that is open.
        sequence.close()
        raise CKDError(f"{paths[0]} holds no frames; open a folder with images or a video.")
    return FrameSource(sequence, budget_bytes)


def _open_session(request: OpenRequest, path: Path) -> Opened:
    if not path.exists():
        raise SessionError(f"There is no session {path}; check the path.")
    # Before it is read: what another program saves after that would be missed.
    file = open_file(path, request.held)
    try:
        session, known = sessions.load_known(path)
        opened = _with_images(request, session, path)
    except BaseException:
        file.let_go()
        raise
    return replace(opened, file=replace(file, known=known))


def _with_images(request: OpenRequest, session: AnnotationSession, path: Path) -> Opened:
    sources = request.relink or _sources_of(session, path)
    source = _open_source(sources, request.budget_bytes)
    expected = session.frame_count
    if len(source) != expected:
        count = len(source)
        source.close()
        raise MissingImagesError(
            f"{sources[0]} has {count} frames but the session {path.name} has {expected}; "
            "choose the folder that the session was made from."
        )
    return _opened(request, source, sources, session, path)


def _opened(
    request: OpenRequest,
    source: FrameSource,
    sources: tuple[Path, ...],
    session: AnnotationSession | None = None,
    session_path: Path | None = None,
) -> Opened:
    try:
        info = sequence_info(source.sequence, sources)
    # Whatever it is, memory included: the source is in nobody else's hands yet.
    except BaseException:
        source.close()
        raise
    return Opened(request, source, session, session_path, sources, info)


def _sources_of(session: AnnotationSession, path: Path) -> tuple[Path, ...]:
    """Return where the images are: as they lie beside the session file, else where they were."""
    info = session.sequence
    beside = tuple(path.parent / part for part in info.sources_relative)
    before = tuple(Path(part) for part in info.sources)
    # Beside the file first: who copied session and images together means this copy.
    for candidates in (beside, before):
        if candidates and all(candidate.exists() for candidate in candidates):
            return candidates
    where = before[0] if before else info.name
    raise MissingImagesError(
        f"The images of the session {path.name} are not at {where} any more; "
        "show where they are now."
    )


class StoreClient(WorkerClient):
    """The window's side of the store worker."""

    opened = Signal(object)
    images_missing = Signal(object)
    saved = Signal(object)
    changed_on_disk = Signal(object)
    save_failed = Signal(str)
    """The sentence of `failed`, before it, when it was a save."""
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(StoreWorker(), "store", parent)
        self._opens = self._kind()
        # An older save may be to another file: it is written although a newer one was asked for.
        self._saves = self._kind(skip_superseded=False)
        self._opens.finished.connect(self._on_opened)
        self._opens.dropped.connect(self._on_opened_late)
        self._saves.finished.connect(self._on_saved)
        self._saves.dropped.connect(self._on_saved_late)
        self._saves.failed.connect(lambda failure: self.save_failed.emit(failure.message))
        for kind in (self._opens, self._saves):
            kind.failed.connect(self._on_failed)

    @property
    def opening(self) -> bool:
        """Whether something is being opened."""
        return self._opens.pending

    @property
    def saving(self) -> bool:
        """Whether the session is being saved."""
        return self._saves.pending

    def open(
        self,
        paths: tuple[Path, ...],
        budget_bytes: int,
        relink: tuple[Path, ...] = (),
        held: HeldFile | None = None,
    ) -> None:
        """Open a sequence or a session; the newest request wins."""
        self._opens.send(OpenRequest(self._opens.next_number(), paths, budget_bytes, relink, held))

    def save(
        self,
        session: AnnotationSession,
        path: Path,
        state: int,
        held: HeldFile | None = None,
        *,
        replace: bool = False,
    ) -> None:
        """Encode and write a snapshot of a session; `state` is the history state that it is."""
        number = self._saves.next_number()
        self._saves.send(SaveRequest(number, session, path, state, held, replace))

    @Slot(object)
    def _on_opened(self, answer: Opened | ImagesMissing) -> None:
        if isinstance(answer, Opened):
            self.opened.emit(answer)
        else:
            self.images_missing.emit(answer)

    @Slot(object)
    def _on_opened_late(self, answer: object) -> None:
        if isinstance(answer, Opened):
            answer.source.close()
            if answer.file is not None:
                answer.file.let_go()

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
