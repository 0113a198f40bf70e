"""Steps of an export that overlap: in order, bounded, and ended with whatever ends the export."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from contextlib import closing

import pytest

from app.export.ahead import MOST, ahead


def threads() -> list[str]:
    return [each.name for each in threading.enumerate() if each.name.startswith("step")]


def test_all_come_in_order_from_threads_of_their_own() -> None:
    seen: set[str] = set()

    def numbers() -> Generator[int, None, None]:
        for number in range(50):
            seen.add(threading.current_thread().name)
            yield number

    with closing(ahead(numbers(), "step 1")) as first:
        doubled = ahead((2 * each for each in first), "step 2")
        assert list(doubled) == list(range(0, 100, 2))
    assert seen == {"step 1"}
    assert threads() == []


def test_what_is_raised_comes_in_its_turn() -> None:
    def numbers() -> Generator[int, None, None]:
        yield 1
        yield 2
        raise ValueError("three")

    got: list[int] = []
    with pytest.raises(ValueError, match="three"):
        got.extend(ahead(numbers(), "step"))
    assert got == [1, 2]
    assert threads() == []


def test_it_works_ahead_no_further_than_it_may_and_ends_when_it_is_closed() -> None:
    made: list[int] = []
    closed: list[str] = []

    def numbers() -> Generator[int, None, None]:
        try:
            for number in range(1000):
                made.append(number)
                yield number
        finally:
            closed.append(threading.current_thread().name)

    steps = ahead(numbers(), "step")
    # Nothing begins before somebody reads.
    assert threads() == []
    assert next(steps) == 0
    # The one that was read, those that wait, and the one that waits for room.
    while len(made) < MOST + 2:
        time.sleep(0.001)
    time.sleep(0.05)
    assert len(made) == MOST + 2
    steps.close()
    assert threads() == []
    # Before the thread had ended, by that thread: nobody else may close what it reads from.
    assert closed == ["step"]
