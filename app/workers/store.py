"""Opens sequences and sessions and saves sessions off the GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from app.workers.base import WorkerThread
from app.workers.frame_source import FrameSource
from sessions import AnnotationSession, SessionError
from sessions.store import EncodedSession, load, write_encoded
from tracker_core.errors import CKDError
from tracker_core.sequences import open_sequence


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """Open a sequence, or a session with the sequence it belongs to."""

    number: int
    paths: tuple[Path, ...]
    """One folder, video or session; or RGB and thermal."""
    budget_bytes: int
    relink: tuple[Path, ...] = ()
    """Where the images of a session are now, when not where it says."""


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


@dataclass(frozen=True, slots=True)
class SaveRequest:
    """Write one state of a session, already encoded, while the session goes on being changed."""

    number: int
    encoded: EncodedSession
    state: int
    """The history state that this is."""


class MissingImagesError(CKDError):
    """A session was read, but its images are not where it says."""


class StoreWorker(QObject):
    """Lives on its own thread."""

    opened = Signal(int, object)
    saved = Signal(int, object)
    failed = Signal(int, str, object)
    """Number, sentence, and the request when its images were not found (else None)."""

    @Slot(object)
    def open(self, request: OpenRequest) -> None:
        """Open what the paths name."""
        self._attempt(request.number, lambda: self._open(request), request)

    @Slot(object)
    def save(self, request: SaveRequest) -> None:
        """Save atomically."""

        def work() -> None:
            write_encoded(request.encoded)
            self.saved.emit(request.number, request)

        self._attempt(request.number, work, None)

    def _attempt(self, number: int, work: Callable[[], None], request: OpenRequest | None) -> None:
        try:
            work()
        except MissingImagesError as error:
            self.failed.emit(number, str(error), request)
        except (CKDError, SessionError) as error:
            self.failed.emit(number, str(error), None)
        except OSError as error:
            words = error.strerror or str(error)
            self.failed.emit(number, f"{error.filename or 'The file'}: {words}.", None)

    def _open(self, request: OpenRequest) -> None:
        first = request.paths[0]
        if len(request.paths) == 1 and is_session_file(first):
            opened = _open_session(request, first)
        else:
            source = _open_source(request.paths, request.budget_bytes)
            opened = Opened(request, source, None, None, request.paths)
        self.opened.emit(request.number, opened)


def is_session_file(path: Path) -> bool:
    """Tell from its name whether `path` is a session."""
    return path.suffix.lower() in (".h5", ".hdf5")


def _open_source(paths: tuple[Path, ...], budget_bytes: int) -> FrameSource:
    missing = next((path for path in paths if not path.exists()), None)
    if missing is not None:
        raise CKDError(f"There is no file or folder {missing}; check the path.")
    sequence = open_sequence(paths[0], paths[1] if len(paths) > 1 else None)
    if len(sequence) == 0:
        sequence.close()
        raise CKDError(f"{paths[0]} holds no frames; open a folder with images or a video.")
    return FrameSource(sequence, budget_bytes)


def _open_session(request: OpenRequest, path: Path) -> Opened:
    if not path.exists():
        raise SessionError(f"There is no session {path}; check the path.")
    session = load(path)
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
    return Opened(request, source, session, path, sources)


def _sources_of(session: AnnotationSession, path: Path) -> tuple[Path, ...]:
    """Return where the images are: as they lie beside the session file, else where they were."""
    info = session.sequence
    beside = tuple(path.parent / part for part in info.sources_relative)
    before = tuple(Path(part) for part in info.sources)
    for candidates in (beside, before):
        if candidates and all(candidate.exists() for candidate in candidates):
            return candidates
    where = before[0] if before else info.name
    raise MissingImagesError(
        f"The images of the session {path.name} are not at {where} any more; "
        "show where they are now."
    )


class StoreClient(QObject):
    """The window's side of the store worker."""

    opened = Signal(object)
    saved = Signal(object)
    failed = Signal(str, object)
    _open = Signal(object)
    _save = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._number = 0
        self._opening = 0
        self._saving = 0
        self._worker = StoreWorker()
        self._open.connect(self._worker.open)
        self._save.connect(self._worker.save)
        self._worker.opened.connect(self._on_opened)
        self._worker.saved.connect(self._on_saved)
        self._worker.failed.connect(self._on_failed)
        self._thread = WorkerThread(self._worker, "store")

    @property
    def opening(self) -> bool:
        """Whether something is being opened."""
        return self._opening > 0

    @property
    def saving(self) -> bool:
        """Whether the session is being saved."""
        return self._saving > 0

    def open(
        self, paths: tuple[Path, ...], budget_bytes: int, relink: tuple[Path, ...] = ()
    ) -> None:
        """Open a sequence or a session; the newest request wins."""
        self._number += 1
        self._opening = self._number
        self._open.emit(OpenRequest(self._number, paths, budget_bytes, relink))

    def save(self, encoded: EncodedSession, state: int) -> None:
        """Write an encoded session; `state` is the history state that it is."""
        self._number += 1
        self._saving = self._number
        self._save.emit(SaveRequest(self._number, encoded, state))

    def join(self) -> None:
        """End the worker's thread after what it is doing."""
        self._thread.join()

    @Slot(int, object)
    def _on_opened(self, number: int, opened: Opened) -> None:
        if number == self._opening:
            self._opening = 0
            self.opened.emit(opened)
        else:
            opened.source.close()

    @Slot(int, object)
    def _on_saved(self, number: int, request: SaveRequest) -> None:
        if number == self._saving:
            self._saving = 0
            self.saved.emit(request)

    @Slot(int, str, object)
    def _on_failed(self, number: int, message: str, request: OpenRequest | None) -> None:
        if number == self._opening:
            self._opening = 0
            self.failed.emit(message, request)
        elif number == self._saving:
            self._saving = 0
            self.failed.emit(message, None)
