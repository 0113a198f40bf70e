"""Boxes of made-up scenes hold what they claim for any size, turn and place."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tracker_core.synthetic.compositor import (
    Placement,
    affine,
    chain,
    make_sprite,
    move_points,
    paste,
    scene_box,
)
from tracker_core.synthetic.scene import SceneObject
from tracker_core.synthetic.sequence import ABSENT, truth

SIZE = (96, 80)


@given(
    wide=st.integers(8, 40),
    high=st.integers(8, 40),
    scale=st.floats(0.6, 1.6),
    angle=st.floats(-3.1, 3.1),
    x=st.floats(34, 62),
    y=st.floats(34, 46),
)
def test_what_is_drawn_fills_its_box(
    wide: int, high: int, scale: float, angle: float, x: float, y: float
) -> None:
    rows, columns = np.mgrid[:high, :wide] + 0.5
    opacity = ((columns / wide - 0.5) ** 2 + (rows / high - 0.5) ** 2 < 0.22).astype(np.float32)
    white = np.full((high, wide, 3), 255, np.float32)
    sprite = make_sprite(white, opacity, white[:, :, 0])
    matrix = affine(scale, angle, (wide / 2, high / 2), (x, y))
    rgb = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    warmth = np.zeros((SIZE[1], SIZE[0]), np.float32)
    paste(rgb, warmth, Placement(sprite, matrix), affine(1.0, 0.0, (0.0, 0.0), (0.0, 0.0)))
    drawn_rows, drawn_columns = np.nonzero(warmth > 127)
    left, top, w, h = scene_box(Placement(sprite, matrix))
    for low, high_end, start, length, limit in (
        (drawn_columns.min(), drawn_columns.max() + 1, left, w, SIZE[0]),
        (drawn_rows.min(), drawn_rows.max() + 1, top, h, SIZE[1]),
    ):
        assert abs(low - max(start, 0)) <= 1.8
        assert abs(high_end - min(start + length, limit)) <= 1.8


@given(
    first=st.tuples(st.floats(0.2, 4), st.floats(-3, 3), st.floats(-50, 50)),
    second=st.tuples(st.floats(0.2, 4), st.floats(-3, 3), st.floats(-50, 50)),
)
def test_chained_maps_are_the_maps_one_after_the_other(
    first: tuple[float, float, float], second: tuple[float, float, float]
) -> None:
    points = np.array([[0.0, 0.0], [3.0, -2.0], [-7.0, 11.0]])
    maps = [
        affine(scale, angle, (1.0, 2.0), (shift, -shift)) for scale, angle, shift in (first, second)
    ]
    direct = move_points(chain(maps[1], maps[0]), points)
    assert np.allclose(direct, move_points(maps[1], move_points(maps[0], points)), atol=1e-6)


@given(
    st.lists(
        st.tuples(st.floats(-60, 160), st.floats(-60, 160), st.floats(1, 80), st.floats(0, 1)),
        min_size=1,
        max_size=40,
    )
)
def test_ground_truth_stays_in_the_frame_or_is_absent(
    moments: list[tuple[float, float, float, float]],
) -> None:
    targets = [SceneObject("it", (x, y, side, side), share) for x, y, side, share in moments]
    boxes = truth(targets, SIZE)
    assert len(boxes) == len(targets)
    for (x, y, side, share), box in zip(moments, boxes, strict=True):
        if box == ABSENT:
            continue
        left, top, w, h = box
        assert 0 <= left < left + w <= SIZE[0]
        assert 0 <= top < top + h <= SIZE[1]
        assert left >= x - 0.5
        assert top >= y - 0.5
        assert w <= side + 1
        assert share >= 0
