from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal

from app.bridge.runs import RunPacker
from app.bridge.values import model_info
from app.controllers.tracking import TrackingController, feature_anchors, template_anchor
from app.state.document import Document
from app.state.tracker_choice import TrackerChoice
from app.workers.base import Failure
from app.workers.tracking import Anchor, RunEnd
from sessions import Flag, SetBox, Source, Target
from tracker_core.ckd.config import ModelConfig
from tracker_core.trackers.ckd import ckd_info

CONFIG = ModelConfig(
    embed_dim=24, depth=3, num_heads=2, elimination_blocks=(1,), keep_ratios=(0.75,),
    head_channels=16, template_size=32, search_size=64,
)  # fmt: skip
INFO = model_info(ckd_info(CONFIG, "tiny", "0" * 64))


class Client(QObject):
    """Stands in for the tracker worker; the test says what it answers."""

    ready = Signal(object)
    stepped = Signal(int, object)
    finished = Signal(object)
    failed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.packer = RunPacker(INFO)
        self.stepped.connect(lambda index, result: self.packer.add(index, result))
        self.running = False
        self.asked: list[tuple[Any, ...]] = []
        self.stopped = False

    def track(self, *arguments: Any) -> None:
        self.asked.append(arguments)
        self.packer = RunPacker(INFO)
        self.running = True
        self.ready.emit(INFO)

    def end(self, reason: str = "finished", skipped: tuple[int, ...] = ()) -> None:
        self.running = False
        self.finished.emit(RunEnd(reason, skipped, self.packer.packed()))

    def fail(self, message: str) -> None:
        self.running = False
        self.failed.emit(Failure(message, self.packer.packed()))

    def stop(self) -> None:
        self.stopped = True

    def forget(self) -> None:
        self.running = False

    def forget_run(self) -> None:
        self.running = False


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def tracking(document: Document, client: Client) -> TrackingController:
    return TrackingController(document, client)  # type: ignore[arg-type]


@pytest.fixture
def target(document: Document) -> Target:
    assert document.session is not None
    return document.session.target("1")


def _start(tracking: TrackingController, target: Target, frame: int = 3, end: int = 19) -> None:
    tracking.start(object(), target, frame, end, TrackerChoice(), 0.0)  # type: ignore[arg-type]


def test_a_run_becomes_one_command_that_undo_takes_back(
    document: Document,
    tracking: TrackingController,
    client: Client,
    target: Target,
    result: Callable[..., Any],
) -> None:
    said: list[str] = []
    tracking.ended.connect(said.append)
    _start(tracking, target)
    for index in range(4, 9):
        client.stepped.emit(index, result(index, x=10.0 + index))
    assert tracking.run is not None
    assert (tracking.run.target_id, tracking.run.start) == ("1", 3)
    assert tracking.run.model == "CKD tiny"
    assert tracking.run.frames == [4, 5, 6, 7, 8]
    assert (target.source[4:9] == Source.NONE).all()
    client.end("stopped")
    assert said == ["Stopped; 5 frames tracked so far stay."]
    assert (target.source[4:9] == Source.TRACKED).all()
    assert target.boxes[6].tolist() == [[16, 20, 30, 40]] * 2
    assert (target.flags[4:9] & Flag.TARGET_REMOVED).all()
    recorded = target.tracking.frame(6)
    assert recorded is not None
    assert recorded.removed[0].tolist() == [12, 13, 14, 15]
    assert tracking.run is None
    document.undo()
    assert (target.source[4:9] == Source.NONE).all()
    assert target.tracking.frame(6) is None


def test_progress_says_how_long_it_will_take(
    tracking: TrackingController, client: Client, target: Target, result: Callable[..., Any]
) -> None:
    heard: list[Any] = []
    tracking.progressed.connect(heard.append)
    _start(tracking, target, end=7)
    for index in range(4, 8):
        client.stepped.emit(index, result(index))
    assert [(p.done, p.total, p.frame_index) for p in heard] == [
        (1, 4, 4), (2, 4, 5), (3, 4, 6), (4, 4, 7),
    ]  # fmt: skip
    assert heard[-1].seconds_left == 0
    assert heard[0].seconds_left >= 0


def test_frames_set_by_hand_survive_a_run(
    document: Document,
    tracking: TrackingController,
    client: Client,
    target: Target,
    result: Callable[..., Any],
) -> None:
    document.do(SetBox("1", 6, np.array([[90.0, 20.0, 30.0, 40.0]] * 2)))
    said: list[str] = []
    tracking.ended.connect(said.append)
    _start(tracking, target)
    for index in range(4, 9):
        client.stepped.emit(index, result(index))
    client.end()
    assert target.boxes[6, 0, 0] == 90
    assert target.source[6] == Source.MANUAL
    assert said == ["Tracked 5 frames. 1 frame set by hand was left as it is."]


def test_a_run_starts_only_from_a_box(tracking: TrackingController, target: Target) -> None:
    said: list[str] = []
    tracking.failed.connect(said.append)
    _start(tracking, target, frame=9)
    _start(tracking, target, frame=3, end=3)
    assert "has no box on frame 9; draw one" in said[0]
    assert "nothing to track" in said[1]
    assert not tracking.running


def test_the_template_is_the_box_set_by_hand(
    tracking: TrackingController, client: Client, target: Target, result: Callable[..., Any]
) -> None:
    _start(tracking, target)
    for index in range(4, 9):
        client.stepped.emit(index, result(index, x=50.0))
    client.end()
    _start(tracking, target, frame=8)
    _, _, anchor, start, end, *_ = client.asked[1]
    assert anchor == Anchor(3, (10.0, 20.0, 30.0, 40.0))
    assert start == Anchor(8, (50.0, 20.0, 30.0, 40.0))
    assert end == 19


def test_a_failure_keeps_what_was_tracked(
    document: Document,
    tracking: TrackingController,
    client: Client,
    target: Target,
    result: Callable[..., Any],
) -> None:
    failed: list[str] = []
    tracking.failed.connect(failed.append)
    _start(tracking, target)
    client.stepped.emit(4, result(4))
    client.fail("Frame 5 is damaged.")
    assert failed == ["Frame 5 is damaged. 1 frame tracked until then stays."]
    assert target.source[4] == Source.TRACKED
    assert tracking.run is None
    document.undo()
    assert target.source[4] == Source.NONE


def test_a_run_that_cannot_be_taken_over_ends_all_the_same(
    document: Document,
    tracking: TrackingController,
    client: Client,
    target: Target,
    result: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_memory(*_values: object) -> None:
        raise MemoryError

    failed: list[str] = []
    tracking.failed.connect(failed.append)
    _start(tracking, target)
    client.stepped.emit(4, result(4))
    monkeypatch.setattr(document, "do", no_memory)
    client.end()
    assert len(failed) == 1
    assert failed[0].startswith("The tracked frames cannot be taken over: there is not enough mem")
    assert not tracking.running
    assert tracking.run is None


def test_a_failure_before_the_first_frame_is_said(
    tracking: TrackingController, client: Client, target: Target
) -> None:
    failed: list[str] = []
    tracking.failed.connect(failed.append)
    _start(tracking, target)
    client.fail("There is no checkpoint x.")
    assert failed == ["There is no checkpoint x."]


def test_gaps_and_pauses_are_said(
    tracking: TrackingController, client: Client, target: Target, result: Callable[..., Any]
) -> None:
    said: list[str] = []
    tracking.ended.connect(said.append)
    _start(tracking, target)
    client.stepped.emit(5, result(5, score=0.12))
    client.end("paused", skipped=(4,))
    assert said == [
        "Paused on frame 5: the score fell to 0.12. 1 frame lacks a modality and was passed over."
    ]
    _start(tracking, target)
    client.end("stopped")
    assert said[1] == "Stopped before any frame."


def test_anchors_lie_on_the_side_the_run_comes_from(document: Document, target: Target) -> None:
    document.do(SetBox("1", 10, np.array([[90.0, 20.0, 30.0, 40.0]] * 2)))
    forward = template_anchor(target, 7, 1)
    backward = template_anchor(target, 7, -1)
    assert forward is not None
    assert backward is not None
    assert (forward.frame_index, backward.frame_index) == (3, 10)
    assert template_anchor(target, 2, 1) is None
    assert feature_anchors(target, 4) == (forward, forward.box_xywh)
    assert feature_anchors(target, 9) == (backward, backward.box_xywh)
    assert feature_anchors(target, 0) is None
