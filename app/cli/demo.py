"""`ckd-studio demo`: the bundled sequence, in the window or played by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import progress, result, say


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
    from app.state.demo_clip import demo_sequence

    if headless is None:
        from app.cli.open_window import show

        show(demo_sequence(), first_look=True)
        return
    for path in play(headless):
        result(str(path))


def play(out: Path) -> tuple[Path, ...]:
    """Play the demo where nobody sees it, with settings of its own."""
    import os
    from tempfile import TemporaryDirectory

    from safe_files import HeldFolder

    # A person's own settings would change the pictures, and the demo would change them.
    with HeldFolder(out), TemporaryDirectory() as folder, progress("Demo") as advance:
        # Qt reads it when the application is made; this platform needs neither screen nor system
        # libraries.
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        from app.state.settings import SettingsStore
        from app.window.application import create_application

        settings = SettingsStore(Path(folder) / "settings.json")
        create_application(settings)
        from app.demo.headless import (
            play_demo,  # after torch and Qt, in the order that Windows wants
        )

        return play_demo(settings, out, say, advance)
