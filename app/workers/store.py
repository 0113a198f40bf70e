"""Opens sequences and sessions and saves sessions off the GUI thread."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

import sessions
from app.bridge.session_images import open_images
from app.bridge.values import sequence_info
from app.workers.base import Failure, Request, Worker, WorkerClient
from app.workers.frame_source import FrameSource
from sessions import (
    AnnotationSession,
    SequenceInfo,
    SessionError,
    damage_words,
    damaged_frames,
)
from sessions.names import is_session_name
from tracker_core.errors import CKDError
from tracker_core.sequences import open_sequence

if TYPE_CHECKING:
    from sessions import EncodedSession


@dataclass(frozen=True, slots=True)
class OpenRequest(Request):
    """Open a sequence, or a session with the sequence it belongs to."""

    paths: tuple[Path, ...]
    """One folder, video or session; or RGB and thermal."""
    budget_bytes: int
    relink: tuple[Path, ...] = ()
    """Where the images of a session are now, when not where it says."""
    tir_offset: int | None = None
    """As a person gave it for a sequence; a session has its own."""

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
    damage: str = ""
    """Which frames of the session are damaged, in a few sentences; finding out takes time too."""


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


class MissingImagesError(CKDError):
    """A session was read, but its images are not where it says."""


class StoreWorker(Worker):
    """Answers an OpenRequest with Opened or ImagesMissing, a SaveRequest with Saved."""

    def answer(self, request: Request) -> object:
        """Open what the paths name, or save atomically."""
        match request:
            case OpenRequest():
                return self._open(request)
            case SaveRequest():
                encoded = sessions.encode_session(request.session, request.path)
                sessions.write_encoded(encoded)
                return Saved(encoded, request.state)
        raise TypeError(f"{type(request).__name__} is neither to open nor to save")

    def _open(self, request: OpenRequest) -> Opened | ImagesMissing:
        first = request.paths[0]
        if len(request.paths) != 1 or not is_session_name(first):
            source = _open_source(request.paths, request.budget_bytes, request.tir_offset)
            return _opened(request, source, request.paths)
        try:
            return _open_session(request, first)
        # An answer and no failure: the window can ask where the images are.
        except MissingImagesError as error:
            return ImagesMissing(first, str(error))


def _open_source(paths: tuple[Path, ...], budget_bytes: int, tir_offset: int | None) -> FrameSource:
    missing = next((path for path in paths if not path.exists()), None)
    if missing is not None:
        raise CKDError(f"There is no file or folder {missing}; check the path.")
    sequence = open_sequence(paths[0], paths[1] if len(paths) > 1 else None, tir_offset)
    if len(sequence) == 0:
        # Nobody else has it to close it, and Windows lets no file be moved that is open.
        sequence.close()
        raise CKDError(f"{paths[0]} holds no frames; open a folder with images or a video.")
    return FrameSource(sequence, budget_bytes)


def _open_session(request: OpenRequest, path: Path) -> Opened:
    if not path.exists():
        raise SessionError(f"There is no session {path}; check the path.")
    # Before the images: only the session says where they are.
    session = sessions.load(path)
    sources = request.relink or _sources_of(session, path)
    expected = session.frame_count
    sequence = open_images(session, sources)
    source = FrameSource(sequence, request.budget_bytes)
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
        damage = "" if session is None else damage_words(session, damaged_frames(session))
    # Whatever it is, memory included: the source is in nobody else's hands yet.
    except BaseException:
        source.close()
        raise
    return Opened(request, source, session, session_path, sources, info, damage)


def _sources_of(session: AnnotationSession, path: Path) -> tuple[Path, ...]:
    """Return where the images are: as they lie beside the session file, else where they were."""
    info = session.sequence
    beside = tuple(path.parent / part for part in info.sources_relative)
    before = tuple(Path(part) for part in info.sources)
    # Beside the file first: who copied session and images together means this copy.
    for candidates in (beside, before):
        # Not Path.exists, which raises for a name too long for the system, as a file may hold one.
        if candidates and all(os.path.exists(candidate) for candidate in candidates):  # noqa: PTH110
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
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(StoreWorker(), "store", parent)
        self._opens = self._kind()
        # An older save may be to another file: it is written although a newer one was asked for.
        self._saves = self._kind(skip_superseded=False)
        self._opens.finished.connect(self._on_opened)
        self._opens.dropped.connect(self._on_opened_late)
        self._saves.finished.connect(self.saved)
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
        tir_offset: int | None = None,
    ) -> None:
        """Open a sequence or a session; the newest request wins."""
        number = self._opens.next_number()
        self._opens.send(OpenRequest(number, paths, budget_bytes, relink, tir_offset))

    def save(self, session: AnnotationSession, path: Path, state: int) -> None:
        """Encode and write a snapshot of a session; `state` is the history state that it is."""
        self._saves.send(SaveRequest(self._saves.next_number(), session, path, state))

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

    @Slot(object)
    def _on_failed(self, failure: Failure) -> None:
        self.failed.emit(failure.message)
