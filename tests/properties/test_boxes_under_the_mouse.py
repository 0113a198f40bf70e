from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.resolve.hit_test import Grip, box_between, drag_box, grip_at, grow_box, handle_points

WIDTH, HEIGHT = 640.0, 480.0
FRAME = (WIDTH, HEIGHT)
MINIMUM = 2.0
moves = st.tuples(st.floats(-900, 900), st.floats(-900, 900))
grips = st.sampled_from([grip for grip in Grip if grip is not Grip.OUTSIDE])


@st.composite
def boxes(draw: st.DrawFn) -> tuple[float, float, float, float]:
    width, height = draw(st.floats(MINIMUM, WIDTH)), draw(st.floats(MINIMUM, HEIGHT))
    x, y = draw(st.floats(0, WIDTH - width)), draw(st.floats(0, HEIGHT - height))
    return x, y, width, height


def assert_inside(box: tuple[float, float, float, float]) -> None:
    x, y, width, height = box
    assert x >= -1e-6
    assert y >= -1e-6
    assert x + width <= WIDTH + 1e-6
    assert y + height <= HEIGHT + 1e-6
    assert min(width, height) >= MINIMUM - 1e-6


@given(boxes(), grips, moves, st.booleans())
def test_a_dragged_box_stays_in_the_frame(
    box: tuple[float, float, float, float], grip: Grip, move: tuple[float, float], centred: bool
) -> None:
    assert_inside(drag_box(box, grip, move, FRAME, minimum=MINIMUM, from_centre=centred))


@given(boxes(), grips.filter(lambda grip: grip.is_handle), moves, st.booleans())
def test_a_box_that_keeps_its_shape(
    box: tuple[float, float, float, float], grip: Grip, move: tuple[float, float], centred: bool
) -> None:
    x, y, width, height = drag_box(
        box, grip, move, FRAME, minimum=MINIMUM, from_centre=centred, keep_aspect=True
    )
    assert width / height == pytest.approx(box[2] / box[3], rel=1e-6)
    assert x >= -1e-6
    assert x + width <= WIDTH + 1e-6
    assert y >= -1e-6
    assert y + height <= HEIGHT + 1e-6


@given(boxes(), grips)
def test_no_move_changes_nothing(box: tuple[float, float, float, float], grip: Grip) -> None:
    assert drag_box(box, grip, (0, 0), FRAME, minimum=MINIMUM) == pytest.approx(box, abs=1e-6)


@given(boxes(), moves)
def test_a_grown_box_keeps_its_centre(
    box: tuple[float, float, float, float], move: tuple[float, float]
) -> None:
    grown = grow_box(box, move, FRAME, minimum=MINIMUM)
    assert_inside(grown)
    for start, length in ((0, 2), (1, 3)):
        before, after = box[start] + box[length] / 2, grown[start] + grown[length] / 2
        assert after == pytest.approx(before, abs=1e-6)


@given(moves, moves)
def test_a_drawn_box_does_not_care_for_direction(
    start: tuple[float, float], end: tuple[float, float]
) -> None:
    box = box_between(start, end, FRAME)
    assert box == box_between(end, start, FRAME)
    assert 0 <= box[0] <= box[0] + box[2] <= WIDTH
    assert 0 <= box[1] <= box[1] + box[3] <= HEIGHT


@given(boxes(), st.floats(0.1, 20))
def test_the_centre_of_a_box_is_inside_it(
    box: tuple[float, float, float, float], scale: float
) -> None:
    centre = box[0] + box[2] / 2, box[1] + box[3] / 2
    assert grip_at(centre, box, scale) is Grip.INSIDE
    for grip, point in handle_points(box).items():
        if grip.direction[0] and grip.direction[1]:
            assert grip_at(point, box, scale) is grip
