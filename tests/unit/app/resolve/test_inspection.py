from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from app.resolve.inspection import (
    CropWindow,
    SearchCropModel,
    hann_window,
    score_map_model,
)

Make = Callable[..., SearchCropModel]


def test_a_model_joins_crops_and_tokens(make_crop_model: Make) -> None:
    model = make_crop_model()
    assert model.rgb is not None
    assert model.tir is not None
    assert model.rgb.shape == (64, 64, 3)
    assert model.tir.shape == (64, 64)
    assert model.counts == (256, 180, 126, 89)
    assert np.bincount(model.labels.reshape(-1)).tolist() == [89, 76, 54, 37]
    assert model.box_in_crop == (24 / 64, 22 / 64, 16 / 64, 20 / 64)


def test_models_do_not_change(make_crop_model: Make) -> None:
    model = make_crop_model()
    with pytest.raises(FrozenInstanceError):
        model.grid = 8  # type: ignore[misc]


def test_a_missing_modality_stays_missing(make_crop_model: Make) -> None:
    model = make_crop_model(tir=None)
    assert model.tir is None
    assert model.rgb is not None


def test_without_a_box_no_token_is_the_targets(make_crop_model: Make) -> None:
    model = make_crop_model(box_xywh=None)
    assert model.box_in_crop is None
    assert model.target_tokens.size == 0
    assert model.target_removed() == {}


def test_the_targets_own_tokens_that_were_removed(make_crop_model: Make) -> None:
    model = make_crop_model(box_xywh=(10.0, 4.0, 64.0, 64.0))
    lost = model.target_removed()
    assert {number: len(tokens) for number, tokens in lost.items()} == {1: 76, 2: 54, 3: 37}
    assert make_crop_model().target_removed() == {}


def test_attention_of_a_stage_is_unknown_for_tokens_gone(make_crop_model: Make) -> None:
    model = make_crop_model(grid=8, blocks=(2, 4))
    first, second = model.attention(1), model.attention(2)
    assert first is not None
    assert second is not None
    assert np.isfinite(first).all()
    np.testing.assert_array_equal(np.isnan(second), model.labels == 1)
    np.testing.assert_array_equal(second[model.labels != 1], first[model.labels != 1])


@pytest.mark.parametrize("stage", [0, 3, -1])
def test_no_attention_without_such_a_stage(make_crop_model: Make, stage: int) -> None:
    assert make_crop_model(blocks=(2, 4)).attention(stage) is None


@pytest.mark.parametrize("size", [8, 16, 24])
def test_the_hann_window_is_the_trackers(size: int) -> None:
    from tracker_core.ckd.model.head import hann_window as trackers

    expected = trackers(size).numpy().reshape(size, size)
    np.testing.assert_allclose(hann_window(size), expected, rtol=1e-5, atol=1e-6)


def test_a_response_with_and_without_its_window() -> None:
    response = np.zeros((16, 16), np.float16)
    response[0, 0], response[8, 8] = 0.9, 0.5
    model = score_map_model(response, CropWindow(0, 0, 32), (8, 8, 16, 16), 5)
    assert model.score_map.dtype == np.float32
    assert model.score_map.argmax() == 0
    assert model.windowed.argmax() == 8 * 16 + 8
    assert model.box_in_map == (0.25, 0.25, 0.5, 0.5)
    assert score_map_model(response).box_in_map is None
