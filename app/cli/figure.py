"""`ckd-studio figure`: a figure for a paper of what a session holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import progress, say, wrote
from app.cli.inputs import MOST_FRAMES, DeviceOption, UntrainedOption


def figure(
    session: Annotated[Path, typer.Argument(metavar="SESSION.h5", help="The session to draw.")],
    kind: Annotated[
        str, typer.Option(metavar="KIND", help="What to draw; a wrong word lists the kinds.")
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The file: .png, .svg or .pdf.")],
    frames: Annotated[
        str, typer.Option(metavar="FRAMES", help="Which frames, like 3,9,40-80:10, counted from 0.")
    ] = "",
    width: Annotated[
        str, typer.Option(metavar="single|double", help="Of one column, 3.3 in, or both, 6.9 in.")
    ] = "single",
    target: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Which target; not needed when there is one alone."),
    ] = None,
    block: Annotated[
        int | None,
        typer.Option(
            min=0, max=MOST_FRAMES, metavar="N", help="Block of feature maps; without it, the last."
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE", help="Weights that tracked it, where it was no bundled model."
        ),
    ] = None,
    device: DeviceOption = "auto",
    untrained: UntrainedOption = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", metavar="", help="Allow replacing what is there.")
    ] = False,
) -> None:
    """Draw tokens, stages, feature maps, gap or curves for a paper."""
    from app.cli.export import overwrite_named
    from app.export.base import Subject
    from app.export.figures.base import Wish
    from app.export.figures.writing import (
        check_figure,
        frames_named,
        kind_named,
        lost_of_figure,
        write_figure,
    )
    from sessions import find_target, load
    from tracker_core.drawn_figures import width_named

    wanted, inches = kind_named(kind), width_named(width)
    with overwrite_named():
        check_figure(out, session, overwrite=overwrite)
    loaded = load(session)
    subject = Subject(loaded, session, find_target(loaded, target))
    chosen = frames_named(frames, loaded.frame_count)
    with progress("Looking at frames") as advance:
        wish = Wish(subject, chosen, inches, block, model or "", device, advance, untrained)
        write_figure(wanted, wish, out)
    if lost := lost_of_figure(wish):
        say(f"{wanted.label} does not hold {'; '.join(lost)}.")
    wrote(out, f"{wanted.label} of {loaded.targets[subject.target_id].name}")
