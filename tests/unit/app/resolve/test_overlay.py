from __future__ import annotations

import numpy as np
import pytest

from app.resolve.inspection import CropWindow, TokenStage
from app.resolve.overlay import (
    COLOUR_MAPS,
    TokenColours,
    apply_colour_map,
    box_in_window,
    colour_map,
    heat_image,
    kept_outline,
    removed_by,
    search_crop,
    target_tokens,
    token_at,
    token_image,
    token_labels,
    token_rects,
    unit_range,
)

COLOURS = TokenColours(kept=(0, 255, 0), stages=((200, 0, 0), (0, 0, 200)))


def stage(block: int, kept: list[int], removed: list[int]) -> TokenStage:
    return TokenStage(block, np.array(kept, np.int64), np.array(removed, np.int64))


def test_tokens_tile_the_window() -> None:
    rects = token_rects(CropWindow(-8, 20, 64), 8)
    assert rects.shape == (64, 4)
    assert rects[0].tolist() == [-8, 20, 8, 8]
    assert rects[9].tolist() == [0, 28, 8, 8]
    assert rects[-1].tolist() == [48, 76, 8, 8]


@pytest.mark.parametrize("grid", [8, 16])
def test_the_token_at_its_own_centre(grid: int) -> None:
    window = CropWindow(-10.5, 3, 97)
    for token, (x, y, w, h) in enumerate(token_rects(window, grid)):
        assert token_at((x + w / 2, y + h / 2), window, grid) == token


@pytest.mark.parametrize("point", [(9.9, 50), (110.1, 50), (50, 9.9), (50, 110.1)])
def test_no_token_outside_the_window(point: tuple[float, float]) -> None:
    assert token_at(point, CropWindow(10, 10, 100), 16) is None


def test_no_token_in_an_empty_window() -> None:
    assert token_at((0, 0), CropWindow(0, 0, 0), 16) is None


def test_labels_say_which_stage_removed_a_token() -> None:
    labels = token_labels(2, [stage(3, [0, 1, 2], [3]), stage(6, [2, 0], [1])])
    assert labels.tolist() == [[0, 2], [0, 1]]


def test_removed_by_stage() -> None:
    labels = np.array([[0, 1], [2, 3]], np.uint8)
    assert removed_by(labels).tolist() == [[False, True], [True, True]]
    assert removed_by(labels, 0).any() == np.False_
    assert removed_by(labels, 2).tolist() == [[False, True], [True, False]]


def test_target_tokens_have_their_centre_in_the_box() -> None:
    window = CropWindow(0, 0, 40)
    assert target_tokens((10, 0, 20, 10), window, 4).tolist() == [1, 2]
    assert target_tokens((14.9, 4.9, 0.2, 0.2), window, 4).tolist() == [1]
    assert target_tokens((16, 6, 2, 2), window, 4).tolist() == []


def test_a_box_as_fractions_of_the_window() -> None:
    assert box_in_window((15, 30, 10, 5), CropWindow(10, 20, 20)) == (0.25, 0.5, 0.5, 0.25)


def test_the_outline_of_a_block_is_its_four_sides() -> None:
    labels = np.ones((4, 4), np.uint8)
    labels[1:3, 1:3] = 0
    lines = {tuple(line) for line in kept_outline(labels).tolist()}
    assert lines == {(1, 1, 3, 1), (1, 3, 3, 3), (1, 1, 1, 3), (3, 1, 3, 3)}


def test_the_outline_of_everything_is_the_border() -> None:
    lines = {tuple(line) for line in kept_outline(np.zeros((3, 3), np.uint8)).tolist()}
    assert lines == {(0, 0, 3, 0), (0, 3, 3, 3), (0, 0, 0, 3), (3, 0, 3, 3)}
    assert kept_outline(np.ones((3, 3), np.uint8)).shape == (0, 4)


def test_the_outline_of_an_earlier_stage() -> None:
    labels = np.array([[0, 2], [1, 1]], np.uint8)
    assert {tuple(line) for line in kept_outline(labels, 1).tolist()} == {
        (0, 0, 2, 0),
        (0, 1, 2, 1),
        (0, 0, 0, 1),
        (2, 0, 2, 1),
    }


def test_kept_tokens_stay_clear_and_removed_ones_are_covered() -> None:
    labels = np.array([[0, 1], [0, 2]], np.uint8)
    image = token_image(labels, COLOURS, pixels=10)
    assert image.shape == (20, 20, 4)
    assert image[4:7, 4:7, 3].max() == 0
    for row, removed in ((5, 0), (15, 2)):
        covered = image[row - 3 : row + 3, 13:17]
        assert covered[..., 3].min() > 100
        assert covered[..., removed].sum() > covered[..., 2 - removed].sum()


def test_the_stages_differ_without_colour() -> None:
    labels = np.array([[1, 2]], np.uint8).repeat(2, axis=0)
    image = token_image(labels, COLOURS, pixels=10).astype(int)
    brightness = image[..., :3].sum(axis=2)
    first, second = brightness[:10, :10] > 120, brightness[:10, 10:] > 120
    assert not np.array_equal(first, second)


def test_nothing_is_covered_before_the_first_stage() -> None:
    labels = np.array([[0, 1], [1, 2]], np.uint8)
    image = token_image(labels, COLOURS, shown=0, pixels=10)
    assert image[2:-2, 2:-2, 3].max() == 0


@pytest.mark.parametrize("shape", [(30, 40), (30, 40, 3)])
def test_a_crop_is_padded_with_zeros(shape: tuple[int, ...]) -> None:
    image = np.arange(np.prod(shape), dtype=np.uint16).reshape(shape) + 1
    crop = search_crop(image, CropWindow(-5, 20, 16))
    assert crop.shape == (16, 16, *shape[2:])
    assert crop.dtype == image.dtype
    np.testing.assert_array_equal(crop[:10, 5:], image[20:30, :11])
    assert crop[10:].max() == 0
    assert crop[:, :5].max() == 0


def test_a_crop_beside_the_frame_is_empty() -> None:
    crop = search_crop(np.ones((10, 10), np.uint8), CropWindow(50, -90, 8))
    assert crop.shape == (8, 8)
    assert crop.max() == 0


@pytest.mark.parametrize("name", COLOUR_MAPS)
def test_colour_maps_run_from_first_to_last_knot(name: str) -> None:
    table = colour_map(name)
    assert table.shape == (256, 3)
    assert tuple(table[0]) == COLOUR_MAPS[name][0]
    assert tuple(table[-1]) == COLOUR_MAPS[name][-1]
    assert not table.flags.writeable


@pytest.mark.parametrize("name", ["white hot", "iron", "arctic", "lava", "heat"])
def test_colour_maps_grow_lighter(name: str) -> None:
    lightness = colour_map(name) @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.maximum.accumulate(lightness) - lightness < 1.5).all()  # but for rounding


def test_an_unknown_colour_map_is_refused() -> None:
    with pytest.raises(ValueError, match="no colour map 'jet'"):
        colour_map("jet")


def test_values_become_colours() -> None:
    colours = apply_colour_map([[0.0, 5.0], [10.0, np.nan]], "white hot")
    assert colours[0, 0].tolist() == [0, 0, 0]
    assert colours[1, 0].tolist() == [255, 255, 255]
    assert colours[1, 1].tolist() == [0, 0, 0]
    assert abs(int(colours[0, 1, 0]) - 128) <= 1


def test_colours_between_given_limits() -> None:
    colours = apply_colour_map([-5.0, 0.5, 9.0], "white hot", 0.0, 1.0)
    assert colours[:, 0].tolist() == [0, 128, 255]


def test_heat_hides_little_where_it_is_low_and_nothing_where_it_is_unknown() -> None:
    image = heat_image([[0.0, 1.0, np.nan]])
    low, high, unknown = image[0, :, 3].tolist()
    assert 0 < low < high
    assert unknown == 0


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([2.0, 4.0, 3.0], [0.0, 1.0, 0.5]),
        ([7.0, 7.0], [0.5, 0.5]),
        ([np.nan, np.inf], [np.nan, np.nan]),
        ([], []),
    ],
)
def test_values_are_stretched(values: list[float], expected: list[float]) -> None:
    np.testing.assert_allclose(unit_range(values), expected)
