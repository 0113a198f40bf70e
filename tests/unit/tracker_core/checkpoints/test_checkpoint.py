"""Checkpoints load strictly, execute nothing, and say what is wrong."""

from __future__ import annotations

import io
import json
import os
import pickle
import struct
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.parity.reference import DATA, model_of, whole
from tracker_core.checkpoints.field_names import resize_positions
from tracker_core.checkpoints.opening import (
    load_checkpoint,
    load_model,
    open_checkpoint,
    open_model,
    save_checkpoint,
    weights_digest,
)
from tracker_core.ckd.config import ModelConfig, preset
from tracker_core.ckd.model import CKD
from tracker_core.errors import CKDError

SMALL = ModelConfig(
    embed_dim=48,
    depth=12,
    num_heads=4,
    head_channels=16,
    template_size=32,
    search_size=64,
    patch_size=16,
)
TOWERS = {"score": "ctr", "offset": "offset", "size": "size"}
BRANCH_NAMES = {
    "template_position": "pos_embed_z",
    "search_position": "pos_embed_x",
    "patch_embed.projection": "patch_embed.proj",
    "attention.qkv": "attn.qkv",
    "attention.projection": "attn.proj",
}


def released_names(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Our names the other way round, written independently of the code under test."""
    out: dict[str, torch.Tensor] = {}
    for name, value in state.items():
        top, rest = name.split(".", 1)
        if top == "head":
            tower, kind, *inner = rest.split(".")
            if kind == "output":
                out[f"box_head.conv5_{TOWERS[tower]}.{inner[0]}"] = value
            else:
                number, part, leaf = inner
                place = {"conv": 0, "norm": 1}[part]
                out[f"box_head.conv{int(number) + 1}_{TOWERS[tower]}.{place}.{leaf}"] = value
        else:
            for ours, theirs in BRANCH_NAMES.items():
                rest = rest.replace(ours, theirs)
            out[f"{top}_branch.{rest}"] = value
    return out


@pytest.fixture
def model() -> CKD:
    torch.manual_seed(0)
    return CKD(SMALL).eval()


@pytest.fixture
def released(model: CKD, tmp_path: Path) -> Path:
    path = tmp_path / "CKD_ep0025.pth.tar"
    net = OrderedDict(released_names(model.state_dict()))
    net["rgb_branch.cls_token"] = torch.zeros(1, 1, 48)
    net["teacher_rgb.norm.weight"] = torch.zeros(48)
    torch.save({"net": net, "epoch": 25, "net_type": "CKD"}, path)
    return path


def assert_same(first: CKD, second: CKD) -> None:
    assert weights_digest(first) == weights_digest(second)


def test_released_file_round_trip(model: CKD, released: Path) -> None:
    checkpoint = open_checkpoint(released)
    assert checkpoint.kind == "released CKD"
    assert checkpoint.provenance["epoch"] == "25"
    assert checkpoint.model.config == SMALL
    assert any("attention heads" in note for note in checkpoint.notes)
    assert_same(checkpoint.model, model)


def test_legacy_stream_format(model: CKD, tmp_path: Path) -> None:
    path = tmp_path / "old.pth"
    torch.save(
        {"net": released_names(model.state_dict())}, path, _use_new_zipfile_serialization=False
    )
    assert_same(load_checkpoint(path, num_heads=4), model)


def test_bare_state_dict_and_data_parallel_prefix(model: CKD, tmp_path: Path) -> None:
    path = tmp_path / "bare.pth"
    torch.save({f"module.{k}": v for k, v in released_names(model.state_dict()).items()}, path)
    assert_same(load_checkpoint(path), model)


@pytest.mark.parametrize("half", [False, True])
def test_own_file_round_trip(model: CKD, tmp_path: Path, half: bool) -> None:
    path = tmp_path / "own.safetensors"
    save_checkpoint(model, path, {"trained_on": "nothing"}, half=half)
    checkpoint = open_checkpoint(path)
    assert checkpoint.provenance == {"trained_on": "nothing"}
    assert checkpoint.model.config == SMALL
    for name, value in checkpoint.model.state_dict().items():
        torch.testing.assert_close(
            value, model.state_dict()[name], rtol=1e-3 if half else 0, atol=1e-3 if half else 0
        )
    assert bool(checkpoint.notes) == half
    assert [p.name for p in tmp_path.iterdir()] == ["own.safetensors"]


def test_shared_branches_round_trip(tmp_path: Path) -> None:
    model = CKD(
        ModelConfig(
            embed_dim=32,
            depth=1,
            num_heads=2,
            elimination_blocks=(),
            keep_ratios=(),
            head_channels=8,
            template_size=32,
            search_size=64,
            share_branches=True,
        )
    )
    save_checkpoint(model, tmp_path / "shared.safetensors", {})
    again = load_checkpoint(tmp_path / "shared.safetensors")
    assert again.tir is again.rgb
    assert_same(again, model)


def ostrack_state(*, head: bool, grid: int = 4) -> dict[str, torch.Tensor]:
    torch.manual_seed(1)
    single = released_names(CKD(SMALL).state_dict())
    state = {
        name.replace("rgb_branch.", "backbone."): value
        for name, value in single.items()
        if name.startswith("rgb_branch.")
    }
    state["backbone.pos_embed_x"] = torch.randn(1, grid * grid, 48)
    state["backbone.temporal_pos_embed_x"] = torch.randn(1, 1, 48)
    if head:
        state |= {
            name: value[:, :48] if name.endswith(".0.weight") and "conv1_" in name else value
            for name, value in single.items()
            if name.startswith("box_head.")
        }
    return state


def test_ostrack_initialises_both_branches(tmp_path: Path) -> None:
    path = tmp_path / "ostrack.pth"
    state = ostrack_state(head=True)
    torch.save({"net": state}, path)
    checkpoint = open_checkpoint(path, num_heads=4)
    model = checkpoint.model
    assert checkpoint.kind.startswith("OSTrack")
    for ours, theirs in zip(model.rgb.parameters(), model.tir.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    first = model.head.score.layers[0].conv.weight
    assert torch.equal(first[:, :48], first[:, 48:])
    assert torch.equal(first[:, :48], state["box_head.conv1_ctr.0.weight"])
    expected = state["backbone.pos_embed_x"] + state["backbone.temporal_pos_embed_x"]
    assert torch.equal(model.rgb.search_position, expected)


def test_pretrained_positions_are_resized_and_the_head_starts_fresh(tmp_path: Path) -> None:
    path = tmp_path / "mae.pth"
    state = {
        name.removeprefix("backbone."): value
        for name, value in ostrack_state(head=False).items()
        if "pos_embed" not in name
    }
    state["pos_embed"] = torch.randn(1, 1 + 196, 48)
    torch.save({"model": state}, path)
    checkpoint = open_checkpoint(path, num_heads=4, head_channels=16)
    assert checkpoint.model.config.search_size == 256
    assert any("untrained" in note for note in checkpoint.notes)
    assert torch.equal(
        checkpoint.model.rgb.search_position, resize_positions(state["pos_embed"][:, 1:], 16)
    )


def test_resizing_positions_to_their_own_grid_changes_nothing() -> None:
    positions = torch.randn(1, 64, 8)
    assert torch.equal(resize_positions(positions, 8), positions)


class Hostile:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.marker),)


@pytest.mark.parametrize("legacy", [False, True])
def test_nothing_in_the_file_runs(model: CKD, tmp_path: Path, legacy: bool) -> None:
    marker = tmp_path / "ran"
    path = tmp_path / "hostile.pth"
    torch.save(
        {
            "settings": Hostile(marker),
            "net": released_names(model.state_dict()),
            "stats": {"deep": [Hostile(marker)]},
        },
        path,
        _use_new_zipfile_serialization=not legacy,
    )
    assert_same(load_checkpoint(path), model)
    assert not marker.exists()
    torch.save({"net": Hostile(marker)}, path, _use_new_zipfile_serialization=not legacy)
    with pytest.raises(CKDError, match="no state dict"):
        load_checkpoint(path)
    assert not marker.exists()


def zip_with(pickled: bytes, path: Path, compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("archive/data.pkl", pickled)
        archive.writestr("archive/data/0", b"\0" * 16)
    return path


class Reference:
    """Pickles as a tensor whose size and storage are whatever a test says."""

    def __init__(self, size: tuple[int, ...], stride: tuple[int, ...], count: int) -> None:
        self.arguments = (size, stride, count)

    def __reduce__(self) -> tuple[Any, ...]:
        size, stride, count = self.arguments
        return torch._utils._rebuild_tensor_v2, (Storage(count), 0, size, stride, False, {})


class Storage:
    def __init__(self, count: int) -> None:
        self.count = count


class Writer(pickle.Pickler):
    def persistent_id(self, obj: object) -> object:
        if isinstance(obj, Storage):
            return "storage", torch.FloatStorage, "0", "cpu", obj.count
        return None


def pickled(content: object) -> bytes:
    buffer = io.BytesIO()
    Writer(buffer, 2).dump(content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("size", "stride", "count", "message"),
    [
        ((1 << 40,), (0,), 4, "beyond its values"),
        ((8,), (1,), 4, "beyond its values"),
        ((2,), (1,), 1 << 40, "cut short"),
        ((-1,), (1,), 4, "impossible shape"),
        ((1,) * 40, (1,) * 40, 4, "impossible shape"),
    ],
)
def test_impossible_tensors_are_refused(
    tmp_path: Path, size: tuple[int, ...], stride: tuple[int, ...], count: int, message: str
) -> None:
    content = {"net": {"rgb_branch.norm.weight": Reference(size, stride, count)}}
    path = zip_with(pickled(content), tmp_path / "impossible.pth")
    with pytest.raises(CKDError, match=message):
        load_checkpoint(path)


def test_memory_bombs_are_refused(tmp_path: Path) -> None:
    memo = b"\x80\x02Nr" + struct.pack("<I", 0xFFFFFFF0) + b"."
    with pytest.raises(CKDError, match="more parts than it has"):
        load_checkpoint(zip_with(memo, tmp_path / "memo.pth"))
    squeezed = zip_with(b"\0" * (1 << 20), tmp_path / "bomb.pth", zipfile.ZIP_DEFLATED)
    with pytest.raises(CKDError, match="compressed"):
        load_checkpoint(squeezed)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("kind", ["zip", "stream", "safetensors"])
def test_cut_files_are_refused(model: CKD, tmp_path: Path, kind: str, share: float) -> None:
    path = tmp_path / ("cut.safetensors" if kind == "safetensors" else "cut.pth")
    if kind == "safetensors":
        save_checkpoint(model, path, {})
    else:
        torch.save(
            {"net": released_names(model.state_dict())},
            path,
            _use_new_zipfile_serialization=kind == "zip",
        )
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(CKDError, match=r"cut\.") as error:
        load_checkpoint(path)
    assert "\n" not in str(error.value)


def test_refusals_name_the_key(model: CKD, tmp_path: Path) -> None:
    path = tmp_path / "odd.pth"
    state = released_names(model.state_dict())

    def refusal(changed: dict[str, torch.Tensor]) -> str:
        torch.save({"net": changed}, path)
        with pytest.raises(CKDError) as error:
            load_checkpoint(path)
        return str(error.value)

    lacking = dict(state)
    del lacking["tir_branch.blocks.3.mlp.fc2.bias"]
    assert "tir.blocks.3.mlp.fc2.bias" in refusal(lacking)
    assert "rgb_branch.extra" in refusal({**state, "rgb_branch.extra": torch.zeros(1)})
    odd = {**state, "box_head.conv5_ctr.bias": torch.zeros(7)}
    assert "head.score.output.bias" in refusal(odd)
    assert "no tracker" in refusal({"fc.weight": torch.zeros(3)})
    no_square = {**state, "rgb_branch.pos_embed_x": torch.zeros(1, 15, 48)}
    assert "no square grid" in refusal(no_square)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"num_heads": 5}, "num_heads"),
        ({"wings": 2}, "wings"),
        ({"embed_dim": 96}, "shape"),
        ({"elimination_blocks": (12,), "keep_ratios": (0.5,)}, "elimination_blocks"),
    ],
)
def test_overrides_are_checked(released: Path, overrides: dict[str, Any], message: str) -> None:
    with pytest.raises(CKDError, match=message):
        load_checkpoint(released, **overrides)


def test_overrides_take_effect(released: Path) -> None:
    config = load_checkpoint(
        released, elimination_blocks=(2,), keep_ratios=(0.5,), elimination_template="all"
    ).config
    assert config.elimination_blocks == (2,)
    assert config.elimination_template == "all"


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CKDError, match="There is no checkpoint"):
        load_checkpoint(tmp_path / "none.pth")
    with pytest.raises(CKDError, match="not a file"):
        load_checkpoint(tmp_path)
    text = tmp_path / "notes.pth"
    text.write_text("these are not weights")
    with pytest.raises(CKDError, match=r"notes\.pth"):
        load_checkpoint(text)
    torch.save([1, 2, 3], tmp_path / "list.pth")
    with pytest.raises(CKDError, match="no state dict"):
        load_checkpoint(tmp_path / "list.pth")


def test_foreign_and_newer_safetensors_are_refused(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    foreign = tmp_path / "foreign.safetensors"
    save_file({"a": torch.zeros(1)}, foreign)
    with pytest.raises(CKDError, match="no CKD configuration"):
        load_checkpoint(foreign)
    metadata = {
        "format": "ckd-studio-checkpoint",
        "format_version": "99",
        "config": SMALL.to_json(),
    }
    save_file({"a": torch.zeros(1)}, foreign, metadata)
    with pytest.raises(CKDError, match="update CKD Studio"):
        load_checkpoint(foreign)
    metadata |= {"format_version": "1", "config": json.dumps({"embed_dim": "many"})}
    save_file({"a": torch.zeros(1)}, foreign, metadata)
    with pytest.raises(CKDError, match="embed_dim"):
        load_checkpoint(foreign)


def test_unwritable_target_is_one_sentence(model: CKD, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(CKDError, match="cannot be written"):
        save_checkpoint(model, blocked / "out.safetensors", {})


def test_saved_files_may_be_read_by_whom_any_new_file_may(model: CKD, tmp_path: Path) -> None:
    plain, saved = tmp_path / "plain", tmp_path / "model.safetensors"
    plain.touch()
    save_checkpoint(model, saved, {})
    assert saved.stat().st_mode == plain.stat().st_mode


def test_models_by_name() -> None:
    with pytest.raises(CKDError, match="No weights are bundled for 'base'"):
        load_model("base")
    with pytest.raises(CKDError, match="There is no checkpoint"):
        load_model("huge")
    assert open_model("tiny").model.config == preset("tiny")


def test_released_example_loads(shared: Path) -> None:
    checkpoint = open_checkpoint(shared / "golden" / "official_style.pth.tar", num_heads=4)
    assert checkpoint.notes == ()
    reference = model_of(
        whole(shared, "forward_mce")
    )  # the same branches; the example's head is narrower
    for own, expected in (
        (checkpoint.model.rgb, reference.rgb),
        (checkpoint.model.tir, reference.tir),
    ):
        for name, value in own.state_dict().items():
            assert torch.equal(value, expected.state_dict()[name]), name


def test_base_has_every_released_name_and_shape() -> None:
    expected = json.loads((DATA / "ckd_base_state_shapes.json").read_text(encoding="utf-8"))
    with torch.device("meta"):
        own = released_names(CKD(preset("base")).state_dict())
    unused = {name for name in expected if name.endswith(("cls_token", ".pos_embed"))}
    assert {name: list(value.shape) for name, value in own.items()} == {
        name: shape for name, shape in expected.items() if name not in unused
    }
    assert len(expected) == 394
