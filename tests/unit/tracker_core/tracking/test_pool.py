"""The one pool of processes, with tasks that are only numbers."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest

from tracker_core.errors import CKDError
from tracker_core.tracking.pool import ProcessPool, Stop, WorkersDiedError


def squared(number: int, _stop: Stop) -> tuple[int, str]:
    return number * number, os.environ["OMP_NUM_THREADS"]


def refused(number: int, _stop: Stop) -> int:
    if number == 1:
        raise CKDError("One is no number.")
    return number


def deadly(number: int, _stop: Stop, once: Path | None = None) -> int:
    if number == 2 and (once is None or not once.exists()):
        if once is not None:
            once.touch()
        os._exit(9)
    return number


def never() -> bool:
    return False


@pytest.mark.slow
def test_every_task_is_done_with_the_threads_that_were_asked_for() -> None:
    done = dict(ProcessPool(2, threads=3).run(squared, [3, 4, 5], never))
    assert done == {0: (9, "3"), 1: (16, "3"), 2: (25, "3")}


@pytest.mark.slow
def test_what_a_task_raises_reaches_the_caller() -> None:
    with pytest.raises(CKDError, match="One is no number"):
        list(ProcessPool(1).run(refused, [0, 1, 2], never))


@pytest.mark.slow
def test_a_process_that_dies_costs_nothing_and_one_that_always_does_is_named(
    tmp_path: Path,
) -> None:
    work = partial(deadly, once=tmp_path / "once")
    assert dict(ProcessPool(1).run(work, [1, 2, 3], never)) == {0: 1, 1: 2, 2: 3}
    with pytest.raises(WorkersDiedError, match="fewer --jobs") as caught:
        list(ProcessPool(1).run(deadly, [1, 2], never))
    assert caught.value.unfinished == (1,)


def test_nothing_is_started_for_no_tasks_or_after_a_stop() -> None:
    assert list(ProcessPool(2).run(squared, [], never)) == []
    assert list(ProcessPool(2).run(squared, [1], lambda: True)) == []
