"""Exports and imports that a person asks for: what they would do, their progress, their end."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.state.document import Document
from app.workers.base import Failure
from app.workers.exchange import Drawn, ExchangeClient, Exported, FigureChoices, Read
from safe_files import printable
from sessions import Modality, SessionError, snapshot
from sessions.imports.into import import_tracks

if TYPE_CHECKING:
    from app.export.exporting import Preview
    from app.resolve.comparing import FilmedComparison

TOO_EARLY = 0.03
"""Of an export, before which nobody can say how long the rest takes."""
MOST_FILES = 6
"""That a preview shows."""
MOST_LOSSES = 3
"""That a message names; the preview has shown them all."""


@dataclass(frozen=True, slots=True)
class ExportChoices:
    """What a person has chosen to export, and where to."""

    form: str
    label: str
    """Of the form, as a person knows it."""
    target_id: str
    modality: Modality
    place: Path
    overwrite: bool


@dataclass(frozen=True, slots=True)
class ExportProgress:
    """How far an export is."""

    words: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class FilmChoices:
    """Where a film of trackers compared goes."""

    place: Path
    label: str = "The film"


class ExchangeController(QObject):
    """One export at a time, in the background; imports become one step of undo."""

    changed = Signal()
    """An export began, went on or ended."""
    ended = Signal(str)
    """One sentence on what was written or taken in, or that it was stopped."""
    failed = Signal(str)
    previewed = Signal(object)
    """Preview of an export, or a sentence on why there is nothing to export."""
    read = Signal(object)
    """Read, or a sentence on why a file cannot be taken in."""
    imported = Signal(str)
    """The id of the first target that an import has added."""

    def __init__(
        self,
        document: Document,
        writer: ExchangeClient,
        looker: ExchangeClient,
        parent: QObject | None = None,
    ) -> None:
        """`writer` may take minutes over a film; `looker` answers the dialogs meanwhile."""
        super().__init__(parent)
        self._document = document
        self._writer, self._looker = writer, looker
        self._choices: ExportChoices | FigureChoices | FilmChoices | None = None
        self._began = 0.0
        self._drawn = Drawn(0, 0)
        writer.drawn.connect(self._on_drawn)
        writer.exported.connect(self._on_exported)
        writer.export_failed.connect(self._on_failed)
        looker.previewed.connect(self.previewed)
        looker.preview_failed.connect(lambda failure: self.previewed.emit(failure.message))
        looker.read.connect(self.read)
        looker.read_failed.connect(lambda failure: self.read.emit(failure.message))
        document.replaced.connect(self.forget)

    @property
    def running(self) -> bool:
        """Whether something is being written."""
        return self._writer.exporting

    @property
    def looking(self) -> bool:
        """Whether a preview is being worked out, or a file read."""
        return self._looker.looking

    @property
    def progress(self) -> ExportProgress | None:
        """How far the export under way is; None where there is none."""
        if self._choices is None or not self.running:
            return None
        words = f"Exporting {self._choices.place.name}"
        done, total = self._drawn.done, self._drawn.total
        left = words_of_left(done, total, time.monotonic() - self._began)
        return ExportProgress(f"{words}, {left}" if left else f"{words}…", done, total)

    @property
    def place(self) -> Path | None:
        """Where the export under way is going; None where there is none."""
        return self._choices.place if self._choices is not None and self.running else None

    def preview(self, session_path: Path, form: str, target_id: str, modality: Modality) -> None:
        """Work out what would be written; answered by `previewed`."""
        session = self._document.session
        if session is not None:
            self._looker.preview(snapshot(session), session_path, form, target_id, modality)

    def export(self, choices: ExportChoices, session_path: Path) -> None:
        """Write what was chosen, of the session as it is now."""
        session = self._document.session
        if session is None or self.running:
            return
        self._begin(choices)
        self._writer.export(
            snapshot(session),
            session_path,
            choices.form,
            choices.target_id,
            choices.modality,
            choices.place,
            overwrite=choices.overwrite,
        )
        self.changed.emit()

    def figure(self, choices: FigureChoices, session_path: Path) -> None:
        """Draw a figure of the session as it is now."""
        session = self._document.session
        if session is None or self.running:
            return
        self._begin(choices)
        self._writer.figure(snapshot(session), session_path, choices)
        self.changed.emit()

    def film(self, film: FilmedComparison, place: Path, session_path: Path) -> None:
        """Film the trackers that are compared over the images of the session."""
        session = self._document.session
        if session is None or self.running:
            return
        self._begin(FilmChoices(place))
        self._writer.film(snapshot(session), session_path, film, place)
        self.changed.emit()

    def _begin(self, choices: ExportChoices | FigureChoices | FilmChoices) -> None:
        self._choices, self._began, self._drawn = choices, time.monotonic(), Drawn(0, 0)

    def stop(self) -> None:
        """End the export under way; nothing of it stays."""
        self._writer.stop()

    def look_into(self, form: str, place: Path, thermal: Path | None) -> None:
        """Read a file or folder of other targets; answered by `read`."""
        session = self._document.session
        if session is not None:
            self._looker.read_place(session.sequence, form, place, thermal)

    def take_in(self, read: Read, start: int = 0) -> None:
        """Add what was read to the session, as one step of undo."""
        session = self._document.session
        if session is None:
            return
        first = session.new_target_id()
        words = f"Import {printable(read.place.name, 60)}"
        try:
            self._document.do(import_tracks(session, read.tracks, words, start))
        except SessionError as error:
            self.failed.emit(str(error))
            return
        self.imported.emit(first)
        self.ended.emit(f"Imported {words_of_read(read)} from {read.place.name}.")

    def forget(self) -> None:
        """Stop, and wait for nothing: another session is here."""
        self._writer.forget()
        self._looker.forget()
        self._choices = None
        self.changed.emit()

    def _on_drawn(self, drawn: Drawn) -> None:
        self._drawn = drawn
        self.changed.emit()

    def _on_exported(self, exported: Exported) -> None:
        choices, self._choices = self._choices, None
        self.changed.emit()
        if choices is None:
            return
        if not exported.paths:
            self.ended.emit("The export was stopped; nothing was written.")
            return
        count = len(exported.paths)
        what = str(choices.place) if count == 1 else f"{count} files in {choices.place}"
        self.ended.emit(f"Exported {what}.{words_of_lost(choices.label, exported.lost)}")

    def _on_failed(self, failure: Failure) -> None:
        self._choices = None
        self.changed.emit()
        self.failed.emit(failure.message)


def words_of_left(done: int, total: int, seconds: float) -> str:
    """Return "about 2 min left" after so many seconds; empty where nobody can say."""
    if not total or done < TOO_EARLY * total or done >= total:
        return ""
    left = seconds / done * (total - done)
    return f"about {left / 60:.0f} min left" if left >= 90 else f"about {max(1.0, left):.0f} s left"


def words_of_lost(label: str, lost: tuple[str, ...]) -> str:
    """Return a sentence on what a form does not hold, with a blank before it; empty for nothing."""
    if not lost:
        return ""
    more = f" and {len(lost) - MOST_LOSSES} more" if len(lost) > MOST_LOSSES else ""
    return f" {label} does not hold {'; '.join(lost[:MOST_LOSSES])}{more}."


def words_of_read(read: Read) -> str:
    """Return "2 targets with 40 boxes, absent on 3 frames"."""
    count = read.count
    targets = "1 target" if count.targets == 1 else f"{count.targets} targets"
    boxes = "1 box" if count.boxes == 1 else f"{count.boxes} boxes"
    absent = f", absent on {count.absent} frames" if count.absent else ""
    return f"{targets} with {boxes}{absent}"


def words_of_preview(preview: Preview, name: str) -> str:
    """Return what an export will write, file by file, as lines to read.

    `name` is that of the one file that a person names; empty for none yet.
    """
    lines: list[str] = []
    for each in preview.files[:MOST_FILES]:
        named = each.name or printable(name)
        lines += [f"{named} – {each.about}" if named else each.about, *each.first, ""]
    more = len(preview.files) - MOST_FILES
    if more > 0:
        lines.append(f"… and {more} more files")
    return "\n".join(lines).rstrip("\n")
