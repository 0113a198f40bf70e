"""Targets at the real window: class, color, eye, lock, order, merge, split, and context menus."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu, QTreeWidget, QWidget
from pytestqt.qtbot import QtBot

from app.views.lists.targets_panel import EYE, LOCK
from app.window.actions import Id
from app.window.main_window import MainWindow
from sessions import AcceptRun, AddTarget, Flag, SetBox
from tests.e2e.conftest import BOX
from tests.e2e.driving import LEFT, drag, open_path, press, session_of, settle, target_of

FRAMES = 20


@pytest.fixture
def two(
    qtbot: QtBot, window: MainWindow, make_clip: Callable[[Path, int], Path], tmp_path: Path
) -> MainWindow:
    """Two tracked targets with long names that differ at their ends; the first one is selected."""
    open_path(qtbot, window, make_clip(tmp_path / "clip", FRAMES))
    document, session = window.workspace.document, session_of(window)
    for key, place in (("1", "RGB"), ("2", "thermal")):
        document.do(AddTarget(key, f"NanoTrack version two on {place}", int(key)))
        left = 40.0 if key == "1" else 90.0
        document.do(SetBox.draw(session, key, 0, (left, 30, 24, 32)))
        frames = np.arange(1, 10) if key == "1" else np.arange(6, FRAMES)
        boxes = np.tile([left, 30.0, 24.0, 32.0], (frames.size, 1))
        document.do(AcceptRun(key, frames, boxes, np.full(frames.size, 0.5)))
    window.workspace.selection.select("1")
    press(qtbot, window, "Esc")
    settle(qtbot, window)
    return window


def tree(window: MainWindow) -> QTreeWidget:
    found = window.targets.findChild(QTreeWidget)
    assert isinstance(found, QTreeWidget)
    return found


def click_line(qtbot: QtBot, window: MainWindow, line: int, column: int) -> None:
    view = tree(window)
    place = view.visualRect(view.model().index(line, column)).center()
    qtbot.mouseClick(view.viewport(), LEFT, pos=place)
    settle(qtbot, window)


def right_click(widget: QWidget, where: QPoint) -> None:
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, where, widget.mapToGlobal(where))
    QApplication.sendEvent(widget, event)


def opened_menu(qtbot: QtBot, name: str) -> QMenu:
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is not None)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert menu.objectName() == f"context_{name}"
    return menu


def choose(qtbot: QtBot, menu: QMenu, text: str) -> None:
    """Click an entry of an open menu."""
    action = next(each for each in menu.actions() if each.text().replace("&", "") == text)
    qtbot.mouseClick(menu, LEFT, pos=menu.actionGeometry(action).center())


def entries(menu: QMenu) -> list[str]:
    menu.aboutToShow.emit()
    return [action.text().replace("&", "") for action in menu.actions() if action.text()]


def submenu(window: MainWindow, title: str) -> QMenu:
    found = [menu for menu in window.findChildren(QMenu) if menu.title().replace("&", "") == title]
    return found[0]


def names(window: MainWindow) -> list[str]:
    return [target.name for target in session_of(window).targets.values()]


def test_eye_and_lock_are_switched_in_the_list(qtbot: QtBot, two: MainWindow) -> None:
    click_line(qtbot, two, 0, EYE)
    assert not target_of(two).visible
    assert [item.target_id for item in two.views.panes.scene.boxes] == ["2"]
    click_line(qtbot, two, 0, EYE)
    assert {item.target_id for item in two.views.panes.scene.boxes} == {"1", "2"}
    click_line(qtbot, two, 0, LOCK)
    assert target_of(two).locked
    press(qtbot, two, "Alt+1")
    settle(qtbot, two)
    assert not target_of(two).flags.any()
    assert "is locked; unlock it to change it" in two.message
    press(qtbot, two, "Ctrl+Z")
    settle(qtbot, two)
    assert not target_of(two).locked


def test_class_and_color_are_chosen_from_menus(qtbot: QtBot, two: MainWindow) -> None:
    classes = submenu(two, "Class")
    assert {"person", "car", "Another class…"} <= set(entries(classes))
    next(each for each in classes.actions() if each.text() == "car").trigger()
    assert target_of(two).class_name == "car"
    assert "No class" in entries(classes)
    colors = submenu(two, "Color")
    entries(colors)
    before = two.views.panes.scene.boxes[0].colour
    colors.actions()[4].trigger()
    settle(qtbot, two)
    assert target_of(two).color == 4
    assert two.views.panes.scene.boxes[0].colour != before
    press(qtbot, two, "Ctrl+Z")
    press(qtbot, two, "Ctrl+Z")
    settle(qtbot, two)
    assert target_of(two).class_name == ""
    assert two.views.panes.scene.boxes[0].colour == before


def test_names_in_the_list_stay_different(two: MainWindow) -> None:
    view = tree(two)
    view.setColumnWidth(0, 110)
    two.targets.resize(220, 200)
    images = [
        view.grab(view.visualRect(view.model().index(line, 0)).translated(0, 0)).toImage()
        for line in (0, 1)
    ]
    delegate = view.itemDelegateForColumn(0)
    from PySide6.QtWidgets import QStyleOptionViewItem

    texts = []
    for line in (0, 1):
        option = QStyleOptionViewItem()
        delegate.initStyleOption(option, view.model().index(line, 0))
        texts.append(option.text)  # type: ignore[attr-defined]
    assert texts[0] != texts[1]
    assert all("…" in text for text in texts)
    assert not any(image.isNull() for image in images)
    first = view.topLevelItem(0)
    assert first is not None
    assert "NanoTrack version two on RGB" in first.toolTip(0)


def test_order_changes_by_keys(qtbot: QtBot, two: MainWindow) -> None:
    before = names(two)
    assert not two.actions_by_id[Id.TARGET_UP].isEnabled()
    press(qtbot, two, "Ctrl+Shift+Down")
    settle(qtbot, two)
    assert names(two) == before[::-1]
    assert [row.target_id for row in two.timeline.model.rows] == ["2", "1"]
    assert not two.actions_by_id[Id.TARGET_DOWN].isEnabled()
    press(qtbot, two, "Ctrl+Z")
    settle(qtbot, two)
    assert names(two) == before


def test_merging_and_splitting(qtbot: QtBot, two: MainWindow) -> None:
    merge = submenu(two, "Merge with")
    assert entries(merge) == ["NanoTrack version two on thermal"]
    merge.actions()[0].trigger()
    settle(qtbot, two)
    assert names(two) == ["NanoTrack version two on RGB"]
    assert target_of(two).boxed().all()
    assert two.message == (
        "Merged NanoTrack version two on thermal into NanoTrack version two on RGB: "
        "10 more frames with a box."
    )
    two.go_to_frame(12)
    settle(qtbot, two)
    two.actions_by_id[Id.SPLIT_TARGET].trigger()
    settle(qtbot, two)
    assert names(two) == ["NanoTrack version two on RGB", "Target 1"]
    assert target_of(two).name == "Target 1"
    assert np.flatnonzero(target_of(two).boxed()).tolist() == list(range(12, FRAMES))
    assert (
        two.message == "Split NanoTrack version two on RGB at frame 12; what follows is Target 1."
    )
    two.actions_by_id[Id.SPLIT_TARGET].trigger()
    assert "Target 1 has nothing before frame 12" in two.message
    press(qtbot, two, "Ctrl+Z")
    press(qtbot, two, "Ctrl+Z")
    settle(qtbot, two)
    assert len(names(two)) == 2
    assert entries(merge) != []


def test_a_right_click_on_a_box_means_that_box(qtbot: QtBot, two: MainWindow) -> None:
    pane = two.views.panes.rgb
    right_click(pane, pane.pane_point(102, 46).toPoint())
    menu = opened_menu(qtbot, "box")
    assert target_of(two).id == "2"
    choose(qtbot, menu, "Occluded here")
    settle(qtbot, two)
    assert target_of(two).flags[0] == Flag.OCCLUDED
    right_click(pane, pane.pane_point(5, 110).toPoint())
    menu = opened_menu(qtbot, "pane")
    assert "Draw box" in entries(menu)
    menu.close()


def test_a_right_click_on_the_timeline_and_in_the_list(qtbot: QtBot, two: MainWindow) -> None:
    from app.views.timeline.geometry import ROW, ROWS_TOP

    two.workspace.selection.set_range((3, 6))
    timeline = two.timeline
    right_click(timeline, QPoint(round(timeline.x_of(4)), round(ROWS_TOP + 1.5 * ROW)))
    menu = opened_menu(qtbot, "timeline")
    assert target_of(two).id == "2"
    choose(qtbot, menu, "Absent on 3 to 5")
    settle(qtbot, two)
    assert target_of(two).absent().nonzero()[0].tolist() == [3, 4, 5]
    view = tree(two)
    place = view.visualRect(view.model().index(0, 0)).center()
    view.customContextMenuRequested.emit(place)
    menu = opened_menu(qtbot, "target")
    assert target_of(two).id == "1"
    choose(qtbot, menu, "Remove target")
    settle(qtbot, two)
    assert names(two) == ["NanoTrack version two on thermal"]
    assert two.message == "Removed NanoTrack version two on RGB with 10 boxes."


def test_the_lock_of_the_modalities_is_seen_and_switched_on_the_panes(
    qtbot: QtBot, opened: MainWindow
) -> None:
    button = opened.pane_lock.button
    assert button.isVisible()
    assert button.text() == "Linked"
    qtbot.mouseClick(button, LEFT)
    assert button.text() == "Apart"
    assert not opened.workspace.selection.value.linked
    assert not opened.actions_by_id[Id.LOCK_MODALITIES].isChecked()
    x, y, w, h = BOX
    drag(qtbot, opened.views.panes.tir, (x, y), (x + w, y + h))
    settle(qtbot, opened)
    target = target_of(opened)
    assert not np.isnan(target.boxes[0]).any(), "a new target has both boxes"
    before = target.boxes[0, 0].copy()
    qtbot.keyClick(opened.views.panes.tir, Qt.Key.Key_Right)
    settle(qtbot, opened)
    assert np.array_equal(target.boxes[0, 0], before), "apart, only one of them moves"
    press(qtbot, opened, "L")
    assert button.text() == "Linked"
