"""Putting what an export form wrote on disk."""

from __future__ import annotations

import os
from pathlib import Path

from safe_files import FileError, HeldFolder, is_stream, write_together
from sessions.errors import FileTakenError, SessionError
from sessions.exports.base import ExportChoice, ExportForm, Files
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

    Without a choice the only target is meant, and RGB. Returns the paths that were written. Raises
    SessionError, with nothing written, when the name does not fit, something is there already, or
    there is nothing to write.
    """
    place = Path(path)
    if form.ending:
        check_free(place, form.ending, overwrite=overwrite)
    chosen = choice or ExportChoice()
    if form.of_target and not chosen.target_id:
        chosen = ExportChoice(find_target(session), chosen.modality)
    files = form.write(session, chosen)
    if not any(files.values()):
        raise SessionError(f"The session of {session.sequence.name} has no box to export.")
    if not form.ending:
        return write_files(place, files, overwrite=overwrite)
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
