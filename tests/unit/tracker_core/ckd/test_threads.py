"""A small network computes on one thread, and whoever uses the tracker keeps theirs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from tracker_core.checkpoints.opening import open_model
from tracker_core.ckd import threads
from tracker_core.ckd.model.ckd import CKD
from tracker_core.ckd.tracker import CKDTracker
from tracker_core.engines.table import ENGINES, Given
from tracker_core.frames import FramePair

BOX = (40.0, 40.0, 30.0, 20.0)


@pytest.fixture
def three_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def threads_inside(monkeypatch: pytest.MonkeyPatch, tracker: CKDTracker) -> set[int]:
    """On how many threads the network is computed for a template and a frame."""
    seen: set[int] = set()
    for name in ("prepare", "locate"):
        plain = getattr(CKD, name)

        def spied(self: CKD, *given: object, plain: object = plain, **more: object) -> object:
            seen.add(torch.get_num_threads())
            return plain(self, *given, **more)  # type: ignore[operator]

        monkeypatch.setattr(CKD, name, spied)
    pair = FramePair(np.zeros((120, 160, 3), np.uint8), np.zeros((120, 160), np.uint8))
    tracker.step(tracker.start(pair, BOX), pair)
    return seen


@pytest.mark.usefixtures("three_threads")
def test_a_small_network_takes_one_thread_and_gives_the_others_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = open_model("tiny").model
    assert threads_inside(monkeypatch, CKDTracker(model, "cpu")) == {1}
    assert torch.get_num_threads() == 3
    assert threads.threads_for(model) == 1


@pytest.mark.usefixtures("three_threads")
def test_a_large_network_takes_what_torch_is_set_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "SMALL", 100)
    model = open_model("tiny").model
    assert threads_inside(monkeypatch, CKDTracker(model, "cpu")) == {3}
    assert threads.threads_for(model) == 3


@pytest.mark.usefixtures("three_threads")
def test_trackers_of_one_process_share_them(monkeypatch: pytest.MonkeyPatch) -> None:
    threads._usual.cache_clear()
    monkeypatch.setattr(threads, "SMALL", 100)
    model = open_model("tiny").model
    for trackers, each in ((2, 1), (1, 3), (7, 1)):
        threads.share_threads(trackers)
        assert threads.threads_for(model) == each
        assert threads_inside(monkeypatch, CKDTracker(model, "cpu")) == {each}
    threads._usual.cache_clear()


@pytest.mark.usefixtures("three_threads")
def test_threads_that_are_named_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    model = open_model("tiny").model
    tracker = CKDTracker(
        model, "cpu", engine=lambda given: ENGINES["eager"].make(given, Given(threads=2))
    )
    assert threads_inside(monkeypatch, tracker) == {2}
