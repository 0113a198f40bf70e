from __future__ import annotations

import numpy as np

from app.resolve.second_looks import stretches
from sessions import Source


def looked(**keys: slice | int) -> tuple[np.ndarray, np.ndarray]:
    source = np.zeros(20, np.uint8)
    for name, where in keys.items():
        source[where] = Source[name.rstrip("_").upper()]
    boxes = np.full((20, 4), np.nan)
    boxes[source > 0] = [1, 2, 3, 4]
    boxes[:, 0] += np.arange(20)
    return source, boxes


def test_a_run_from_a_box_by_hand_ends_free() -> None:
    (found,) = stretches(*looked(tracked=slice(3, 9), manual=2))
    assert found.frames == tuple(range(3, 9))
    assert found.start == (2, (3.0, 2.0, 3.0, 4.0))
    assert found.far[0] == 8
    assert found.free_end
    assert found.way_back == (7, 6, 5, 4, 3)


def test_between_two_boxes_by_hand_the_way_back_begins_at_the_second() -> None:
    first, second = stretches(*looked(tracked=slice(3, 15), manual=2, manual_=9))
    assert (first.frames, first.far[0]) == ((3, 4, 5, 6, 7, 8), 9)
    assert not first.free_end
    assert first.way_back == (8, 7, 6, 5, 4, 3)
    assert (second.start[0], second.free_end) == (9, True)


def test_frames_before_the_first_box_by_hand_were_tracked_backward() -> None:
    (found,) = stretches(*looked(tracked=slice(3, 9), manual=9))
    assert found.frames == (8, 7, 6, 5, 4, 3)
    assert (found.start[0], found.far[0], found.free_end) == (9, 3, True)
    assert found.way_back == (4, 5, 6, 7, 8)


def test_without_a_box_by_hand_the_first_tracked_one_has_to_do() -> None:
    (found,) = stretches(*looked(tracked=slice(3, 9)))
    assert (found.start[0], found.frames[0]) == (3, 4)
    assert stretches(*looked(tracked=3)) == ()
    assert stretches(*looked(manual=3)) == ()
