"""`ckd-studio average`: the mean of several checkpoints of one training."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import wrote


def average(
    sources: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Two checkpoints or more of one network."),
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="OUT.safetensors", help="The file to write.")
    ],
    half: Annotated[
        bool, typer.Option("--half", metavar="", help="Store float16: half the size.")
    ] = False,
) -> None:
    """Average the weights of several checkpoints of one training, such as kept epochs."""
    from app import version
    from safe_files import check_targets, is_stream
    from tracker_core.checkpoints.averaging import average_checkpoints
    from tracker_core.checkpoints.opening import save_checkpoint

    check_targets(out, inputs=tuple(sources))
    if out.suffix != ".safetensors" and not is_stream(out):
        raise typer.BadParameter(f"{out.name} must end in .safetensors.")
    model, provenance = average_checkpoints(sources)
    save_checkpoint(model, out, {**provenance, "averaged_by": f"CKD Studio {version()}"}, half=half)
    wrote(out, f"the average of {len(sources)} checkpoints")
