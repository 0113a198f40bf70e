"""`ckd-studio info`: what a file is, or what this installation can do."""

from __future__ import annotations

import dataclasses
import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from app.cli.console import result, result_json
from app.cli.inputs import SwapOption, TirOffsetOption

Facts: TypeAlias = dict[str, Any]
"""Names and plain values, ready for JSON."""
_OF_LINES = ("recipe_content",)


def info(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="[FILE|NAME]",
            help="A checkpoint, a bundled model by name, a session, a sequence or results of run.",
        ),
    ] = None,
    tir_offset: TirOffsetOption = None,
    swap: SwapOption = False,
    as_json: Annotated[
        bool, typer.Option("--json", metavar="", help="Print JSON, for programs.")
    ] = False,
) -> None:
    """Say what a file is; without one, what this installation can do."""
    facts = about(what, tir_offset, swap)
    if as_json:
        result_json(facts)
        return
    for line in text_lines(facts):
        result(line)


def about(what: str | None, tir_offset: int | None = None, swap: bool = False) -> Facts:
    """Look at whatever it is; CKDError when it is nothing we know."""
    from sessions.names import is_session_name
    from tracker_core.checkpoints.opening import BUNDLED
    from tracker_core.sequences.folders import VIDEO_SUFFIXES

    if what is None:
        return about_installation()
    path = Path(what)
    # A bundled name comes before a file of that name, as it does for --model.
    if what in BUNDLED:
        return about_model(what)
    if is_session_name(path):
        return about_session(path)
    if (run := about_run(path)) is not None:
        return run
    if path.is_dir() or path.suffix.lower() in VIDEO_SUFFIXES:
        return about_sequence(path, tir_offset, swap)
    return about_model(what)


def about_installation() -> Facts:
    """Versions, device and bundled models."""
    import torch

    from app import version
    from tracker_core.checkpoints.opening import BUNDLED
    from tracker_core.ckd.tracker import best_device

    return {
        "program": "CKD Studio",
        "version": version(),
        "python": platform.python_version(),
        "system": platform.platform(),
        "torch": torch.__version__,
        "device": str(best_device()),
        "threads": torch.get_num_threads(),
        "models": list(BUNDLED),
    }


def about_model(name_or_path: str) -> Facts:
    """Configuration, size and origin of a checkpoint."""
    from tracker_core.checkpoints.opening import open_model
    from tracker_core.checkpoints.origin import doubts

    loaded = open_model(name_or_path)
    # Of others' files nobody expects it, and who tracks is not bothered with it.
    own = doubts(loaded.provenance) if loaded.kind == "CKD Studio" else ()
    return {
        "model": name_or_path,
        "kind": loaded.kind,
        "parameters": sum(weight.numel() for weight in loaded.model.parameters()),
        "weights_sha256": loaded.weights_sha256,
        "configuration": json.loads(loaded.model.config.to_json()),
        "provenance": dict(loaded.provenance),
        **({"untrained": loaded.untrained} if loaded.untrained else {}),
        "notes": [*loaded.notes, *own],
    }


def about_sequence(path: Path, tir_offset: int | None = None, swap: bool = False) -> Facts:
    """Layout, length and sizes of a sequence."""
    from contextlib import closing

    from tracker_core.sequences import open_sequence

    with closing(open_sequence(path, tir_offset=tir_offset, swap=swap)) as sequence:
        truth = sequence.ground_truth
        return {
            "sequence": sequence.name,
            "layout": sequence.layout.label,
            "frames": len(sequence),
            "rgb_size": list(sequence.rgb_size),
            "tir_size": list(sequence.tir_size),
            "tir_bit_depth": sequence.tir_bit_depth,
            "gaps": sorted(sequence.gaps),
            "ground_truth_rows": 0 if truth is None else len(truth.rgb),
            "notes": list(sequence.notes),
        }


def about_run(path: Path) -> Facts | None:
    """Settings and notes of a folder of results; None for another one."""
    from tracker_core.tracking.run_folder import SETTINGS_FILE, RunFolder

    if not (path / SETTINGS_FILE).is_file():
        return None
    found = RunFolder(path).about()
    return None if found is None else {"run": path.absolute().name, **found}


def about_session(path: Path) -> Facts:
    """Sequence, targets and origin of the boxes of a session."""
    from sessions import Source, damaged_frames, load

    session = load(path)
    damaged = damaged_frames(session)
    targets = []
    for target in session.targets.values():
        by_source = {
            source.name.lower(): int(((target.source == source) & ~target.absent()).sum())
            for source in Source
            if source is not Source.NONE
        }
        models = [dataclasses.asdict(model)["name"] for model in target.tracking.models]
        about = {"name": target.name, "boxes": by_source, "models": models}
        if target.id in damaged:
            # What a program or a person has to track again.
            about["damaged_frames"] = damaged[target.id].tolist()
        targets.append(about)
    return {
        "session": path.name,
        "sequence": session.sequence.name,
        "layout": session.sequence.layout,
        "frames": session.frame_count,
        "created": session.created.isoformat(),
        "modified": session.modified.isoformat(),
        "targets": targets,
    }


def text_lines(facts: Mapping[str, Any], indent: str = "") -> list[str]:
    """The facts as aligned lines, nested ones indented."""
    width = max((len(name) for name in facts), default=0)
    lines: list[str] = []
    for name, value in facts.items():
        label = name.replace("_", " ")
        if isinstance(value, Mapping) and value:
            lines += [f"{indent}{label}", *text_lines(value, indent + "  ")]
        # Of a name with line ends no second line is made.
        elif name in _OF_LINES and isinstance(value, str):
            lines += [f"{indent}{label}", *(f"{indent}  {line}" for line in value.splitlines())]
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            lines.append(f"{indent}{label}")
            lines += [line for each in value for line in text_lines(each, indent + "  ")]
        else:
            lines.append(f"{indent}{label:<{width}}  {_shown(value)}")
    return lines


def _shown(value: Any) -> str:  # noqa: ANN401 - JSON holds anything
    if isinstance(value, list | tuple | Mapping):
        items = [str(item) for item in value]
        # Gaps may be thousands, and --json has them all.
        if len(items) > 20:
            return f"{', '.join(items[:20])} and {len(items) - 20} more"
        return ", ".join(items) or "none"
    # To Python True is an int, and would be shown as 1.
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}".replace(",", " ")
    return str(value)
