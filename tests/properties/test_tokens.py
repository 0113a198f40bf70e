from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from app.resolve.inspection import CropWindow, TokenStage
from app.resolve.overlay import (
    kept_outline,
    removed_by,
    search_crop,
    token_at,
    token_labels,
    token_rects,
)

windows = st.builds(CropWindow, st.floats(-300, 900), st.floats(-300, 900), st.floats(1, 800))
grids = st.sampled_from([4, 8, 12, 16, 24])


@given(windows, grids, st.floats(0, 0.999), st.floats(0, 0.999))
def test_a_point_lies_in_its_own_token(
    window: CropWindow, grid: int, across: float, down: float
) -> None:
    point = window.x + across * window.side, window.y + down * window.side
    token = token_at(point, window, grid)
    assert token is not None
    x, y, w, h = token_rects(window, grid)[token]
    assert x - 1e-6 <= point[0] <= x + w + 1e-6
    assert y - 1e-6 <= point[1] <= y + h + 1e-6


@given(st.integers(0, 2**32 - 1), grids, st.integers(0, 5))
def test_labels_and_stages_say_the_same(seed: int, grid: int, count: int) -> None:
    random = np.random.default_rng(seed)
    left, stages = np.arange(grid * grid), []
    for block in range(count):
        order = random.permutation(left)
        kept = int(np.ceil(0.7 * len(order)))
        stages.append(TokenStage(block, order[:kept], order[kept:]))
        left = order[:kept]
    labels = token_labels(grid, stages)
    for number, stage in enumerate(stages, start=1):
        present = np.flatnonzero(~removed_by(labels, number))
        assert set(present) == set(stage.kept)
        assert stage.judged == len(stage.kept) + (labels == number).sum()


@given(hnp.arrays(np.uint8, st.integers(1, 9).map(lambda n: (n, n)), elements=st.integers(0, 1)))
def test_the_outline_is_as_long_as_the_edges_between_kept_and_removed(
    labels: np.ndarray,
) -> None:
    kept = np.pad(labels == 0, 1)
    edges = (kept[1:] != kept[:-1]).sum() + (kept[:, 1:] != kept[:, :-1]).sum()
    lines = kept_outline(labels)
    assert np.abs(lines[:, 2:] - lines[:, :2]).sum() == edges


@given(st.integers(-60, 60), st.integers(-60, 60), st.integers(1, 70))
def test_a_crop_holds_the_pixels_of_its_window(x: int, y: int, side: int) -> None:
    image = np.arange(1, 40 * 50 + 1, dtype=np.int64).reshape(40, 50)
    crop = search_crop(image, CropWindow(x, y, side))
    padded = np.pad(image, 140)
    np.testing.assert_array_equal(crop, padded[140 + y : 140 + y + side, 140 + x : 140 + x + side])
