"""Damaged checkpoints are refused in one sentence, whatever byte is wrong."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracker_core.checkpoints.opening import load_checkpoint, save_checkpoint
from tracker_core.checkpoints.torch_file import TorchFile
from tracker_core.ckd.config import ModelConfig
from tracker_core.ckd.model import CKD
from tracker_core.errors import CKDError

SMALL = ModelConfig(
    embed_dim=8,
    depth=1,
    num_heads=1,
    elimination_blocks=(),
    keep_ratios=(),
    head_channels=8,
    template_size=8,
    search_size=16,
    patch_size=4,
)


@functools.cache
def torch_bytes(new_format: bool) -> bytes:
    buffer = io.BytesIO()
    content = {"net": {"rgb_branch.norm.weight": torch.arange(8.0)}, "epoch": 3}
    torch.save(content, buffer, _use_new_zipfile_serialization=new_format)
    return buffer.getvalue()


def damage(data: bytes, edits: list[tuple[int, int]], length: float) -> bytes:
    changed = bytearray(data[: int(len(data) * length)])
    for place, value in edits:
        if changed:
            changed[place % len(changed)] = value
    return bytes(changed)


edits = st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), max_size=6)
lengths = st.sampled_from([1.0, 1.0, 1.0, 0.95, 0.5])


def refused_or_read(read: Callable[[Path], object], path: Path) -> None:
    try:
        read(path)
    except CKDError as error:
        message = str(error)
    else:
        return
    assert path.name in message
    assert "\n" not in message


@pytest.mark.parametrize("new_format", [True, False])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(edits=edits, length=lengths)
def test_damaged_torch_files(
    tmp_path: Path, new_format: bool, edits: list[tuple[int, int]], length: float
) -> None:
    path = tmp_path / "damaged.pth"
    path.write_bytes(damage(torch_bytes(new_format), edits, length))
    refused_or_read(TorchFile.open, path)
    refused_or_read(load_checkpoint, path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(edits=edits, length=lengths)
def test_damaged_safetensors(tmp_path: Path, edits: list[tuple[int, int]], length: float) -> None:
    whole = tmp_path / "whole.safetensors"
    if not whole.exists():
        save_checkpoint(CKD(SMALL), whole, {"made": "here"})
    path = tmp_path / "damaged.safetensors"
    path.write_bytes(damage(whole.read_bytes(), edits, length))
    refused_or_read(load_checkpoint, path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(data=st.binary(max_size=400))
def test_anything_else(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "anything.pth"
    path.write_bytes(data)
    refused_or_read(load_checkpoint, path)
