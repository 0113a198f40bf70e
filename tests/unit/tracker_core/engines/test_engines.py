from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from tracker_core.ckd.config import preset
from tracker_core.ckd.engine import EagerEngine
from tracker_core.ckd.model.ckd import CKD
from tracker_core.ckd.model.outputs import CKDOutput
from tracker_core.ckd.tracker import CKDTracker
from tracker_core.engines.table import ENGINES, engine_named
from tracker_core.errors import CKDError
from tracker_core.frames import FramePair

CONFIG = replace(preset("tiny"), depth=4, elimination_blocks=(1,), keep_ratios=(0.7,))


class Counting(EagerEngine):
    """Counts what it is asked for."""

    name = "counting"

    def __init__(self, model: CKD) -> None:
        super().__init__(model)
        self.templates = 0
        self.searches: list[tuple[bool, bool]] = []

    def prepare(self, rgb: torch.Tensor, tir: torch.Tensor, box: torch.Tensor) -> Any:
        self.templates += 1
        return super().prepare(rgb, tir, box)

    def search(
        self,
        prepared: Any,
        rgb: torch.Tensor,
        tir: torch.Tensor,
        *,
        elimination: bool,
        features: bool,
    ) -> CKDOutput:
        self.searches.append((elimination, features))
        return super().search(prepared, rgb, tir, elimination=elimination, features=features)


def frames() -> FramePair:
    rng = np.random.default_rng(1)
    return FramePair(
        rng.integers(0, 255, (120, 160, 3), np.uint8), rng.integers(0, 255, (120, 160), np.uint8)
    )


def test_the_template_is_prepared_once_and_every_frame_is_searched() -> None:
    torch.manual_seed(0)
    model = CKD(CONFIG)
    tracker = CKDTracker(model, "cpu", engine=Counting)
    plain = CKDTracker(model, "cpu", engine=engine_named("eager").make)
    state = tracker.start(frames(), (40.0, 40.0, 30.0, 20.0))
    twin = plain.start(frames(), (40.0, 40.0, 30.0, 20.0))
    for features in (False, True):
        state, result = tracker.step(state, frames(), features=features)
        twin, expected = plain.step(twin, frames(), features=features)
        assert result.box_xywh == expected.box_xywh
        assert np.array_equal(result.score_map, expected.score_map)
    assert isinstance(tracker.engine, Counting)
    assert tracker.engine.templates == 1
    assert tracker.engine.searches == [(True, False), (True, True)]


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_says_what_it_is(name: str) -> None:
    entry = engine_named(name)
    engine = entry.make(CKD(CONFIG))
    assert (engine.name, engine.device) == (name, "cpu")
    assert str(entry) == f"{engine.name} {engine.precision}"


def test_an_engine_that_there_is_none_of_is_refused() -> None:
    with pytest.raises(CKDError, match="no engine 'steam'; choose one of eager"):
        engine_named("steam")
