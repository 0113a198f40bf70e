"""Draw the bundled demo clip again, or another street.

    python -m scripts.street OUT [--frames N] [--seed S] [--size WxH]

Without options the clip is the one in resources/demo/street_dusk.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import count, progress, result
from app.cli.entry import run_typer
from app.cli.inputs import LARGEST_SEED, MOST_WRITTEN
from app.cli.synth import parse_size
from scripts.street.demo import FRAMES, SEED, SIZE, write_demo

street = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@street.command()
def draw(
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="New folder to write, in the LasHeR layout.")
    ],
    frames: Annotated[
        int, typer.Option(min=1, max=MOST_WRITTEN, metavar="N", help="How many frames.")
    ] = FRAMES,
    seed: Annotated[
        int,
        typer.Option(
            min=0, max=LARGEST_SEED, metavar="S", help="The same seed draws the same clip."
        ),
    ] = SEED,
    size: Annotated[
        str, typer.Option(metavar="WxH", help="Width x height in pixels.")
    ] = f"{SIZE[0]}x{SIZE[1]}",
) -> None:
    """Draw the bundled demo clip again, or another street."""
    with progress("Drawing", frames) as advance:
        folder = write_demo(out, frames, advance, seed=seed, size=parse_size(size))
    result(f"{folder}: {count(frames, 'frame')}, seed {seed}")


if __name__ == "__main__":
    sys.exit(run_typer(street, sys.argv[1:], "scripts.street"))
