"""`ckd-studio import`: boxes from a file as a new session on a sequence."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from app.cli.console import count, result, say
from app.cli.inputs import MOST_FRAMES, AlignmentOption, SwapOption, TirOffsetOption

if TYPE_CHECKING:
    from sessions import ImportForm
    from sessions.imports.tracks import Track


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
        Path, typer.Argument(metavar="FILE|FOLDER", help="The boxes; a folder for some forms.")
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
    alignment: AlignmentOption = None,
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
    """Make a session of a sequence and the boxes in a file or folder."""
    from app.bridge.aligning import given_alignment
    from app.bridge.session_target import session_to_write
    from app.bridge.values import sequence_info
    from safe_files import check_targets
    from sessions import AnnotationSession, History
    from sessions.imports.into import import_tracks
    from sessions.imports.table import read_tracks
    from tracker_core.sequences import open_sequence

    wanted = _form_named(form)
    # Before anything is read, which may take a while.
    check_targets(out, inputs=(sequence, thermal, file, thermal_boxes, alignment))
    with session_to_write(out, overwrite=overwrite) as place:
        _check_readable(file, thermal_boxes)
        sources = (sequence,) if thermal is None else (sequence, thermal)
        with closing(open_sequence(sequence, thermal, tir_offset, swap)) as opened:
            for note in (*opened.notes, *place.notes):
                say(note)
            info = sequence_info(opened, sources)
            aligned = given_alignment(alignment, opened, tir_offset)
        tracks = _renamed(read_tracks(wanted, file, info, thermal_boxes), target, file)
        session = AnnotationSession(info, alignment=aligned)
        # By a command, though nobody will undo it: only commands check what they are given.
        History(session).do(import_tracks(session, tracks, "Import", start))
        place.write(session)
    result(f"{out}: session with {_brought(tracks)} from {file.name}")


def _brought(tracks: tuple[Track, ...]) -> str:
    from sessions.imports.into import counted

    brought = counted(tracks)
    of_targets = "" if brought.targets == 1 else f" of {brought.targets} targets"
    absent = f", absent on {brought.absent}" if brought.absent else ""
    return f"{count(brought.frames, 'frame')}{of_targets}{absent}"


def _check_readable(*places: Path | None) -> None:
    """Refuse what is not there before a sequence is opened, which may take minutes."""
    from sessions import SessionError

    for place in places:
        # Not Path.exists, which raises for a name too long for the system.
        if place is not None and not os.path.exists(place):  # noqa: PTH110
            raise SessionError(f"{place} could not be read: it does not exist.")


def _renamed(tracks: tuple[Track, ...], name: str | None, file: Path) -> tuple[Track, ...]:
    """Give the only target another name."""
    from tracker_core.errors import CKDError

    if name is None:
        return tracks
    if len(tracks) != 1:
        raise CKDError(f"{file} holds {len(tracks)} targets; leave --target out.")
    return (replace(tracks[0], name=name),)


def _form_named(name: str) -> ImportForm:
    from sessions.imports import table
    from tracker_core.errors import CKDError

    known = {each.id: each for each in table.IMPORTS}
    if name not in known:
        raise CKDError(f"There is no form {name}; choose one of {', '.join(known)}.")
    return known[name]
