"""`ckd-studio convert`: any checkpoint we can read, as safetensors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import say, wrote


def convert(
    source: Annotated[
        Path, typer.Argument(metavar="FILE", help="A released, OSTrack or DropMAE checkpoint.")
    ],
    out: Annotated[Path, typer.Argument(metavar="OUT.safetensors", help="The file to write.")],
    half: Annotated[
        bool, typer.Option("--half", metavar="", help="Store float16: half the size.")
    ] = False,
) -> None:
    """Turn a checkpoint into safetensors; nothing in the file is ever executed."""
    from app import version
    from safe_files import check_targets, is_stream
    from tracker_core.checkpoints.opening import open_checkpoint, save_checkpoint

    # Before the source is opened, which takes a while for a large file.
    check_targets(out, inputs=(source,))
    if out.suffix != ".safetensors" and not is_stream(out):
        raise typer.BadParameter(f"{out.name} must end in .safetensors.")
    opened = open_checkpoint(source)
    for note in opened.notes:
        say(note)
    provenance = {
        **opened.provenance,
        # After what the source says of itself: who converts again is the converter.
        "converted_by": f"CKD Studio {version()}",
        "converted_from": source.name,
        "converted_from_kind": opened.kind,
        "converted_from_sha256": opened.weights_sha256,
    }
    save_checkpoint(opened.model, out, provenance, half=half)
    # What went through a pipe has no size any more.
    size = "" if is_stream(out) else f"{out.stat().st_size / 1e6:.1f} MB, "
    wrote(out, f"{size}from {source.name} ({opened.kind})")
