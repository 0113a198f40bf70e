"""Every row of the actions table in the real window, at three moments; and the panels' menu."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QAction, QMouseEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QFileDialog,
    QInputDialog,
    QMenu,
)
from pytestqt.qtbot import QtBot

from app.state.settings import SettingsStore
from app.views.frame.view import FrameView
from app.views.shell.shortcut_sheet import ShortcutSheet
from app.window.action_states import observe
from app.window.actions import ACTIONS, MENUS, ActionRow, Id, flag_id, overlay_id
from app.window.commands.files import SESSION_FILTER, VIDEO_FILTER
from app.window.main_window import MainWindow
from app.workers.frame_source import FrameSource
from sessions import SessionError
from tests.e2e.driving import (
    LEFT,
    PATIENCE,
    MakeWindow,
    draw_target,
    open_path,
    settle,
    target_of,
    track,
)
from tracker_core.sequences import Frame
from tracker_core.sequences.folders import VIDEO_SUFFIXES

MOMENTS = ("nothing open", "no target", "tracked target")
TITLES = [title for title, _ in MENUS]


@pytest.fixture
def quiet_dialogs(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every dialog is left at once by its Cancel; the list fills with those that were shown."""
    shown: list[object] = []

    def cancelled(answer: object) -> Callable[..., object]:
        def show(*arguments: object) -> object:
            shown.append(arguments[0])
            return answer

        return show

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", cancelled(""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", cancelled(("", "")))
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", cancelled(([], "")))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", cancelled(("", "")))
    monkeypatch.setattr(QInputDialog, "getDouble", cancelled((0.0, False)))
    monkeypatch.setattr(QDialog, "exec", cancelled(0))
    return shown


def saved_run(qtbot: QtBot, window: MainWindow, clip: Path) -> Path:
    """Track a target through the clip and save it beside."""
    open_path(qtbot, window, clip)
    draw_target(qtbot, window)
    track(qtbot, window)
    path = clip.parent / "walk.h5"
    with qtbot.waitSignal(window.saved, timeout=PATIENCE):
        window.save_session(path)
    return path


def played_out(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not window.workspace.playback.playing, timeout=PATIENCE)
    settle(qtbot, window)


def assert_actions_are_of_the_moment(window: MainWindow, after: str) -> None:
    moment = observe(window)
    for row in ACTIONS:
        action = window.actions_by_id[row.id]
        assert action.isEnabled() == row.enabled(moment), f"{row.id} after {after}"
        assert action.isCheckable() == (row.checked is not None)
        if row.checked is not None:
            assert action.isChecked() == row.checked(moment), f"{row.id} after {after}"
        assert action.text() == (row.text if row.label is None else row.label(moment))


@pytest.mark.usefixtures("quiet_dialogs")
@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("moment", MOMENTS)
def test_every_action_of_a_menu_can_be_used(
    qtbot: QtBot, make_window: MakeWindow, clip: Path, moment: str, title: str
) -> None:
    window = make_window()
    path = {
        "nothing open": lambda: None,
        "no target": lambda: clip,
        "tracked target": lambda: saved_run(qtbot, window, clip),
    }[moment]()
    rows = [item for item in dict(MENUS)[title] if isinstance(item, ActionRow)]
    assert rows
    for row in rows:
        if not window.isVisible():
            window = make_window()
        if path is None:
            window.commands.close_sequence()
        else:
            open_path(qtbot, window, path)
        assert_actions_are_of_the_moment(window, f"opening for {row.id}")
        action = window.actions_by_id[row.id]
        if action.isEnabled():
            action.trigger()
        else:
            # What is grey must not fail either: a program may ask for it.
            row.run(window, not action.isChecked())
            window.refresh_actions()
        if row.id == Id.QUIT:
            assert not window.isVisible()
            continue
        played_out(qtbot, window)
        assert_actions_are_of_the_moment(window, row.id)


def menu_actions(menu: QMenu) -> Iterator[QAction]:
    for action in menu.actions():
        yield action
        if action.menu() is not None:
            yield from menu_actions(action.menu())  # type: ignore[arg-type]


def menu_of(window: MainWindow, title: str) -> QMenu:
    menus = [action.menu() for action in window.menuBar().actions()]
    found = [menu for menu in menus if isinstance(menu, QMenu) and menu.title() == title]
    assert len(found) == 1
    return found[0]


def test_every_action_is_reached_from_a_menu(window: MainWindow) -> None:
    reached = [action for title in TITLES for action in menu_actions(menu_of(window, title))]
    for row in ACTIONS:
        action = window.actions_by_id[row.id]
        assert action.objectName() == row.id
        assert reached.count(action) == 1, row.id
        assert [keys.toString() for keys in action.shortcuts()] == list(row.keys)
        assert action.toolTip().startswith(row.tip)


def test_the_sheet_opens_by_its_key(
    qtbot: QtBot, window: MainWindow, quiet_dialogs: list[object]
) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F1)
    assert [type(dialog) for dialog in quiet_dialogs] == [ShortcutSheet]


def test_flags_follow_frame_and_history(qtbot: QtBot, window: MainWindow, clip: Path) -> None:
    open_path(qtbot, window, saved_run(qtbot, window, clip))
    window.go_to_frame(0)
    settle(qtbot, window)
    absent = window.actions_by_id[flag_id("absent")]
    absent.trigger()
    assert absent.isChecked()
    window.go_to_frame(3)
    settle(qtbot, window)
    assert not absent.isChecked()
    window.go_to_frame(0)
    settle(qtbot, window)
    assert absent.isChecked()
    window.actions_by_id[Id.UNDO].trigger()
    assert not absent.isChecked()


def test_what_is_done_to_a_frame_is_done_to_the_one_on_show(
    qtbot: QtBot, opened: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, gate = opened, threading.Event()
    first, last = (40.0, 30.0, 24.0, 32.0), (70.0, 40.0, 24.0, 32.0)
    for index, box in ((0, first), (6, last), (3, first)):
        window.go_to_frame(index)
        settle(qtbot, window)
        window.set_target_box(box)
    decode = FrameSource.frame

    def slowly(source: FrameSource, index: int) -> Frame:
        gate.wait(10)
        return decode(source, index)

    monkeypatch.setattr(FrameSource, "frame", slowly)
    # Or the frame would be on screen at once.
    monkeypatch.setattr(FrameSource, "cached", lambda _source, _index: None)
    window.go_to_frame(5)
    assert (window.frame_index, window.presenter.shown_index()) == (5, 3)
    target = target_of(window)
    absent = window.actions_by_id[flag_id("absent")]
    absent.trigger()
    assert absent.isChecked()
    assert target.flags.nonzero()[0].tolist() == [3]
    absent.trigger()
    window.actions_by_id[Id.CLEAR_BOX].trigger()
    assert target.source.nonzero()[0].tolist() == [0, 6]
    window.actions_by_id[Id.COPY_PREVIOUS].trigger()
    assert target.source.nonzero()[0].tolist() == [0, 3, 6]
    window.actions_by_id[Id.TRUTH_BOX].trigger()
    assert target.source.nonzero()[0].tolist() == [0, 3, 6]
    # The clip's target walks 4 pixels a frame.
    assert target.boxes[3, 0].tolist() == [52.0, 30.0, 24.0, 32.0]
    window.actions_by_id[Id.INTERPOLATE].trigger()
    assert target.source.nonzero()[0].tolist() == [0, 3, 4, 5, 6]
    window.actions_by_id[Id.UNDO].trigger()
    gate.set()
    settle(qtbot, window)
    assert window.presenter.shown_index() == 5


def test_a_switch_that_is_refused_goes_back(
    qtbot: QtBot, opened: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.set_target_box((40.0, 30.0, 24.0, 32.0))
    settle(qtbot, opened)

    def refuse(_command: object) -> None:
        raise SessionError("Frame 0 is locked; unlock it first.")

    monkeypatch.setattr(opened.workspace.document, "do", refuse)
    absent = opened.actions_by_id[flag_id("absent")]
    absent.trigger()
    assert opened.message == "Frame 0 is locked; unlock it first."
    assert not absent.isChecked()


def test_overlays_and_crop_follow_their_switches(qtbot: QtBot, opened: MainWindow) -> None:
    for name in ("tokens", "score_map", "search_window"):
        switch = opened.actions_by_id[overlay_id(name)]
        for _ in range(2):
            before = name in opened.workspace.selection.value.overlays
            assert switch.isChecked() is before
            switch.trigger()
            assert (name in opened.workspace.selection.value.overlays) is not before
    opened.actions_by_id[Id.SHOW_CROP].trigger()
    assert not opened.workbench.crop_wanted
    settle(qtbot, opened)


def test_another_session_is_shown_with_all_its_stages(
    qtbot: QtBot, window: MainWindow, clip: Path
) -> None:
    path = saved_run(qtbot, window, clip)
    window.go_to_frame(2)
    settle(qtbot, window)
    crop = window.views.crop
    crop.stage_changed.emit(0)
    assert (crop.stage(), window.workspace.selection.value.stage) == (0, 0)
    open_path(qtbot, window, path)
    window.go_to_frame(2)
    settle(qtbot, window)
    assert crop.view() is not None
    assert (crop.stage(), window.workspace.selection.value.stage) == (None, None)


@pytest.mark.parametrize(
    ("typed", "written"),
    [("walk", "walk.h5"), ("walk.hdf5", "walk.hdf5"), ("walk.v2", "walk.v2.h5")],
)
def test_what_is_saved_can_be_opened_again(
    qtbot: QtBot, opened: MainWindow, tmp_path: Path, typed: str, written: str
) -> None:
    with qtbot.waitSignal(opened.saved, timeout=PATIENCE) as saved:
        opened.save_session(tmp_path / typed)
    assert saved.args == [tmp_path / written]
    open_path(qtbot, opened, tmp_path / written)
    assert opened.workspace.document.path == tmp_path / written


def test_the_dialog_offers_every_kind_of_video() -> None:
    offered = VIDEO_FILTER.split(")")[0].split("(")[1].split()
    assert {pattern.removeprefix("*") for pattern in offered} == VIDEO_SUFFIXES
    assert SESSION_FILTER == "Sessions (*.h5 *.hdf5)"


def test_stop_is_offered_only_while_something_goes_on(
    qtbot: QtBot, window: MainWindow, make_clip: Callable[[Path, int], Path], tmp_path: Path
) -> None:
    stop = window.actions_by_id[Id.STOP]
    assert not stop.isEnabled()
    open_path(qtbot, window, make_clip(tmp_path / "long", 300))
    # The first box is about to be drawn, but nothing runs; Esc ends the drawing all the same.
    assert not stop.isEnabled()
    assert window.views.panes.drawing
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.views.panes.drawing
    window.actions_by_id[Id.DRAW_BOX].trigger()
    draw_target(qtbot, window)
    assert not stop.isEnabled()
    window.actions_by_id[Id.PLAY].trigger()
    assert stop.isEnabled()
    stop.trigger()
    assert not window.workspace.playback.playing
    assert not stop.isEnabled()
    window.go_to_frame(298)
    settle(qtbot, window)
    window.workspace.playback.play()
    assert stop.isEnabled()
    played_out(qtbot, window)
    assert not stop.isEnabled()
    window.go_to_frame(0)
    with qtbot.waitSignal(window.run_ended, timeout=PATIENCE):
        window.track_forward()
        assert stop.isEnabled()
        qtbot.keyClick(window, Qt.Key.Key_Escape)
    settle(qtbot, window)
    assert not stop.isEnabled()


def test_escape_lets_go_of_a_box_in_the_hand(qtbot: QtBot, opened: MainWindow) -> None:
    opened.set_target_box((40.0, 30.0, 24.0, 32.0))
    settle(qtbot, opened)
    pane = opened.views.panes.rgb
    qtbot.mousePress(pane, LEFT, pos=pane.pane_point(52, 46).toPoint())
    assert pane.holding
    qtbot.keyClick(opened, Qt.Key.Key_Escape)
    assert not pane.holding
    qtbot.mouseRelease(pane, LEFT, pos=pane.pane_point(70, 60).toPoint())
    assert target_of(opened).boxes[0, 0].tolist() == [40, 30, 24, 32]


def test_a_box_that_goes_while_it_is_dragged_is_let_go_of(qtbot: QtBot, opened: MainWindow) -> None:
    opened.set_target_box((40.0, 30.0, 24.0, 32.0))
    settle(qtbot, opened)
    panes = opened.views.panes
    qtbot.mousePress(panes.rgb, LEFT, pos=panes.rgb.pane_point(52, 46).toPoint())
    post_move(panes.rgb, 60, 50)
    assert panes.tir._twin_drag is not None
    qtbot.keyClick(opened, Qt.Key.Key_Delete)
    settle(qtbot, opened)
    post_move(panes.rgb, 65, 55)
    assert not panes.holding
    assert panes.tir._twin_drag is None
    qtbot.mouseRelease(panes.rgb, LEFT, pos=panes.rgb.pane_point(70, 60).toPoint())
    assert not target_of(opened).source.any()


def post_move(view: FrameView, x: float, y: float) -> None:
    """Move by way of the event loop, where an exception is reported and not raised here."""
    there = view.pane_point(x, y)
    event = QMouseEvent(
        QEvent.Type.MouseMove, there, view.mapToGlobal(there),
        Qt.MouseButton.NoButton, LEFT, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.postEvent(view, event)
    QApplication.processEvents()


# --- panels


def panel_switch(window: MainWindow, text: str) -> QAction:
    actions = [each for each in menu_actions(menu_of(window, "&View")) if each.text() == text]
    assert len(actions) == 1
    return actions[0]


@pytest.mark.parametrize("title", ["Targets", "Review queue", "Inspector", "Timeline"])
def test_the_menu_hides_a_panel_and_brings_it_back(
    qtbot: QtBot, opened: MainWindow, clip: Path, title: str
) -> None:
    switch = panel_switch(opened, title)
    dock = next(dock for dock in opened.docks.values() if dock.windowTitle() == title)
    assert dock.isVisible()
    assert switch.isChecked()
    switch.trigger()
    assert not dock.isVisible()
    open_path(qtbot, opened, clip)
    assert not dock.isVisible()
    switch.trigger()
    assert dock.isVisible()
    open_path(qtbot, opened, clip)
    assert dock.isVisible()


def test_a_panel_closed_by_its_cross_stays_closed(
    qtbot: QtBot, make_window: MakeWindow, clip: Path
) -> None:
    window = make_window()
    open_path(qtbot, window, clip)
    dock = window.docks["queue"]
    cross = dock.findChild(QAbstractButton, "qt_dockwidget_closebutton")
    qtbot.mouseClick(cross, LEFT, pos=QPoint(3, 3))
    assert not dock.isVisible()
    assert not panel_switch(window, "Review queue").isChecked()
    window.commands.close_sequence()
    open_path(qtbot, window, clip)
    assert not dock.isVisible()
    assert window.docks["inspector"].isVisible()
    path = window.settings.path
    window.close()
    assert SettingsStore(path).values.hidden_docks == ("dock_queue",)
    again = make_window()
    open_path(qtbot, again, clip)
    assert not again.docks["queue"].isVisible()
    assert again.docks["targets"].isVisible()


def test_panels_behind_a_hidden_window_are_not_closed(
    qtbot: QtBot, make_window: MakeWindow, clip: Path
) -> None:
    window = make_window()
    open_path(qtbot, window, clip)
    window.hide()
    window.show()
    assert all(dock.isVisible() for dock in window.docks.values())
    path = window.settings.path
    window.hide()
    window.close()
    assert SettingsStore(path).values.hidden_docks == ()


def test_choosers_reach_the_settings(opened: MainWindow) -> None:
    opened.thermal_chooser.palette_chosen.emit("iron")
    opened.thermal_chooser.stretch_chosen.emit(2.0, 98.0)
    opened.tracker_chooser.device_chosen.emit("cpu")
    values = SettingsStore(opened.settings.path).values
    assert (values.palette, values.low_percentile, values.high_percentile) == ("iron", 2.0, 98.0)
    assert values.device == "cpu"
    assert opened.thermal_chooser._palette.currentText() == "Iron"
