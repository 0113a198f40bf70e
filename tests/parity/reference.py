"""Models built from a reference archive."""

from __future__ import annotations

import ast
from typing import Any

import torch

from tracker_core.checkpoints.released_names import load_reference_state
from tracker_core.ckd.config import ModelConfig
from tracker_core.ckd.model import CKD

CHOICES: dict[str, Any] = {"CTR_POINT": "center", "CTR_REC": "center_2x2", "ALL": "all"}


def config_of(archive: Any) -> ModelConfig:
    meta = ast.literal_eval(str(archive["meta"]))
    return ModelConfig(
        embed_dim=meta["embed_dim"],
        depth=meta["depth"],
        num_heads=meta["num_heads"],
        elimination_blocks=tuple(meta["ce_loc"]),
        keep_ratios=tuple(meta["ce_keep_ratio"]),
        head_channels=meta["head_channels"],
        elimination_template=CHOICES[meta["ce_template_range"]],
    )


def state_of(archive: Any) -> dict[str, torch.Tensor]:
    return {
        key.removeprefix("state/"): torch.from_numpy(archive[key])
        for key in archive.files
        if key.startswith("state/")
    }


def model_of(archive: Any) -> CKD:
    model = CKD(config_of(archive)).eval()
    load_reference_state(model, state_of(archive))
    return model
