"""`ckd-studio export`: a session in one of the forms that others read, or as a figure or film."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.console import progress, wrote

if TYPE_CHECKING:
    from app.export.base import DrawnForm
    from sessions import ExportForm, Modality


def export(
    session: Annotated[Path, typer.Argument(metavar="SESSION.h5", help="The session to export.")],
    form: Annotated[
        str, typer.Option(metavar="FORM", help="What to write; a wrong word lists the forms.")
    ],
    out: Annotated[
        Path,
        typer.Option(metavar="PATH", help="The file, or the folder for a form of several files."),
    ],
    target: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Which target; not needed when there is one alone."),
    ] = None,
    modality: Annotated[
        str | None,
        typer.Option(metavar="rgb|tir", help="Whose boxes, in a form that holds one modality."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", metavar="", help="Allow replacing what is there.")
    ] = False,
) -> None:
    """Write a session as ground truth, result, table, COCO, MOT, figure or film."""
    from app.export.base import DrawnForm, Subject
    from safe_files import check_folder, check_targets
    from sessions import ExportChoice, export_session, find_target, load
    from sessions.exports.writing import check_free
    from tracker_core.errors import CKDError

    wanted = _form_named(form)
    side = _modality(wanted, modality)
    of_target = isinstance(wanted, DrawnForm) or wanted.of_target
    if target is not None and not of_target:
        raise CKDError(f"{wanted.id} holds all targets; leave --target out.")
    # Before a large session is read and minutes of drawing.
    if wanted.ending:
        with _overwrite_named():
            check_free(out, wanted.ending, overwrite=overwrite)
        check_targets(out, inputs=(session,))
    else:
        check_folder(out, alone=True)
    loaded = load(session)
    target_id = find_target(loaded, target) if of_target else ""
    if isinstance(wanted, DrawnForm):
        with progress("Drawing") as advance:
            wanted.write(Subject(loaded, session, target_id), out, advance)
        paths: tuple[Path, ...] = (out,)
    else:
        choice = ExportChoice(target_id, side)
        with _overwrite_named():
            paths = export_session(loaded, wanted, out, choice, overwrite=overwrite)
    for path in paths:
        wrote(path, f"{wanted.label} of {loaded.sequence.name}")


@contextmanager
def _overwrite_named() -> Iterator[None]:
    """Say of a file that is there already by which option it is replaced."""
    from sessions import FileTakenError
    from tracker_core.errors import CKDError

    try:
        yield
    except FileTakenError as error:
        # `sessions` knows no command line, and cannot name its options.
        raise CKDError(
            f"{error.path} exists already; choose another name, or replace it with --overwrite."
        ) from error


def _form_named(name: str) -> ExportForm | DrawnForm:
    from app.export import forms
    from sessions.exports import table
    from tracker_core.errors import CKDError

    known: dict[str, ExportForm | DrawnForm] = {
        **{each.id: each for each in table.EXPORTS},
        **{each.id: each for each in forms.FORMS},
    }
    if name not in known:
        raise CKDError(f"There is no form {name}; choose one of {', '.join(known)}.")
    return known[name]


def _modality(form: ExportForm | DrawnForm, name: str | None) -> Modality:
    from app.export.base import DrawnForm
    from sessions import Modality
    from tracker_core.errors import CKDError

    if name is None:
        return Modality.RGB
    if name.upper() not in Modality.__members__:
        raise CKDError(f"There is no modality {name}; choose rgb or tir.")
    if isinstance(form, DrawnForm) or not form.of_modality:
        raise CKDError(f"{form.id} is not of one modality; leave --modality out.")
    return Modality[name.upper()]
