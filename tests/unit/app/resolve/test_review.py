from __future__ import annotations

import numpy as np

from app.resolve.review import NOTHING, neighbour, review_items

COUNT = 12


def _calm() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    boxes = np.tile([50.0, 50.0, 20.0, 20.0], (COUNT, 1))
    score = np.full(COUNT, 0.9, np.float32)
    return boxes, score, np.ones(COUNT, np.bool_), np.zeros(COUNT, np.int32)


def test_a_calm_run_has_nothing_to_review() -> None:
    assert len(review_items(*_calm())) == 0


def test_each_reason_is_found_on_its_frame() -> None:
    boxes, score, machine, removed = _calm()
    score[2], score[3] = 0.34, 0.1
    boxes[6:, 0] += 40
    boxes[9:, 2:] *= 1.5
    removed[11] = 2
    found = {item.frame_index: item.reason for item in review_items(boxes, score, machine, removed)}
    assert found[3] == "low score"
    assert found[6] == "jump"
    assert found[9] in ("size change", "jump")
    assert found[11] == "tokens removed"


def test_a_fall_of_the_score_is_a_drop_even_when_it_stays_high_enough() -> None:
    boxes, score, machine, removed = _calm()
    score[5:] = 0.5
    (item,) = review_items(boxes, score, machine, removed)
    assert (item.frame_index, item.reason) == (5, "drop")


def test_frames_set_by_hand_and_frames_without_boxes_are_left_out() -> None:
    boxes, score, machine, removed = _calm()
    score[4] = 0.0
    machine[4] = False
    boxes[7] = np.nan
    score[7] = np.nan
    removed[7] = 1
    machine[7] = False
    assert review_items(boxes, score, machine, removed)[:] == ()


def test_the_worst_comes_first_and_a_frame_is_listed_once() -> None:
    boxes, score, machine, removed = _calm()
    score[2], score[8] = 0.3, 0.01
    removed[8] = 1
    items = review_items(boxes, score, machine, removed)
    assert [item.frame_index for item in items] == [8, 2]


def test_walking_through_the_queue_goes_round() -> None:
    boxes, score, machine, removed = _calm()
    score[2], score[8] = 0.3, 0.01
    items = review_items(boxes, score, machine, removed)
    assert neighbour(items, 0, 1) == 8
    assert neighbour(items, 8, 1) == 2
    assert neighbour(items, 2, 1) == 8
    assert neighbour(items, 0, -1) == 2
    assert neighbour(NOTHING, 0, 1) is None
