"""A tracked frame of any grid for the explaining views, with an elimination that makes sense."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from app.resolve.inspection import CropWindow, SearchCropModel, TokenStage, search_crop_model

MakeCropModel = Callable[..., SearchCropModel]


def eliminate(grid: int, blocks: tuple[int, ...], ratio: float = 0.7) -> tuple[TokenStage, ...]:
    """Keep what is nearest to the middle, as a template that sits there would."""
    rows, columns = np.divmod(np.arange(grid * grid), grid)
    distance = np.hypot(rows - (grid - 1) / 2, columns - (grid - 1) / 2)
    attention = (1.0 / (1.0 + distance + 1e-3 * np.arange(grid * grid))).astype(np.float32)
    left, stages = np.arange(grid * grid), []
    for block in blocks:
        ranked = left[np.argsort(-attention[left])]
        count = int(np.ceil(ratio * len(left)))
        stages.append(TokenStage(block, ranked[:count], ranked[count:], ranked, attention[ranked]))
        left = ranked[:count]
    return tuple(stages)


@pytest.fixture
def make_crop_model() -> MakeCropModel:
    """Return a maker of search crops: a 100 x 80 frame, window (10, 4, 64), box in its middle."""

    def make(
        grid: int = 16, blocks: tuple[int, ...] = (3, 6, 9), **changes: Any
    ) -> SearchCropModel:
        random = np.random.default_rng(grid)
        rgb = random.integers(0, 256, (80, 100, 3), np.uint8)
        tir = random.integers(0, 256, (80, 100), np.uint8)
        arguments: dict[str, Any] = {
            "rgb": rgb,
            "tir": tir,
            "window": CropWindow(10, 4, 64),
            "grid": grid,
            "elimination": eliminate(grid, blocks),
            "box_xywh": (34.0, 26.0, 16.0, 20.0),
            "score_map": random.random((grid, grid)).astype(np.float32),
            "frame_index": 12,
            "target_name": "walker",
        } | changes
        return search_crop_model(**arguments)

    return make
