"""Sound checkpoints of a small network, and files made by hand that pretend to be some."""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor

from tracker_core.ckd.config import ModelConfig
from tracker_core.ckd.model import CKD

SMALL = ModelConfig(
    embed_dim=8,
    depth=2,
    num_heads=4,
    elimination_blocks=(),
    keep_ratios=(),
    head_channels=8,
    template_size=16,
    search_size=32,
    patch_size=8,
)
"""What a file of these weights is taken for, without a word on heads and eliminations."""

_TOWERS = {"score": "ctr", "offset": "offset", "size": "size"}
_BRANCH = {
    "template_position": "pos_embed_z",
    "search_position": "pos_embed_x",
    "patch_embed.projection": "patch_embed.proj",
    "attention.qkv": "attn.qkv",
    "attention.projection": "attn.proj",
}


def small_model(seed: int = 0) -> CKD:
    torch.manual_seed(seed)
    return CKD(SMALL).eval()


def released(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Our names the other way round, written independently of the code under test."""
    out: dict[str, Tensor] = {}
    for name, value in state.items():
        top, rest = name.split(".", 1)
        if top == "head":
            tower, kind, *inner = rest.split(".")
            if kind == "output":
                new = f"conv5_{_TOWERS[tower]}.{inner[0]}"
            else:
                number, part, leaf = inner
                new = f"conv{int(number) + 1}_{_TOWERS[tower]}.{int(part == 'norm')}.{leaf}"
            out[f"box_head.{new}"] = value
            continue
        for ours, theirs in _BRANCH.items():
            rest = rest.replace(ours, theirs)
        out[f"{top}_branch.{rest}"] = value
    return out


def torch_bytes(content: object, *, new: bool = True) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer, _use_new_zipfile_serialization=new)
    return buffer.getvalue()


def archive(pickled: bytes, entries: dict[str, bytes] | None = None) -> bytes:
    """A torch file with this pickle; by itself it has one storage of four floats, `0`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("archive/data.pkl", pickled)
        for name, data in (entries or {"data/0": b"\0" * 16}).items():
            made.writestr(f"archive/{name}", data)
        made.writestr("archive/version", b"3\n")
    return buffer.getvalue()


class Storage:
    def __init__(self, count: int, key: str = "0", kind: Any = torch.FloatStorage) -> None:
        self.pid = ("storage", kind, key, "cpu", count)


class Rebuilt:
    """Pickles as a tensor of whatever a test says."""

    def __init__(self, *arguments: object) -> None:
        self.arguments = (*arguments, False, {})

    def __reduce__(self) -> tuple[Any, ...]:
        return torch._utils._rebuild_tensor_v2, self.arguments


class _Writer(pickle.Pickler):
    def persistent_id(self, obj: object) -> object:
        return obj.pid if isinstance(obj, Storage) else None


def pickled(content: object) -> bytes:
    buffer = io.BytesIO()
    _Writer(buffer, 2).dump(content)
    return buffer.getvalue()


def safetensors(
    tensors: dict[str, Tensor], metadata: dict[str, str] | None = None, **header: object
) -> bytes:
    """A safetensors file, its header then changed as a test says."""
    data = save({name: value.contiguous() for name, value in tensors.items()}, metadata)
    if not header:
        return data
    (length,) = struct.unpack("<Q", data[:8])
    changed = json.dumps(json.loads(data[8 : 8 + length]) | header).encode()
    return struct.pack("<Q", len(changed)) + changed + data[8 + length :]


def own(model: CKD, **metadata: str) -> bytes:
    """A file as CKD Studio writes it, parts of its metadata changed."""
    texts = {
        "format": "ckd-studio-checkpoint",
        "format_version": "1",
        "config": model.config.to_json(),
        "provenance": "{}",
    }
    return safetensors(model.state_dict(), texts | metadata)


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path
