"""The measures by hand-computed values."""

from __future__ import annotations

import numpy as np
import pytest

from tracker_core.evaluation.metrics import (
    area_by_mean,
    area_by_trapezoid,
    centre_errors,
    hold_last_valid,
    normalised_centre_errors,
    overlaps,
    round_half_up,
    share_above,
    share_within,
)


def boxes(*rows: tuple[float, float, float, float]) -> np.ndarray:
    return np.array(rows, dtype=np.float64)


def test_centre_error_is_the_distance_of_the_centres() -> None:
    predicted = boxes((0, 0, 10, 10), (3, 4, 10, 10), (0, 0, 20, 10))
    truth = boxes((0, 0, 10, 10), (0, 0, 10, 10), (0, 0, 10, 10))
    assert centre_errors(predicted, truth).tolist() == [0.0, 5.0, 5.0]


def test_normalised_error_divides_each_axis_by_the_true_size() -> None:
    predicted = boxes((3, 0, 10, 40), (0, 8, 10, 40), (1, 0, 0, 40))
    truth = boxes((0, 0, 10, 40), (0, 0, 10, 40), (0, 0, 0, 40))
    assert normalised_centre_errors(predicted, truth).tolist() == [0.3, 0.2, np.inf]


@pytest.mark.parametrize(
    ("predicted", "expected"),
    [
        ((0, 0, 10, 10), 1.0),
        ((5, 0, 10, 10), 1 / 3),
        ((10, 0, 10, 10), 0.0),
        ((0, 0, 0, 10), 0.0),
        ((5, 5, -5, -5), 0.0),
        ((0, 0, 5, 10), 0.5),
    ],
)
def test_overlap(predicted: tuple[float, float, float, float], expected: float) -> None:
    assert overlaps(boxes(predicted), boxes((0, 0, 10, 10)))[0] == expected


def test_overlap_of_two_boxes_without_area_is_zero_and_not_nan() -> None:
    assert overlaps(boxes((1, 1, 0, 0)), boxes((1, 1, 0, 0))).tolist() == [0.0]


def test_shares_split_the_frames_of_each_sequence() -> None:
    errors = np.array([0.0, 5.0, 5.1, 20.0, 20.1])
    lengths = np.array([3, 2])
    at_most = share_within(errors, np.array([5.0, 20.0]), lengths, inclusive=True)
    below = share_within(errors, np.array([5.0, 20.0]), lengths, inclusive=False)
    assert at_most.tolist() == [[2 / 3, 1.0], [0.0, 0.5]]
    assert below.tolist() == [[1 / 3, 1.0], [0.0, 0.0]]


def test_an_overlap_on_the_threshold_is_a_miss() -> None:
    overlap = np.array([0.0, 0.5, 0.55])
    above = share_above(overlap, np.array([0.0, 0.5]), np.array([3]))
    assert above.tolist() == [[2 / 3, 1 / 3]]


def test_invalid_frames_hit_every_precision_and_miss_every_success() -> None:
    marked = np.array([-1.0])
    assert share_within(marked, np.arange(3.0), np.array([1]), inclusive=True).min() == 1.0
    assert share_above(marked, np.arange(3.0), np.array([1])).max() == 0.0


def test_areas_differ_by_half_the_ends() -> None:
    line = np.linspace(1, 0, 21)[None]
    flat = np.ones((1, 21))
    assert area_by_mean(line)[0] == pytest.approx(0.5)
    assert area_by_trapezoid(line)[0] == pytest.approx(0.5)
    flat[0, -1] = 0.0
    assert area_by_mean(flat)[0] == pytest.approx(20 / 21)
    assert area_by_trapezoid(flat)[0] == pytest.approx(1 - 0.5 * 0.05)


def test_unusable_rows_repeat_the_last_usable_one() -> None:
    rows = boxes(
        (1, 1, 5, 5),
        (2, 2, 0, 5),
        (np.nan, 2, 5, 5),
        (3, 3, 5, 5),
        (4, 4, 5, -1),
        (np.inf, 1, 1, 1),
    )
    held = hold_last_valid(rows)
    assert held[:, 0].tolist() == [1, 1, 1, 3, 3, 3]


def test_unusable_rows_at_the_start_stay() -> None:
    rows = boxes((1, 1, 0, 5), (2, 2, 4, 4), (3, 3, 0, 0))
    assert hold_last_valid(rows).tolist() == [[1, 1, 0, 5], [2, 2, 4, 4], [2, 2, 4, 4]]


def test_halves_round_away_from_zero() -> None:
    assert round_half_up(boxes((0.5, 1.5, -0.5, 2.4))).tolist() == [[1, 2, -1, 2]]
