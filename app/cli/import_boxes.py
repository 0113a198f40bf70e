"""`ckd-studio import`: boxes from a file as a new session on a sequence."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from app.cli.console import count, result, say
from app.cli.inputs import MOST_FRAMES, SwapOption, TirOffsetOption
from safe_files import printable

_LONGEST_NAME = 60
"""Characters of a name that is made of a file's; of four bytes each they fit."""

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sessions import AnnotationSession, ImportForm


FirstLine: TypeAlias = Annotated[
    int,
    typer.Option(min=0, max=MOST_FRAMES, metavar="N", help="The frame of the first line, from 0."),
]


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
    swap: SwapOption = False,
    thermal_boxes: Annotated[
        Path | None,
        typer.Option(
            "--tir-boxes", metavar="FILE", help="Boxes in the thermal frames; else those of RGB."
        ),
    ] = None,
    target: Annotated[
        str | None, typer.Option(metavar="NAME", help="The name of the target; else that of FILE.")
    ] = None,
    start: FirstLine = 0,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", metavar="", help="Allow replacing a session.")
    ] = False,
) -> None:
    """Make a session of a sequence and the boxes in a file."""
    from app.bridge.runs import scale_alignment
    from app.bridge.session_target import session_to_write
    from app.bridge.values import sequence_info
    from safe_files import check_targets
    from sessions import AnnotationSession
    from tracker_core.sequences import open_sequence

    wanted = _form_named(form)
    # Before anything is read, which may take a while.
    check_targets(out, inputs=(sequence, thermal, file, thermal_boxes))
    with session_to_write(out, overwrite=overwrite) as place:
        rgb = wanted.read(file)
        tir = None if thermal_boxes is None else wanted.read(thermal_boxes)
        sources = (sequence,) if thermal is None else (sequence, thermal)
        with closing(open_sequence(sequence, thermal, tir_offset, swap)) as opened:
            for note in (*opened.notes, *place.notes):
                say(note)
            info = sequence_info(opened, sources)
        alignment = scale_alignment(info.rgb_size, info.tir_size, tir_offset or 0)
        session = AnnotationSession(info, alignment=alignment)
        _fill(session, target or printable(file.stem, _LONGEST_NAME), rgb, tir, start)
        place.write(session)
    result(f"{out}: session with {count(len(rgb), 'frame')} from {file.name}")


def _fill(
    session: AnnotationSession,
    name: str,
    rgb: NDArray[np.float64],
    tir: NDArray[np.float64] | None,
    start: int,
) -> None:
    from sessions import AddTarget, History
    from sessions import import_boxes as import_command

    # By commands, though nobody will undo them: only they check what they are given.
    history = History(session)
    target_id = session.new_target_id()
    history.do(AddTarget(target_id, name))
    history.do(import_command(session, target_id, rgb, tir, start))


def _form_named(name: str) -> ImportForm:
    from sessions.imports import table
    from tracker_core.errors import CKDError

    known = {each.id: each for each in table.IMPORTS}
    if name not in known:
        raise CKDError(f"There is no form {name}; choose one of {', '.join(known)}.")
    return known[name]
