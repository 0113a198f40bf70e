"""`ckd-studio trax`: serve a tracker to the VOT toolkit."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from app.cli.console import say_if
from app.cli.inputs import (
    DeviceOption,
    EngineOption,
    ModelOption,
    TrackerOption,
    UntrainedOption,
)
from app.cli.measuring import measure_first


def trax(
    tracker: TrackerOption = "ckd",
    model: ModelOption = None,
    device: DeviceOption = "auto",
    engine: EngineOption = "eager",
    untrained: UntrainedOption = False,
    channels: Annotated[
        str | None,
        typer.Option(
            metavar="color,ir",
            help="What to ask the toolkit for; without it, the cameras that the tracker looks at.",
        ),
    ] = None,
) -> None:
    """Serve a tracker to the VOT toolkit, which starts this command and talks to it over TraX."""
    from tracker_core.errors import CKDError
    from tracker_core.trackers.trax.server import check_library, parse_channels, serve

    asked = () if channels is None else parse_channels(channels)

    # Before the weights, which take longer to load.
    check_library()
    # None: whoever started it has closed it.
    if sys.stdin is None or sys.stdin.isatty():
        raise CKDError(
            "The command trax is started by the VOT toolkit, which talks to it; name it in the "
            "toolkit's trackers.ini and run `vot test`."
        )
    from tracker_core.trackers import open_tracker

    measure_first(tracker, model, device, engine)
    source, opened = open_tracker(
        tracker, model=model, device=device, engine=engine, untrained=untrained
    )
    info = source.info
    say_if(info.note)
    serve(opened, f"{info.tracker} {info.name}", asked)
