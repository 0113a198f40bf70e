"""Take the pictures of the user guide again.

    python -m scripts.guide OUT

OUT is docs/images/guide; `make screenshots` calls it so. It needs no screen.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from app.cli.console import result
from app.cli.entry import run_typer
from safe_files import HeldFolder

guide = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@guide.command()
def take(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for the pictures.")],
) -> None:
    """Take the pictures of the user guide again, from the real window."""
    out = out.absolute()
    with HeldFolder(out), TemporaryDirectory() as home:
        # Nobody's preferences, no screen, and a place whose name may stand in a picture.
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        # Which engine is fastest differs from machine to machine, and its name is in the picture.
        os.environ["CKD_STUDIO_ENGINE"] = "eager"
        for name in ("QT_SCALE_FACTOR", "QT_FONT_DPI"):
            os.environ.pop(name, None)
        os.chdir(home)
        from app.state.settings import SettingsStore
        from app.window.application import create_application

        settings = SettingsStore(Path(home) / "settings.json")
        create_application(settings)
        from scripts.guide.scenes import take_pictures  # after torch and Qt

        for path in take_pictures(settings, out):
            result(str(path))
        # Windows does not remove a folder that one is in.
        os.chdir(out)


if __name__ == "__main__":
    sys.exit(run_typer(guide, sys.argv[1:], "scripts.guide"))
