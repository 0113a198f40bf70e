from __future__ import annotations

import numpy as np
import pytest

from sessions import Alignment, SessionError

SHIFT_AND_GROW = (2.0, 0, 10, 0, 2.0, -4, 0, 0, 1)


def test_nothing_moves_without_alignment() -> None:
    boxes = np.array([[1.1, 2.2, 3.3, 4.4]])
    assert Alignment().boxes_to_rgb(boxes) is boxes
    assert Alignment().boxes_to_tir(boxes) is boxes
    assert Alignment().is_identity


def test_boxes_map_to_upright_boxes() -> None:
    alignment = Alignment(0, SHIFT_AND_GROW)
    assert alignment.boxes_to_rgb(np.array([5.0, 6, 7, 8])) == pytest.approx([20, 8, 14, 16])
    assert alignment.boxes_to_tir(np.array([20.0, 8, 14, 16])) == pytest.approx([5, 6, 7, 8])


@pytest.mark.parametrize("degrees", [0, 10, 44, 90])
def test_a_box_comes_back_as_it_was(degrees: float) -> None:
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turned = (1.1 * cos, -1.1 * sin, 40, 1.1 * sin, 1.1 * cos, -9, 1e-5, -2e-5, 1)
    alignment = Alignment(0, turned)
    boxes = np.array([[50.0, 60, 30, 20], [50, 60, 20, 60], [5, 7, 300, 200]])
    there = alignment.boxes_to_tir(boxes)
    assert alignment.boxes_to_rgb(there) == pytest.approx(boxes)
    # The middle is that of the map, and a target is about as large as before.
    middle = alignment.matrix @ [*(there[0, :2] + there[0, 2:] / 2), 1]
    assert middle[:2] / middle[2] == pytest.approx([65, 70])
    assert there[0, 2:].prod() == pytest.approx(30 * 20 / 1.21, rel=0.1)


def test_a_quarter_turn_exchanges_the_sides() -> None:
    alignment = Alignment(0, (0, -1, 100, 1, 0, 0, 0, 0, 1))
    assert alignment.boxes_to_rgb(np.array([10.0, 20, 30, 8])) == pytest.approx([72, 10, 8, 30])


def test_a_thin_box_that_was_never_mapped_has_an_image() -> None:
    half = np.sqrt(0.5)
    alignment = Alignment(0, (half, -half, 0, half, half, 0, 0, 0, 1))
    mapped = alignment.boxes_to_rgb(np.array([50.0, -60, 2, 90]))
    assert mapped[2:] == pytest.approx([np.hypot(2, 90) * half] * 2)


def test_many_boxes_and_missing_ones_at_once() -> None:
    boxes = np.full((3, 2, 4), np.nan)
    boxes[0] = 5
    mapped = Alignment(0, SHIFT_AND_GROW).boxes_to_rgb(boxes)
    assert mapped[0, 1] == pytest.approx([20, 6, 10, 10])
    assert np.isnan(mapped[1:]).all()


def test_a_box_across_the_horizon_has_no_image() -> None:
    alignment = Alignment(0, (1, 0, 0, 0, 1, 0, -0.01, 0, 1))
    assert np.isnan(alignment.boxes_to_rgb(np.array([90.0, 0, 20, 10]))).all()


@pytest.mark.parametrize(
    ("offset", "matrix", "said"),
    [
        (0.5, None, "time offset"),
        (10**13, None, "time offset"),
        (0, (1, 2, 3), "3 x 3"),
        (0, (np.nan, 0, 0, 0, 1, 0, 0, 0, 1), "finite"),
        (0, (1, 0, 0, 2, 0, 0, 0, 0, 1), "onto a line"),
        (0, "no matrix", "3 x 3"),
    ],
)
def test_an_impossible_alignment_is_refused(offset: int, matrix: object, said: str) -> None:
    with pytest.raises(SessionError, match=said):
        Alignment(offset, *([matrix] if matrix is not None else []))  # type: ignore[list-item]


def test_a_matrix_may_be_an_array() -> None:
    assert Alignment(3, np.eye(3)) == Alignment(3)  # type: ignore[arg-type]
