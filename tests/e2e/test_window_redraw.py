"""How often and what the real window draws."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QTreeWidget, QWidget
from pytestqt.qtbot import QtBot

from app.resolve.inspection import Missing
from app.resolve.live import LiveRun
from app.views.frame.scene import EMPTY_SCENE, FrameScene
from app.views.lists.targets_panel import TargetsPanel
from app.views.timeline.timeline import Timeline
from app.window.main_window import MainWindow
from app.window.tabs import TABS
from sessions import AcceptRun, RenameTarget, SetBox, Source
from tests.e2e.conftest import FRAMES
from tests.e2e.driving import (
    PATIENCE,
    MakeWindow,
    draw_target,
    open_path,
    session_of,
    settle,
    target_of,
    track,
)


class Calls(Counter[str]):
    """Counts how often views are fed, and keeps the scenes."""

    def __init__(self, window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self.scenes: list[FrameScene] = []
        views = window.views
        self._watch(monkeypatch, views.panes, "set_scene", "scene")
        self._watch(monkeypatch, views.timeline, "set_model", "timeline")
        self._watch(monkeypatch, views.timeline, "set_row", "strip")
        self._watch(monkeypatch, views.targets, "set_rows", "targets")
        self._watch(monkeypatch, views.targets, "set_row", "line")
        self._watch(monkeypatch, views.queue, "set_queue", "queue")
        for row in TABS:
            self._watch(monkeypatch, views.tabs[row.id], "set_view", row.id)

    def _watch(
        self, monkeypatch: pytest.MonkeyPatch, view: QWidget, name: str, counted: str
    ) -> None:
        passed_on = getattr(view, name)

        def call(*arguments: Any) -> None:
            self[counted] += 1
            if counted == "scene":
                self.scenes.append(arguments[0])
            passed_on(*arguments)

        monkeypatch.setattr(view, name, call, raising=True)

    def begin(self) -> None:
        self.clear()
        self.scenes.clear()


def _real(calls: Calls) -> list[FrameScene]:
    return [scene for scene in calls.scenes if scene is not EMPTY_SCENE]


@pytest.fixture
def calls(opened: MainWindow, monkeypatch: pytest.MonkeyPatch) -> Iterator[Calls]:
    return Calls(opened, monkeypatch)


def test_opening_builds_the_scene_once(
    qtbot: QtBot,
    make_window: MakeWindow,
    clip: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window = make_window()
    calls = Calls(window, monkeypatch)
    open_path(qtbot, window, clip)
    assert len(_real(calls)) == 1
    assert len(calls.scenes) <= 2
    window.go_to_frame(3)
    settle(qtbot, window)
    window.set_target_box((40.0, 30.0, 24.0, 32.0))
    path = tmp_path / "walk.h5"
    with qtbot.waitSignal(window.saved, timeout=PATIENCE):
        window.save_session(path)
    calls.begin()
    open_path(qtbot, window, path)
    assert [scene.frame_index for scene in _real(calls)] == [3]
    assert len(calls.scenes) <= 2
    assert calls["timeline"] <= 2, "emptied, and filled"
    assert len(_real(calls)[0].boxes) == 1


def test_a_change_draws_only_what_it_names(qtbot: QtBot, opened: MainWindow, calls: Calls) -> None:
    correction, document = opened.workspace.correction, opened.workspace.document
    correction.add_target("Walker")
    correction.add_target("Car")
    opened.inspector.setCurrentWidget(opened.views.tabs["curves"])
    settle(qtbot, opened)
    calls.begin()
    document.do(SetBox("1", 5, np.array([[40.0, 30.0, 24.0, 32.0]] * 2)))
    settle(qtbot, opened)
    assert calls == {"strip": 1, "line": 1}
    calls.begin()
    document.do(RenameTarget("1", "Runner"))
    settle(qtbot, opened)
    assert calls == {"strip": 1, "line": 1, "scene": 1}
    calls.begin()
    document.do(SetBox("2", 0, np.array([[40.0, 30.0, 24.0, 32.0]] * 2)))
    settle(qtbot, opened)
    assert calls == {"strip": 1, "line": 1, "scene": 1, "queue": 1, "curves": 1}
    assert opened.views.timeline.model.rows[1].source[0] == Source.MANUAL
    assert [row.name for row in opened.views.timeline.model.rows] == ["Runner", "Car"]
    calls.begin()
    opened.actions_by_id["lock_modalities"].trigger()
    opened.actions_by_id["show_score_map"].trigger()
    settle(qtbot, opened)
    assert calls == {"scene": 2}
    assert not opened.views.panes.scene.linked


def test_the_review_list_is_filled_once_after_several_changes(
    qtbot: QtBot, opened: MainWindow, calls: Calls
) -> None:
    opened.workspace.correction.add_target("Walker")
    settle(qtbot, opened)
    calls.begin()
    for frame, score in ((1, 0.02), (6, 0.01)):
        box, index = np.array([[40.0, 30.0, 24.0, 32.0]]), np.array([frame])
        opened.workspace.document.do(AcceptRun("1", index, box, np.array([score])))
    assert calls["queue"] == 0
    settle(qtbot, opened)
    assert calls["queue"] == 1
    assert opened.actions_by_id["next_review"].isEnabled()
    tree = opened.queue.findChild(QTreeWidget)
    assert isinstance(tree, QTreeWidget)
    assert [tree.topLevelItem(row).text(0) for row in range(2)] == ["6", "1"]
    opened.workspace.document.undo()
    settle(qtbot, opened)
    assert tree.topLevelItemCount() == 1


def test_both_boxes_stay_where_they_are_when_a_run_ends(
    qtbot: QtBot, opened: MainWindow, calls: Calls
) -> None:
    draw_target(qtbot, opened)
    opened.actions_by_id["lock_modalities"].trigger()
    session = session_of(opened)
    shifted = target_of(opened).boxes[0].copy()
    shifted[1, 0] += 5
    opened.workspace.document.do(SetBox("1", 0, shifted))
    calls.begin()
    track(qtbot, opened)
    live = [scene for scene in _real(calls) if scene.boxes and scene.frame_index > 0]
    assert live
    for scene in live:
        rgb, tir = target_of(opened).boxes[scene.frame_index]
        assert scene.boxes[0].rgb == pytest.approx(rgb.tolist())
        assert scene.boxes[0].tir == pytest.approx(tir.tolist())
    assert session.alignment.is_identity
    assert opened.frame_index == FRAMES - 1


def test_a_hidden_tab_is_fed_when_it_is_seen(
    qtbot: QtBot, opened: MainWindow, calls: Calls
) -> None:
    draw_target(qtbot, opened)
    track(qtbot, opened)
    opened.inspector.setCurrentWidget(opened.views.tabs["elimination"])
    opened.docks["inspector"].hide()
    settle(qtbot, opened)
    calls.begin()
    opened.go_to_frame(3)
    settle(qtbot, opened)
    assert calls["elimination"] == 0
    opened.docks["inspector"].show()
    settle(qtbot, opened)
    assert calls["elimination"] == 1


@pytest.mark.parametrize("tab", ["elimination", "features", "score", "curves"])
def test_a_tracker_without_tokens_is_shown_as_far_as_it_goes(
    qtbot: QtBot, opened: MainWindow, tab: str
) -> None:
    opened.set_target_box((40.0, 30.0, 24.0, 32.0))
    for name in ("show_score_map", "show_crop"):
        opened.actions_by_id[name].setChecked(False)
        opened.actions_by_id[name].trigger()
    opened.inspector.setCurrentWidget(opened.views.tabs[tab])
    bare: Any = SimpleNamespace(
        box_xywh=(44.0, 30.0, 24.0, 32.0),
        score=0.4,
        score_map=None,
        search_window=None,
        search_grid=0,
        elimination=(),
        target_tokens_removed=0,
    )
    tracking = opened.workspace.tracking
    tracking._live = {1: bare}
    tracking._run = LiveRun("1", 0, tracking._live, [1], "nanotrack")
    opened.go_to_frame(1)
    settle(qtbot, opened)
    scene, answer = opened.views.panes.scene, opened.presenter.answer
    assert answer is not None
    assert scene.boxes[0].rgb == bare.box_xywh
    assert scene.layers == {}
    assert opened.views.crop.isVisible()
    assert opened.views.crop.view() is None
    assert answer.without_tokens() == Missing(
        "nanotrack keeps no tokens; track with CKD to see them."
    )
    opened.views.panes.hovered.emit((50.0, 40.0))
    assert not opened.grab().isNull()
    tracking.abandon()


def test_the_window_holds_every_row_of_the_table(opened: MainWindow) -> None:
    titles = [opened.inspector.tabText(index) for index in range(opened.inspector.count())]
    assert titles == [row.title for row in TABS]
    assert isinstance(opened.views.timeline, Timeline)
    assert isinstance(opened.views.targets, TargetsPanel)
