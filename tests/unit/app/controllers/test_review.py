"""The review queue follows the document; second looks add to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

from app.controllers.correction import CorrectionController
from app.controllers.review import ReviewController
from app.controllers.second_looks import SecondLooksController
from app.resolve.effective import EffectiveRows
from app.resolve.review_evidence import Opinions
from app.resolve.review_weights import NAMED
from app.state.document import Document
from app.state.selection_owner import SelectionOwner
from app.state.settings import SettingsStore
from app.state.tracker_choice import TrackerChoice
from app.workers.base import Failure
from app.workers.review import ReviewClient
from app.workers.second_looks import Looked, SecondLook
from sessions import AcceptRun, AddTarget, SetBox
from tests.unit.app.controllers.conftest import make_session


class Looks(QObject):
    """Stands in for the client of second looks."""

    looked = Signal(object)
    finished = Signal(object)
    failed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.running = False
        self.asked: list[str] = []
        self.boxes = np.empty((0, 4))
        self.stopped = False

    def look(
        self, _source: object, _choice: object, target_id: str, boxes: Any, _s: object
    ) -> None:
        self.running, self.stopped = True, False
        self.asked.append(target_id)
        self.boxes = boxes

    def end(self, *, done: int = 4, likeness: float = 0.7) -> None:
        said = Opinions.about(self.boxes)
        said.alone[:] = self.boxes[:, np.newaxis]
        said.likeness[:] = likeness
        self.running = False
        self.finished.emit(SecondLook(self.asked[-1], said, done, 4))

    def stop(self) -> None:
        self.stopped = True

    forget = stop


class Desk:
    """Everything that the queue stands on."""

    def __init__(self, document: Document, path: Path) -> None:
        self.document = document
        self.selection = SelectionOwner(document)
        self.client = ReviewClient()
        self.looks = Looks()
        self.second_looks = SecondLooksController(document, self.looks)  # type: ignore[arg-type]
        rows = EffectiveRows(lambda: document.session, document.edition_of, lambda: None)
        self.settings = SettingsStore(path)
        self.review = ReviewController(
            document, self.selection, rows, CorrectionController(document, self.selection),
            self.second_looks, self.settings, self.client,
        )  # fmt: skip

    def settled(self, qtbot: QtBot) -> list[tuple[str, int]]:
        """Refresh and return target and last frame of what is listed."""
        self.review.refresh()
        qtbot.waitUntil(lambda: not self.review.pending, timeout=60_000)
        return [(each.target_id, each.last) for each in self.review.queue.events]


@pytest.fixture
def desk(document: Document, tmp_path: Path) -> Iterator[Desk]:
    """Frames 4 to 19 of one target, lost from 10 on, and 4 to 12 of another, lost from 8 on."""
    document.do(AddTarget("2", "Car"))
    document.do(SetBox("2", 3, np.array([[50.0, 20.0, 30.0, 40.0]] * 2)))
    for target_id, stop, lost in (("1", 20, 10), ("2", 13, 8)):
        frames = np.arange(4, stop)
        boxes = np.tile([10.0, 20.0, 30.0, 40.0], (len(frames), 1))
        document.do(AcceptRun(target_id, frames, boxes, np.where(frames < lost, 0.9, 0.05)))
    made = Desk(document, tmp_path / "settings.json")
    yield made
    made.client.join()


def test_all_targets_or_one_worst_first_or_by_time(qtbot: QtBot, desk: Desk) -> None:
    assert [each[0] for each in desk.settled(qtbot)] == ["1", "2"]
    desk.review.list_by_time(True)
    assert [each[0] for each in desk.settled(qtbot)] == ["2", "1"]
    desk.review.list_all_targets(False)
    desk.selection.select("2")
    assert [each[0] for each in desk.settled(qtbot)] == ["2"]
    # Remembered for the next start.
    again = SettingsStore(desk.settings.path).values
    assert (again.queue_by_time, again.queue_all_targets) == (True, False)


def test_how_likely_a_box_must_be_wrong_is_a_setting(qtbot: QtBot, desk: Desk) -> None:
    assert desk.settings.values.queue_from_risk == NAMED
    frames = np.arange(8, 13)
    boxes = np.tile([10.0, 20.0, 30.0, 40.0], (5, 1))
    desk.document.do(AcceptRun("2", frames, boxes, np.full(5, 0.5)))
    assert [each[0] for each in desk.settled(qtbot)] == ["1", "2"]
    desk.settings.values.queue_from_risk = 0.9
    assert [each[0] for each in desk.settled(qtbot)] == ["1"]
    desk.settings.values.queue_from_risk = NAMED
    assert [each[0] for each in desk.settled(qtbot)] == ["1", "2"]


def test_marks_go_through_undo_and_count_at_once(qtbot: QtBot, desk: Desk) -> None:
    desk.settled(qtbot)
    worst = desk.review.queue.events[0]
    assert desk.review.mark_seen(worst)
    assert [each.seen for each in desk.review.queue.events] == [False, True]
    desk.settled(qtbot)
    assert [each.seen for each in desk.review.queue.events] == [False, True]
    assert desk.review.mark_not_seen(desk.review.queue.events[1])
    desk.settled(qtbot)
    assert not any(each.seen for each in desk.review.queue.events)
    desk.document.undo()
    desk.settled(qtbot)
    assert [each.seen for each in desk.review.queue.events] == [False, True]
    desk.document.undo()
    desk.settled(qtbot)
    assert not any(each.seen for each in desk.review.queue.events)


def test_of_many_changes_the_worker_looks_at_few(qtbot: QtBot, desk: Desk) -> None:
    desk.settled(qtbot)
    asked: list[int] = []
    look = desk.client.look
    desk.client.look = lambda *a, **k: (asked.append(1), look(*a, **k))  # type: ignore[method-assign]
    for _ in range(200):
        desk.review.refresh()
    desk.settled(qtbot)
    assert 1 <= len(asked) <= 3


def test_another_session_has_another_queue(qtbot: QtBot, desk: Desk) -> None:
    desk.settled(qtbot)
    desk.document.replace(make_session())
    assert desk.review.queue.events == ()
    assert desk.settled(qtbot) == []


def start(desk: Desk, *targets: str) -> None:
    desk.second_looks.start(object(), targets, TrackerChoice())  # type: ignore[arg-type]


def test_second_looks_go_from_target_to_target_and_change_the_queue(
    qtbot: QtBot, desk: Desk
) -> None:
    said: list[str] = []
    desk.second_looks.ended.connect(said.append)
    start(desk, "1", "nobody", "2")
    assert desk.second_looks.progress is not None
    desk.looks.looked.emit(Looked("1", 2, 4))
    progress = desk.second_looks.progress
    assert progress is not None
    assert (progress.target_name, progress.done, progress.total) == ("Walker", 2, 4)
    desk.looks.end()
    assert desk.looks.asked == ["1", "2"]
    assert said == []
    desk.looks.end()
    assert said == ["Took a second look at 27 frames."]
    assert desk.second_looks.progress is None
    found = desk.settled(qtbot)
    assert ("1", 19) in found
    opinions = desk.second_looks.opinions("1")
    assert opinions is not None
    desk.document.replace(make_session())
    assert desk.second_looks.opinions("1") is None


def test_stopped_second_looks_go_to_no_other_target(desk: Desk) -> None:
    said: list[str] = []
    desk.second_looks.ended.connect(said.append)
    start(desk, "1", "2")
    desk.second_looks.stop()
    assert desk.looks.stopped
    desk.looks.end(done=2)
    assert desk.looks.asked == ["1"]
    assert "stopped" in said[0]
    assert desk.second_looks.opinions("1") is not None


def test_second_looks_that_fail_or_find_nothing_say_so(desk: Desk) -> None:
    said: list[str] = []
    desk.second_looks.failed.connect(said.append)
    start(desk, "nobody")
    assert "no tracked frame" in said.pop()
    start(desk, "1", "2")
    desk.looks.running = False
    desk.looks.failed.emit(Failure("The second look stopped: no memory."))
    assert said == ["The second look stopped: no memory."]
    assert desk.looks.asked == ["1"]
    # Another may begin.
    start(desk, "2")
    assert desk.looks.asked == ["1", "2"]
