from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.workers.frame_source import FrameCache, FrameSource, frame_bytes, prefetch_order
from tracker_core.sequences import Frame


def _frame(index: int, side: int = 10) -> Frame:
    return Frame(index, np.zeros((side, side, 3), np.uint8), np.zeros((side, side), np.uint8))


def test_the_least_recently_used_frame_leaves_first() -> None:
    cache = FrameCache(budget_bytes=3 * frame_bytes(_frame(0)))
    for index in range(3):
        cache.put(_frame(index))
    assert cache.get(0) is not None
    cache.put(_frame(3))
    assert [index for index in range(4) if index in cache] == [0, 2, 3]
    assert cache.used_bytes <= cache.budget_bytes


def test_a_frame_larger_than_the_budget_is_still_kept_alone() -> None:
    cache = FrameCache(budget_bytes=10)
    cache.put(_frame(0))
    cache.put(_frame(1))
    assert len(cache) == 1
    assert 1 in cache


def test_a_smaller_budget_counts_at_once() -> None:
    cache = FrameCache(budget_bytes=5 * frame_bytes(_frame(0)))
    for index in range(5):
        cache.put(_frame(index))
    cache.set_budget(2 * frame_bytes(_frame(0)))
    assert [index for index in range(5) if index in cache] == [3, 4]
    assert cache.used_bytes == cache.budget_bytes


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 12)), max_size=60))
def test_the_count_of_bytes_stays_true(puts: list[tuple[int, int]]) -> None:
    cache = FrameCache(budget_bytes=1500)
    for index, side in puts:
        cache.put(_frame(index, side))
    held = [frame for index in range(10) if (frame := cache.get(index)) is not None]
    assert cache.used_bytes == sum(frame_bytes(frame) for frame in held)
    assert cache.used_bytes <= 1500 or len(cache) == 1


@given(st.integers(0, 50), st.sampled_from([1, -1]), st.integers(0, 30), st.integers(0, 15))
def test_the_plan_stays_inside_and_looks_ahead(
    index: int, direction: int, ahead: int, behind: int
) -> None:
    order = prefetch_order(index, direction, 51, ahead, behind)
    assert len(set(order)) == len(order)
    assert all(0 <= item < 51 and item != index for item in order)
    if ahead and 0 <= index + direction < 51:
        assert order[0] == index + direction


def test_cached_frames_are_not_decoded_again(memory_sequence: Callable[..., Any]) -> None:
    sequence = memory_sequence()
    source = FrameSource(sequence)
    assert source.cached(3) is None
    assert source.frame(3) is source.frame(3)
    assert sequence.decoded == [3]
    source.close()
    source.close()
    assert sequence.closed
