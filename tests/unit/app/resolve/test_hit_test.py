from __future__ import annotations

import pytest

from app.resolve.hit_test import (
    Grip,
    box_between,
    drag_box,
    grip_at,
    grow_box,
    handle_points,
    nudge_box,
    topmost_box,
)

BOX = (100.0, 50.0, 40.0, 60.0)
FRAME = (640.0, 480.0)


def test_handles_sit_on_corners_and_middles() -> None:
    points = handle_points(BOX)
    assert points[Grip.NW] == (100, 50)
    assert points[Grip.SE] == (140, 110)
    assert points[Grip.N] == (120, 50)
    assert points[Grip.W] == (100, 80)
    assert len(points) == 8


@pytest.mark.parametrize("grip", list(handle_points(BOX)))
def test_every_handle_can_be_taken(grip: Grip) -> None:
    assert grip_at(handle_points(BOX)[grip], BOX, scale=2.0) is grip


def test_edges_can_be_taken_anywhere() -> None:
    assert grip_at((100, 70), BOX, scale=2.0) is Grip.W
    assert grip_at((130, 111), BOX, scale=2.0) is Grip.S


def test_inside_and_outside() -> None:
    assert grip_at((120, 80), BOX, scale=1.0) is Grip.INSIDE
    assert grip_at((80, 80), BOX, scale=1.0) is Grip.OUTSIDE
    assert grip_at((120, 130), BOX, scale=1.0) is Grip.OUTSIDE


def test_the_tolerance_is_in_screen_pixels() -> None:
    point = (94.0, 80.0)
    assert grip_at(point, BOX, scale=1.0) is Grip.W
    assert grip_at(point, BOX, scale=2.0) is Grip.OUTSIDE


def test_the_middle_of_a_tiny_box_can_be_dragged() -> None:
    tiny = (10.0, 10.0, 4.0, 4.0)
    assert grip_at((12, 12), tiny, scale=1.0) is Grip.INSIDE
    assert grip_at((10, 10), tiny, scale=1.0) is Grip.NW


@pytest.mark.parametrize(
    ("grip", "cursor"),
    [
        (Grip.NW, "size_fdiag"),
        (Grip.SE, "size_fdiag"),
        (Grip.NE, "size_bdiag"),
        (Grip.SW, "size_bdiag"),
        (Grip.E, "size_hor"),
        (Grip.N, "size_ver"),
        (Grip.INSIDE, "move"),
        (Grip.OUTSIDE, "cross"),
    ],
)
def test_cursors_say_what_a_drag_does(grip: Grip, cursor: str) -> None:
    assert grip.cursor == cursor


@pytest.mark.parametrize(
    ("grip", "expected"),
    [
        (Grip.INSIDE, (105, 47, 40, 60)),
        (Grip.SE, (100, 50, 45, 57)),
        (Grip.NW, (105, 47, 35, 63)),
        (Grip.E, (100, 50, 45, 60)),
        (Grip.N, (100, 47, 40, 63)),
        (Grip.OUTSIDE, BOX),
    ],
)
def test_drags_move_their_own_edges(grip: Grip, expected: tuple[float, ...]) -> None:
    assert drag_box(BOX, grip, (5, -3), FRAME) == expected


def test_a_drag_from_the_centre_moves_both_edges() -> None:
    assert drag_box(BOX, Grip.E, (5, 0), FRAME, from_centre=True) == (95, 50, 50, 60)
    assert drag_box(BOX, Grip.SE, (5, 10), FRAME, from_centre=True) == (95, 40, 50, 80)


def test_a_drag_that_keeps_the_shape() -> None:
    x, y, w, h = drag_box(BOX, Grip.SE, (20, 0), FRAME, keep_aspect=True)
    assert (x, y, w, h) == pytest.approx((100, 50, 60, 90))
    x, y, w, h = drag_box(BOX, Grip.E, (20, 0), FRAME, keep_aspect=True)
    assert (w, h) == pytest.approx((60, 90))
    assert y + h / 2 == pytest.approx(80)


def test_an_edge_stops_at_the_other() -> None:
    assert drag_box(BOX, Grip.E, (-500, 0), FRAME) == (100, 50, 2, 60)
    assert drag_box(BOX, Grip.W, (500, 0), FRAME) == (138, 50, 2, 60)


def test_a_box_stops_at_the_frame() -> None:
    assert drag_box(BOX, Grip.INSIDE, (9999, -9999), FRAME) == (600, 0, 40, 60)
    assert drag_box(BOX, Grip.SE, (9999, 9999), FRAME) == (100, 50, 540, 430)
    assert drag_box(BOX, Grip.NW, (-9999, -9999), FRAME) == (0, 0, 140, 110)


def test_nudging_a_box_larger_than_the_frame() -> None:
    assert nudge_box((0, 0, 700, 500), (5, 5), FRAME) == (0, 0, 700, 500)


def test_growing_keeps_the_centre() -> None:
    assert grow_box(BOX, (4, -6), FRAME) == (98, 53, 44, 54)
    assert grow_box(BOX, (-99, -99), FRAME, minimum=3.0) == (118.5, 78.5, 3, 3)


def test_a_drawn_box_from_any_corner() -> None:
    expected = (20, 10, 40, 30)
    assert box_between((20, 10), (60, 40), FRAME) == expected
    assert box_between((60, 40), (20, 10), FRAME) == expected
    assert box_between((60, 10), (20, 40), FRAME) == expected


def test_a_drawn_box_is_cut_at_the_frame() -> None:
    assert box_between((-5, 470), (10, 999), FRAME) == (0, 470, 10, 10)
    assert box_between((-5, -5), (-1, -1), FRAME) == (0, 0, 0, 0)


def test_an_edge_near_that_of_the_frame_is_on_it() -> None:
    width, height = FRAME
    right = box_between((width - 30.0, 50), (width - 3.0, 90), FRAME, 4.0)
    assert right == (width - 30, 50, 30, 40)
    left = box_between((3.0, 50), (40, height - 2.0), FRAME, 4.0)
    assert left == (0, 50, 40, height - 50)
    strip = box_between((width - 2.5, 50), (width - 1.0, 90), FRAME, 4.0)
    assert strip == (width - 2.5, 50, 2.5, 40)
    # Farther away, and without any reach, it is where it was drawn.
    assert box_between((5.0, 50), (40, 90), FRAME, 4.0) == (5, 50, 35, 40)
    assert box_between((3.0, 50), (40, 90), FRAME) == (3, 50, 37, 40)


def test_the_selected_box_goes_first() -> None:
    boxes = {"large": (0.0, 0.0, 200.0, 200.0), "small": (50.0, 50.0, 20.0, 20.0)}
    assert topmost_box((60, 60), boxes, 1.0, selected="large") == ("large", Grip.INSIDE)
    assert topmost_box((60, 60), boxes, 1.0) == ("small", Grip.INSIDE)
    assert topmost_box((200, 100), boxes, 1.0, selected="large") == ("large", Grip.E)


def test_other_boxes_are_taken_as_a_whole() -> None:
    boxes = {"one": (0.0, 0.0, 50.0, 50.0)}
    assert topmost_box((0, 0), boxes, 1.0) == ("one", Grip.INSIDE)


def test_no_box_under_the_mouse() -> None:
    assert topmost_box((500, 400), {"one": BOX}, 1.0, selected="gone") is None
