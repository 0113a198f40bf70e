"""`ckd-studio synth`: write a synthetic RGB + thermal clip with ground truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import count, progress, result


def synth(
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="Folder to write, in the LasHeR layout.")
    ],
    frames: Annotated[int, typer.Option(min=1, metavar="N", help="How many frames.")] = 120,
    seed: Annotated[
        int, typer.Option(min=0, metavar="S", help="The same seed writes the same clip.")
    ] = 0,
    size: Annotated[str, typer.Option(metavar="WxH", help="Width x height in pixels.")] = "480x360",
    scene: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="`random`, `random-night` and so on; `street`, from the repository; or "
            "MODULE:CLASS.",
        ),
    ] = "random",
) -> None:
    """Write a synthetic RGB + thermal clip with ground truth."""
    # Before the import, so that a mistyped size is refused at once.
    width_height = parse_size(size)
    from tracker_core.synthetic import write_sequence

    with progress("Drawing", frames) as advance:
        folder = write_sequence(
            out, frames=frames, seed=seed, size=width_height, scene=scene, progress=advance
        )
    result(f"{folder}: {count(frames, 'frame')}, seed {seed}")


def parse_size(text: str) -> tuple[int, int]:
    """Read `480x360` as width and height in pixels."""
    width, _, height = text.lower().partition("x")
    # Python refuses to read numbers of thousands of digits.
    if not all(side.isascii() and side.isdecimal() and len(side) < 7 for side in (width, height)):
        raise typer.BadParameter(f"{text!r} is not a size; write it like 480x360.")
    return int(width), int(height)
