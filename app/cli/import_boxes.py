"""`ckd-studio import`: boxes from a file as a new session on a sequence."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.console import count, result, say
from app.cli.inputs import TirOffsetOption
from safe_files import printable

_LONGEST_NAME = 60
"""Characters of a name that is made of a file's; of four bytes each they fit."""

if TYPE_CHECKING:
    from sessions import ImportForm


def import_boxes(
    sequence: Annotated[
        Path,
        typer.Argument(metavar="SEQUENCE", help="A sequence folder, or an RGB folder or video."),
    ],
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The boxes in the RGB frames, a line for each.")
    ],
    form: Annotated[
        str, typer.Option(metavar="FORM", help="What FILE holds; a wrong word lists the forms.")
    ],
    out: Annotated[Path, typer.Option(metavar="SESSION.h5", help="The session to write.")],
    thermal: Annotated[
        Path | None,
        typer.Option("--tir", metavar="PATH", help="The thermal folder or video beside SEQUENCE."),
    ] = None,
    tir_offset: TirOffsetOption = None,
    thermal_boxes: Annotated[
        Path | None,
        typer.Option(
            "--tir-boxes", metavar="FILE", help="Boxes in the thermal frames; else those of RGB."
        ),
    ] = None,
    target: Annotated[
        str | None, typer.Option(metavar="NAME", help="The name of the target; else that of FILE.")
    ] = None,
    start: Annotated[
        int, typer.Option(min=0, metavar="N", help="The frame of the first line, from 0.")
    ] = 0,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", metavar="", help="Allow replacing a session.")
    ] = False,
) -> None:
    """Make a session of a sequence and the boxes in a file."""
    from app.bridge.run_session import check_session_path
    from app.bridge.runs import scale_alignment
    from app.bridge.values import sequence_info
    from sessions import AddTarget, AnnotationSession, History, save
    from sessions import import_boxes as import_command
    from tracker_core.sequences import open_sequence

    wanted = _form_named(form)
    # Before anything is read, which may take a while.
    check_session_path(out, overwrite=overwrite)
    rgb = wanted.read(file)
    tir = None if thermal_boxes is None else wanted.read(thermal_boxes)
    with closing(open_sequence(sequence, thermal, tir_offset)) as opened:
        for note in opened.notes:
            say(note)
        info = sequence_info(opened, [path for path in (sequence, thermal) if path])
    alignment = scale_alignment(info.rgb_size, info.tir_size, tir_offset or 0)
    session = AnnotationSession(info, alignment=alignment)
    # By commands, though nobody will undo them: only they check what they are given.
    history = History(session)
    target_id = session.new_target_id()
    history.do(AddTarget(target_id, target or printable(file.stem, _LONGEST_NAME)))
    history.do(import_command(session, target_id, rgb, tir, start))
    save(session, out)
    result(f"{out}: session with {count(len(rgb), 'frame')} from {file.name}")


def _form_named(name: str) -> ImportForm:
    from sessions.imports import table
    from tracker_core.errors import CKDError

    known = {each.id: each for each in table.IMPORTS}
    if name not in known:
        raise CKDError(f"There is no form {name}; choose one of {', '.join(known)}.")
    return known[name]
