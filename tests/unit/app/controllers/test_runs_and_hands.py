"""What a person does while a run is under way: undo, remove, lock, draw, clear, flag."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from app.controllers.correction import CorrectionController
from app.controllers.run_words import Wish
from app.controllers.tracking import TrackingController
from app.resolve.effective import EffectiveRows
from app.state.document import Document
from app.state.selection_owner import SelectionOwner
from app.state.tracker_choice import TrackerChoice
from sessions import (
    AddTarget,
    Flag,
    RemoveTarget,
    RenameTarget,
    SetBox,
    SetTargetProperties,
    Source,
    Target,
)
from tests.scripted import ScriptedTracker

BOX = (40.0, 30.0, 20.0, 20.0)


class Bench:
    """Document, selection and both controllers over a scripted tracker."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.client = ScriptedTracker()
        self.selection = SelectionOwner(document)
        self.tracking = TrackingController(document, self.client)  # type: ignore[arg-type]
        self.correction = CorrectionController(document, self.selection, tracking=self.tracking)
        self.said: list[str] = []
        for signal in (
            self.tracking.ended, self.tracking.failed, self.tracking.hand_won,
            self.correction.refused, self.correction.removed,
        ):  # fmt: skip
            signal.connect(self.said.append)
        self.selection.select("1")

    @property
    def target(self) -> Target:
        assert self.document.session is not None
        return self.document.session.target("1")

    def start(self, frame: int = 3, end: int = 19) -> None:
        source: Any = object()
        self.tracking.start(source, self.target, frame, end, TrackerChoice())

    def sources(self, start: int = 4, stop: int = 9) -> list[int]:
        return [int(each) for each in self.target.source[start:stop]]


@pytest.fixture
def bench(document: Document) -> Bench:
    return Bench(document)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (Wish.STOP, "Stopped; 5 frames tracked so far stay."),
        (Wish.UNDO, "Stopped; 5 frames tracked so far stay; undo once more to take them back."),
        (Wish.REDO, "Stopped; 5 frames tracked so far stay; undo takes them back."),
    ],
)
def test_the_end_of_a_run_says_how_to_take_it_back(bench: Bench, wish: Wish, words: str) -> None:
    bench.start()
    bench.client.step(5)
    for _ in range(3):
        bench.tracking.stop(wish)
    assert bench.said == []
    bench.client.end()
    assert bench.said == [words]
    assert bench.sources() == [Source.TRACKED] * 5
    bench.document.undo()
    assert bench.sources() == [Source.NONE] * 5
    assert bench.target.source[3] == Source.MANUAL


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (Wish.STOP, "Stopped before any frame."),
        (Wish.UNDO, "Stopped before any frame; nothing was undone."),
        (Wish.REDO, "Stopped before any frame; nothing was redone."),
    ],
)
def test_while_the_tracker_is_loaded_a_run_ends_at_once(
    bench: Bench, wish: Wish, words: str
) -> None:
    bench.client.loads_slowly = True
    bench.document.do(RenameTarget("1", "Car"))
    bench.document.undo()
    bench.start()
    bench.tracking.stop(wish)
    assert bench.said == [words]
    assert not bench.tracking.running
    history = bench.document.history
    assert history is not None
    # Nothing was done, so that nothing that was undone is out of reach.
    assert (history.undo_label, history.redo_label) == (
        "Draw box of Walker on frame 3",
        "Rename Walker to Car",
    )


def test_a_run_that_fails_after_undo_was_asked_says_both(bench: Bench) -> None:
    bench.start()
    bench.client.step(2)
    bench.tracking.stop(Wish.UNDO)
    bench.client.fail()
    assert bench.said == [
        "Frame 5 is damaged. 2 frames tracked until then stay; undo once more to take them back."
    ]


def test_a_run_is_a_change_like_any_other_for_redo(bench: Bench) -> None:
    history = bench.document.history
    assert history is not None
    bench.document.do(RenameTarget("1", "Car"))
    bench.document.undo()
    bench.start()
    bench.client.step()
    assert history.can_redo, "a run under way has not yet changed anything"
    bench.client.end()
    assert not history.can_redo
    bench.document.undo()
    bench.document.redo()
    assert bench.sources(4, 6) == [Source.TRACKED, Source.NONE]


def test_the_tracked_target_is_removed_once_its_run_has_ended(bench: Bench) -> None:
    bench.start()
    bench.client.step(5)
    for _ in range(2):
        bench.correction.remove_target()
    assert bench.correction.target is not None
    bench.client.end()
    assert bench.said[-1] == "Removed Walker with 6 boxes."
    assert bench.correction.target is None
    bench.document.undo()
    assert bench.sources() == [Source.TRACKED] * 5
    bench.document.undo()
    assert bench.sources() == [Source.NONE] * 5


def test_another_target_is_removed_at_once(bench: Bench) -> None:
    bench.document.do(AddTarget("2", "Car"))
    bench.start()
    bench.client.step(2)
    bench.correction.apply(RemoveTarget("2"))
    assert bench.said == ["Removed Car, which had no box."]
    assert bench.tracking.running
    bench.client.end()
    assert bench.sources(4, 7) == [Source.TRACKED, Source.TRACKED, Source.NONE]


def test_the_tracked_target_is_locked_once_its_run_has_ended(bench: Bench) -> None:
    bench.start()
    bench.client.step(5)
    assert bench.correction.apply(SetTargetProperties("1", locked=True))
    assert not bench.target.locked
    bench.client.end()
    assert bench.target.locked
    assert bench.sources() == [Source.TRACKED] * 5
    bench.start(8)
    assert bench.said[-1] == "Walker is locked; unlock it to track it."
    assert not bench.tracking.running


def test_what_waits_is_not_done_when_the_frames_are_lost(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_memory(*_: object) -> None:
        raise MemoryError

    bench.start()
    bench.client.step()
    bench.correction.remove_target()
    with monkeypatch.context() as patched:
        patched.setattr(bench.document, "do", no_memory)
        bench.client.end()
    assert bench.said[-1].startswith("The tracked frames cannot be taken over: there is not en")
    assert bench.correction.target is not None
    bench.tracking.end_then(bench.correction.remove_target)
    assert bench.correction.target is None


def test_what_waits_is_forgotten_with_the_sequence(bench: Bench) -> None:
    bench.start()
    bench.client.step()
    bench.correction.remove_target()
    bench.tracking.abandon()
    bench.start()
    bench.client.step()
    bench.client.end()
    assert bench.correction.target is not None


def _draw(bench: Bench, frame: int) -> None:
    assert bench.correction.set_box(frame, BOX)


def _clear(bench: Bench, frame: int) -> None:
    bench.correction.clear(frame)


def _absent(bench: Bench, frame: int) -> None:
    bench.correction.set_flag(frame, Flag.ABSENT, True)


def _occluded(bench: Bench, frame: int) -> None:
    bench.correction.set_flag(frame, Flag.OCCLUDED, True)


@pytest.mark.parametrize("change", [_draw, _clear, _absent, _occluded])
@pytest.mark.parametrize("frame", [6, 12], ids=["tracked already", "not yet tracked"])
def test_a_hand_wins_and_the_run_goes_on(bench: Bench, change: Any, frame: int) -> None:
    bench.document.do(SetBox("1", 12, np.array([[90.0, 20.0, 30.0, 40.0]] * 2)))
    rows = EffectiveRows(
        lambda: bench.document.session, bench.document.edition_of, lambda: bench.tracking.run
    )
    bench.start()
    bench.client.step(5)
    shown = rows.target("1")
    assert shown is not None
    before = shown.boxes[frame].copy()
    change(bench, frame)
    bench.correction.set_flag(17, Flag.TRUNCATED, True)
    assert bench.said == [
        "What you set by hand on Walker stays; the run goes on with the box it began with."
    ]
    table = bench.target.table.rows(np.array([frame]))
    bench.client.step(8)
    shown = rows.target("1")
    assert shown is not None
    live = shown.boxes.copy(), shown.source.copy(), shown.flags.copy()
    bench.client.end()
    after = bench.target.table.rows(np.array([frame]))
    # That tokens of the target were removed is the tracker's to say.
    others = ~np.uint16(Flag.TARGET_REMOVED)
    assert after.flags & others == table.flags & others
    # An occluded target is where the tracker saw it.
    if change is not _occluded or frame == 12:
        assert np.array_equal(after.boxes, table.boxes, equal_nan=True)
        assert after.source == table.source
    assert bench.target.source[11] == Source.TRACKED
    assert bench.target.tracking.tracked()[11]
    kept = rows.target("1")
    assert kept is not None
    assert np.array_equal(kept.boxes, live[0], equal_nan=True)
    assert np.array_equal(kept.source, live[1])
    assert np.array_equal(kept.flags, live[2])
    # One undo takes the run back, the next what the hand did: then it is as it was on the screen.
    bench.document.undo()
    assert bench.target.source[11] == Source.NONE
    bench.document.undo()
    bench.document.undo()
    if change is not _occluded:
        assert np.array_equal(bench.target.boxes[frame], before, equal_nan=True)


@pytest.mark.parametrize("change", [_draw, _clear])
def test_the_box_that_a_run_stands_on_may_change(bench: Bench, change: Any) -> None:
    thermal = np.array([[10.0, 20.0, 30.0, 40.0], [15.0, 20.0, 30.0, 40.0]])
    bench.document.do(SetBox("1", 3, thermal))
    bench.start()
    bench.client.step(2)
    change(bench, 3)
    bench.client.step(2)
    bench.client.end()
    # The thermal box keeps the offset that the run began with.
    assert (bench.target.boxes[4:8, 1, 0] - bench.target.boxes[4:8, 0, 0]).tolist() == [5.0] * 4


def test_boxes_between_are_filled_over_the_run(bench: Bench) -> None:
    bench.start()
    bench.client.step(9)
    bench.correction.set_box(8, BOX)
    bench.correction.interpolate_around(5)
    bench.client.end()
    assert bench.sources(3, 13) == [1, 3, 3, 3, 3, 1, 2, 2, 2, 2]
    bench.document.undo()
    bench.document.undo()
    assert bench.sources(3, 13) == [1, 2, 2, 2, 2, 1, 0, 0, 0, 0]


def test_the_box_of_the_run_is_copied(bench: Bench) -> None:
    bench.start()
    bench.client.step(5)
    bench.correction.copy_previous(7)
    assert bench.target.boxes[7, 0].tolist() == [16, 20, 30, 40]


def test_a_run_over_frames_set_by_hand_alone_is_no_step(bench: Bench) -> None:
    history = bench.document.history
    assert history is not None
    bench.start(end=4)
    bench.client.step()
    bench.correction.set_box(4, BOX)
    state = history.state
    bench.tracking.stop(Wish.UNDO)
    bench.client.end("finished")
    assert bench.said[1:] == [
        "Tracked 1 frame. 1 frame set by hand was left as it is; nothing was undone."
    ]
    assert history.state == state


def test_ids_are_never_used_again_and_names_go_on(bench: Bench) -> None:
    first = bench.correction.add_target()
    bench.document.undo()
    again = bench.correction.add_target()
    assert first != again
    assert bench.correction.target is not None
    assert bench.correction.target.name == "Target 1"
    bench.correction.remove_target()
    assert bench.correction.add_target() not in {first, again}
    bench.document.undo()
    bench.document.undo()
    assert bench.correction.target_id == again


def test_a_target_added_during_a_run_does_not_take_it(bench: Bench) -> None:
    bench.start()
    bench.client.step(2)
    bench.correction.add_target()
    bench.correction.set_box(5, BOX)
    bench.client.step(1)
    bench.client.end()
    assert bench.said == ["Tracked 3 frames."]
    assert bench.sources(4, 8) == [2, 2, 2, 0]
    assert bench.correction.target is not None
    assert np.flatnonzero(bench.correction.target.source).tolist() == [5]
    bench.document.undo()
    assert bench.sources(4, 8) == [0] * 4


def test_removal_waits_in_order_with_what_else_waits(bench: Bench) -> None:
    bench.start()
    bench.client.step()
    heard: list[int] = []
    bench.tracking.end_then(partial(heard.append, 1))
    bench.tracking.end_then(partial(heard.append, 2))
    assert heard == []
    bench.client.end()
    assert heard == [1, 2]
    bench.tracking.end_then(partial(heard.append, 3))
    assert heard == [1, 2, 3]
