"""Writing a network of the paper's configuration as the release does, for who has its code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import torch
from torch import Tensor

from safe_files import FileError, reason, replacing
from tracker_core.checkpoints.released_names import released_branch_name, released_head_name
from tracker_core.ckd.config import ModelConfig, preset
from tracker_core.errors import CKDError

_NOT_WEIGHTS = {
    "elimination_blocks",
    "keep_ratios",
    "elimination_template",
    "template_factor",
    "search_factor",
    "size_rate",
    "hold_below",
}
"""Fields that the release's code has in its own configuration and no weight depends on."""
_PRETRAINED_TOKENS = 197
"""A class token and 14x14 positions: what the release carries on from its pretrained ViT."""
_TEACHERS = {
    "teacher_rgb.": ("teacher_rgb", "box_head_v"),
    "teacher_tir.": ("teacher_tir", "box_head_i"),
}


def released_state(
    state: Mapping[str, Tensor], config: ModelConfig, paper: ModelConfig | None = None
) -> dict[str, Tensor]:
    """Weights under our names, a run's teachers among them or not, under the released names.

    CKDError for a configuration that is not the paper's (`paper` is another one, for tests).
    """
    wanted = preset("base") if paper is None else paper
    for field in fields(config):
        own, theirs = getattr(config, field.name), getattr(wanted, field.name)
        if field.name not in _NOT_WEIGHTS and own != theirs:
            raise CKDError(
                f"Only the paper's configuration has a released form, and here {field.name} is "
                f"{own} instead of {theirs}; keep the file as safetensors."
            )
    found: dict[str, Tensor] = {}
    for name, value in state.items():
        found[_released_name(name)] = value
    for branch in ("rgb_branch", "tir_branch"):
        # No forward pass reads them, and the release's strict loading wants them.
        width = config.embed_dim
        found[f"{branch}.cls_token"] = torch.zeros(1, 1, width)
        found[f"{branch}.pos_embed"] = torch.zeros(1, _PRETRAINED_TOKENS, width)
    return found


def _released_name(name: str) -> str:
    for prefix, (branch, head) in _TEACHERS.items():
        if name.startswith(prefix):
            part, _, rest = name.removeprefix(prefix).partition(".")
            if part == "branch":
                return f"{branch}.{released_branch_name(rest)}"
            return f"{head}.{released_head_name(rest)}"
    part, _, rest = name.partition(".")
    if part == "head":
        return f"box_head.{released_head_name(rest)}"
    return f"{part}_branch.{released_branch_name(rest)}"


def write_released(path: Path, net: Mapping[str, Tensor], provenance: Mapping[str, str]) -> None:
    """Write released names as a file of torch; CKDError when it cannot be written."""
    # Neither views nor gaps nor a device that the reader may lack.
    plain = {name: value.detach().cpu().contiguous() for name, value in net.items()}
    content = {"net": plain, "net_type": "CKD", "provenance": dict(provenance)}
    try:
        with replacing(path, parents=True) as beside, beside.open("wb") as file:
            torch.save(content, file)
    except (OSError, FileError, RuntimeError) as error:  # RuntimeError: torch on a full disk
        why = error.reason if isinstance(error, FileError) else error
        why = reason(error) if isinstance(error, OSError) else str(why).split("\n")[0]
        raise CKDError(
            f"{path} cannot be written ({why}); check the folder and free space."
        ) from error
