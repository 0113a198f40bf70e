"""Reference values, and models built from them.

What ships lies in `data`, cut from whole archives by `scripts/cut_reference_values.py`; whole ones
lie in the `shared` folder, where there is one.
"""

from __future__ import annotations

import ast
import lzma
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load

from tracker_core.checkpoints.released_names import load_reference_state
from tracker_core.ckd.config import ModelConfig
from tracker_core.ckd.model import CKD

CHOICES: dict[str, Any] = {"CTR_POINT": "center", "CTR_REC": "center_2x2", "ALL": "all"}


Archive = dict[str, NDArray[Any]]

DATA = Path(__file__).resolve().parent / "data"


def shipped(name: str) -> Archive:
    """The arrays of one archive that ships."""
    return load(lzma.decompress((DATA / f"{name}.safetensors.xz").read_bytes()))


def whole(shared: Path, name: str) -> Archive:
    """The arrays of one whole archive."""
    with np.load(shared / "golden" / f"{name}.npz") as archive:
        return {key: archive[key] for key in archive.files}


def meta_of(archive: Archive) -> dict[str, Any]:
    """What an archive says about its network: text, or the bytes of it where it ships."""
    meta = archive["meta"]
    text = bytes(meta).decode() if meta.dtype == np.uint8 else str(meta)
    found: dict[str, Any] = ast.literal_eval(text)
    return found


def config_of(archive: Archive) -> ModelConfig:
    meta = meta_of(archive)
    return ModelConfig(
        embed_dim=meta["embed_dim"],
        depth=meta["depth"],
        num_heads=meta["num_heads"],
        elimination_blocks=tuple(meta["ce_loc"]),
        keep_ratios=tuple(meta["ce_keep_ratio"]),
        head_channels=meta["head_channels"],
        elimination_template=CHOICES[meta["ce_template_range"]],
    )


def state_of(archive: Archive) -> dict[str, torch.Tensor]:
    return {
        key.removeprefix("state/"): torch.from_numpy(array)
        for key, array in archive.items()
        if key.startswith("state/")
    }


def model_of(archive: Archive) -> CKD:
    model = CKD(config_of(archive)).eval()
    load_reference_state(model, state_of(archive))
    return model


def close(actual: torch.Tensor, expected: NDArray[Any]) -> None:
    """Hold a tensor to reference values."""
    np.testing.assert_allclose(actual.detach().numpy(), expected, rtol=1e-4, atol=2e-5)
