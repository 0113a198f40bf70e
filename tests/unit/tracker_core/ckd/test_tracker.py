"""The loop is state in, state out, and refuses what cannot be tracked."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch

from tracker_core.ckd.config import ModelConfig, preset
from tracker_core.ckd.crop import SearchWindow, clip_box
from tracker_core.ckd.model import CKD
from tracker_core.ckd.model.outputs import CKDOutput
from tracker_core.ckd.tracker import (
    CKDTracker,
    EliminationStage,
    _held,
    as_device,
    smooth_size,
    target_tokens_removed,
)
from tracker_core.errors import CKDError
from tracker_core.frames import FramePair

CONFIG = ModelConfig(
    embed_dim=32,
    depth=3,
    num_heads=4,
    elimination_blocks=(0, 1),
    keep_ratios=(0.7, 0.7),
    head_channels=8,
    template_size=32,
    search_size=64,
)
BOX = (60.0, 40.0, 20.0, 24.0)


@pytest.fixture(scope="module", params=["patch", "tiny"])
def tracker(request: pytest.FixtureRequest) -> CKDTracker:
    torch.manual_seed(0)
    return CKDTracker(CKD(CONFIG if request.param == "patch" else preset("tiny")), "cpu")


@pytest.fixture
def frames() -> FramePair:
    rng = np.random.default_rng(0)
    return FramePair(
        rng.integers(0, 255, (120, 160, 3), np.uint8), rng.integers(0, 255, (120, 160), np.uint8)
    )


def test_a_step_leaves_its_state_alone_and_repeats(tracker: CKDTracker, frames: FramePair) -> None:
    state = tracker.start(frames, BOX)
    before = state.template_rgb.clone()
    later, first = tracker.step(state, frames)
    _, second = tracker.step(state, frames)
    assert first.box_xywh == second.box_xywh == later.box_xywh
    np.testing.assert_array_equal(first.score_map, second.score_map)
    assert torch.equal(state.template_rgb, before)
    assert (state.frame_index, later.frame_index, first.frame_index) == (0, 1, 1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        state.frame_index = 4  # type: ignore[misc]


def test_a_result_is_complete(tracker: CKDTracker, frames: FramePair) -> None:
    config = tracker.model.config
    _, result = tracker.step(tracker.start(frames, BOX), frames)
    assert result.score_map.shape == (config.map_size, config.map_size)
    assert 0 <= result.score <= 1
    assert result.features is None
    assert result.search_grid == config.search_grid
    tokens = np.concatenate(
        [*(stage.removed for stage in result.elimination), result.elimination[-1].kept]
    )
    assert sorted(tokens) == list(range(config.search_tokens))
    for stage in result.elimination:
        assert stage.attention.shape == stage.candidates.shape
        assert (np.diff(stage.attention) <= 0).all()


def test_features_are_given_when_asked(tracker: CKDTracker, frames: FramePair) -> None:
    config = tracker.model.config
    _, result = tracker.step(tracker.start(frames, BOX), frames, features=True)
    assert result.features is not None
    assert len(result.features.blocks) == config.depth
    for block in result.features.blocks:
        assert block.rgb.shape == block.tir.shape
        assert block.rgb.shape[0] == config.template_tokens + len(block.search_ids)


def test_without_elimination_every_token_stays(tracker: CKDTracker, frames: FramePair) -> None:
    whole = CKDTracker(tracker.model, "cpu", elimination=False)
    state = whole.start(frames, BOX)
    _, result = whole.step(state, frames, features=True)
    assert result.elimination == ()
    assert result.target_tokens_removed == 0
    assert result.features is not None
    assert len(result.features.blocks[-1].search_ids) == tracker.model.config.search_tokens
    assert not np.array_equal(tracker.step(state, frames)[1].score_map, result.score_map)


def test_a_correction_moves_the_search_and_keeps_the_template(
    tracker: CKDTracker, frames: FramePair
) -> None:
    state, _ = tracker.step(tracker.start(frames, BOX), frames)
    corrected = state.moved_to((10.0, 10.0, 20.0, 20.0))
    _, result = tracker.step(corrected, frames)
    window = result.search_window
    assert window.x + window.side / 2 == pytest.approx(20, abs=1)
    assert torch.equal(corrected.template_tir, state.template_tir)


def test_gray_and_three_channel_thermal_are_the_same(
    tracker: CKDTracker, frames: FramePair
) -> None:
    tripled = FramePair(frames.rgb, np.repeat(frames.tir[..., None], 3, axis=2))
    _, one = tracker.step(tracker.start(frames, BOX), frames)
    _, three = tracker.step(tracker.start(tripled, BOX), tripled)
    np.testing.assert_allclose(one.box_xywh, three.box_xywh, atol=1e-4)


def test_16_bit_thermal_and_other_sizes_are_tracked(tracker: CKDTracker) -> None:
    rng = np.random.default_rng(1)
    raw = (rng.integers(0, 255, (60, 80)).astype(np.uint16) * 20) + 9000
    pair = FramePair(rng.integers(0, 255, (120, 160, 3), np.uint8), raw)
    state = tracker.start(pair, BOX)
    assert float(state.template_tir.std()) > 0.1
    _, result = tracker.step(state, pair)
    x, y, w, h = result.box_xywh
    assert -1e-6 <= x <= 160 - w + 1e-6
    assert -1e-6 <= y <= 120 - h + 1e-6


def hot(frames: FramePair, value: int = 60_000) -> FramePair:
    """The same frame with something hot in a corner, far from what is tracked."""
    raw = frames.tir.copy()
    raw[-12:, -20:] = value
    return FramePair(frames.rgb, raw)


def test_16_bit_thermal_is_stretched_by_the_first_frame_so_that_no_gain_pulses(
    tracker: CKDTracker,
) -> None:
    rng = np.random.default_rng(1)
    raw = (rng.integers(0, 255, (120, 160)).astype(np.uint16) * 20) + 9000
    pair = FramePair(rng.integers(0, 255, (120, 160, 3), np.uint8), raw)
    near = (20.0, 20.0, 10.0, 12.0)  # its search crop ends before the corner
    state = tracker.start(pair, near)
    after, without = tracker.step(state, pair)
    _, with_heat = tracker.step(state, hot(pair))
    np.testing.assert_array_equal(without.score_map, with_heat.score_map)
    assert with_heat.box_xywh == without.box_xywh
    # Carried on, also where a person corrects the box; another start has another range.
    assert after.thermal == state.thermal == after.moved_to(near).thermal
    assert tracker.start(hot(pair), near).thermal != state.thermal
    # Bytes are taken as they are, and a flat frame has no range to go by.
    gray = FramePair(pair.rgb, (raw >> 8).astype(np.uint8))
    flat = FramePair(pair.rgb, np.full_like(raw, 9000))
    assert tracker.start(gray, near).thermal is None
    state = tracker.start(flat, near)
    assert state.thermal is None
    assert np.isfinite(tracker.step(state, pair)[1].score)


@pytest.mark.parametrize(
    ("box", "message"),
    [
        ((10, 10, 0, 5), "no area"),
        ((10, 10, 5, -1), "no area"),
        ((200, 10, 5, 5), "outside the 160x120 frame"),
        ((-30, 10, 20, 5), "outside"),
        ((10, float("nan"), 5, 5), "finite"),
        ((1, 2, 3), "four"),
    ],
)
def test_impossible_boxes_are_refused(
    tracker: CKDTracker, frames: FramePair, box: tuple[float, ...], message: str
) -> None:
    with pytest.raises(CKDError, match=message):
        tracker.start(frames, box)  # type: ignore[arg-type]


def test_a_missing_device_is_refused() -> None:
    assert as_device("cpu").type == "cpu"
    assert as_device(None).type in {"cpu", "cuda", "mps"}
    for name in ("cuda:99", "abacus", "meta"):
        with pytest.raises(CKDError, match=name):
            as_device(name)


def test_target_tokens_removed_counts_centres_inside_the_box() -> None:
    window = SearchWindow(-10, 20, 40)
    stage = EliminationStage(0, np.array([0]), np.array([5, 6, 9, 15]), np.zeros(5, np.float32))
    assert target_tokens_removed((stage,), (0.0, 30.0, 20.0, 20.0), window, 4) == 3
    assert target_tokens_removed((), (0.0, 30.0, 20.0, 20.0), window, 4) == 0


def test_clipping_keeps_a_margin_inside() -> None:
    assert clip_box((-50.0, 20.0, 30.0, 30.0), (100, 80)) == (0.0, 20.0, 10, 30.0)
    assert clip_box((95.0, 79.0, 30.0, 30.0), (100, 80)) == (90.0, 70.0, 10, 10)
    assert clip_box((5.0, 6.0, 30.0, 31.0), (100, 80)) == (5.0, 6.0, 30.0, 31.0)


def test_a_steady_size_changes_slowly_about_the_centre() -> None:
    assert smooth_size((10.0, 10.0, 40.0, 20.0), (0.0, 0.0, 10.0, 20.0), 1.0) == (10, 10, 40, 20)
    x, y, w, h = smooth_size((10.0, 10.0, 40.0, 20.0), (0.0, 0.0, 10.0, 20.0), 0.5)
    assert (w, h) == pytest.approx((20.0, 20.0))
    assert (x + w / 2, y + h / 2) == pytest.approx((30.0, 20.0))


def test_a_low_score_moves_the_box_only_a_part_of_the_way() -> None:
    found, previous = (30.0, 20.0, 20.0, 20.0), (0.0, 0.0, 10.0, 20.0)
    assert _held(found, previous, 0.4, 0.4) == found
    assert _held(found, previous, 0.0, 0.0) == found
    x, y, w, h = _held(found, previous, 0.1, 0.4)
    assert (w, h) == (20.0, 20.0)
    # A quarter of the way from the centre (5, 10) to the centre (40, 30).
    assert (x + w / 2, y + h / 2) == pytest.approx((13.75, 15.0))
    x, y, w, h = _held(found, previous, 0.0, 0.4)
    assert (x + w / 2, y + h / 2) == pytest.approx((5.0, 10.0))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("place", ["score_map", "offset_map", "size_map"])
def test_an_answer_without_numbers_stops_before_it_is_a_state(
    tracker: CKDTracker,
    frames: FramePair,
    place: str,
    value: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    search = tracker.engine.search

    def spoiled(*arguments: Any, **options: Any) -> CKDOutput:
        out = search(*arguments, **options)
        return dataclasses.replace(out, **{place: torch.full_like(getattr(out, place), value)})

    state = tracker.start(frames, BOX)
    monkeypatch.setattr(tracker.engine, "search", spoiled)
    with pytest.raises(CKDError, match="gave no box 1 frames after its start"):
        tracker.step(state, frames)


@pytest.mark.parametrize("size", [0.0, -0.1])
def test_a_box_without_area_stops(
    tracker: CKDTracker, frames: FramePair, size: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = tracker.engine.search

    def flat(*arguments: Any, **options: Any) -> CKDOutput:
        out = search(*arguments, **options)
        return dataclasses.replace(out, size_map=torch.full_like(out.size_map, size))

    state = tracker.start(frames, BOX)
    monkeypatch.setattr(tracker.engine, "search", flat)
    with pytest.raises(CKDError, match="gave no box"):
        tracker.step(state, frames)


@pytest.mark.parametrize(
    "box", [(0.0, 0.0, 1e9, 1e9), (-1e9, 0.0, 2e9, 50.0), (0.0, 0.0, 1e300, 1e300)]
)
def test_a_monstrous_box_is_refused_before_it_is_cut(
    tracker: CKDTracker, frames: FramePair, box: tuple[float, float, float, float]
) -> None:
    with pytest.raises(CKDError, match="The box"):
        tracker.start(frames, box)
