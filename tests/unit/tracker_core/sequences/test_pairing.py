from __future__ import annotations

import numpy as np

from tracker_core.sequences.pairing import Timeline, pair_frames, pair_in_order
from tracker_core.sequences.remarks import ranges


def pair(rgb: list[int], tir: list[int]) -> Timeline:
    return pair_frames(len(rgb), len(tir), np.array(rgb, np.int64), np.array(tir, np.int64))


def codes(timeline: Timeline) -> list[str]:
    return [remark.code for remark in timeline.remarks]


def test_equal_numbers_are_paired_without_a_word() -> None:
    timeline = pair([1, 2, 3], [1, 2, 3])
    assert timeline.rgb.tolist() == timeline.tir.tolist() == [0, 1, 2]
    assert timeline.remarks == ()
    assert timeline.gaps().tolist() == []


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


def test_counting_from_zero_and_from_one_are_the_same_frames() -> None:
    timeline = pair([0, 1, 2], [1, 2, 3])
    assert timeline.tir.tolist() == [0, 1, 2]
    assert codes(timeline) == ["other-base"]


def test_a_missing_first_frame_is_not_another_way_of_counting() -> None:
    timeline = pair([0, 1, 2, 3], [1, 2, 3])
    assert timeline.tir.tolist() == [-1, 0, 1, 2]


def test_recordings_that_overlap_by_their_numbers_are_paired_by_them() -> None:
    timeline = pair(list(range(20)), list(range(3, 23)))
    assert len(timeline) == 23
    assert timeline.tir.tolist()[:4] == [-1, -1, -1, 0]
    assert timeline.rgb.tolist()[-3:] == [-1, -1, -1]


def test_unrelated_numbers_are_paired_from_the_first_of_each_with_their_gaps() -> None:
    timeline = pair([0, 1, 2, 3], [500, 502, 503])
    assert timeline.tir.tolist() == [0, -1, 1, 2]
    assert codes(timeline) == ["other-base", "missing-frames"]
    assert "number 501" in timeline.remarks[1].sentence


def test_every_tenth_frame_is_a_sequence_of_its_own() -> None:
    timeline = pair([0, 10, 20, 40], [0, 10, 20, 30, 40])
    assert timeline.numbers is not None
    assert timeline.numbers.tolist() == [0, 10, 20, 30, 40]
    assert timeline.rgb.tolist() == [0, 1, 2, -1, 3]


def test_far_jumps_do_not_make_thousands_of_gaps() -> None:
    timeline = pair([1, 2, 3, 90_000], [1, 2, 3, 90_000])
    assert len(timeline) == 4
    assert codes(timeline) == ["jumping-numbers"]


def test_names_without_numbers_are_paired_in_order_and_said() -> None:
    timeline = pair_frames(3, 2, None, np.array([4, 5], np.int64))
    assert timeline.tir.tolist() == [0, 1, -1]
    assert codes(timeline) == ["not-numbered", "unequal-counts"]
    assert timeline.numbers is None


def test_in_order_the_shorter_one_ends_in_gaps() -> None:
    timeline = pair_in_order(2, 4)
    assert timeline.rgb.tolist() == [0, 1, -1, -1]
    assert "last 2 have no RGB frame" in timeline.remarks[0].sentence


def test_ranges_are_written_for_people() -> None:
    assert ranges([3, 7, 8, 9]) == "3, 7-9"
    assert ranges(range(0, 40, 2), limit=2) == "0, 2 and 18 more"
    assert ranges([]) == ""
