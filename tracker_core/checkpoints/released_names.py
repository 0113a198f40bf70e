"""The released code's parameter names, and ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

import torch
from torch import Tensor

from tracker_core.checkpoints.stored import quoted
from tracker_core.ckd.model.ckd import CKD
from tracker_core.errors import CKDError

_BRANCH = {"rgb_branch": "rgb", "tir_branch": "tir"}
_TOWER = {"ctr": "score", "offset": "offset", "size": "size"}
_EMBED = {
    "pos_embed_z": "template_position",
    "pos_embed_x": "search_position",
    "patch_embed.proj.weight": "patch_embed.projection.weight",
    "patch_embed.proj.bias": "patch_embed.projection.bias",
    "norm.weight": "norm.weight",
    "norm.bias": "norm.bias",
}
_UNUSED = {"cls_token", "pos_embed"}
"""Entries of the release that no forward pass reads."""
_TRAINING_ONLY = ("teacher", "box_head_")
"""The online teachers and their own heads."""
_BLOCK = re.compile(
    r"(blocks\.[0-9]{1,3})\.(norm1|norm2|attn\.qkv|attn\.proj|mlp\.fc1|mlp\.fc2)\.(weight|bias)"
)
_HEAD_LAYER = re.compile(r"conv([1-5])_(ctr|offset|size)(?:\.([01]))?\.(\w+)")
_BATCH_COUNT = ".num_batches_tracked"
_RENAMED_LAYER = {"attn.qkv": "attention.qkv", "attn.proj": "attention.projection"}

_EMBED_BACK = {ours: theirs for theirs, ours in _EMBED.items()}
_TOWER_BACK = {ours: theirs for theirs, ours in _TOWER.items()}

Named = TypeVar("Named")


def branch_name(name: str) -> str | None:
    """Our name within a branch of a released branch parameter; None when there is no such one."""
    if name in _EMBED:
        return _EMBED[name]
    match = _BLOCK.fullmatch(name)
    if match is None:
        return None
    block, layer, kind = match.groups()
    return f"{block}.{_RENAMED_LAYER.get(layer, layer)}.{kind}"


def head_name(name: str) -> str | None:
    """Our name within a head of a released head parameter; None when there is no such one."""
    match = _HEAD_LAYER.fullmatch(name)
    if match is None:
        return None
    number, tower, part, kind = match.groups()
    prefix = _TOWER[tower]
    if number == "5":
        # The last convolution stands alone, without a norm and so without a part.
        return f"{prefix}.output.{kind}" if part is None else None
    if part is None:
        return None
    # By position within a Sequential; what comes third is the ReLU, without weights.
    layer = "conv" if part == "0" else "norm"
    return f"{prefix}.layers.{int(number) - 1}.{layer}.{kind}"


def released_branch_name(name: str) -> str:
    """The released name of a weight within a patch branch of ours."""
    if name in _EMBED_BACK:
        return _EMBED_BACK[name]
    return name.replace("attention.qkv", "attn.qkv").replace("attention.projection", "attn.proj")


def released_head_name(name: str) -> str:
    """The released name of a weight within a center head of ours."""
    tower, part, rest = name.split(".", 2)
    if part == "output":
        return f"conv5_{_TOWER_BACK[tower]}.{rest}"
    number, layer, kind = rest.split(".")
    place = 0 if layer == "conv" else 1
    return f"conv{int(number) + 1}_{_TOWER_BACK[tower]}.{place}.{kind}"


def our_name(name: str) -> str | None:
    """Our name of a released parameter; None when CKD does not have it, "" when it is unused."""
    top, _, rest = name.partition(".")
    if top.startswith(_TRAINING_ONLY):
        return ""
    if top in _BRANCH:
        if rest in _UNUSED:
            return ""
        inner = branch_name(rest)
        return inner and f"{_BRANCH[top]}.{inner}"
    if top == "box_head":
        inner = head_name(rest)
        return inner and f"head.{inner}"
    return None


def own_names(state: Mapping[str, Named]) -> dict[str, Named]:
    """A state under released names under ours; CKDError names what CKD does not have.

    Entries that only training used (teachers, class token) are passed over.
    """
    ours: dict[str, Named] = {}
    for name, tensor in state.items():
        renamed = our_name(name)
        if renamed is None:
            raise CKDError(f"The state holds {quoted(name)}, which CKD does not have.")
        if renamed:
            ours[renamed] = tensor
    return ours


def load_reference_state(model: CKD, state: Mapping[str, Tensor]) -> None:
    """Copy weights under the released names into the model, strictly.

    Entries that only training used (teachers, class token) are passed over; an unknown name, a
    missing one, a shape that does not fit or a value that is not finite is a CKDError naming it.
    """
    load_own_state(model, own_names(state))


def load_own_state(model: CKD, state: Mapping[str, Tensor]) -> None:
    """Copy weights under our names into the model, strictly."""
    check_own_state(model, state)
    for name, value in state.items():
        # One at a time: halves become float32 here, and all together would take twice the memory.
        if value.is_floating_point() and not torch.isfinite(value.float()).all():
            raise CKDError(
                f"{quoted(name)} holds values that are not finite numbers: the training that "
                "wrote them has failed; use an earlier checkpoint."
            )
    # Shared branches list every tensor under both names, and the file has one; what counts batches
    # is not in every file, and only training reads it.
    model.load_state_dict(dict(state), strict=False)


def check_own_state(model: CKD, state: Mapping[str, Tensor]) -> None:
    """Compare names, shapes and kinds with the model's; both may be without values."""
    # By hand, because torch's own message lists every name at once, over many lines.
    expected = model.state_dict()
    shared = model.config.share_branches
    for name, own in expected.items():
        if shared and name.startswith("tir."):
            continue
        value = state.get(name)
        if value is None:
            # Files from before torch counted batches, and some that were stripped, have no counts.
            if name.endswith(_BATCH_COUNT):
                continue
            raise CKDError(f"The state lacks {name!r}, which this configuration needs.")
        if value.shape != own.shape:
            raise CKDError(
                f"{name!r} has shape {tuple(value.shape)} but this configuration needs "
                f"{tuple(own.shape)}."
            )
        if value.is_floating_point() != own.is_floating_point():
            raise CKDError(
                f"{name!r} holds {_kind(value)}, but this configuration needs {_kind(own)}; give "
                "weights in float32, float16 or bfloat16."
            )
    unknown = sorted(set(state) - set(expected))  # sorted: the same name each time
    if unknown:
        raise CKDError(
            f"The state holds {quoted(unknown[0])}, which this configuration does not have."
        )


def _kind(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")
