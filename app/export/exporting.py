"""Writing a session in any form: the same for a dialog and for the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from app.export import forms
from app.export.base import DrawnForm, Progress, Subject
from safe_files import check_folder, check_targets, printable
from sessions import (
    AnnotationSession,
    ExportChoice,
    ExportForm,
    FileTakenError,
    Modality,
    SessionError,
)
from sessions.exports import table
from sessions.exports.base import Files
from sessions.exports.writing import check_free, left_out, texts_of, write_texts

AnyForm: TypeAlias = ExportForm | DrawnForm

MOST_LINES = 8
"""Of a file in a preview: enough to see what it is."""
MOST_FILES = 6
MOST_LETTERS = 160
"""Of a line in a preview."""


@dataclass(frozen=True, slots=True)
class FilePreview:
    """What one file will be."""

    name: str
    lines: int
    size: int
    """In bytes."""
    first: tuple[str, ...]
    """Its first lines, cut where they are long."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What an export will write."""

    files: tuple[FilePreview, ...] = ()
    """Empty for what is drawn: that shows itself when it is there."""
    lost: tuple[str, ...] = ()
    """What of the session the form does not hold, in a few words each."""


def all_forms() -> dict[str, AnyForm]:
    """Return every form by its word, in the order in which people are shown them."""
    known: tuple[AnyForm, ...] = (*table.EXPORTS, *forms.FORMS)
    return {form.id: form for form in known}


def of_target(form: AnyForm) -> bool:
    """Tell whether a form holds one target, or each in a folder of its own."""
    return isinstance(form, DrawnForm) or form.of_target


def of_modality(form: AnyForm) -> bool:
    """Tell whether a form holds the boxes of one modality."""
    return isinstance(form, ExportForm) and form.of_modality


def preview(session: AnnotationSession, form: AnyForm, choice: ExportChoice) -> Preview:
    """Return what would be written; SessionError when there is nothing."""
    if isinstance(form, DrawnForm):
        if not any(each.table.filled().size for each in session.targets.values()):
            raise SessionError(f"The session of {session.sequence.name} has no box to export.")
        return Preview()
    files = texts_of(session, form, choice)
    return Preview(
        tuple(_of_file(name, text) for name, text in files.items()),
        left_out(session, form, choice),
    )


def _of_file(name: str, text: str) -> FilePreview:
    # Not all lines of a file of many megabytes, of which eight are shown.
    first = text[: MOST_LINES * 4_000].split("\n")[:MOST_LINES]
    shown = tuple(printable(line, MOST_LETTERS) for line in first)
    return FilePreview(name, text.count("\n"), len(text.encode()), shown)


def check_place(
    form: AnyForm,
    place: Path,
    session_path: Path | None,
    *,
    overwrite: bool,
    names: Sequence[str] = (),
) -> None:
    """Refuse a place that cannot be written to, before any work: SessionError or FileError.

    `names` are those of the files in a folder, where they are known.
    """
    if form.ending:
        check_free(place, form.ending, overwrite=overwrite)
        check_targets(place, inputs=(session_path,))
        return
    check_folder(place, alone=True)
    taken = next((place / name for name in names if (place / name).exists()), None)
    if taken is not None and not overwrite:
        raise FileTakenError(taken, "folder")


def write_form(
    form: AnyForm,
    subject: Subject,
    place: Path,
    advance: Progress,
    *,
    modality: Modality = Modality.RGB,
    overwrite: bool = False,
) -> tuple[Path, ...]:
    """Write all of it or nothing, and return the paths; what `advance` raises stops it."""
    if isinstance(form, DrawnForm):
        form.write(subject, place, advance)
        return (place,)
    files: Files = texts_of(subject.session, form, ExportChoice(subject.target_id, modality))
    # The one moment between working it out and writing it.
    advance(1, 2)
    return write_texts(form, place, files, overwrite=overwrite)
