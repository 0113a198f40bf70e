"""The gap over time fills by itself, and again only where something has changed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

from app.bridge.runs import accept_run
from app.controllers.gap_sweep import GapSweep, coarse_to_fine
from app.resolve.anchors import Look, feature_anchors, looks_of
from app.state.document import Document
from app.state.tracker_choice import TrackerChoice
from app.workers.tracking import GapAnswer
from sessions import (
    AddTarget,
    AnnotationSession,
    Flag,
    ModelInfo,
    SequenceInfo,
    SetBox,
    SetFlags,
)
from tracker_core.trackers import Step

COUNT = 40
MODEL = ModelInfo("tiny", "", "{}", 4, 0, (1,))
BOX = (10.0, 10.0, 20.0, 20.0)
CHOICE = TrackerChoice("ckd", "tiny", "cpu")


class Client(QObject):
    gap_found = Signal(object)
    gap_failed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.running = self.computing_features = False
        self.asked: list[int] = []
        self.looks: dict[int, Look] = {}

    def compute_gap(self, _source: Any, _choice: Any, look: Look, index: int, _by: Any) -> None:
        self.asked.append(index)
        self.looks[index] = look
        self.gap_found.emit(GapAnswer(np.array([0.1, 0.2], np.float32)))

    def forget_gap(self) -> None:
        pass


@pytest.fixture
def document(qtbot: QtBot) -> Document:
    qtbot.wait(0)
    document = Document()
    info = SequenceInfo("clip", "folder", (), (), COUNT, COUNT, (80, 60), (80, 60), "f")
    document.replace(AnnotationSession(info), None)
    document.do(AddTarget("1", "Walker"))
    document.do(SetBox("1", 0, np.array([BOX] * 2)))
    assert document.session is not None
    said = {index: Step(BOX, 0.9) for index in range(1, COUNT)}
    document.do(accept_run(document.session, "1", said, MODEL))
    return document


def test_it_goes_over_the_whole_run_coarsely_first(document: Document, qtbot: QtBot) -> None:
    client, source = Client(), SimpleNamespace(sequence=SimpleNamespace(gaps=frozenset({7})))
    sweep = GapSweep(document, client)
    key = "1", CHOICE
    client.running = True
    sweep.want(source, *key)
    qtbot.wait(80)
    assert client.asked == []
    client.running = False
    with qtbot.waitSignal(sweep.changed):
        qtbot.waitUntil(lambda: sweep.count(key) == COUNT - 2, timeout=10_000)
    # A frame without an image has no gap of modalities.
    assert sorted(client.asked) == [index for index in range(1, COUNT) if index != 7]
    assert client.asked[:3] == [1, 17, 33]
    history = sweep.history(key)
    assert history is not None
    assert history.gaps.shape == (COUNT - 2, 2)
    client.asked.clear()
    document.do(SetFlags("1", np.array([5]), Flag.REVIEWED))
    qtbot.wait(100)
    assert client.asked == []
    # The next frames up to the end have another template, and 21 another search window as well.
    document.do(SetBox("1", 20, np.array([(12.0, 10.0, 20.0, 20.0)] * 2)))
    qtbot.waitUntil(lambda: len(client.asked) == COUNT - 21, timeout=10_000)
    assert sorted(client.asked) == list(range(21, COUNT))
    sweep.rest()


def test_it_waits_while_a_person_goes_from_frame_to_frame(document: Document, qtbot: QtBot) -> None:
    client, source = Client(), SimpleNamespace(sequence=SimpleNamespace(gaps=frozenset()))
    sweep = GapSweep(document, client)
    sweep.give_way()
    sweep.want(source, "1", CHOICE)
    for _ in range(8):
        qtbot.wait(60)
        sweep.give_way()
    assert client.asked == []
    qtbot.waitUntil(lambda: bool(client.asked), timeout=10_000)
    sweep.rest()


def test_a_coarse_order_has_every_frame_once() -> None:
    frames = list(range(3, 300))
    order = coarse_to_fine(frames)
    assert sorted(order) == frames
    assert order[:4] == [3, 67, 131, 195]


@pytest.mark.parametrize("seed", range(8))
def test_many_looks_at_once_are_those_asked_one_by_one(document: Document, seed: int) -> None:
    random = np.random.default_rng(seed)
    for index in random.integers(0, COUNT, 4).tolist():
        document.do(SetBox("1", index, np.array([BOX] * 2) + index))
    away = np.unique(random.integers(0, COUNT, 6))
    document.do(SetFlags("1", away, Flag.ABSENT))
    assert document.session is not None
    target = document.session.target("1")
    frames = list(range(COUNT))
    one_by_one = {}
    for index in frames:
        found = feature_anchors(target, index)
        if found is not None:
            one_by_one[index] = Look(*found)
    assert looks_of(target, frames) == one_by_one
