"""Reading what was typed on the command line."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from app.cli.console import say

if TYPE_CHECKING:
    from tracker_core.frames import Box
    from tracker_core.sequences import GroundTruth, Sequence

MOST_FRAMES = 10_000_000
"""Of one sequence: four days at 30 frames a second."""
MOST_WRITTEN = 100_000
"""Frames of a made-up clip, of which each is two files."""
MOST_JOBS = 128
"""Processes on one machine; each holds a network and takes its start from the disk."""
MOST_THREADS = 256
"""torch starts as many as it is told, and dies where the system refuses."""
LARGEST_SEED = (1 << 63) - 1
SMALLEST_SIDE, LARGEST_SIDE = 16, 8192
"""Pixels of a made-up frame's side."""

TrackerOption: TypeAlias = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help=(
            "ckd, nanotrack:DIR, nanotrack-tir:DIR, mil, correlation, still, trax:COMMAND or "
            "module:Class."
        ),
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

EngineOption: TypeAlias = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="What computes CKD: eager, eager-bf16, eager-fp16, onnx, onnx-int8, openvino, "
        "openvino-bf16, or auto for the fastest that keeps and removes the same tokens as eager.",
    ),
]

UntrainedOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--untrained",
        metavar="",
        help="Track with weights whose head was not trained, which are refused without it.",
    ),
]

TirOffsetOption: TypeAlias = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=-(10**12),
        max=10**12,
        help="Thermal frame number k + N belongs to RGB frame number k; milliseconds where names "
        "are time stamps. Without it, the names decide.",
    ),
]

AlignmentOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.json",
        help="How the cameras lie to each other: offset in frames and matrix. Without it, thermal "
        "frames fill the RGB frames.",
    ),
]

SwapOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--swap",
        metavar="",
        help="Of one video with both modalities, take the other half or stream for thermal.",
    ),
]


def parse_box(text: str) -> Box:
    """Read `x,y,w,h`, with blanks or semicolons too."""
    from safe_files import row_numbers

    try:
        x, y, w, h = row_numbers(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is not a box; write left, top, width, height like 120,80,32,64."
        ) from None
    if not all(math.isfinite(value) for value in (x, y, w, h)):
        raise typer.BadParameter(f"{text!r} is not a box; its numbers must be finite.")
    return x, y, w, h


def parse_range(text: str) -> tuple[int, int]:
    """Read `FIRST-LAST`, both frames included."""
    first, dash, last = text.strip().partition("-")
    # Digits alone: int takes signs, blanks and underlines too. As many as MOST_FRAMES has.
    if not (dash and all(part.isascii() and part.isdigit() for part in (first, last))) or (
        max(len(first), len(last)) > len(str(MOST_FRAMES))
    ):
        raise typer.BadParameter(
            f"{text!r} is not a range; write its first and its last frame like 40-123."
        )
    if not int(first) < int(last) <= MOST_FRAMES:
        raise typer.BadParameter(
            f"{text!r} is not a range; its last frame must come after the first one."
        )
    return int(first), int(last)


def files_of(sequence: Sequence) -> tuple[Path, ...]:
    """Every file that a sequence is read from, none of which may be written to."""
    truth = () if sequence.ground_truth is None else sequence.ground_truth.files
    return (*sequence.rgb_paths, *sequence.tir_paths, *truth)


def named_result(text: str) -> tuple[str | None, Path]:
    """The name and the path of `NAME=RESULT`; no name where only a path is given."""
    from tracker_core.errors import CKDError

    name, given, path = text.partition("=")
    # A path may have = in its own name.
    if not given or Path(text).exists():
        return None, Path(text)
    if not (name.strip() and path):
        # An empty path would be the folder that one is in.
        raise CKDError(f"{text!r} lacks a side; give NAME=RESULT, or the result alone.")
    return name, Path(path)


def check_beside(target: Path, *data: Path) -> None:
    """Refuse to replace a file of a folder that is read; CKDError.

    A .json is what these commands write themselves, and no data, but for the one that says how a
    run was made, which is read beside its results.
    """
    from tracker_core.errors import CKDError
    from tracker_core.evaluation.times import SETTINGS_FILE

    written = target.suffix.lower() == ".json" and target.name.lower() != SETTINGS_FILE
    if written or not target.is_file():
        return
    for folder in data:
        if target.resolve().is_relative_to(folder.resolve()):
            raise CKDError(
                f"{target} belongs to {folder}, which is read here; choose another name."
            )


def check_apart(target: Path, *folders: Path | None) -> None:
    """Refuse a file within folders that are filled, where one of them could get its name; CKDError.

    No folder gets a .json.
    """
    from tracker_core.errors import CKDError

    for folder in filter(None, folders):
        inside = target.resolve().is_relative_to(folder.resolve())
        if inside and target.suffix.lower() != ".json":
            raise CKDError(
                f"{target} lies in {folder}, which is filled with other files; give it another "
                "place, or a name that ends in .json."
            )


def truth_start(sequence: Sequence, frame_index: int | None) -> tuple[int, Box]:
    """The frame to start on and the ground truth's box there, saying that it is used.

    Without `frame_index` it is the first frame with a box, as `run` has it. CKDError where there is
    no box.
    """
    truth = sequence.ground_truth
    if truth is not None:
        index = truth.init_frame if frame_index is None else frame_index
        box = _truth_box(truth, index)
        if box is not None:
            shown = ",".join(f"{value:g}" for value in box)
            say(f"No --init-box given: starting from the ground truth's {shown} on frame {index}.")
            return index, box
    from tracker_core.errors import CKDError

    where = "" if frame_index is None else f" on frame {frame_index}"
    raise CKDError(
        f"{sequence.name} has no ground truth box{where}; "
        "say where the target is with --init-box x,y,w,h."
    )


def _truth_box(truth: GroundTruth, frame_index: int) -> Box | None:
    import numpy as np

    # `init.txt` differs from the rows in some sequences; whoever scores a result gives its box.
    if frame_index == truth.init_frame and truth.init is not None:
        return truth.init
    if not 0 <= frame_index < len(truth.rgb):
        return None
    row = truth.rgb[frame_index]
    # Where a target is absent, some benchmarks write zeros and others NaN.
    visible = bool(np.isfinite(row).all()) and row[2] > 0 and row[3] > 0
    return (float(row[0]), float(row[1]), float(row[2]), float(row[3])) if visible else None
