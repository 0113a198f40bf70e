"""`ckd-studio convert`: any checkpoint we can read, as safetensors or as the release writes it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from app.cli.console import say, wrote

if TYPE_CHECKING:
    from torch import Tensor

    from tracker_core.checkpoints.opening import Checkpoint
    from tracker_core.ckd.config import ModelConfig

Released: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--released",
        metavar="",
        help="Write what the authors' code loads: networks of the paper's configuration, of a "
        "run's folder with its teachers.",
    ),
]
Onnx: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--onnx",
        metavar="",
        help="Write an ONNX graph with the weights, for other programs; under the name of the "
        "checkpoint and beside it, also for the engines onnx and openvino.",
    ),
]

_LOOP_SET = "loop_set"
"""The entry of a file's provenance that says which fields of the loop are not its training's."""


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
            metavar="OUT",
            help="The file to write: .safetensors, .pth.tar with --released, .onnx with --onnx.",
        ),
    ],
    half: Annotated[
        bool, typer.Option("--half", metavar="", help="Store float16: half the size.")
    ] = False,
    loop: Annotated[
        str | None,
        typer.Option(
            "--loop",
            metavar="FIELDS",
            help='Write another loop, such as "lost_search = [0.2, 0.6, 8.0]"; weights stay.',
        ),
    ] = None,
    released: Released = False,
    onnx: Onnx = False,
) -> None:
    """Turn a checkpoint into safetensors, a file of the release or ONNX; nothing is executed."""
    if released or onnx:
        _for_others(source, out, half=half, loop=loop, released=released, onnx=onnx)
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
        **_untrained(opened),
        **_with_loop(opened, loop),
    }
    save_checkpoint(opened.model, out, provenance, half=half)
    # What went through a pipe has no size any more.
    size = "" if is_stream(out) else f"{out.stat().st_size / 1e6:.1f} MB, "
    wrote(out, f"{size}from {source.name} ({opened.kind})")


def _untrained(opened: Checkpoint) -> dict[str, str]:
    """What the new file must not forget of one that was not trained to track, and say so."""
    from tracker_core.checkpoints.trained import UNTRAINED

    if not opened.untrained:
        return {}
    say(f"This network is not trained to track: {opened.untrained}. Train it before tracking.")
    return {UNTRAINED: opened.untrained}


def _with_loop(opened: Checkpoint, text: str | None) -> dict[str, str]:
    """Give the model another loop, and return what the new file says of it."""
    from tracker_core.engines.loop_fields import said_changes, with_loop

    if text is None:
        return {}
    before = opened.model.config
    # Of the network itself no field is changed, so that its weights still fit.
    opened.model.config = with_loop(before, text)
    said = said_changes(before, opened.model.config)
    if not said:
        say("The file's loop is that already.")
        return {}
    # The recipe in the file is that of its training, and says another loop.
    earlier = opened.provenance.get(_LOOP_SET)
    return {_LOOP_SET: f"{earlier}; then {said}" if earlier else said}


def _for_others(
    source: Path, out: Path, *, half: bool, loop: str | None, released: bool, onnx: bool
) -> None:
    if released and onnx:
        raise typer.BadParameter("--released and --onnx exclude each other.")
    other = "--onnx" if onnx else "--released"
    if half:
        raise typer.BadParameter(f"--half and {other} exclude each other: those are float32.")
    if loop is not None:
        raise typer.BadParameter(f"--loop and {other} exclude each other: those have no loop.")
    (_onnx if onnx else _released)(source, out)


def _released(source: Path, out: Path) -> None:
    from app import version
    from safe_files import check_targets, is_stream
    from tracker_core.checkpoints.opening import open_checkpoint
    from tracker_core.checkpoints.release_file import released_state, write_released

    if not out.name.endswith(".pth.tar") and not is_stream(out):
        raise typer.BadParameter(f"{out.name} must end in .pth.tar, as released files do.")
    converted = {"converted_by": f"CKD Studio {version()}", "converted_from": source.name}
    check_targets(out, inputs=(source,))
    if source.is_dir():
        state, config = _of_run(source)
        provenance = converted
    else:
        opened = open_checkpoint(source)
        state, config = opened.model.state_dict(), opened.model.config
        provenance = {**opened.provenance, **converted, **_untrained(opened)}
    net = released_state(state, config)
    write_released(out, net, provenance)
    have = "with" if any(name.startswith("teacher") for name in net) else "without"
    size = "" if is_stream(out) else f"{out.stat().st_size / 1e6:.1f} MB, "
    wrote(out, f"{size}from {source.name}, {have} teachers")


def _onnx(source: Path, out: Path) -> None:
    from safe_files import check_targets, is_stream, write_bytes
    from tracker_core.checkpoints.opening import open_model
    from tracker_core.engines.export import check_packages, complete_graph

    check_packages()
    check_targets(out, inputs=(source,))
    if out.suffix != ".onnx" and not is_stream(out):
        raise typer.BadParameter(f"{out.name} must end in .onnx.")
    # Also a bundled model by its name.
    opened = open_model(str(source))
    _untrained(opened)
    graph = complete_graph(opened.model, opened.weights_sha256)
    # In memory until it is whole: an export that fails leaves nothing.
    write_bytes(out, graph, parents=True)
    wrote(out, f"{len(graph) / 1e6:.1f} MB, from {source.name} ({opened.kind})")


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
