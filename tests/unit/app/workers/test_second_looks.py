"""Second looks: what they give, how they stop, and what is left when one fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from app.resolve.second_looks import Stretch
from app.state.tracker_choice import TrackerChoice
from app.workers.base import Failure
from app.workers.frame_source import FrameSource
from app.workers.second_looks import Looked, SecondLook, SecondLookRequest, SecondLookWorker
from tracker_core.errors import CKDError
from tracker_core.frames import Box, FramePair
from tracker_core.trackers import Capabilities, Step

BOX: Box = (1.0, 1.0, 4.0, 4.0)
COUNT = 12


@dataclass(frozen=True, slots=True)
class State:
    box: Box

    def moved_to(self, box_xywh: Box) -> State:
        return replace(self, box=box_xywh)


class Still:
    """Sees the target where it was; `fails_on` looks later it breaks."""

    capabilities = Capabilities(moves=True)

    def __init__(self, fails_on: int = -1) -> None:
        self.looks = 0
        self.fails_on = fails_on

    def start(self, _frames: FramePair, box_xywh: Box) -> State:
        return State(box_xywh)

    def step(self, state: State, _frames: FramePair) -> tuple[State, Step]:
        self.looks += 1
        if self.looks == self.fails_on:
            raise CKDError("The tracker broke; use another.")
        return state, Step(state.box)


def request(sequence: Any, frames: tuple[int, ...] = tuple(range(1, 8))) -> SecondLookRequest:
    boxes = np.full((COUNT, 4), np.nan)
    boxes[: max(frames) + 1] = BOX
    stretch = Stretch(frames, (0, BOX), (frames[-1], BOX))
    return SecondLookRequest(1, FrameSource(sequence), TrackerChoice(), "1", boxes, (stretch,))


class Heard:
    """What a worker says."""

    def __init__(self, worker: SecondLookWorker) -> None:
        self.finished: list[SecondLook] = []
        self.failed: list[Failure] = []
        self.news: list[Looked] = []
        self.on_news: Callable[[], None] = lambda: None
        worker.finished.connect(lambda _number, answer: self.finished.append(answer))
        worker.failed.connect(lambda _number, failure: self.failed.append(failure))
        worker.news.connect(self._hear)

    def _hear(self, _number: int, news: Looked) -> None:
        self.news.append(news)
        self.on_news()


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, qapp: object) -> Callable[[Still], Any]:  # noqa: ARG001
    def make(tracker: Still) -> tuple[SecondLookWorker, Heard]:
        monkeypatch.setattr("tracker_core.trackers.open_tracker", lambda *_a, **_k: (None, tracker))
        worker = SecondLookWorker()
        return worker, Heard(worker)

    return make


def test_all_of_it_is_looked_at_and_progress_is_told(
    served: Callable[[Still], Any], memory_sequence: Callable[..., Any]
) -> None:
    worker, heard = served(Still())
    asked = request(memory_sequence(COUNT))
    worker.serve(asked)
    (look,) = heard.finished
    assert (look.done, look.total) == (13, 13)
    assert [news.done for news in heard.news] == list(range(1, 14))
    known = ~np.isnan(look.opinions.alone[:, 0, 0])
    assert np.flatnonzero(known).tolist() == list(range(1, 8))
    assert np.flatnonzero(~np.isnan(look.opinions.back[:, 0])).tolist() == list(range(1, 7))
    # It came home: the far end is on the target.
    assert look.opinions.missed[1:8].tolist() == [0.0] * 7
    assert np.isnan(look.opinions.missed[[0, 8]]).all()


def test_stopped_it_gives_what_it_has_seen(
    served: Callable[[Still], Any], memory_sequence: Callable[..., Any]
) -> None:
    worker, heard = served(Still())
    asked = request(memory_sequence(COUNT))
    heard.on_news = lambda: asked.stop.set() if len(heard.news) == 3 else None
    worker.serve(asked)
    (look,) = heard.finished
    assert (look.done, look.total) == (3, 13)
    assert np.flatnonzero(~np.isnan(look.opinions.alone[:, 0, 0])).tolist() == [1, 2, 3]


def test_a_look_that_fails_keeps_those_before_it(
    served: Callable[[Still], Any], memory_sequence: Callable[..., Any]
) -> None:
    worker, heard = served(Still(fails_on=6))
    worker.serve(request(memory_sequence(COUNT)))
    (failure,) = heard.failed
    assert "The tracker broke; use another." in failure.message
    assert isinstance(failure.kept, SecondLook)
    assert failure.kept.done == 2
    assert heard.finished == []


def test_gaps_are_passed_over_and_counted_as_done(
    served: Callable[[Still], Any], memory_sequence: Callable[..., Any]
) -> None:
    worker, heard = served(Still())
    worker.serve(request(memory_sequence(COUNT, gap=4)))
    (look,) = heard.finished
    assert look.done == look.total
    assert np.isnan(look.opinions.alone[4]).all()
