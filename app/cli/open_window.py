"""`ckd-studio [PATH]`: open the window."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from app.cli.inputs import AlignmentOption, SwapOption, TirOffsetOption
from app.cli.stopping import end_on_kill
from app.window.screen import check_screen

PathArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="PATH",
        help="A sequence folder, a folder of sequences, an RGB video, or a session (.h5).",
    ),
]
ThermalArgument = Annotated[
    Path | None,
    typer.Argument(metavar="THERMAL", help="The thermal video or folder that goes with PATH."),
]


def open_window(
    context: typer.Context,
    path: PathArgument = None,
    thermal: ThermalArgument = None,
    tir_offset: TirOffsetOption = None,
    swap: SwapOption = False,
    alignment: AlignmentOption = None,
) -> None:
    """Open the window; the word `open` may be left out."""
    for given in (path, thermal, alignment):
        if given is not None:
            check_exists(given, _commands(context))
    show(path, thermal, tir_offset, swap, alignment)


def show(
    path: Path | None,
    thermal: Path | None = None,
    tir_offset: int | None = None,
    swap: bool = False,
    alignment: Path | None = None,
    *,
    first_look: bool = False,
) -> None:
    """Run the window until it is closed; raises CKDError where there is no screen for it."""
    check_screen()
    from app.window.application import run

    # While Qt waits for events no Python runs that could be interrupted.
    end_on_kill()

    raise typer.Exit(run(path, thermal, tir_offset, swap, alignment, first_look=first_look))


def _commands(context: typer.Context) -> list[str]:
    # Asked of the running command line: importing its table here would close a circle.
    group = context.find_root().command
    return list(getattr(group, "commands", ()))


def check_exists(path: Path, words: Iterable[str]) -> None:
    """Refuse a path that is not there, and a mistyped command along with it."""
    from tracker_core.errors import CKDError

    if path.exists():
        return
    meant = difflib.get_close_matches(str(path), words, n=1)
    hint = f"did you mean the command `{meant[0]}`?" if meant else "check the path."
    raise CKDError(f"There is no file or folder {path}; {hint}")
