"""Crop and inverse undo each other; crops never fail and never invent pixels."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tracker_core.ckd.crop import clip_box, crop_window, cut, padding_mask

place = st.floats(-400, 400, allow_nan=False)
side = st.floats(0.5, 300, allow_nan=False)
boxes = st.tuples(place, place, side, side)
factors = st.floats(0.5, 6)


@given(boxes, factors, boxes, st.integers(8, 256))
def test_to_frame_undoes_to_crop(
    box: tuple[float, ...], factor: float, other: tuple[float, ...], size: int
) -> None:
    window = crop_window(box, factor)  # type: ignore[arg-type]
    back = window.to_frame(window.to_crop(other, size), size)  # type: ignore[arg-type]
    np.testing.assert_allclose(back, other, rtol=1e-6, atol=1e-6)


@given(boxes, factors)
def test_the_window_is_centred_on_the_box(box: tuple[float, ...], factor: float) -> None:
    x, y, w, h = box
    window = crop_window(box, factor)  # type: ignore[arg-type]
    assert window.side == max(1, math.ceil(math.sqrt(w * h) * factor))
    assert abs(window.x + window.side / 2 - (x + w / 2)) <= 0.5 + 1e-6
    assert abs(window.y + window.side / 2 - (y + h / 2)) <= 0.5 + 1e-6


@given(boxes, factors, st.integers(1, 90), st.integers(1, 90), st.sampled_from([16, 64]))
def test_a_crop_of_a_flat_image_holds_only_that_value_and_zero(
    box: tuple[float, ...], factor: float, width: int, height: int, size: int
) -> None:
    window = crop_window(box, factor)  # type: ignore[arg-type]
    image = np.full((height, width), 200, np.uint8)
    crop = cut(image, window, size)
    assert crop.shape == (size, size)
    assert crop.max(initial=0) <= 200
    padded = padding_mask(window, (width, height), size)
    assert padded.shape == (size, size)
    assert (crop[~padded] == 200).all()


@given(boxes, st.integers(1, 500), st.integers(1, 500))
def test_a_clipped_box_stays_in_the_frame(box: tuple[float, ...], width: int, height: int) -> None:
    x, y, w, h = clip_box(box, (width, height))  # type: ignore[arg-type]
    assert x >= 0
    assert y >= 0
    assert min(w, h) >= min(10, width, height)
    assert x + w <= width + 1e-6
    assert y + h <= height + 1e-6
