"""Reading what was typed on the command line."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from app.cli.console import say

if TYPE_CHECKING:
    from tracker_core.frames import Box
    from tracker_core.sequences import Sequence

TrackerOption: TypeAlias = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="ckd, nanotrack:DIR, nanotrack-tir:DIR, mil, correlation, still or module:Class.",
    ),
]
ModelOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|FILE", help="CKD's model, a bundled one by name or a file; tiny without it."
    ),
]
DeviceOption: TypeAlias = Annotated[
    str,
    typer.Option(metavar="D", help="CKD's device: cpu, cuda, mps; auto takes the best one."),
]


def parse_box(text: str) -> Box:
    """Read `x,y,w,h`; spaces are allowed."""
    parts = text.replace(",", " ").split()
    try:
        x, y, w, h = (float(part) for part in parts)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is not a box; write left, top, width, height like 120,80,32,64."
        ) from None
    if not all(math.isfinite(value) for value in (x, y, w, h)):
        raise typer.BadParameter(f"{text!r} is not a box; its numbers must be finite.")
    return x, y, w, h


def first_box(sequence: Sequence, frame_index: int) -> Box:
    """The ground truth's box on a frame, saying that it is used; CKDError where there is none."""
    import numpy as np

    from tracker_core.errors import CKDError

    truth = sequence.ground_truth
    if truth is not None:
        box = truth.init if frame_index == 0 else None
        if box is None and frame_index < len(truth.rgb):
            row = truth.rgb[frame_index]
            # Where a target is absent, some benchmarks write zeros and others NaN.
            visible = bool(np.isfinite(row).all()) and row[2] > 0 and row[3] > 0
            box = (float(row[0]), float(row[1]), float(row[2]), float(row[3])) if visible else None
        if box is not None:
            shown = ",".join(f"{value:g}" for value in box)
            say(f"No --init-box given: starting from the ground truth's {shown}.")
            return box
    raise CKDError(
        f"{sequence.name} has no ground truth box on frame {frame_index}; "
        "say where the target is with --init-box x,y,w,h."
    )
