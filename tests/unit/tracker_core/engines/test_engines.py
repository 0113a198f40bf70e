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
from tracker_core.engines.measuring import made_up
from tracker_core.engines.table import ENGINES, Given, engine_named
from tracker_core.errors import CKDError
from tracker_core.frames import FramePair
from tracker_core.trackers.ckd import CKDSource

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
        # Other runtimes take memory as it lies.
        assert rgb.is_contiguous()
        assert tir.is_contiguous()
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
    plain = CKDTracker(model, "cpu", engine=EagerEngine)
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
    try:
        engine = entry.make(CKD(preset("tiny")).eval(), Given(threads=1))
    except CKDError as error:
        if "does not compute in" not in str(error):
            raise
        pytest.skip(str(error))
    assert (engine.name, engine.device, engine.precision) == (name, "cpu", entry.precision)
    assert str(entry) == f"{entry.runtime} {engine.precision}"


def test_an_engine_that_there_is_none_of_is_refused() -> None:
    with pytest.raises(
        CKDError, match="no engine 'steam'; choose one of eager, eager-bf16, eager-fp16"
    ):
        engine_named("steam")


@pytest.mark.parametrize("kind", ["cuda", "mps"])
def test_half_precision_on_a_graphics_card(kind: str) -> None:
    there = {"cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available}
    if not there[kind]():
        pytest.skip(f"there is no {kind} device here")
    boxes = {}
    for name in ("eager", "eager-bf16"):
        source, tracker = CKDSource.opened("tiny", kind, engine=name)
        assert (source.engine, source.info.note) == (name, "")
        state = tracker.start(frames(), (40.0, 40.0, 30.0, 20.0))
        boxes[name] = np.array(tracker.step(state, frames())[1].box_xywh)
    assert np.abs(boxes["eager"] - boxes["eager-bf16"]).max() < 3.0


def test_features_in_half_precision_are_those_of_eager() -> None:
    model = CKD(CONFIG).eval()
    try:
        half = engine_named("eager-bf16").make(model, Given(threads=1))
    except CKDError as error:
        pytest.skip(str(error))
    crops = made_up(model, cases=1)
    eager = EagerEngine(model, 1)
    asked: dict[str, Any] = {"elimination": True, "features": True}
    found = half.search(half.prepare(*crops.template), *crops.searches[0], **asked)
    wanted = eager.search(eager.prepare(*crops.template), *crops.searches[0], **asked)
    assert found.tokens is not None
    assert wanted.tokens is not None
    assert torch.equal(found.tokens[-1].rgb, wanted.tokens[-1].rgb)
    assert torch.equal(found.score_map, wanted.score_map)
