from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal

from app.bridge.runs import RunPacker
from app.bridge.values import model_info
from app.controllers.run_plan import RunPlan, plan_ahead
from app.controllers.tracking import TrackingController
from app.resolve.anchors import feature_anchors, template_anchor
from app.state.document import Document
from app.state.tracker_choice import TrackerChoice
from app.workers.base import Failure
from app.workers.tracking import Anchor, Leg, RunEnd
from sessions import AddTarget, Flag, ImportBoxes, SetBox, SetFlags, Source, Target
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
        self.asked: list[tuple[tuple[Leg, ...], dict[str, Any]]] = []
        self.stopped = False

    def track(
        self, _source: object, _choice: object, legs: tuple[Leg, ...], *_: Any, **options: Any
    ) -> None:
        self.asked.append((legs, options))
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


def test_a_run_ends_before_the_next_box_set_by_hand(
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
    ((leg,), _) = client.asked[0]
    assert list(leg.frames) == [4, 5]
    for index in leg.frames:
        client.stepped.emit(index, result(index))
    client.end()
    assert target.boxes[6, 0, 0] == 90
    assert target.source[3:8].tolist() == [1, 2, 2, 1, 0]
    assert said == [
        "Tracked 2 frames, up to the box set by hand on frame 6; track again to go on from there."
    ]
    # From the last tracked frame the same key goes on behind the box by hand.
    _start(tracking, target, frame=5)
    ((leg,), _) = client.asked[1]
    assert (leg.start.frame_index, leg.template.frame_index, leg.end) == (6, 6, 19)


def test_boxes_that_were_interpolated_and_frames_marked_absent_stay(
    document: Document,
    tracking: TrackingController,
    client: Client,
    target: Target,
    result: Callable[..., Any],
) -> None:
    boxes = np.repeat(np.array([[[70.0, 20.0, 30.0, 40.0]] * 2]), 2, axis=0)
    document.do(ImportBoxes("1", np.array([5, 6]), boxes))
    document.do(SetFlags("1", np.array([8, 9]), Flag.ABSENT))
    said: list[str] = []
    tracking.ended.connect(said.append)
    _start(tracking, target, end=11)
    _, options = client.asked[0]
    assert (options["kept"], options["absent"]) == ({5, 6}, {8, 9})
    for index in (4, 7, 10, 11):
        client.stepped.emit(index, result(index))
    client.end()
    assert target.source[4:12].tolist() == [2, 4, 4, 2, 0, 0, 2, 2]
    assert target.boxes[5, 0, 0] == 70
    assert said == [
        "Tracked 4 frames. 2 interpolated or imported boxes were kept. "
        "2 frames marked absent stay so."
    ]
    assert document.history is not None
    assert document.history.undo_label == "Track Walker on frames 4 to 11"


def test_targets_are_tracked_one_after_the_other(
    document: Document,
    tracking: TrackingController,
    client: Client,
    result: Callable[..., Any],
) -> None:
    document.do(AddTarget("2", "Car"))
    document.do(SetBox("2", 3, np.array([[50.0, 20.0, 30.0, 40.0]] * 2)))
    document.do(AddTarget("3", "Dog"))
    document.do(AddTarget("4", "Bus"))
    document.do(SetBox("4", 3, np.array([[50.0, 20.0, 30.0, 40.0]] * 2)))
    said: list[str] = []
    heard: list[str] = []
    tracking.ended.connect(said.append)
    tracking.progressed.connect(lambda progress: heard.append(progress.whose))

    def plan(target: Target) -> RunPlan:
        return plan_ahead(target, 3, 5)

    tracking.run_all(object(), ["1", "2", "3", "4"], plan, TrackerChoice())  # type: ignore[arg-type]
    for target_id in ("1", "2", "4"):
        assert tracking.target_id == target_id
        for index in (4, 5):
            client.stepped.emit(index, result(index))
        assert said == []
        client.end()
    assert heard[::2] == ["Walker (1 of 4)", "Car (2 of 4)", "Bus (4 of 4)"]
    assert said == [
        "Walker: Tracked 2 frames. Car: Tracked 2 frames. "
        "Dog: Dog has no box on frame 3; draw one, then track. Bus: Tracked 2 frames. "
        "Each target is a step of its own to undo."
    ]
    assert document.history is not None
    labels = []
    for _ in range(3):
        labels.append(document.history.undo_label)
        document.undo()
    assert labels == [f"Track {name} on frames 4 to 5" for name in ("Bus", "Car", "Walker")]


def test_a_stop_ends_the_runs_of_all_targets(
    document: Document,
    tracking: TrackingController,
    client: Client,
    result: Callable[..., Any],
) -> None:
    document.do(AddTarget("2", "Car"))
    document.do(SetBox("2", 3, np.array([[50.0, 20.0, 30.0, 40.0]] * 2)))
    said: list[str] = []
    tracking.ended.connect(said.append)

    def plan(target: Target) -> RunPlan:
        return plan_ahead(target, 3, 19)

    tracking.run_all(object(), ["1", "2"], plan, TrackerChoice())  # type: ignore[arg-type]
    client.stepped.emit(4, result(4))
    tracking.stop()
    client.end("stopped")
    assert said == ["Walker: Stopped; 1 frame tracked so far stays. Car was not tracked."]
    assert not tracking.running


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
    ((leg,), options) = client.asked[1]
    assert leg.template == Anchor(3, (10.0, 20.0, 30.0, 40.0))
    assert leg.start == Anchor(8, (50.0, 20.0, 30.0, 40.0))
    assert leg.end == 19
    # Of the tracked box that it sets out from: a score that is low already pauses nothing.
    assert options["start_score"] == pytest.approx(0.8)


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
    tracking.set_pause_below(0.3)
    assert client.asked[0][1]["pause"].value == 0.3
    client.stepped.emit(5, result(5, score=0.12))
    client.end("paused", skipped=(4,))
    assert said == [
        "Paused on frame 5: the score fell to 0.12, below 0.30. Set the box right there and press "
        "T, or press T to go on as it is. 1 frame lacks a modality and was passed over."
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
