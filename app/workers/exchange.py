"""Works out, writes and reads files of other programs off the window's thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.workers.base import Request, Worker, WorkerClient
from sessions import AnnotationSession, Modality, SequenceInfo

if TYPE_CHECKING:
    from app.export.exporting import Preview
    from app.resolve.comparing import FilmedComparison
    from sessions.imports.into import Count
    from sessions.imports.tracks import Track


class _StoppedError(Exception):
    """A person has stopped an export."""


@dataclass(frozen=True, slots=True)
class FigureChoices:
    """What a person has chosen to draw, and where to."""

    kind: str
    label: str
    """Of the kind, as a person knows it."""
    target_id: str
    frames: tuple[int, ...]
    inches: float
    block: int | None
    """None for the last one."""
    model: str
    """Weights of CKD, where it has to look at frames again."""
    device: str
    place: Path
    overwrite: bool
    untrained: bool = False
    """Whether those weights were allowed although they were not trained to track."""


@dataclass(frozen=True, slots=True, eq=False)
class PreviewRequest(Request):
    """Work out what an export would write."""

    session: AnnotationSession
    """A snapshot, as below."""
    session_path: Path
    """See `ExportRequest`."""
    form: str
    target_id: str
    modality: Modality

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return "Nothing can be exported"


@dataclass(frozen=True, slots=True, eq=False)
class ExportRequest(Request):
    """Write an export."""

    session: AnnotationSession
    session_path: Path
    """Where the session lies, or would: its images are looked for beside it first."""
    form: str
    target_id: str
    modality: Modality
    place: Path
    overwrite: bool
    stop: Event = field(default_factory=Event)
    """Set from the other thread to end it, with nothing written."""

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return f"{self.place.name} could not be exported"


@dataclass(frozen=True, slots=True, eq=False)
class FigureRequest(Request):
    """Draw a figure for a paper."""

    session: AnnotationSession
    session_path: Path
    """See `ExportRequest`."""
    choices: FigureChoices
    stop: Event = field(default_factory=Event)
    """Likewise."""

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return f"{self.choices.place.name} could not be drawn"


@dataclass(frozen=True, slots=True, eq=False)
class FilmRequest(Request):
    """Film the trackers that are compared."""

    session: AnnotationSession
    session_path: Path
    """See `ExportRequest`."""
    film: FilmedComparison
    place: Path
    stop: Event = field(default_factory=Event)
    """Likewise."""

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return f"{self.place.name} could not be filmed"


@dataclass(frozen=True, slots=True, eq=False)
class ReadRequest(Request):
    """Read the targets in a file or folder."""

    info: SequenceInfo
    form: str
    place: Path
    thermal: Path | None

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return f"{self.place.name} could not be imported"


@dataclass(frozen=True, slots=True)
class Drawn:
    """How far an export is."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Exported:
    """How an export ended."""

    paths: tuple[Path, ...]
    """Empty when somebody stopped it."""
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """What a file or folder holds."""

    place: Path
    tracks: tuple[Track, ...]
    count: Count


class ExchangeWorker(Worker):
    """Answers its requests with a Preview, Exported and Read; its news are Drawn."""

    def answer(self, request: Request) -> Preview | Exported | Read:
        """Do what is asked."""
        match request:
            case PreviewRequest():
                return self._preview(request)
            case ExportRequest():
                return self._export(request)
            case FigureRequest():
                return self._draw(request)
            case FilmRequest():
                return self._film(request)
            case ReadRequest():
                return self._read(request)
            case _:
                raise TypeError(f"{type(request).__name__} is no request about other files")

    def _preview(self, request: PreviewRequest) -> Preview:
        # Imported late, here and below: figures and films bring libraries that take a second.
        from app.export.base import Subject
        from app.export.exporting import all_forms, preview

        subject = Subject(request.session, request.session_path, request.target_id)
        return preview(all_forms()[request.form], subject, request.modality)

    def _export(self, request: ExportRequest) -> Exported:
        from app.export.base import Subject
        from app.export.exporting import all_forms, check_place, lost_of, write_form

        form = all_forms()[request.form]
        subject = Subject(request.session, request.session_path, request.target_id)
        check_place(form, request.place, request.session_path, overwrite=request.overwrite)
        try:
            paths = write_form(
                form,
                subject,
                request.place,
                self._advance(request),
                modality=request.modality,
                overwrite=request.overwrite,
            )
        except _StoppedError:
            return Exported(())
        return Exported(paths, lost_of(form, subject, request.modality))

    def _draw(self, request: FigureRequest) -> Exported:
        from app.export.base import Subject
        from app.export.figures.base import Wish
        from app.export.figures.writing import (
            check_figure,
            kind_named,
            lost_of_figure,
            write_figure,
        )

        wanted = request.choices
        check_figure(wanted.place, request.session_path, overwrite=wanted.overwrite)
        wish = Wish(
            Subject(request.session, request.session_path, wanted.target_id),
            wanted.frames,
            wanted.inches,
            wanted.block,
            wanted.model,
            wanted.device,
            self._advance(request),
            wanted.untrained,
        )
        try:
            write_figure(kind_named(wanted.kind), wish, wanted.place)
        except _StoppedError:
            return Exported(())
        return Exported((wanted.place,), lost_of_figure(wish))

    def _film(self, request: FilmRequest) -> Exported:
        from app.export.base import Subject
        from app.export.compared_film import names_of, write_of_session
        from tracker_core.lettering import without_font

        subject = Subject(request.session, request.session_path, "")
        try:
            write_of_session(request.film, subject, request.place, self._advance(request))
        except _StoppedError:
            return Exported(())
        return Exported((request.place,), without_font(names_of(request.film), one_font=True))

    def _advance(
        self, request: ExportRequest | FigureRequest | FilmRequest
    ) -> Callable[[int, int], None]:
        """Return what is told how far it is; it raises when somebody has stopped it."""

        def advance(done: int, total: int) -> None:
            if request.stop.is_set():
                raise _StoppedError
            self.news.emit(request.number, Drawn(done, total))

        return advance

    def _read(self, request: ReadRequest) -> Read:
        from sessions.imports.into import counted
        from sessions.imports.table import IMPORTS, read_tracks

        form = next(each for each in IMPORTS if each.id == request.form)
        tracks = read_tracks(form, request.place, request.info, request.thermal)
        return Read(request.place, tracks, counted(tracks))


class ExchangeClient(WorkerClient):
    """The window's side of one such worker."""

    previewed = Signal(object)
    """Preview."""
    preview_failed = Signal(object)
    """Failure."""
    drawn = Signal(object)
    """Drawn."""
    exported = Signal(object)
    """Exported."""
    export_failed = Signal(object)
    """Failure."""
    read = Signal(object)
    """Read."""
    read_failed = Signal(object)
    """Failure."""

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(ExchangeWorker(), name, parent)
        self._stop = Event()
        self._previews, self._exports, self._reads = self._kind(), self._kind(), self._kind()
        self._previews.finished.connect(self.previewed)
        self._previews.failed.connect(self.preview_failed)
        self._exports.finished.connect(self.exported)
        self._exports.failed.connect(self.export_failed)
        self._exports.news.connect(self.drawn)
        self._reads.finished.connect(self.read)
        self._reads.failed.connect(self.read_failed)

    @property
    def exporting(self) -> bool:
        """Whether something is being written."""
        return self._exports.pending

    @property
    def looking(self) -> bool:
        """Whether a preview or a file is being worked out."""
        return self._previews.pending or self._reads.pending

    def preview(
        self,
        session: AnnotationSession,
        session_path: Path,
        form: str,
        target_id: str,
        modality: Modality,
    ) -> None:
        """Work out what would be written; the newest request counts."""
        number = self._previews.next_number()
        request = PreviewRequest(number, session, session_path, form, target_id, modality)
        self._previews.send(request)

    def export(
        self,
        session: AnnotationSession,
        session_path: Path,
        form: str,
        target_id: str,
        modality: Modality,
        place: Path,
        *,
        overwrite: bool,
    ) -> None:
        """Write an export."""
        number = self._exports.next_number()
        request = ExportRequest(
            number, session, session_path, form, target_id, modality, place, overwrite
        )
        self._stop = request.stop
        self._exports.send(request)

    def figure(
        self, session: AnnotationSession, session_path: Path, choices: FigureChoices
    ) -> None:
        """Draw a figure; answered as an export."""
        request = FigureRequest(self._exports.next_number(), session, session_path, choices)
        self._stop = request.stop
        self._exports.send(request)

    def film(
        self, session: AnnotationSession, session_path: Path, film: FilmedComparison, place: Path
    ) -> None:
        """Film the trackers that are compared; answered as an export."""
        request = FilmRequest(self._exports.next_number(), session, session_path, film, place)
        self._stop = request.stop
        self._exports.send(request)

    def read_place(self, info: SequenceInfo, form: str, place: Path, thermal: Path | None) -> None:
        """Read the targets of a file or folder; the newest request counts."""
        self._reads.send(ReadRequest(self._reads.next_number(), info, form, place, thermal))

    def stop(self) -> None:
        """End an export under way, with nothing written."""
        self._stop.set()

    def forget(self) -> None:
        """Wait for nothing any more."""
        self.stop()
        for kind in (self._previews, self._exports, self._reads):
            kind.forget()

    def join(self, milliseconds: int | None = None) -> None:
        """End the thread; an export under way is stopped first."""
        self.stop()
        super().join(milliseconds)
