"""What the field's files look like inside: shapes to configuration, one backbone to two."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from tracker_core.checkpoints.released_names import branch_name, head_name
from tracker_core.ckd.config import ModelConfig
from tracker_core.errors import CKDError

# Three digits: Python refuses to read numbers of thousands, and no network has as many blocks.
_BLOCK_NUMBER = re.compile(r"blocks\.([0-9]{1,3})\.")
# No file says where tokens are eliminated: these are the paper's blocks for its own depth.
_RELEASED_ELIMINATION = {12: (3, 6, 9)}
_POSITIONS = {"template_position": "pos_embed_z", "search_position": "pos_embed_x"}


@dataclass(frozen=True, slots=True)
class Backbone:
    """One ViT's weights under our names within a branch, positions still at their own size."""

    weights: dict[str, Tensor]
    positions: dict[str, Tensor]
    """(1, N, C) for each of `template_position` and `search_position`."""

    def fitted(self, config: ModelConfig) -> dict[str, Tensor]:
        """Weights for both branches, position embeddings resized to the configuration's grids."""
        sides = {
            "template_position": config.template_grid,
            "search_position": config.search_grid,
        }
        own = dict(self.weights)
        own |= {name: resize_positions(self.positions[name], side) for name, side in sides.items()}
        # Shared branches are one module, whose weights are wanted under one name only.
        branches = ("rgb",) if config.share_branches else ("rgb", "tir")
        return {f"{branch}.{name}": value for branch in branches for name, value in own.items()}


def is_released(names: Iterable[str]) -> bool:
    """Whether names are those of the released CKD."""
    return any(name.startswith(("rgb_branch.", "tir_branch.")) for name in names)


def is_initialisation(names: Iterable[str]) -> bool:
    """Whether names are those of OSTrack, DropTrack or DropMAE."""
    return any(name.startswith(("backbone.blocks.", "blocks.")) for name in names)


def infer_config(
    state: Mapping[str, Tensor],
    overrides: Mapping[str, Any],
    prefix: str,
    *,
    has_head: bool = True,
) -> tuple[ModelConfig, tuple[str, ...]]:
    """Read a configuration off the shapes of a state dict; `overrides` win, notes say guesses."""
    projection = _need(state, f"{prefix}patch_embed.proj.weight", 4)
    width, patch = projection.shape[0], projection.shape[2]
    depth = 1 + max(
        # The largest number and not how many there are: a missing block is then named as lacking.
        (int(m[1]) for name in state if (m := _BLOCK_NUMBER.match(name.removeprefix(prefix)))),
        default=-1,
    )
    if depth < 1:
        raise CKDError(f"The state has no '{prefix}blocks.*', so no transformer blocks.")
    values: dict[str, Any] = {
        "embed_dim": width,
        "depth": depth,
        "patch_size": patch,
        "mlp_ratio": _need(state, f"{prefix}blocks.0.mlp.fc1.weight", 2).shape[0] / width,
    }
    if has_head:
        values["head_channels"] = _need(state, "box_head.conv1_ctr.0.weight", 4).shape[0]
    # Pretrained files have neither; the paper's sizes then stay, and positions are resized to them.
    for name, key in (("template_size", "pos_embed_z"), ("search_size", "pos_embed_x")):
        tokens = state.get(f"{prefix}{key}")
        if tokens is not None:
            values[name] = _side(tokens, f"{prefix}{key}") * patch
    notes: list[str] = []
    if "num_heads" not in overrides:
        values["num_heads"] = _usual_heads(width)
        # At a multiple of 64 the rule has held for every published network, so nothing is said.
        if width % 64:
            notes.append(
                f"The file does not say how many attention heads it has: {values['num_heads']} "
                "assumed; pass num_heads if it was trained with another number."
            )
    if "elimination_blocks" not in overrides:
        blocks = _RELEASED_ELIMINATION.get(depth, ())
        values |= {"elimination_blocks": blocks, "keep_ratios": (0.7,) * len(blocks)}
        if not blocks:
            notes.append(
                f"A network of {depth} blocks has no usual elimination blocks: none are used; "
                "pass elimination_blocks and keep_ratios to eliminate tokens."
            )
    return ModelConfig.from_mapping({**values, **overrides}), tuple(notes)


def adapt_initialisation(
    state: Mapping[str, Tensor],
) -> tuple[Backbone, dict[str, Tensor], str]:
    """Sort an OSTrack/DropMAE state into backbone and fused head; also its backbone prefix."""
    prefix = "backbone." if any(name.startswith("backbone.") for name in state) else ""
    inner = {
        name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)
    }
    weights: dict[str, Tensor] = {}
    for name, value in inner.items():
        ours = branch_name(name)
        # Positions are the one thing whose shape depends on the crops: they come on their own.
        if ours is not None and not ours.endswith("position"):
            weights[ours] = value
    positions = {ours: _positions(inner, key) for ours, key in _POSITIONS.items()}
    head: dict[str, Tensor] = {}
    for name, value in state.items():
        own = head_name(name.removeprefix("box_head.")) if name.startswith("box_head.") else None
        if own is not None:
            first = own.endswith("layers.0.conv.weight")
            # The fused head reads both modalities; each half starts as the head of one did.
            head[f"head.{own}"] = torch.cat([value, value], dim=1) if first else value
    return Backbone(weights, positions), head, prefix


def resize_positions(positions: Tensor, side: int) -> Tensor:
    """Resize (1, N, C) position embeddings of a square grid to (1, side * side, C), bicubically."""
    own = _side(positions, "position embeddings")
    if own == side:
        return positions
    # Without values there is nothing to resize, and torch would load its compiler to find that out.
    if positions.is_meta:
        return positions.new_empty((1, side * side, positions.shape[-1]))
    grid = positions.reshape(1, own, own, -1).permute(0, 3, 1, 2)  # (1, C, own, own)
    # They may be stored as halves, which older versions of torch cannot resize on the CPU.
    resized = F.interpolate(grid.float(), size=(side, side), mode="bicubic", align_corners=False)
    return resized.permute(0, 2, 3, 1).reshape(1, side * side, -1)  # (1, side * side, C)


def _positions(inner: Mapping[str, Tensor], key: str) -> Tensor:
    """Positions of one crop: its own, or the pretrained ones without class token; plus temporal."""
    positions = inner.get(key)
    if positions is None:
        positions = inner.get("pos_embed")
        if positions is None or positions.ndim != 3:
            raise CKDError(f"The state lacks both {key!r} and 'pos_embed'.")
        if math.isqrt(positions.shape[1]) ** 2 != positions.shape[1]:
            positions = positions[:, 1:]  # no square: the class token comes first
    temporal = inner.get(f"temporal_{key}")
    if temporal is None:
        return positions
    _side(positions, key)
    # One row each: two tensors that stretch each other would fill the memory.
    if (temporal.ndim, temporal.shape[:1]) != (3, (1,)) or temporal.shape[-1] != positions.shape[
        -1
    ]:
        raise CKDError(f"'temporal_{key}' has shape {tuple(temporal.shape)}, which does not fit.")
    # One for all tokens is added as it is.
    if temporal.shape[1] not in (1, positions.shape[1]):
        temporal = resize_positions(temporal, _side(positions, key))
    # Adding without values changes no shape either, and loads torch's compiler.
    return positions if positions.is_meta else positions + temporal


def _usual_heads(width: int) -> int:
    """Heads of 64 channels as in every published ViT; small networks mostly have four."""
    if width % 64 == 0:
        return width // 64
    return 4 if width % 4 == 0 else 1


def _need(state: Mapping[str, Tensor], name: str, dimensions: int) -> Tensor:
    value = state.get(name)
    if value is None:
        raise CKDError(f"The state lacks {name!r}, which tells its shape.")
    if value.ndim != dimensions or 0 in value.shape:
        raise CKDError(f"{name!r} has shape {tuple(value.shape)}, which no tracker has.")
    return value


def _side(tokens: Tensor, name: str) -> int:
    if tokens.ndim != 3 or tokens.shape[0] != 1:
        raise CKDError(f"{name!r} has shape {tuple(tokens.shape)} but must be (1, N, C).")
    side = math.isqrt(tokens.shape[1])
    if side * side != tokens.shape[1] or side == 0:
        raise CKDError(f"{name!r} holds {tokens.shape[1]} tokens, which is no square grid.")
    return side
