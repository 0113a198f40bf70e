"""The real window on sessions that cannot be right: it says so on their frames, and never fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app.resolve.inspection import Missing
from app.resolve.overlays import OVERLAYS
from app.window.actions import Id
from app.window.actions.ids import overlay_id
from app.window.main_window import MainWindow
from sessions import load, snapshot
from tests.e2e.driving import PATIENCE, open_path, session_of, settle, target_of, track
from tests.hostile_sessions import DAMAGED, FRAMES, REFUSED, SOUND, Case, write_case
from tests.unit.sessions.building import state

GROUP = 12
"""Files that one window opens one after another: a window takes longer to build than to use."""
VIEWS = (Id.VIEW_SPLIT, Id.VIEW_BLEND, Id.VIEW_SWIPE)


def groups(cases: list[Case]) -> list[list[Case]]:
    return [cases[first : first + GROUP] for first in range(0, len(cases), GROUP)]


@pytest.fixture
def images(make_clip: Callable[[Path, int], Path], tmp_path: Path) -> Path:
    return make_clip(tmp_path / "images", FRAMES)


@pytest.fixture
def all_on(window: MainWindow) -> MainWindow:
    """The window with every overlay."""
    for overlay in OVERLAYS:
        action = window.actions_by_id[overlay_id(overlay.id)]
        if not action.isChecked():
            action.trigger()
    return window


def paint_everything(qtbot: QtBot, window: MainWindow) -> None:
    """Show every tab and every way to compare, and paint all that is seen."""
    for tab in range(window.inspector.count()):
        window.inspector.setCurrentIndex(tab)
        settle(qtbot, window)
        window.grab()
    for view in VIEWS:
        window.actions_by_id[view].trigger()
        window.grab()
    # Qt would load what a name with tags names.
    named = [label for label in window.findChildren(QLabel) if "missing.png" in label.text()]
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in named)
    panes = window.views.panes
    panes.zoom(8.0)
    window.grab()
    panes.viewport.fit()
    window.actions_by_id[Id.VIEW_SPLIT].trigger()
    qtbot.mouseMove(panes.rgb, QPoint(60, 60))
    qtbot.mouseMove(panes.rgb, panes.rgb.rect().center())
    QApplication.processEvents()


def check_frame(window: MainWindow, damaged: bool) -> None:
    """All views agree on whether the frame on show is damaged."""
    answer = window.presenter.answer
    assert answer is not None
    assert bool(answer.damage) == damaged
    assert ("Frame data damaged" in window.views.panes.scene.rgb_title) is False
    titles = {window.views.panes.scene.title(side) for side in _modalities()}
    assert all(("Frame data damaged" in title) == damaged for title in titles)
    assert isinstance(answer.score_view(), Missing) or not damaged
    assert (window.views.panes.scene.layers == {}) or not damaged


def _modalities() -> tuple[object, ...]:
    from sessions import Modality

    return tuple(Modality)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "cases", groups([*DAMAGED, *SOUND]), ids=lambda cases: f"{cases[0].id} to {cases[-1].id}"
)
def test_every_view_of_every_file(
    qtbot: QtBot, all_on: MainWindow, images: Path, tmp_path: Path, cases: list[Case]
) -> None:
    window = all_on
    for number, case in enumerate(cases):
        path = write_case(tmp_path / f"{number}.h5", images, case)
        before = state(load(path)) if not case.damaged else {}
        open_path(qtbot, window, path)
        assert ("Frame data is damaged of walker" in window.message) == bool(case.damaged), case.id
        for frame in sorted({*case.damaged[:1], 3, 17}):
            window.go_to_frame(frame)
            settle(qtbot, window)
            check_frame(window, frame in case.damaged)
            paint_everything(qtbot, window)
        window.go_to_frame(3)
        settle(qtbot, window)
        window.set_target_box((41.0, 31.0, 24.0, 32.0))
        window.actions_by_id[Id.UNDO].trigger()
        window.actions_by_id[Id.REDO].trigger()
        window.actions_by_id[Id.UNDO].trigger()
        settle(qtbot, window)
        check_frame(window, 3 in case.damaged)
        assert window.workbench.messages.level != "error", window.message
        with qtbot.waitSignal(window.saved, timeout=PATIENCE):
            window.save_session(path.with_name("again.h5"))
        again = load(path.with_name("again.h5"))
        assert again.target("1").tracking.damaged().tolist() == list(case.damaged)
        if before:
            assert state(again)["targets"] == before["targets"]


@pytest.mark.parametrize("cases", groups(REFUSED)[:1])
def test_what_is_refused_is_said_and_leaves_what_is_open(
    qtbot: QtBot, opened: MainWindow, images: Path, tmp_path: Path, cases: list[Case]
) -> None:
    before = snapshot(session_of(opened))
    for number, case in enumerate(cases):
        path = write_case(tmp_path / f"{number}.h5", images, case)
        with qtbot.waitSignal(opened.message_shown, timeout=PATIENCE) as shown:
            opened.open_path(path)
        settle(qtbot, opened)
        assert shown.args[0] == "error"
        assert case.refused in shown.args[1]
        assert f"{number}.h5" in shown.args[1]
    assert state(snapshot(session_of(opened)))["targets"] == state(before)["targets"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["score_map bomb", "window partly nan", "removed torn"])
def test_tracking_over_damaged_frames_mends_them(
    qtbot: QtBot, window: MainWindow, images: Path, tmp_path: Path, name: str
) -> None:
    case = next(case for case in DAMAGED if case.id == name)
    open_path(qtbot, window, write_case(tmp_path / "walk.h5", images, case))
    window.go_to_frame(0)
    settle(qtbot, window)
    track(qtbot, window)
    assert not target_of(window).tracking.damaged().size
    window.actions_by_id[Id.UNDO].trigger()
    settle(qtbot, window)
    assert target_of(window).tracking.damaged().tolist() == list(case.damaged)
    window.actions_by_id[Id.REDO].trigger()
    settle(qtbot, window)
    with qtbot.waitSignal(window.saved, timeout=PATIENCE):
        window.save_session(tmp_path / "walk.h5")
    assert not load(tmp_path / "walk.h5").target("1").tracking.damaged().size


def test_boxes_can_be_drawn_where_a_session_does_not_know_its_sizes(
    qtbot: QtBot, window: MainWindow, images: Path, tmp_path: Path
) -> None:
    case = next(case for case in SOUND if case.id == "sizes not known")
    open_path(qtbot, window, write_case(tmp_path / "walk.h5", images, case))
    window.go_to_frame(3)
    settle(qtbot, window)
    assert window.set_target_box((41.0, 31.0, 24.0, 32.0))
    assert np.allclose(target_of(window).boxes[3, 0], (41.0, 31.0, 24.0, 32.0))
    assert session_of(window).sequence.rgb_size == (160, 120)
