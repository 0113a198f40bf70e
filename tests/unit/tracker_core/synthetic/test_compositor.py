from __future__ import annotations

import numpy as np
import pytest

from tracker_core.synthetic.compositor import (
    Placement,
    affine,
    chain,
    make_sprite,
    move_points,
    outline_of,
    paste,
    render_photo,
    scene_box,
    window,
)


def disc(size: int = 40, radius: float = 15.0) -> np.ndarray:
    rows, columns = np.mgrid[:size, :size] + 0.5
    away = np.hypot(columns - size / 2, rows - size / 2)
    return np.clip(radius - away + 0.5, 0, 1).astype(np.float32)


def white_disc() -> Placement:
    opacity = disc()
    rgb = np.full((40, 40, 3), 255, np.float32)
    sprite = make_sprite(rgb, opacity, np.full((40, 40), 200, np.float32))
    return Placement(sprite, affine((1.6, 1.1), 0.5, (20.0, 20.0), (70.0, 55.0)))


def test_maps_chain_in_the_order_of_use() -> None:
    first = affine(2.0, 0.3, (1.0, 2.0), (5.0, 6.0))
    second = affine((0.5, 1.5), -0.2, (5.0, 6.0), (9.0, 1.0))
    points = np.array([[1.0, 2.0], [4.0, -3.0]])
    both = move_points(chain(second, first), points)
    assert np.allclose(both, move_points(second, move_points(first, points)))
    assert np.allclose(both[0], (9.0, 1.0))


def test_the_box_of_a_placement_is_tight() -> None:
    placement = white_disc()
    rgb, warmth = np.zeros((120, 150, 3), np.uint8), np.zeros((120, 150), np.float32)
    paste(rgb, warmth, placement, affine(1.0, 0.0, (0.0, 0.0), (0.0, 0.0)))
    x, y, w, h = scene_box(placement)
    rows, columns = np.nonzero(rgb[:, :, 0] > 127)
    assert columns.min() == pytest.approx(x, abs=1.0)
    assert rows.min() == pytest.approx(y, abs=1.0)
    assert columns.max() + 1 == pytest.approx(x + w, abs=1.0)
    assert rows.max() + 1 == pytest.approx(y + h, abs=1.0)
    assert warmth.max() == pytest.approx(200, abs=1)
    assert np.allclose((warmth > 100), (rgb[:, :, 0] > 127))


def test_a_window_shows_the_same_place_at_every_size() -> None:
    placement = white_disc()
    x, y, w, h = scene_box(placement)
    centre = (x + w / 2, y + h / 2)
    for size in (32, 64, 128):
        rgb, warmth = np.zeros((size, size, 3), np.uint8), np.zeros((size, size), np.float32)
        paste(rgb, warmth, placement, window(centre, 2 * w, size))
        rows, columns = np.nonzero(rgb[:, :, 0] > 127)
        assert (columns.min() + columns.max() + 1) / 2 / size == pytest.approx(0.5, abs=0.02)
        assert (columns.max() + 1 - columns.min()) / size == pytest.approx(0.5, abs=0.05)
        assert (rows.max() + 1 - rows.min()) / size == pytest.approx(0.5 * h / w, abs=0.05)


def test_opacities_of_the_modalities_are_independent() -> None:
    placement = white_disc()
    for rgb_opacity, heat_opacity in ((1.0, 0.0), (0.0, 1.0), (0.5, 0.25)):
        rgb, warmth = np.zeros((120, 150, 3), np.uint8), np.zeros((120, 150), np.float32)
        shown = Placement(
            placement.sprite,
            placement.matrix,
            rgb_opacity=rgb_opacity,
            heat_opacity=heat_opacity,
        )
        paste(rgb, warmth, shown, affine(1.0, 0.0, (0.0, 0.0), (0.0, 0.0)))
        assert rgb[55, 70, 0] == pytest.approx(255 * rgb_opacity, abs=2)
        assert warmth[55, 70] == pytest.approx(200 * heat_opacity, abs=2)


def test_pasting_outside_the_view_changes_nothing() -> None:
    placement = white_disc()
    rgb, warmth = np.full((30, 30, 3), 7, np.uint8), np.full((30, 30), 7, np.float32)
    paste(rgb, warmth, placement, affine(1.0, 0.0, (0.0, 0.0), (-400.0, 0.0)))
    assert (rgb == 7).all()
    assert (warmth == 7).all()


def test_a_small_view_of_a_photograph_is_averaged_not_skipped() -> None:
    stripes = np.zeros((256, 256, 3), np.uint8)
    stripes[:, ::2] = 255
    levels = (stripes, np.full((128, 128, 3), 127, np.uint8), np.full((64, 64, 3), 127, np.uint8))
    small = render_photo(levels, affine(0.25, 0.0, (0.0, 0.0), (0.0, 0.0)), (64, 64))
    assert abs(int(small.min()) - 127) <= 1
    assert abs(int(small.max()) - 127) <= 1
    full = render_photo(levels, affine(1.0, 0.0, (0.0, 0.0), (0.0, 0.0)), (256, 256))
    assert np.array_equal(full, stripes)


def test_an_outline_without_opaque_pixels_is_the_whole_picture() -> None:
    assert outline_of(np.zeros((4, 6), np.float32)).tolist() == [[0, 0], [6, 0], [6, 4], [0, 4]]
