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
from sessions import AnnotationSession, SequenceInfo, SessionError
from sessions.names import is_session_name
from tracker_core.errors import CKDError
from tracker_core.sequences import open_sequence

if TYPE_CHECKING:
    from sessions import EncodedSession, LeftBehind, Restored


@dataclass(frozen=True, slots=True)
class OpenRequest(Request):
    """Open a sequence, or a session with the sequence it belongs to."""

    paths: tuple[Path, ...]
    """One folder, video or session; or RGB and thermal."""
    budget_bytes: int
    relink: tuple[Path, ...] = ()
    """Where the images of a session are now, when not where it says."""

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return f"{self.paths[0]} cannot be opened"


@dataclass(frozen=True, slots=True)
class RestoreRequest(Request):
    """Open what a program that was killed left unsaved, with the sequence it belongs to."""

    left: LeftBehind
    budget_bytes: int
    relink: tuple[Path, ...] = ()
    """As for an OpenRequest."""
    look: bool = False
    """Only to be looked at."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """The images, as for an OpenRequest."""
        return self.relink or tuple(Path(source) for source in self.left.sources)

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return f"What was left of {self.left.sequence} cannot be restored"


@dataclass(frozen=True, slots=True)
class LeftRequest(Request):
    """Look for what killed programs left unsaved, anywhere."""

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return "Unsaved work cannot be looked for"


@dataclass(frozen=True, slots=True)
class DiscardRequest(Request):
    """Throw away what a program left unsaved."""

    left: LeftBehind

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return f"What was left of {self.left.sequence} cannot be discarded"


@dataclass(frozen=True, slots=True)
class Opened:
    """What was opened."""

    request: OpenRequest | RestoreRequest
    source: FrameSource
    session: AnnotationSession | None
    """The loaded session; None when a sequence was opened."""
    session_path: Path | None
    sources: tuple[Path, ...]
    """What the sequence was opened from."""
    info: SequenceInfo
    """What a session keeps of these images; reading their fingerprint takes time."""
    left: tuple[LeftBehind, ...] = ()
    """What was left unsaved of it, newest first."""
    restored: Restored | None = None
    """What was done again, when it was left unsaved."""


@dataclass(frozen=True, slots=True)
class ImagesMissing:
    """A session was read, but its images are not where it says."""

    session_path: Path
    message: str
    """One sentence."""
    request: OpenRequest | RestoreRequest


@dataclass(frozen=True, slots=True)
class SaveRequest(Request):
    """Write one state of a session while the session goes on being changed."""

    session: AnnotationSession
    """A snapshot, which nobody changes."""
    path: Path
    state: int
    """The history state that this is."""
    save_id: str = ""
    """The id that the file gets, by which a journal knows it."""

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
            case RestoreRequest():
                return self._restore(request)
            case LeftRequest():
                return sessions.left_behind()
            case DiscardRequest():
                sessions.discard(request.left)
                return request.left
            case SaveRequest():
                encoded = sessions.encode_session(request.session, request.path, request.save_id)
                sessions.write_encoded(encoded)
                return Saved(encoded, request.state)
        raise TypeError(f"{type(request).__name__} is neither to open nor to save")

    def _open(self, request: OpenRequest) -> Opened | ImagesMissing:
        first = request.paths[0]
        if len(request.paths) != 1 or not is_session_name(first):
            source = _open_source(request.paths, request.budget_bytes)
            opened = _opened(request, source, request.paths)
            return replace(opened, left=sessions.left_behind_by(first))
        try:
            return _open_session(request, first)
        # An answer and no failure: the window can ask where the images are.
        except MissingImagesError as error:
            return ImagesMissing(first, str(error), request)

    def _restore(self, request: RestoreRequest) -> Opened | ImagesMissing:
        left = request.left
        restored = sessions.restore(left)
        path = restored.session_path
        beside = path or left.session or left.journal
        try:
            sources = request.relink or _sources_of(restored.session, beside)
            source = _matching_source(request, restored.session, beside.name, sources)
        except MissingImagesError as error:
            return ImagesMissing(beside, str(error), request)
        opened = _opened(request, source, sources, restored.session, path)
        return replace(opened, restored=restored)


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
    # Before the images: only the session says where they are.
    session = sessions.load(path)
    sources = request.relink or _sources_of(session, path)
    source = _matching_source(request, session, path.name, sources)
    opened = _opened(request, source, sources, session, path)
    return replace(opened, left=sessions.left_behind_by(path))


def _matching_source(
    request: OpenRequest | RestoreRequest,
    session: AnnotationSession,
    name: str,
    sources: tuple[Path, ...],
) -> FrameSource:
    """Open the images of a session; MissingImagesError when they are others."""
    try:
        source = _open_source(sources, request.budget_bytes)
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
    left_found = Signal(object)
    """Tuple of `sessions.LeftBehind`, newest first."""
    discarded = Signal(object)
    """The `sessions.LeftBehind` that is gone."""
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
        self._saves.finished.connect(self.saved)
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
        self, paths: tuple[Path, ...], budget_bytes: int, relink: tuple[Path, ...] = ()
    ) -> None:
        """Open a sequence or a session; the newest request wins."""
        self._opens.send(OpenRequest(self._opens.next_number(), paths, budget_bytes, relink))

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

    def look_for_left(self) -> None:
        """Look for what was left unsaved anywhere."""
        self._looks.send(LeftRequest(self._looks.next_number()))

    def discard(self, left: LeftBehind) -> None:
        """Throw away what was left unsaved."""
        self._discards.send(DiscardRequest(self._discards.next_number(), left))

    def save(self, session: AnnotationSession, path: Path, state: int, save_id: str = "") -> None:
        """Encode and write a snapshot of a session; `state` is the history state that it is."""
        self._saves.send(SaveRequest(self._saves.next_number(), session, path, state, save_id))

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
