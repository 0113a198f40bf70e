"""The real window, commands in any order: session, selection, view and words stay true."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.state.settings import SettingsStore
from app.window.actions import Id, flag_id
from app.window.main_window import MainWindow
from sessions import History
from tests.e2e.conftest import FRAMES
from tests.properties.test_undo_and_runs import Steps
from tests.scripted import ScriptedTracker

frames = st.integers(0, FRAMES - 1)
actions = st.sampled_from(
    [
        Id.NEW_TARGET, Id.REMOVE_TARGET, Id.COPY_PREVIOUS, Id.INTERPOLATE, Id.CLEAR_BOX,
        Id.TRUTH_BOX, Id.TRACK_FORWARD, Id.TRACK_BACKWARD, Id.TRACK_ONE, Id.STOP,
        Id.TRACK_TO_HERE, Id.TRACK_BETWEEN, Id.TRACK_ALL, Id.REPLACE_BOXES, Id.INTERPOLATE_GAPS,
        Id.SIZE_AWARE,
        Id.LOCK_MODALITIES, flag_id("absent"), flag_id("occluded"),
    ]
)  # fmt: skip


class AnyOrder(RuleBasedStateMachine):
    """One window on one clip; a person who presses whatever is enabled."""

    clip: Path
    settings_file: Path

    def __init__(self) -> None:
        super().__init__()
        self.window = MainWindow(SettingsStore(self.settings_file))
        self.window.confirm_discard = lambda: True
        self.window.resize(900, 600)
        self.window.show()
        self.window.open_path(self.clip)
        self.rest(lambda: self.window.frame_count > 0)
        client = self.window.workspace.tracker
        assert isinstance(client, ScriptedTracker)
        self.client = client
        self.steps = Steps(self.window.workspace.document)
        self.names = 0

    def rest(self, done: object = None) -> None:
        """Let the window work until nothing but a run is under way."""
        space = self.window.workspace
        while (callable(done) and not done()) or space.files.busy or space.frames.pending:
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 20)
        QApplication.processEvents()

    @property
    def history(self) -> History:
        return self.steps.history

    @rule(action=actions)
    def press(self, action: str) -> None:
        if self.window.actions_by_id[action].isEnabled():
            self.window.actions_by_id[action].trigger()
        self.rest()

    @rule(frame=frames)
    def go(self, frame: int) -> None:
        self.window.go_to_frame(frame)
        self.rest()

    @rule(x=st.integers(0, 100), y=st.integers(0, 80))
    def draw(self, x: int, y: int) -> None:
        self.window.set_target_box((float(x), float(y), 30.0, 20.0))

    @rule()
    def rename(self) -> None:
        target_id = self.window.workspace.correction.target_id
        if target_id is not None:
            self.names += 1
            self.window.workspace.correction.rename(target_id, f"Name {self.names}")

    @rule(row=st.integers(0, 3))
    def choose(self, row: int) -> None:
        session = self.window.workspace.document.session
        assert session is not None
        if row < len(session.targets):
            self.window.workspace.selection.select(list(session.targets)[row])

    @precondition(lambda self: self.window.workspace.tracking.running)
    @rule(count=st.integers(1, 5))
    def step(self, count: int) -> None:
        self.client.step(count, x=5.0)
        self.rest()

    @precondition(lambda self: self.window.workspace.tracking.running)
    @rule(fails=st.booleans())
    def end(self, fails: bool) -> None:
        (self.client.fail if fails else self.client.end)()
        self.rest()

    @rule(times=st.integers(1, 4), way=st.sampled_from([Id.UNDO, Id.REDO]))
    def cross(self, times: int, way: Id) -> None:
        space, back = self.window.workspace, way is Id.UNDO
        for _ in range(times):
            running, place = space.tracking.running, self.steps.place
            label = self.history.undo_label if back else self.history.redo_label
            if not self.window.actions_by_id[way].isEnabled():
                assert label is None
                return
            self.window.actions_by_id[way].trigger()
            self.rest()
            if running:
                assert self.steps.place == place
                continue
            assert self.steps.place == place + (-1 if back else 1)
            note = self.window.status_line.note.text()
            assert note.startswith(f"{'Undone' if back else 'Redone'}: {label}")

    @invariant()
    def every_state_is_in_reach(self) -> None:
        self.steps.check()
        assert self.history.undo_count + self.history.redo_count == len(self.steps.path) - 1

    @invariant()
    def the_window_says_what_is_so(self) -> None:
        space = self.window.workspace
        session, chosen = space.document.session, space.selection.value.target_id
        assert session is not None
        assert chosen in session.targets if session.targets else chosen is None
        assert self.window.isWindowModified() == (not space.document.clean)
        undo = self.window.actions_by_id[Id.UNDO]
        assert undo.isEnabled() == (self.history.can_undo or space.tracking.running)
        label = self.history.undo_label
        if label is not None and not space.tracking.running:
            assert undo.text() == f"&Undo {label[0].lower()}{label[1:]}"

    @invariant()
    def the_list_has_the_targets_in_order(self) -> None:
        session = self.window.workspace.document.session
        assert session is not None
        tree = self.window.targets._tree
        items = [tree.topLevelItem(index) for index in range(tree.topLevelItemCount())]
        shown = [item.text(0) for item in items if item is not None]
        assert shown == [target.name for target in session.targets.values()]

    def teardown(self) -> None:
        if self.client.running:
            self.client.end()
        self.steps.walk()
        self.window.close()
        self.window.deleteLater()
        QApplication.processEvents()


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch, clip: Path, tmp_path: Path) -> None:
    monkeypatch.setattr("app.window.workspace.TrackerClient", ScriptedTracker)
    monkeypatch.setattr(AnyOrder, "clip", clip, raising=False)
    monkeypatch.setattr(AnyOrder, "settings_file", tmp_path / "settings.json", raising=False)


@pytest.mark.slow
@pytest.mark.usefixtures("scripted")
def test_any_order(qtbot: QtBot) -> None:  # noqa: ARG001 - it listens for what slots raise
    run_state_machine_as_test(
        AnyOrder, settings=settings(max_examples=8, stateful_step_count=40, database=None)
    )
