from __future__ import annotations

import numpy as np

from tracker_core.sequences.remarks import ranges
from tracker_core.sequences.timeline import (
    Timeline,
    pair_by_number,
    pair_by_time,
    pair_in_order,
)


def pair(rgb: list[int], tir: list[int], shift: int = 0) -> Timeline:
    return pair_by_number(np.array(rgb, np.int64), np.array(tir, np.int64), shift)


def codes(timeline: Timeline) -> list[str]:
    return [remark.code for remark in timeline.remarks]


def test_equal_numbers_are_paired_without_a_word() -> None:
    timeline = pair([1, 2, 3], [1, 2, 3])
    assert timeline.rgb.tolist() == timeline.tir.tolist() == [0, 1, 2]
    assert timeline.remarks == ()
    assert timeline.gaps().tolist() == []
    assert timeline.whole


def test_a_number_that_one_modality_lacks_is_a_gap_and_shifts_nothing() -> None:
    timeline = pair([0, 1, 2, 3, 4], [0, 1, 3, 4])
    assert timeline.rgb.tolist() == [0, 1, 2, 3, 4]
    assert timeline.tir.tolist() == [0, 1, -1, 2, 3]
    assert timeline.gaps().tolist() == [2]
    assert codes(timeline) == ["missing-frames"]
    assert "There are 5 RGB and 4 thermal frames" in timeline.remarks[0].sentence
    assert "number 2 is missing" in timeline.remarks[0].sentence


def test_a_number_that_both_lack_is_a_gap_as_well() -> None:
    timeline = pair([2, 4, 5, 6], [2, 4, 5, 6])
    assert timeline.rgb.tolist() == timeline.tir.tolist() == [0, -1, 1, 2, 3]
    assert codes(timeline) == ["missing-frames", "missing-frames"]


def test_a_missing_first_frame_is_not_another_way_of_counting() -> None:
    timeline = pair([0, 1, 2, 3], [1, 2, 3])
    assert timeline.tir.tolist() == [-1, 0, 1, 2]


def test_a_shift_names_missing_numbers_as_their_folder_has_them() -> None:
    timeline = pair([0, 1, 2, 3], [500, 502, 503], -500)
    assert timeline.tir.tolist() == [0, -1, 1, 2]
    assert codes(timeline) == ["missing-frames"]
    assert "number 501" in timeline.remarks[0].sentence


def test_every_tenth_frame_is_a_sequence_of_its_own() -> None:
    timeline = pair([0, 10, 20, 40], [0, 10, 20, 30, 40])
    assert timeline.numbers is not None
    assert timeline.numbers.tolist() == [0, 10, 20, 30, 40]
    assert timeline.rgb.tolist() == [0, 1, 2, -1, 3]


def test_far_jumps_do_not_make_thousands_of_gaps() -> None:
    timeline = pair([1, 2, 3, 90_000], [1, 2, 3, 90_000])
    assert len(timeline) == 4
    assert codes(timeline) == ["jumping-numbers"]
    assert not timeline.whole


def test_in_order_the_shorter_one_ends_in_gaps() -> None:
    timeline = pair_in_order(2, 4)
    assert timeline.rgb.tolist() == [0, 1, -1, -1]
    assert "last 2 have no RGB frame" in timeline.remarks[0].sentence


def test_in_order_with_an_offset_both_ends_may_be_gaps() -> None:
    timeline = pair_in_order(4, 4, (), 1)
    assert timeline.rgb.tolist() == [-1, 0, 1, 2, 3]
    assert timeline.tir.tolist() == [0, 1, 2, 3, -1]
    assert codes(timeline) == ["missing-frames", "missing-frames"]


def test_by_time_each_frame_meets_its_nearest_once() -> None:
    rgb = np.array([0, 33, 67, 100, 200], np.int64)
    tir = np.array([5, 13, 70, 130, 204], np.int64)
    timeline, farthest = pair_by_time(rgb, tir, 16.5)
    pairs = [(int(a), int(b)) for a, b in zip(timeline.rgb, timeline.tir, strict=True)]
    assert pairs == [(0, 0), (-1, 1), (1, -1), (2, 2), (3, -1), (-1, 3), (4, 4)]
    assert farthest == 5


def test_ranges_are_written_for_people() -> None:
    assert ranges([3, 7, 8, 9]) == "3, 7-9"
    assert ranges(range(0, 40, 2), limit=2) == "0, 2 and 18 more"
    assert ranges([]) == ""
