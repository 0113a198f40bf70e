"""`ckd-studio export`: a session in one of the forms that others read, or as a figure or film."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.console import progress, say, wrote

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
        typer.Option(
            metavar="NAME",
            help="Which target; not needed when there is one alone, nor for a folder.",
        ),
    ] = None,
    modality: Annotated[
        str | None,
        typer.Option(metavar="rgb|tir", help="Whose boxes, in a form that holds one modality."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", metavar="", help="Allow replacing what is there.")
    ] = False,
) -> None:
    """Write a session as ground truth, result, table, COCO, MOT, CVAT, figure or video."""
    from app.export.base import DrawnForm, Subject
    from app.export.exporting import check_place, lost_of, of_target, write_form
    from sessions import find_target, load
    from tracker_core.errors import CKDError

    wanted = _form_named(form)
    side = _modality(wanted, modality)
    drawn = isinstance(wanted, DrawnForm)
    if target is not None and not of_target(wanted):
        raise CKDError(f"{wanted.id} holds all targets; leave --target out.")
    # Before a large session is read and minutes of drawing.
    with overwrite_named():
        check_place(wanted, out, session, overwrite=overwrite)
    loaded = load(session)
    # Without a name a form of several files gives each target a folder.
    several = not wanted.ending and len(loaded.targets) > 1
    alone = of_target(wanted) and (target is not None or not several)
    target_id = find_target(loaded, target) if alone else ""
    subject = Subject(loaded, session, target_id)
    with overwrite_named(), progress("Drawing") if drawn else nullcontext(_silent) as advance:
        paths = write_form(wanted, subject, out, advance, modality=side, overwrite=overwrite)
    if lost := lost_of(wanted, subject, side):
        say(f"{wanted.label} does not hold {'; '.join(lost)}.")
    for path in paths:
        wrote(path, f"{wanted.label} of {loaded.sequence.name}")


def _silent(_done: int, _total: int) -> None:
    """Texts are written in less time than a bar is drawn."""


@contextmanager
def overwrite_named() -> Iterator[None]:
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
    from app.export.exporting import all_forms
    from tracker_core.errors import CKDError

    name, known = forms.FORMER.get(name, name), all_forms()
    if name not in known:
        raise CKDError(f"There is no form {name}; choose one of {', '.join(known)}.")
    return known[name]


def _modality(form: ExportForm | DrawnForm, name: str | None) -> Modality:
    from app.export.exporting import of_modality
    from sessions import Modality
    from tracker_core.errors import CKDError

    if name is None:
        return Modality.RGB
    if name.upper() not in Modality.__members__:
        raise CKDError(f"There is no modality {name}; choose rgb or tir.")
    if not of_modality(form):
        raise CKDError(f"{form.id} is not of one modality; leave --modality out.")
    return Modality[name.upper()]
