"""Sound checkpoints of a network that is too small to track: every form that people have."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.mutations.sequences import NAME, STILLS
from benchmarks.mutations.sound import Sound

SMALL = {
    "embed_dim": 8, "depth": 2, "num_heads": 4, "elimination_blocks": (), "keep_ratios": (),
    "head_channels": 8,
    "template_size": 16, "search_size": 32, "patch_size": 8,
}  # fmt: skip
_TOWERS = {"score": "ctr", "offset": "offset", "size": "size"}
_BRANCH = {
    "template_position": "pos_embed_z",
    "search_position": "pos_embed_x",
    "patch_embed.projection": "patch_embed.proj",
    "attention.qkv": "attn.qkv",
    "attention.projection": "attn.proj",
}


def _model() -> Any:  # noqa: ANN401 - a network, which is heavy to import
    import torch

    from tracker_core.ckd.config import ModelConfig
    from tracker_core.ckd.model import CKD

    torch.manual_seed(5)
    return CKD(ModelConfig(**SMALL)).eval()  # type: ignore[arg-type]


def released(state: dict[str, Any]) -> dict[str, Any]:
    """Our names as the release has them."""
    out: dict[str, Any] = {}
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


def _own(path: Path) -> None:
    from tracker_core.checkpoints.opening import save_checkpoint

    save_checkpoint(_model(), path, {"made": "for trials"})


def _released_safetensors(path: Path) -> None:
    from safetensors.torch import save

    path.write_bytes(
        save({name: value.clone() for name, value in released(_model().state_dict()).items()})
    )


def _torch(path: Path, *, new: bool, key: str, prefix: str = "") -> None:
    import torch

    state = {f"{prefix}{name}": value for name, value in released(_model().state_dict()).items()}
    body = io.BytesIO()
    torch.save({key: state, "epoch": 3} if key else state, body, _use_new_zipfile_serialization=new)
    path.write_bytes(body.getvalue())


def _initialisation(path: Path) -> None:
    """One backbone, as OSTrack and DropMAE give theirs."""
    import torch

    state = {
        name.removeprefix("rgb_branch."): value
        for name, value in released(_model().state_dict()).items()
        if name.startswith("rgb_branch.")
    }
    torch.save({"net": {f"backbone.{name}": value for name, value in state.items()}}, path)


FORMS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "own": ("own.safetensors", _own),
    "released in safetensors": ("released.safetensors", _released_safetensors),
    "torch archive": ("net.pth", partial(_torch, new=True, key="net")),
    "torch archive, wrapped": ("net.ckpt", partial(_torch, new=True, key="state_dict",
    prefix="module.")),
    "torch before 1.6": ("old.pth.tar", partial(_torch, new=False, key="net")),
    "torch, bare": ("bare.pt", partial(_torch, new=True, key="")),
    "initialisation": ("mae.pth", _initialisation),
}  # fmt: skip
"""Name, file and how it is written."""


def _write(name: str, root: Path) -> None:
    file, write = FORMS[name]
    (root / "weights").mkdir()
    write(root / "weights" / file)


RECIPE: dict[str, Any] = {
    "folder": "run",
    "model": {
        "preset": "tiny", "embed_dim": 16, "depth": 2, "num_heads": 2, "elimination_blocks": [1],
        "keep_ratios": [0.7],
        "head_channels": 8, "stem_channels": [4, 4, 8], "matching_channels": 4,
        "template_size": 32, "search_size": 64,
    },
    "data": {
        "sequences": ["data"], "held_out": ["drive"], "seed": 1,
        "sequence_pairs": {"largest_gap": 5, "flip": 0.1},
    },
    "train": {
        "steps": 1, "batch_size": 2, "learning_rate": 1e-3, "warmup_steps": 1, "workers": 0,
        "checkpoint_steps": 1,
        "validate_steps": 1, "validation_pairs": 2, "validation_clips": 0, "validation_frames": 3,
        "device": "cpu", "seed": 3,
        "elimination_from": 0.5,
    },
    "loss": {"ranking": 0.3},
}  # fmt: skip
"""Two pairs and a step: what reads a recipe is tried, and not what learns."""


def _recipe(root: Path) -> None:
    from benchmarks.mutations.textwise import as_toml

    STILLS["lasher jpg"].write(root / "data")
    STILLS["lasher jpg"].write(root / "other")
    (root / "other" / NAME).rename(root / "data" / "drive")
    (root / "other").rmdir()
    (root / "recipe.toml").write_text(as_toml(RECIPE), encoding="utf-8")


def _results(benchmark: str, root: Path) -> None:
    """Ground truth of three sequences and results of two trackers over them."""
    forms = {"lasher": "lasher jpg", "vtuav": "vtuav"}
    stills = STILLS[forms.get(benchmark, benchmark)]
    names = (NAME, "drive", "ride")
    for name in names:
        stills.write(root / "made")
        folder = root / "truth" / name
        folder.parent.mkdir(exist_ok=True)
        (root / "made" / NAME).rename(folder)
    (root / "made").rmdir()
    for later, tracker in enumerate(("one", "two")):
        (root / "results" / tracker).mkdir(parents=True)
        for name in names:
            rows = [f"{k + later},5,20,20\n" for k in range(stills.frames)]
            (root / "results" / tracker / f"{name}.txt").write_text("".join(rows), encoding="ascii")
    (root / "list.txt").write_text("".join(f"{name}\n" for name in names), encoding="ascii")
    if benchmark == "lasher":
        (root / "truth" / "AttriSeqsTxt").mkdir()
        for name in names:
            row = ",".join("1" if k % 3 else "0" for k in range(19))
            (root / "truth" / "AttriSeqsTxt" / f"{name}.txt").write_text(
                f"{row}\n", encoding="ascii"
            )


def sounds() -> Iterable[Sound]:
    """Every sound checkpoint, recipe and folder of results."""
    for name in FORMS:
        yield Sound(name, "checkpoints", partial(_write, name), (f"weights/{FORMS[name][0]}",))
    yield Sound("recipe", "recipes", _recipe, ("recipe.toml",))
    for benchmark in ("lasher", "rgbt234", "rgbt210", "gtot", "vtuav"):
        yield Sound(
            f"results {benchmark}",
            "results",
            partial(_results, benchmark),
            facts={"benchmark": benchmark},
        )


def as_tensors(path: Path) -> dict[str, tuple[list[int], bytes]]:
    """Shapes and bytes of a safetensors file of our own, by name."""
    body = path.read_bytes()
    length = int.from_bytes(body[:8], "little")
    header = json.loads(body[8 : 8 + length])
    found = {}
    for name, entry in header.items():
        if name != "__metadata__":
            start, end = entry["data_offsets"]
            found[name] = (entry["shape"], body[8 + length + start : 8 + length + end])
    return found
