"""Writing a session in any form: the same for a dialog and for the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from app.export import forms
from app.export.base import DrawnForm, FilePreview, Progress, Subject
from app.export.foreseen import of_text
from safe_files import check_folder, check_targets
from sessions import (
    ExportChoice,
    ExportForm,
    FileTakenError,
    Modality,
    SessionError,
)
from sessions.exports import table
from sessions.exports.base import Files
from sessions.exports.writing import (
    check_free,
    left_out,
    names_in_folder,
    texts_of,
    write_texts,
)

AnyForm: TypeAlias = ExportForm | DrawnForm


@dataclass(frozen=True, slots=True)
class Preview:
    """What an export will write."""

    files: tuple[FilePreview, ...]
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


def preview(form: AnyForm, subject: Subject, modality: Modality = Modality.RGB) -> Preview:
    """Return what would be written; SessionError or CKDError when there is nothing."""
    session = subject.session
    if isinstance(form, DrawnForm):
        if not any(each.table.filled().size for each in session.targets.values()):
            raise SessionError(f"The session of {session.sequence.name} has no box to export.")
        return Preview((form.foresee(subject),), form.lost(subject))
    files = texts_of(session, form, ExportChoice(subject.target_id, modality))
    return Preview(
        tuple(of_text(text, "" if form.ending else name) for name, text in files.items()),
        lost_of(form, subject, modality),
    )


def lost_of(form: AnyForm, subject: Subject, modality: Modality = Modality.RGB) -> tuple[str, ...]:
    """Return what of a session a form does not hold, in a few words each."""
    if isinstance(form, DrawnForm):
        return form.lost(subject)
    return left_out(subject.session, form, ExportChoice(subject.target_id, modality))


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
    choice = ExportChoice(subject.target_id, modality)
    if not form.ending:
        # Once more with the names of the files, and before they are worked out.
        names = names_in_folder(subject.session, form, choice)
        check_place(form, place, subject.session_path, overwrite=overwrite, names=names)
    files: Files = texts_of(subject.session, form, choice)
    # The one moment between working it out and writing it.
    advance(1, 2)
    return write_texts(form, place, files, overwrite=overwrite)
