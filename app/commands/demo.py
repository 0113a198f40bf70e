"""`ckd-studio demo`: the bundled sequence, in the window or played by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.commands.console import result


def demo(
    headless: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT",
            help="Play it without a screen and leave screenshots, session and video in OUT.",
        ),
    ] = None,
) -> None:
    """Open the bundled street at dusk; nothing to download."""
    from app.demo import demo_sequence

    if headless is None:
        from app.commands.open_window import show

        show(demo_sequence())
        return
    from app.headless import play_demo

    for path in play_demo(headless):
        result(str(path))
