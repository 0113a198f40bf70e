"""Checkpoints as people have them open as what they are, or are named as what they are not."""

from __future__ import annotations

import io
import itertools
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.unit.tracker_core.checkpoints.files import (
    SMALL,
    own,
    released,
    safetensors,
    small_model,
    torch_bytes,
    write,
)
from tracker_core.checkpoints.opening import Checkpoint, open_checkpoint, weights_digest
from tracker_core.ckd.model import CKD
from tracker_core.errors import CKDError


@pytest.fixture(scope="module")
def model() -> CKD:
    return small_model()


@pytest.fixture(scope="module")
def state(model: CKD) -> dict[str, Tensor]:
    return released(model.state_dict())


def opened(tmp_path: Path, content: object, **overrides: Any) -> Checkpoint:
    return open_checkpoint(write(tmp_path / "a.pth", torch_bytes(content)), **overrides)


def refusal(path: Path, **overrides: Any) -> str:
    with pytest.raises(CKDError) as error:
        open_checkpoint(path, **overrides)
    said = str(error.value)
    assert said.isprintable()
    assert said.endswith(".")
    assert path.name in said
    return said


def refused(tmp_path: Path, content: object) -> str:
    return refusal(write(tmp_path / "a.pth", torch_bytes(content)))


def same(checkpoint: Checkpoint, model: CKD) -> bool:
    return weights_digest(checkpoint.model) == weights_digest(model)


PREFIXES = ("module.", "_orig_mod.", "net.", "model.")


@pytest.mark.parametrize(
    "prefix",
    ["".join(chosen) for count in (1, 2, 3) for chosen in itertools.permutations(PREFIXES, count)],
)
def test_what_wrappers_put_in_front_is_left_out(
    tmp_path: Path, model: CKD, state: dict[str, Tensor], prefix: str
) -> None:
    wrapped = {prefix + name: value for name, value in state.items()}
    assert same(opened(tmp_path, {"net": wrapped}), model)
    path = write(tmp_path / "a.safetensors", safetensors(wrapped))
    assert same(open_checkpoint(path), model)


@pytest.mark.parametrize("prefix", [*PREFIXES, "module._orig_mod."])
def test_our_own_file_saved_again_by_a_wrapper_opens(
    tmp_path: Path, model: CKD, prefix: str
) -> None:
    texts = {
        "format": "ckd-studio-checkpoint",
        "format_version": "1",
        "config": model.config.to_json(),
        "provenance": "{}",
    }
    wrapped = {prefix + name: value for name, value in model.state_dict().items()}
    found = open_checkpoint(write(tmp_path / "a.safetensors", safetensors(wrapped, texts)))
    assert same(found, model)
    assert found.kind == "CKD Studio"
    # A name that comes twice is never chosen by chance.
    name = next(iter(model.state_dict()))
    twice = {**wrapped, name: wrapped[prefix + name] + 1}
    assert "twice" in refusal(write(tmp_path / "b.safetensors", safetensors(twice, texts)))


def test_a_part_may_be_wrapped_alone(tmp_path: Path, model: CKD, state: dict[str, Tensor]) -> None:
    inside = (("rgb_branch.", "rgb_branch.module."), ("box_head.", "box_head._orig_mod."))
    wrapped = dict(state)
    for plain, held in inside:
        wrapped = {name.replace(plain, held): value for name, value in wrapped.items()}
    assert same(opened(tmp_path, wrapped), model)


PLACES: dict[str, Callable[[Any], Any]] = {
    "top": lambda state: state,
    "net": lambda state: {"net": state},
    "model": lambda state: {"model": state, "optimizer": {"state": {0: {"a": torch.ones(3)}}}},
    "state_dict": lambda state: {"state_dict": state, "lr": torch.tensor(0.1), "epoch": 3},
    "model.state_dict": lambda state: {"model": {"state_dict": state}},
    "ordered": lambda state: OrderedDict(net=OrderedDict(state)),
    "default": lambda state: {"net": defaultdict(int, state)},
    "parameters": lambda state: {"net": {n: torch.nn.Parameter(v, requires_grad=False)
                                         for n, v in state.items()}},
    "an average beside": lambda state: {
        "net": state, "net_ema": {n: v + 1 for n, v in state.items()}},
    "an average within": lambda state: {
        "state_dict": {**{f"model.{n}": v for n, v in state.items()},
                       **{f"ema_model.{n}": v + 1 for n, v in state.items()}}},
    "an average alone": lambda state: {"ema": {"module": state}, "step": torch.tensor(5)},
    "torch's average": lambda state: {
        "n_averaged": torch.tensor(4), **{f"module.{n}": v for n, v in state.items()}},
    "the same twice": lambda state: {"net": state, "model": state},
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("new", [True, False])
def test_weights_are_found_where_people_keep_them(
    tmp_path: Path, model: CKD, state: dict[str, Tensor], place: str, new: bool
) -> None:
    whole = {n: v for n, v in state.items() if v.is_floating_point()}  # averages of counts are odd
    path = write(tmp_path / "a.pth", torch_bytes(PLACES[place](whole), new=new))
    checkpoint = open_checkpoint(path)
    assert same(checkpoint, model)
    assert checkpoint.kind == "released CKD"
    said = any("average" in note or "Weights are" in note for note in checkpoint.notes)
    assert said == place.startswith("an average")


@pytest.mark.parametrize(
    "content",
    [
        lambda state, other: {"net": state, "model": other},
        lambda state, other: {"ema": state, "online": other},
        lambda state, other: {"net": {f"{p}.{n}": v for p, s in (("model", state), ("net", other))
                                      for n, v in s.items()}},
    ],
)  # fmt: skip
def test_of_two_networks_none_is_guessed(
    tmp_path: Path, state: dict[str, Tensor], content: Callable[[Any, Any], Any]
) -> None:
    said = refused(tmp_path, content(state, released(small_model(1).state_dict())))
    assert "nothing says which is meant" in said
    assert "save the one that you want on its own" in said


def test_counts_of_batches_may_be_missing(
    tmp_path: Path, model: CKD, state: dict[str, Tensor]
) -> None:
    less = {n: v for n, v in state.items() if not n.endswith("num_batches_tracked")}
    assert len(less) < len(state)
    assert same(opened(tmp_path, {"net": less}), model)
    ours = {n: v for n, v in model.state_dict().items() if "num_batches" not in n}
    metadata = {"format": "ckd-studio-checkpoint", "format_version": "1",
                "config": SMALL.to_json()}  # fmt: skip
    path = write(tmp_path / "a.safetensors", safetensors(ours, metadata))
    assert same(open_checkpoint(path), model)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("form", ["zip", "stream", "safetensors"])
def test_weights_of_other_precisions_are_used_as_float32(
    tmp_path: Path, state: dict[str, Tensor], dtype: torch.dtype, form: str
) -> None:
    other = {n: v.to(dtype) if v.is_floating_point() else v for n, v in state.items()}
    data = safetensors(other) if form == "safetensors" else torch_bytes(other, new=form == "zip")
    loaded = open_checkpoint(write(tmp_path / "a.bin", data)).model
    assert loaded.rgb.norm.weight.dtype == torch.float32
    for name, value in released(loaded.state_dict()).items():
        assert torch.equal(value, other[name].to(value.dtype)), name


def test_a_safetensors_file_may_start_a_training(tmp_path: Path, state: dict[str, Tensor]) -> None:
    backbone = {n.replace("rgb_branch", "backbone"): v for n, v in state.items() if "rgb" in n}
    path = write(tmp_path / "vit.safetensors", safetensors(backbone, {"made_by": "timm"}))
    checkpoint = open_checkpoint(path)
    assert checkpoint.kind == "OSTrack/DropMAE initialisation"
    assert checkpoint.provenance == {"made_by": "timm"}


def test_comparing_before_reading_loads_no_compiler(
    tmp_path: Path, state: dict[str, Tensor]
) -> None:
    """Some functions on tensors without values do, which takes seconds and 100 MB."""
    backbone = {n.replace("rgb_branch", "backbone"): v for n, v in state.items() if "rgb" in n}
    backbone["backbone.pos_embed_x"] = torch.ones(1, 36, 8)
    backbone["backbone.temporal_pos_embed_x"] = torch.ones(1, 1, 8)
    paths = [
        write(tmp_path / "a.pth", torch_bytes({"net": state})),
        write(tmp_path / "b.pth", torch_bytes(backbone)),
    ]
    code = (
        "import sys; from tracker_core.checkpoints.opening import open_checkpoint, open_model\n"
        "open_model(); [open_checkpoint(path, search_size=64) for path in sys.argv[2:]]"
        " if sys.argv[1] == 'other' else [open_checkpoint(path) for path in sys.argv[2:]]\n"
        "print('sympy' in sys.modules)"
    )
    for which, path in (("own", paths[0]), ("other", paths[1])):
        done = subprocess.run(
            [sys.executable, "-c", code, which, str(path)],
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == "False\n"


def test_our_names_without_a_configuration_are_named_as_such(tmp_path: Path, model: CKD) -> None:
    said = refused(tmp_path, model.state_dict())
    assert "without their configuration" in said


def test_the_state_of_a_run_is_named_as_such(tmp_path: Path, model: CKD) -> None:
    said = refused(tmp_path, {"recipe": {}, "task": {}, "average": model.state_dict(), "step": 1})
    assert "the state of a training run" in said


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("form", ["zip", "stream", "safetensors", "own", "start"])
def test_weights_that_are_no_numbers_are_refused(tmp_path: Path, value: float, form: str) -> None:
    broken = small_model()
    with torch.no_grad():
        broken.rgb.norm.weight[3] = value
    state = released(broken.state_dict())
    if form == "start":
        state = {n.replace("rgb_branch", "backbone"): v for n, v in state.items() if "rgb" in n}
    data = {
        "own": lambda: own(broken),
        "safetensors": lambda: safetensors(state),
        "stream": lambda: torch_bytes(state, new=False),
    }.get(form, lambda: torch_bytes(state))()
    said = refusal(write(tmp_path / "a.bin", data))
    assert "'rgb.norm.weight' holds values that are not finite" in said


def test_what_overflows_float32_is_refused(tmp_path: Path, state: dict[str, Tensor]) -> None:
    huge = {n: v.double() * 1e300 if "norm.weight" in n else v for n, v in state.items()}
    assert "not finite" in refused(tmp_path, huge)


def test_whole_numbers_are_no_weights(tmp_path: Path, state: dict[str, Tensor]) -> None:
    whole = {n: v.to(torch.int8) if v.is_floating_point() else v for n, v in state.items()}
    assert "holds int8, but this configuration needs float32" in refused(tmp_path, whole)


def test_the_long_form_of_archives_is_read(
    tmp_path: Path, model: CKD, state: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files of more than 4 GB have it; here everything counts as large."""
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 10)
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    path = tmp_path / "a.pth"
    short = zipfile.ZipFile(io.BytesIO(torch_bytes({"net": state})))
    with zipfile.ZipFile(path, "w") as long:
        for info in short.infolist():
            long.writestr(info.filename, short.read(info))
    assert b"PK\x06\x06" in path.read_bytes()
    assert same(open_checkpoint(path), model)
    monkeypatch.setattr("tracker_core.checkpoints.archive._LARGEST_DIRECTORY", 1000)
    assert "MiB of names" in refusal(path)


def test_what_a_file_says_of_itself_can_be_shown(tmp_path: Path, model: CKD) -> None:
    text = json.dumps({"a\x1b[2J": "b\r\n\u202e" + "c" * 9999, "made": "here", "n": [1]})
    checkpoint = open_checkpoint(write(tmp_path / "a", own(model, provenance=text)))
    assert checkpoint.provenance["made"] == "here"
    assert checkpoint.provenance["n"] == "[1]"
    assert all(len(v) <= 4000 and (k + v).isprintable() for k, v in checkpoint.provenance.items())
    plain = open_checkpoint(write(tmp_path / "b", own(model, provenance="by hand\n")))
    assert plain.provenance == {"provenance": "by hand\\n"}


# --- files that are something else


def zipped(*names: str, squeeze: bool = False) -> bytes:
    buffer = io.BytesIO()
    kind = zipfile.ZIP_DEFLATED if squeeze else zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w", kind) as made:
        for name in names:
            made.writestr(name, b"x" * 100)
    return buffer.getvalue()


def tarred() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as made:
        made.addfile(tarfile.TarInfo("tensors"), io.BytesIO())
    return buffer.getvalue()


DRIVE = b"""<!DOCTYPE html><html><head><title>Google Drive - Virus scan warning</title></head>
<body>CKD_ep0025.pth.tar (2.1G) is too large for Google to scan for viruses.</body></html>"""
MISTAKEN: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "zeros": (bytes(5000), "begins with zeros only"),
    "drive": (DRIVE, "Google Drive"),
    "drive2": (b"\n\n <html><a href=https://drive.usercontent.google.com/x>", "Google Drive"),
    "html": (b"<!doctype HTML>\n<title>404</title>", "a web page"),
    "html2": (b"\xef\xbb\xbf<!-- x -->\r\n<HTML lang=en><p>", "a web page"),
    "html16": ("\ufeff<html><body>".encode("utf-16-le"), "a web page"),
    "xml": (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "in XML"),
    "json": (b'{"error": "Invalid credentials"}', "in JSON"),
    "json9": (b'{"aaaa":{"b": 1}}', "in JSON"),
    "text": (b"Not Found", "a text and not weights"),
    "lfs": (b"version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 9\n", "git lfs pull"),
    "annex": (b"/annex/objects/SHA256E-s9--ab.pth\n", "git annex get"),
    "gzip": (b"\x1f\x8b\x08" + b"\1" * 50, "gzip"),
    "tar": (tarred(), "a tar archive"),
    "7z": (b"7z\xbc\xaf\x27\x1c\0\4" + b"\1" * 50, "7-Zip"),
    "hdf5": (b"\x89HDF\r\n\x1a\n" + b"\1" * 50, "HDF5"),
    "png": (b"\x89PNG\r\n\x1a\n" + b"\1" * 50, "a picture"),
    "zip of a file": (zipped("model/CKD_ep0025.pth.tar", "README.md"), "unpack it and give that"),
    "zip of a folder": (zipped("CKD/readme.txt", "CKD/lib/a.py"), "holds no data.pkl"),
    "zip of nothing": (zipped(), "of 0 other files"),
    "packed again": (zipped("a/data.pkl", "a/data/0", squeeze=True), "packed it again"),
    "packed deeper": (zipped("x/a/data.pkl", "x/a/data/0"), "the unpacked folder"),
    "script": (zipped("m/data.pkl2", "m/constants.pkl", "m/code/__torch__.py"), "TorchScript"),
    "noise": (bytes(range(1, 256)) * 9, "not a file that torch.save wrote"),
    "pickle": (b"\x80\x04N.", "a pickle, but not one that torch.save wrote"),
}


@pytest.mark.parametrize("ending", [".pth", ".safetensors", ""])
@pytest.mark.parametrize("kind", MISTAKEN)
def test_what_is_no_checkpoint_is_named(tmp_path: Path, kind: str, ending: str) -> None:
    data, words = MISTAKEN[kind]
    if ending == ".safetensors" and kind == "noise":
        words = "not a whole safetensors file"
    assert words in refusal(write(tmp_path / f"a{ending}", data))


@pytest.mark.parametrize("new", [True, False])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.9, 0.999])
def test_a_download_that_stopped_is_named(
    tmp_path: Path, state: dict[str, Tensor], new: bool, share: float
) -> None:
    data = torch_bytes({"net": state}, new=new)
    said = refusal(write(tmp_path / "a.pth", data[: int(share * len(data))]))
    assert "stopped early" in said or "cut short" in said or "missing" in said


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_that_lead_nowhere_are_named(tmp_path: Path) -> None:
    link = tmp_path / "a.pth"
    link.symlink_to("../.git/annex/objects/ab/cd/SHA256E-s9--ab.pth")
    assert "git annex get" in refusal(link)
    link.unlink()
    link.symlink_to("gone")
    assert "a link to a file that is not there" in refusal(link)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes there")
def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.pth")
    assert "is not a file" in refusal(tmp_path / "a.pth")
