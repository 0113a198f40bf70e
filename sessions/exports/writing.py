"""Putting what an export form wrote on disk."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from safe_files import (
    FileError,
    HeldFolder,
    file_names,
    is_file_name,
    is_stream,
    printable,
    write_together,
)
from sessions.errors import FileTakenError, SessionError
from sessions.exports.base import ExportChoice, ExportForm, Files
from sessions.exports.holds import losses
from sessions.model import AnnotationSession


def export_session(
    session: AnnotationSession,
    form: ExportForm,
    path: str | os.PathLike[str],
    choice: ExportChoice | None = None,
    *,
    overwrite: bool = False,
) -> tuple[Path, ...]:
    """Write a session to a file, or to a folder where the form has several files.

    Without a choice the only target is meant, or each in a folder of its own, and RGB. Returns the
    paths that were written. Raises SessionError, with nothing written, when the name does not fit,
    something is there already, or there is nothing to write.
    """
    place = Path(path)
    if form.ending:
        check_free(place, form.ending, overwrite=overwrite)
    files = texts_of(session, form, choice or ExportChoice())
    return write_texts(form, place, files, overwrite=overwrite)


def texts_of(session: AnnotationSession, form: ExportForm, choice: ExportChoice) -> Files:
    """Return what would be written, by file name; SessionError when there is nothing."""
    if not form.of_target or choice.target_id:
        files = form.write(session, choice)
    elif _in_folders(session, form, choice):
        files = _each_in_its_folder(session, form, choice)
    else:
        files = form.write(session, ExportChoice(find_target(session), choice.modality))
    # A table with a head and no row is not empty, and yet nothing.
    if not any(files.values()) or not any(
        each.table.filled().size for each in session.targets.values()
    ):
        raise SessionError(f"The session of {session.sequence.name} has no box to export.")
    return files


def chosen_targets(
    session: AnnotationSession, form: ExportForm, choice: ExportChoice
) -> tuple[str, ...]:
    """Return the ids of the targets that are written."""
    if not form.of_target:
        return tuple(session.targets)
    if choice.target_id:
        return (choice.target_id,)
    side = choice.modality if form.of_modality else slice(None)
    return tuple(
        each.id
        for each in session.targets.values()
        if not np.isnan(each.boxes[~each.absent()][:, side, 0]).all()
    )


def left_out(session: AnnotationSession, form: ExportForm, choice: ExportChoice) -> tuple[str, ...]:
    """Return what of the session this form does not hold, in a few words each."""
    targets = chosen_targets(session, form, choice)
    return losses(session, form.carries, targets, choice.modality)


def names_in_folder(
    session: AnnotationSession, form: ExportForm, choice: ExportChoice
) -> tuple[str, ...]:
    """Return the names of the files that `texts_of` works out for a folder, without doing so."""
    if not _in_folders(session, form, choice):
        return form.files
    folders = _folders(session, form, choice).values()
    return tuple(f"{folder}/{name}" for folder in folders for name in form.files)


def _in_folders(session: AnnotationSession, form: ExportForm, choice: ExportChoice) -> bool:
    """Tell whether each target has a folder of its own."""
    return bool(
        form.of_target and not choice.target_id and not form.ending and len(session.targets) > 1
    )


def _folders(session: AnnotationSession, form: ExportForm, choice: ExportChoice) -> dict[str, str]:
    """Return the name of the folder of each target, by id."""
    # One without a box is no reason to write none of the others.
    ids = chosen_targets(session, form, choice)
    return dict(zip(ids, file_names(session.targets[each].name for each in ids), strict=True))


def _each_in_its_folder(
    session: AnnotationSession, form: ExportForm, choice: ExportChoice
) -> Files:
    return {
        f"{folder}/{name}": text
        for target_id, folder in _folders(session, form, choice).items()
        for name, text in form.write(session, ExportChoice(target_id, choice.modality)).items()
    }


def write_texts(
    form: ExportForm, place: Path, files: Files, *, overwrite: bool = False
) -> tuple[Path, ...]:
    """Put what `texts_of` returned on disk, all of it or nothing; return the paths."""
    if not form.ending:
        return write_files(place, files, overwrite=overwrite)
    check_free(place, form.ending, overwrite=overwrite)
    (text,) = files.values()
    _write({place: text})
    return (place,)


def find_target(session: AnnotationSession, name: str | None = None) -> str:
    """Return the id of the target of a name or id; without one, of the only target.

    Raises SessionError that lists the names when it is not clear which is meant.
    """
    if not session.targets:
        raise SessionError(f"The session of {session.sequence.name} has no target to export.")
    found = [each.id for each in session.targets.values() if name in (None, each.name)]
    if name is not None and len(found) != 1 and name in session.targets:
        return name  # ids tell targets of one name apart
    if len(found) == 1:
        return found[0]
    if name is None:
        names = ", ".join(each.name for each in session.targets.values())
        raise SessionError(f"Say which target is meant; the session has {names}.")
    if not found:
        names = ", ".join(each.name for each in session.targets.values())
        raise SessionError(f"There is no target named {name}; the session has {names}.")
    raise SessionError(
        f"{len(found)} targets are named {name}; use an id instead: {', '.join(found)}."
    )


def check_free(path: Path, ending: str, *, overwrite: bool) -> None:
    """Refuse a file name of another ending, and one that is taken."""
    # A wrong ending is more than untidy: it may be the session itself, about to be replaced.
    if is_stream(path):
        return  # it has no ending, and nothing is replaced
    if path.suffix.lower() != ending:
        raise SessionError(f"{path.name} must end in {ending}, as this form does.")
    if path.is_dir():
        raise SessionError(f"{path} is a folder; name the file to write.")
    if path.exists() and not overwrite:
        raise FileTakenError(path, "name")


def write_files(
    folder: str | os.PathLike[str], files: Files, *, overwrite: bool = False
) -> tuple[Path, ...]:
    """Write texts into a folder, all of them or none; return their paths.

    Raises SessionError, with nothing written, when one of them is there already, or another program
    writes there.
    """
    place = Path(folder)
    wrong = next((name for name in files if not all(map(is_file_name, name.split("/")))), None)
    if wrong is not None:
        raise SessionError(f"{printable(wrong)} is no name of a file in {place}; rename it first.")
    # All are looked for before one is written, so that no folder is left half replaced.
    paths = tuple(place / name for name in files)
    there = next((path for path in paths if path.exists()), None)
    if there is not None and not overwrite:
        raise FileTakenError(there, "folder")
    try:
        with HeldFolder(place):
            _write(dict(zip(paths, files.values(), strict=True)))
    except FileError as error:
        raise SessionError(str(error)) from error
    return paths


def _write(files: dict[Path, str]) -> None:
    try:
        write_together({path: text.encode("utf-8") for path, text in files.items()})
    except FileError as error:
        raise SessionError(
            f"{error.path} could not be written because {error.reason}; what was there is "
            "unchanged, so write to another place or try again."
        ) from error
