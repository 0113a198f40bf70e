"""The real window with real files and a real (small, random) network, by mouse and keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from pytestqt.qtbot import QtBot

from app.look.theme import current_theme
from app.state.settings import SettingsStore
from app.views.frame.scene import Compare
from app.window.actions import Id
from app.window.main_window import MainWindow
from sessions import Source
from tests.e2e.conftest import BOX, FRAMES
from tests.e2e.driving import (
    LEFT,
    PATIENCE,
    MakeWindow,
    drag,
    draw_target,
    move,
    open_path,
    settle,
    target_of,
    track,
)


def test_the_start_page_offers_four_ways_to_begin(window: MainWindow) -> None:
    assert not window.workbench.frames_shown
    assert not window.docks["timeline"].isVisible()
    for name in (Id.OPEN_FOLDER, Id.OPEN_VIDEOS, Id.OPEN_SESSION, Id.OPEN_DEMO):
        assert window.actions_by_id[name].isEnabled()
    for name in (Id.SAVE, Id.TRACK_FORWARD, Id.DRAW_BOX, Id.UNDO, Id.PLAY, Id.STOP):
        assert not window.actions_by_id[name].isEnabled()


def test_the_whole_job(qtbot: QtBot, make_window: MakeWindow, clip: Path, tmp_path: Path) -> None:
    window = make_window()
    open_path(qtbot, window, clip)
    assert window.frame_count == FRAMES
    assert window.actions_by_id[Id.DRAW_BOX].isChecked()

    draw_target(qtbot, window)
    target = target_of(window)
    assert target.source[0] == Source.MANUAL
    assert np.allclose(target.boxes[0], [BOX, BOX], atol=1.5)
    assert not window.actions_by_id[Id.DRAW_BOX].isChecked()

    said = track(qtbot, window)
    assert said.startswith(f"Tracked {FRAMES - 1} frames. Perhaps lost on ")
    assert (target.source[1:] == Source.TRACKED).all()
    assert window.frame_index == FRAMES - 1
    assert window.workbench.crop.isVisible()

    window.go_to_frame(4)
    settle(qtbot, window)
    assert window.presenter.answer is not None
    assert window.views.panes.scene.layers.get("tokens") is not None
    before = target.boxes[4].copy()
    x, y, w, h = (float(value) for value in before[0])
    drag(qtbot, window.views.panes.rgb, (x + w / 2, y + h / 2), (x + w / 2 - 6, y + h / 2 - 4))
    moved = target.boxes[4].copy()
    assert target.source[4] == Source.MANUAL
    assert not np.allclose(moved, before)

    window.actions_by_id[Id.UNDO].trigger()
    assert np.array_equal(target.boxes[4], before)
    assert target.source[4] == Source.TRACKED
    window.actions_by_id[Id.REDO].trigger()
    assert np.array_equal(target.boxes[4], moved)

    path = tmp_path / "walk.h5"
    with qtbot.waitSignal(window.saved, timeout=PATIENCE):
        window.save_session(path)
    assert window.workspace.document.clean
    assert not window.isWindowModified()
    expected = target.boxes.copy()
    window.close()

    again = make_window()
    open_path(qtbot, again, path)
    target = target_of(again)
    assert np.array_equal(target.boxes, expected, equal_nan=True)
    again.go_to_frame(6)
    settle(qtbot, again)
    assert again.views.panes.scene.layers.get("tokens") is not None
    assert again.presenter.answer is not None
    score_map = again.presenter.answer.score_map
    assert score_map is not None
    assert score_map.shape == (4, 4)


def test_b_draws_although_drawing_was_on_already(
    qtbot: QtBot, make_window: MakeWindow, clip: Path
) -> None:
    window = make_window()
    open_path(qtbot, window, clip)
    drawing = window.actions_by_id[Id.DRAW_BOX]
    qtbot.keyClick(window, Qt.Key.Key_B)
    assert drawing.isChecked()
    draw_target(qtbot, window)
    assert np.isfinite(target_of(window).boxes[0]).all()
    qtbot.keyClick(window, Qt.Key.Key_B)
    assert drawing.isChecked()
    qtbot.keyClick(window, Qt.Key.Key_B)
    assert not drawing.isChecked()


def test_stopping_keeps_what_was_tracked(
    qtbot: QtBot, window: MainWindow, make_clip: Callable[[Path, int], Path], tmp_path: Path
) -> None:
    open_path(qtbot, window, make_clip(tmp_path / "long", 400))
    draw_target(qtbot, window)
    tracking = window.workspace.tracking
    with qtbot.waitSignal(window.run_ended, timeout=PATIENCE) as ended:
        qtbot.keyClick(window, Qt.Key.Key_T)
        qtbot.waitUntil(lambda: len(tracking.live_frames) >= 5, timeout=PATIENCE)
        assert window.status_line.progress.isVisible()
        qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert ended.args[0].startswith("Stopped; ")
    settle(qtbot, window)
    tracked = np.flatnonzero(target_of(window).source == Source.TRACKED)
    assert 5 <= tracked.size < 399
    assert tracked.tolist() == list(range(1, tracked.size + 1))
    assert not window.status_line.progress.isVisible()


def test_who_steps_away_during_a_run_is_not_dragged_along(
    qtbot: QtBot, window: MainWindow, make_clip: Callable[[Path, int], Path], tmp_path: Path
) -> None:
    open_path(qtbot, window, make_clip(tmp_path / "long", 300))
    draw_target(qtbot, window)
    tracking = window.workspace.tracking
    window.track_forward()
    qtbot.waitUntil(lambda: len(tracking.live_frames) >= 5, timeout=PATIENCE)
    window.go_to_frame(2)
    count = len(tracking.live_frames)
    qtbot.waitUntil(
        lambda: len(tracking.live_frames) >= count + 5 or not tracking.running, timeout=PATIENCE
    )
    assert window.frame_index == 2
    with qtbot.waitSignal(window.run_ended, timeout=PATIENCE):
        window.stop()


def test_stepping_by_keys(qtbot: QtBot, opened: MainWindow) -> None:
    for key, frame in (
        (Qt.Key.Key_D, 1),
        (Qt.Key.Key_D, 2),
        (Qt.Key.Key_A, 1),
        (Qt.Key.Key_End, FRAMES - 1),
        (Qt.Key.Key_Home, 0),
    ):
        qtbot.keyClick(opened, key)
        settle(qtbot, opened)
        assert opened.frame_index == frame
        assert opened.presenter.shown_index() == frame
    opened.timeline.setFocus()
    qtbot.keyClick(opened.timeline, Qt.Key.Key_Right)
    assert opened.frame_index == 1


def test_scrubbing_on_the_timeline(qtbot: QtBot, opened: MainWindow) -> None:
    timeline = opened.timeline
    y = timeline.height() // 2
    qtbot.mousePress(timeline, LEFT, pos=QPoint(int(timeline.x_of(2.5)), y))
    assert opened.frame_index == 2
    qtbot.mouseRelease(timeline, LEFT, pos=QPoint(int(timeline.x_of(2.5)), y))
    opened.transport.frame.setValue(6)
    assert opened.frame_index == 6


def test_arrows_nudge_the_box_in_a_focused_pane(qtbot: QtBot, opened: MainWindow) -> None:
    opened.set_target_box((40.0, 30.0, 24.0, 32.0))
    pane, target = opened.views.panes.rgb, target_of(opened)
    pane.setFocus()
    shift, ctrl, alt = (
        Qt.KeyboardModifier.ShiftModifier,
        Qt.KeyboardModifier.ControlModifier,
        Qt.KeyboardModifier.AltModifier,
    )
    qtbot.keyClick(pane, Qt.Key.Key_Right)
    qtbot.keyClick(pane, Qt.Key.Key_Up, shift)
    assert target.boxes[0, 0].tolist() == [41, 20, 24, 32]
    qtbot.keyClick(pane, Qt.Key.Key_Down, ctrl)
    assert target.boxes[0, 0].tolist() == [41, 20, 24, 33]
    qtbot.keyClick(pane, Qt.Key.Key_Right, alt)
    assert target.boxes[0, 0].tolist() == [40, 20, 26, 33]
    assert target.boxes[0, 1].tolist() == target.boxes[0, 0].tolist()


def test_unlocked_the_thermal_box_moves_alone(qtbot: QtBot, opened: MainWindow) -> None:
    opened.set_target_box((40.0, 30.0, 24.0, 32.0))
    opened.actions_by_id[Id.LOCK_MODALITIES].trigger()
    drag(qtbot, opened.views.panes.tir, (52, 46), (57, 46))
    boxes = target_of(opened).boxes[0]
    assert boxes[0].tolist() == [40, 30, 24, 32]
    assert boxes[1, 0] == pytest.approx(45, abs=1.0)


def test_the_view_can_be_split_blended_swiped_and_swapped(qtbot: QtBot, opened: MainWindow) -> None:
    panes = opened.views.panes
    assert [view.modality.name for view in panes.visible_views()] == ["RGB", "TIR"]
    opened.actions_by_id[Id.SWAP_PANES].trigger()
    assert [view.modality.name for view in panes.visible_views()] == ["TIR", "RGB"]
    qtbot.keyClick(opened, Qt.Key.Key_2)
    assert panes.compare is Compare.BLEND
    assert len(panes.visible_views()) == 1
    qtbot.keyClick(opened, Qt.Key.Key_3)
    assert panes.compare is Compare.SWIPE
    qtbot.keyClick(opened, Qt.Key.Key_1)
    assert len(panes.visible_views()) == 2


def test_panes_share_pan_and_zoom_and_mirror_the_pointer(qtbot: QtBot, opened: MainWindow) -> None:
    panes = opened.views.panes
    point = panes.rgb.pane_point(30, 30)
    panes.viewport.zoom(3.0)
    assert panes.rgb.pane_point(30, 30) != point
    first, second = panes.rgb.pane_point(30, 30), panes.tir.pane_point(30, 30)
    assert abs(first.y() - second.y()) < 1.5
    move(panes.rgb, first.toPoint())
    assert panes.tir.mirrored is not None
    assert panes.tir.mirrored.x() == pytest.approx(30, abs=1.0)
    assert "thermal" in opened.transport.info.text()
    qtbot.keyClick(opened, Qt.Key.Key_F)
    assert panes.viewport.fitted


def test_the_theme_changes_at_once_and_is_remembered(opened: MainWindow) -> None:
    opened.actions_by_id[Id.THEME_LIGHT].trigger()
    assert not current_theme().is_dark
    assert SettingsStore(opened.settings.path).values.theme == "light"
    opened.actions_by_id[Id.THEME_DARK].trigger()
    assert current_theme().is_dark


def test_features_of_the_frame_are_computed_when_looked_at(
    qtbot: QtBot, opened: MainWindow
) -> None:
    opened.set_target_box(tuple(map(float, BOX)))  # type: ignore[arg-type]
    track(qtbot, opened)
    opened.go_to_frame(3)
    opened.inspector.setCurrentWidget(opened.views.tabs["features"])
    features = opened.workspace.features
    settle(qtbot, opened)
    target = target_of(opened)
    result = features.result(target.id, 3, opened.workspace.choice)
    assert result is not None
    assert result.features is not None
    recorded = target.tracking.frame(3)
    assert recorded is not None
    assert set(result.elimination[0].removed.tolist()) == set(recorded.removed[0].tolist())
    assert opened.presenter.answer is not None
    assert opened.presenter.answer.stages[0].attention is not None


def test_closing_asks_about_unsaved_changes(qtbot: QtBot, opened: MainWindow) -> None:
    opened.set_target_box((40.0, 30.0, 24.0, 32.0))
    asked: list[bool] = []

    def refuse() -> bool:
        asked.append(True)
        return False

    opened.confirm_discard = refuse
    assert not opened.close()
    opened.commands.close_sequence()
    assert asked == [True, True]
    assert opened.workbench.frames_shown
    opened.confirm_discard = lambda: True
    opened.commands.close_sequence()
    assert not opened.workbench.frames_shown
    settle(qtbot, opened)


def test_dropping_a_folder_opens_it(qtbot: QtBot, window: MainWindow, clip: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(clip))])
    event = QDropEvent(
        QPointF(50, 50), Qt.DropAction.CopyAction, mime, LEFT, Qt.KeyboardModifier.NoModifier
    )
    with qtbot.waitSignal(window.opened, timeout=PATIENCE):
        window.dropEvent(event)
    assert window.frame_count == FRAMES


def test_two_dropped_folders_find_their_order(qtbot: QtBot, window: MainWindow, clip: Path) -> None:
    with qtbot.waitSignal(window.opened, timeout=PATIENCE):
        window.commands.open_dropped((clip / "infrared", clip / "visible"))
    settle(qtbot, window)
    frame = window.presenter.maker.frame
    assert frame is not None
    assert frame.rgb is not None
    assert frame.rgb[46, 52, 0] > frame.rgb[46, 52, 2] + 100


def test_recent_files_are_offered_and_gone_ones_forgotten(
    qtbot: QtBot, opened: MainWindow, clip: Path
) -> None:
    opened.commands.close_sequence()
    recent = opened.workbench.start_page.recent
    assert recent.count() == 1
    with qtbot.waitSignal(opened.opened, timeout=PATIENCE):
        opened.commands.open_recent(str(clip))
    opened.commands.close_sequence()
    opened.settings.values.remember(str(clip / "gone"))
    opened.commands.open_recent(str(clip / "gone"))
    assert "is not there any more" in opened.message
    assert str(clip / "gone") not in opened.settings.values.recent
