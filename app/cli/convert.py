"""`ckd-studio convert`: any checkpoint we can read, as safetensors or as the release writes it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.console import say, wrote

if TYPE_CHECKING:
    from torch import Tensor

    from tracker_core.ckd.config import ModelConfig


def convert(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A released, OSTrack or DropMAE checkpoint; with --released ours, or the folder "
            "of a run.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Argument(
            metavar="OUT", help="The file to write: .safetensors, .pth.tar with --released."
        ),
    ],
    half: Annotated[
        bool, typer.Option("--half", metavar="", help="Store float16: half the size.")
    ] = False,
    released: Annotated[
        bool,
        typer.Option(
            "--released",
            metavar="",
            help="Write what the authors' code loads: networks of the paper's configuration, of a "
            "run's folder with its teachers.",
        ),
    ] = False,
) -> None:
    """Turn a checkpoint into safetensors, or into a file of the release; nothing is executed."""
    if released:
        _released(source, out, half=half)
        return
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


def _released(source: Path, out: Path, *, half: bool) -> None:
    from app import version
    from safe_files import check_targets
    from tracker_core.checkpoints.opening import open_checkpoint
    from tracker_core.checkpoints.release_file import released_state, write_released

    if half:
        raise typer.BadParameter("--half and --released exclude each other: released are float32.")
    if not out.name.endswith(".pth.tar"):
        raise typer.BadParameter(f"{out.name} must end in .pth.tar, as released files do.")
    converted = {"converted_by": f"CKD Studio {version()}", "converted_from": source.name}
    check_targets(out, inputs=(source,))
    if source.is_dir():
        state, config = _of_run(source)
        provenance = converted
    else:
        opened = open_checkpoint(source)
        state, config = opened.model.state_dict(), opened.model.config
        provenance = {**opened.provenance, **converted}
    net = released_state(state, config)
    write_released(out, net, provenance)
    have = "with" if any(name.startswith("teacher") for name in net) else "without"
    wrote(out, f"{out.stat().st_size / 1e6:.1f} MB, from {source.name}, {have} teachers")


def _of_run(folder: Path) -> tuple[dict[str, Tensor], ModelConfig]:
    """The averaged weights and the teachers of a run's last state, and its configuration."""
    from tracker_core.ckd.config import ModelConfig
    from tracker_core.training.run_files import LAST, read_state, whole_state

    path = folder / LAST
    with whole_state(path):
        state = read_state(path)
        found = dict(state["average"])
        found |= {
            name: value for name, value in state["task"].items() if name.startswith("teacher_")
        }
        return found, ModelConfig.from_mapping(state["recipe"]["model"])
