"""Commands, runs, undo and redo in any order: nothing that was on the screen is out of reach."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from app.controllers.correction import CorrectionController
from app.controllers.run_plan import plan_ahead
from app.controllers.tracking import TrackingController
from app.resolve.effective import EffectiveRows
from app.state.document import Document
from app.state.selection_owner import SelectionOwner
from app.state.tracker_choice import TrackerChoice
from app.window.commands import history as crossing
from sessions import Change, Flag, History, RecolorTarget, SetTargetProperties, Source, Target
from tests.scripted import ScriptedTracker
from tests.unit.sessions.building import empty, state
from tracker_core.errors import CKDError

FRAMES = 20
frames = st.integers(0, FRAMES - 1)
corners = st.tuples(st.integers(0, 400), st.integers(0, 200))


class Steps:
    """What the history of a document must be, heard from its changes alone."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.path: list[tuple[int, Any, str | None]] = [(0, self.content(), None)]
        """Number, content and label of each state in reach, from the first to the last."""
        self.place = 0
        document.changed.connect(self.on_changed)

    @property
    def history(self) -> History:
        history = self.document.history
        assert history is not None
        return history

    def content(self) -> dict[str, Any]:
        assert self.document.session is not None
        return state(self.document.session)

    def target(self, target_id: str) -> Target:
        assert self.document.session is not None
        return self.document.session.target(target_id)

    def on_changed(self, _change: Change) -> None:
        now, known = self.history.state, [number for number, *_ in self.path]
        if now in known:
            self.place = known.index(now)
            return
        # A nudge that goes on with the last one takes its place.
        self.place = len(self.history._undo)
        self.path[self.place :] = [(now, self.content(), self.history.undo_label)]

    def check(self) -> None:
        number, content, label = self.path[self.place]
        assert self.history.state == number
        assert self.content() == content
        assert self.history.undo_label == label
        last = self.place == len(self.path) - 1
        assert self.history.redo_label == (None if last else self.path[self.place + 1][2])

    def walk(self) -> None:
        """Undo everything, do everything again, and come back."""
        here = self.place
        for step, way in ((self.document.undo, -1), (self.document.redo, 1)):
            while step() is not None:
                self.check()
            assert self.place == (0 if way < 0 else len(self.path) - 1)
        while self.place > here:
            self.document.undo()
            self.check()


class UndoAndRuns(RuleBasedStateMachine):
    """A person and a tracker at one document, without a window."""

    def __init__(self) -> None:
        super().__init__()
        self.document = Document()
        self.client = ScriptedTracker()
        self.selection = SelectionOwner(self.document)
        self.tracking = TrackingController(self.document, self.client)  # type: ignore[arg-type]
        self.correction = CorrectionController(
            self.document, self.selection, tracking=self.tracking
        )
        # Last: selection and controllers hear what is opened.
        self.document.replace(empty(FRAMES))
        self.steps = Steps(self.document)
        self.saved = self.steps.history.state, self.steps.content()
        # There is something to track from the first.
        for frame in (3, 9):
            self.correction.set_box(frame, (10.0 * frame, 20.0, 30.0, 40.0))
        self.emptied: set[int] = set()
        """Frames that a hand has emptied during the run."""
        self.names = 0
        self.note = ""
        self.rows = EffectiveRows(
            lambda: self.document.session, self.document.edition_of, lambda: self.tracking.run
        )
        self.window = self.stub()

    def stub(self) -> Any:
        """The window as undo and redo know it."""
        return SimpleNamespace(
            workspace=SimpleNamespace(
                document=self.document,
                tracking=self.tracking,
                selection=self.selection,
                playback=SimpleNamespace(index=0),
            ),
            views=SimpleNamespace(
                panes=SimpleNamespace(cancel=lambda: False, reveal=lambda _box: False)
            ),
            actions_by_id={},
            status_line=SimpleNamespace(set_activity=lambda _text: None),
            workbench=SimpleNamespace(messages=SimpleNamespace(text="", level="info")),
            step_messages=SimpleNamespace(note=self.heard, say=lambda _text, only_here: only_here),
            go_to_frame=self.go,
        )

    def go(self, index: int) -> None:
        self.window.workspace.playback.index = index

    def heard(self, text: str) -> None:
        self.note = text

    # --- a person

    @rule()
    def add(self) -> None:
        self.correction.add_target()

    @rule(frame=frames, corner=corners, nudge=st.booleans())
    def draw(self, frame: int, corner: tuple[int, int], nudge: bool) -> None:
        if self.correction.set_box(frame, (*map(float, corner), 30.0, 40.0), nudge=nudge):
            target = self.correction.target
            assert target is not None
            label = self.steps.history.undo_label
            assert label is not None
            assert label.endswith(f" box of {target.name} on frame {frame}")

    @rule(frame=frames)
    def clear(self, frame: int) -> None:
        self.correction.clear(frame)

    @rule(frame=frames)
    def copy(self, frame: int) -> None:
        self.correction.copy_previous(frame)

    @rule(frame=frames)
    def interpolate(self, frame: int) -> None:
        self.correction.interpolate_around(frame)

    @rule(by_size=st.booleans())
    def interpolate_gaps(self, by_size: bool) -> None:
        self.correction.size_aware = lambda: by_size
        self.correction.interpolate_gaps()

    @rule(frame=frames, flag=st.sampled_from([Flag.ABSENT, Flag.OCCLUDED]), on=st.booleans())
    def flag(self, frame: int, flag: Flag, on: bool) -> None:
        self.correction.set_flag(frame, flag, on)

    @rule()
    def rename(self) -> None:
        if self.correction.target_id is not None:
            self.names += 1
            self.correction.rename(self.correction.target_id, f"Name {self.names}")

    @rule()
    def recolor(self) -> None:
        if self.correction.target_id is not None:
            self.names += 1
            self.correction.apply(RecolorTarget(self.correction.target_id, self.names))

    @rule()
    def remove(self) -> None:
        self.correction.remove_target()

    # What is locked is not changed, and a machine that changes nothing finds nothing.
    @rule(on=st.sampled_from([True, False, False]))
    def lock(self, on: bool) -> None:
        target = self.correction.target
        if target is not None and target.locked != on:
            self.correction.apply(SetTargetProperties(target.id, locked=on))

    @rule(data=st.data())
    def select(self, data: st.DataObject) -> None:
        assert self.document.session is not None
        if self.document.session.targets:
            self.selection.select(data.draw(st.sampled_from(list(self.document.session.targets))))

    @rule()
    def save(self) -> None:
        self.saved = self.steps.history.state, self.steps.content()
        self.document.mark_saved(Path("walk.h5"), self.saved[0])

    @rule()
    def undo(self) -> None:
        self.cross("undo", -1)

    @rule()
    def redo(self) -> None:
        self.cross("redo", 1)

    def cross(self, name: str, way: int) -> None:
        place, running = self.steps.place, self.tracking.running
        label = getattr(self.steps.history, f"{name}_label")
        getattr(crossing, name)(self.window)
        if running:
            assert self.steps.place == place
            return
        assert self.steps.place == place + (way if label else 0)
        if label is None:
            assert self.note == f"There is nothing to {name}."
        else:
            assert self.note.startswith(f"{'Undone' if way < 0 else 'Redone'}: {label}")

    # --- a tracker

    @precondition(lambda self: not self.tracking.running)
    @rule(data=st.data(), forwards=st.booleans(), slowly=st.booleans(), count=st.integers(0, 9))
    def start(self, data: st.DataObject, forwards: bool, slowly: bool, count: int) -> None:
        assert self.document.session is not None
        boxed = {
            target: np.flatnonzero(~np.isnan(target.boxes[:, 0, 0])).tolist()
            for target in self.document.session.targets.values()
        }
        chosen = [target for target, where in boxed.items() if where]
        if not chosen:
            return
        target = data.draw(st.sampled_from(chosen))
        frame = data.draw(st.sampled_from(boxed[target]))
        self.client.loads_slowly = slowly
        self.emptied.clear()
        source: Any = object()
        end = FRAMES - 1 if forwards else 0
        try:
            plan_ahead(target, frame, end)
            may_run = True
        except CKDError:
            may_run = False
        self.tracking.start(source, target, frame, end, TrackerChoice())
        assert self.tracking.running == (not target.locked and may_run)
        if self.tracking.running and not slowly:
            self.client.step(count, x=5.0 + self.names)

    @precondition(lambda self: self.tracking.running)
    @rule()
    def start_twice(self) -> None:
        before = self.tracking.target_id, dict(self.tracking.live_frames)
        assert self.document.session is not None
        source: Any = object()
        for target in self.document.session.targets.values():
            self.tracking.start(source, target, 0, FRAMES - 1, TrackerChoice())
        assert (self.tracking.target_id, self.tracking.live_frames) == before

    @precondition(lambda self: self.tracking.running)
    @rule(count=st.integers(1, 9))
    def step(self, count: int) -> None:
        if not self.client.loaded:
            self.client.load()
        self.client.step(count, x=5.0 + self.names)

    # Twice, for it is what this machine is about.
    @precondition(lambda self: self.tracking.live_frames)
    @rule(data=st.data())
    def clear_what_is_tracked(self, data: st.DataObject) -> None:
        self.change_what_is_tracked(data, "clear")

    @precondition(lambda self: self.tracking.live_frames)
    @rule(data=st.data(), what=st.sampled_from(["draw", "clear", "absent", "remove", "lock"]))
    def change_what_is_tracked(self, data: st.DataObject, what: str) -> None:
        self.selection.select(self.tracking.target_id)
        frame = data.draw(st.sampled_from(sorted(self.tracking.live_frames)))
        match what:
            case "draw":
                self.draw(frame, data.draw(corners), nudge=False)
            case "clear":
                self.correction.clear(frame)
                self.emptied.add(frame)
            case "absent":
                self.correction.set_flag(frame, Flag.ABSENT, True)
            case "remove":
                self.correction.remove_target()
            case "lock":
                self.lock(on=True)

    @precondition(lambda self: self.tracking.running)
    @rule(how=st.sampled_from(["end", "fail", "stop"]))
    def end(self, how: str) -> None:
        target_id, waiting = self.tracking.target_id, bool(self.tracking._then)
        shown = self.rows.target(target_id)
        assert shown is not None
        target = self.steps.target(target_id)
        still_empty = [index for index in self.emptied if target.source[index] == Source.NONE]
        live = shown.boxes.tobytes(), shown.source.tobytes(), shown.flags.tobytes()
        if how == "stop":
            self.tracking.stop()
        if self.tracking.running:
            (self.client.fail if how == "fail" else self.client.end)()
        assert (target.source[still_empty] == Source.NONE).all()
        if not waiting:
            kept = self.rows.target(target_id)
            assert kept is not None
            assert live == (kept.boxes.tobytes(), kept.source.tobytes(), kept.flags.tobytes())

    # --- what holds at every moment

    @precondition(lambda self: not self.tracking.running)
    @rule()
    def walk(self) -> None:
        self.steps.walk()

    @invariant()
    def every_state_is_in_reach(self) -> None:
        self.steps.check()
        history = self.steps.history
        assert len(history._undo) + len(history._redo) == len(self.steps.path) - 1

    @invariant()
    def saved_means_as_on_disk(self) -> None:
        assert self.document.clean == (self.steps.history.state == self.saved[0])
        if self.document.clean:
            assert self.steps.content() == self.saved[1]

    @invariant()
    def what_is_selected_is_there(self) -> None:
        assert self.document.session is not None
        chosen, there = self.selection.value.target_id, self.document.session.targets
        assert chosen in there if there else chosen is None

    @invariant()
    def what_is_tracked_is_there_and_open(self) -> None:
        assert self.document.session is not None
        if self.tracking.running:
            assert not self.document.session.target(self.tracking.target_id).locked

    def teardown(self) -> None:
        if self.client.running:
            self.client.end()
        assert self.tracking._then == []
        self.steps.walk()


UndoAndRuns.TestCase.settings = settings(max_examples=80, stateful_step_count=40)
# Timers and signals want a running Qt.
TestUndoAndRuns = pytest.mark.usefixtures("qapp")(UndoAndRuns.TestCase)
