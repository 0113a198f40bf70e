"""How the window shares its room: small windows, the panes, the search crop, the inspector."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtWidgets import QApplication, QLabel, QTabBar, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app.look.theme import apply_theme
from app.state.settings import SettingsStore
from app.views.frame.pane_split import Arrangement
from app.views.frame.scene import Compare
from app.window.actions import Id
from app.window.main_window import MainWindow
from sessions import Modality
from tests.e2e.driving import (
    LEFT,
    PATIENCE,
    MakeWindow,
    draw_target,
    move,
    open_path,
    press,
    session_of,
    settle,
    target_of,
    track,
)
from tracker_core.imaging import write_image


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> None:
    """Give bars and buttons the heights of the style sheet, which the program always has."""
    apply_theme(qapp, "dark")


SMALL = [
    QSize(1024, 700), QSize(960, 540), QSize(1600, 1000), QSize(1366, 768), QSize(1280, 800),
]  # fmt: skip
"""The second is what a screen of 1920 x 1080 at 200 % has."""


def resized(qtbot: QtBot, window: MainWindow, size: QSize) -> None:
    window.resize(size)
    qtbot.waitUntil(lambda: window.size() == size, timeout=PATIENCE)
    settle(qtbot, window)


def write_frames(folder: Path, width: int, height: int, frames: int = 3) -> Path:
    for name in ("visible", "infrared"):
        (folder / name).mkdir(parents=True)
        for index in range(frames):
            pixels = np.full((height, width, 3), 40 * index + 50, np.uint8)
            write_image(folder / name / f"{index:03d}.png", pixels)
    return folder


def on_screen(window: MainWindow, x: float, y: float) -> list[QPointF]:
    return [view.mapToGlobal(view.pane_point(x, y)) for view in window.views.panes.visible_views()]


def click_tab(qtbot: QtBot, window: MainWindow, title: str) -> None:
    bar = window.inspector.tabBar()
    index = next(each for each in range(bar.count()) if bar.tabText(each) == title)
    qtbot.mouseClick(bar, LEFT, pos=bar.tabRect(index).center())
    settle(qtbot, window)


def share(window: MainWindow) -> float:
    """Return which part of the window's area is frames."""
    panes = window.views.panes
    return panes.width() * panes.height() / (window.width() * window.height())


@pytest.mark.parametrize("size", SMALL, ids=lambda size: f"{size.width()}x{size.height()}")
def test_frames_get_half_of_a_window_of_any_size(
    qtbot: QtBot, make_window: MakeWindow, clip: Path, size: QSize
) -> None:
    window = make_window()
    resized(qtbot, window, size)
    open_path(qtbot, window, clip)
    draw_target(qtbot, window)
    track(qtbot, window)
    assert window.size() == size, "the window must not grow beyond a small screen"
    assert share(window) >= 0.5
    wide = window.views.panes.width()
    for tab in ("Elimination", "Curves", "Session"):
        click_tab(qtbot, window, tab)
        assert window.inspector.is_open
        # In a small window a page that can be read comes first.
        assert share(window) >= (0.5 if size.width() > 1024 else 0.4)
        assert window.docks["inspector"].width() >= 290
        assert window.size() == size
        assert inside(window, window.inspector.currentWidget())
    tabs = window.inspector.tabBar()
    assert tabs.rect().contains(tabs.tabRect(tabs.count() - 1)), "all of them in a low window too"
    # Its room is given back to whoever had it.
    click_tab(qtbot, window, "Session")
    assert not [
        bar for bar in window.findChildren(QTabBar) if bar.parent() is window and bar.isVisible()
    ]
    settle(qtbot, window)
    assert window.views.panes.width() == pytest.approx(wide, abs=2)
    assert share(window) >= 0.5
    assert inside(window, window.views.targets)
    assert inside(window, window.views.queue)


def test_lanes_of_results_do_not_make_a_low_window_higher(
    qtbot: QtBot, make_window: MakeWindow, clip: Path, tmp_path: Path
) -> None:
    window = make_window()
    resized(qtbot, window, QSize(960, 540))
    open_path(qtbot, window, clip)
    draw_target(qtbot, window)
    track(qtbot, window)
    window.actions_by_id[Id.SHOW_TRUTH].trigger()
    results = tuple(tmp_path / f"tracker-{number}.txt" for number in range(4))
    for path in results:
        path.write_bytes((clip / "visible.txt").read_bytes())
    window.workspace.comparing.open(results)
    qtbot.waitUntil(lambda: "compared" in window.message, timeout=PATIENCE)
    click_tab(qtbot, window, "Compare")
    assert window.size() == QSize(960, 540), "the window must not grow beyond a small screen"


def test_lists_are_a_click_away_where_the_inspector_has_no_room_beside_them(
    qtbot: QtBot, make_window: MakeWindow, clip: Path, tmp_path: Path
) -> None:
    window = make_window()
    resized(qtbot, window, QSize(1280, 800))
    open_path(qtbot, window, clip)
    draw_target(qtbot, window)
    track(qtbot, window)
    click_tab(qtbot, window, "Curves")
    assert not inside(window, window.views.targets)
    bar = next(each for each in window.findChildren(QTabBar) if each.parent() is window)
    assert {bar.tabText(each) for each in range(bar.count())} == {
        "Inspector", "Targets", "Review queue",
    }  # fmt: skip
    for title, widget in (
        ("Targets", window.views.targets),
        ("Review queue", window.views.queue),
        ("Inspector", window.views.tabs["curves"]),
    ):
        index = next(each for each in range(bar.count()) if bar.tabText(each) == title)
        qtbot.mouseClick(bar, LEFT, pos=bar.tabRect(index).center())
        assert inside(window, widget)
        assert share(window) >= 0.5
    # A window with room for all has them beside each other, and back.
    resized(qtbot, window, QSize(1800, 1000))
    qtbot.waitUntil(lambda: inside(window, window.views.targets), timeout=PATIENCE)
    assert inside(window, window.views.queue)
    assert inside(window, window.views.tabs["curves"])
    assert share(window) >= 0.5
    resized(qtbot, window, QSize(1280, 800))
    qtbot.waitUntil(lambda: not inside(window, window.views.targets), timeout=PATIENCE)
    qtbot.waitUntil(lambda: share(window) >= 0.5, timeout=PATIENCE)
    # It is the width that makes them tabs, which is not what is remembered.
    window.save_session(tmp_path / "walk.h5")
    settle(qtbot, window)
    window.close()
    again = make_window()
    resized(qtbot, again, QSize(1280, 800))
    open_path(qtbot, again, tmp_path / "walk.h5")
    assert inside(again, again.views.targets)
    assert inside(again, again.views.queue)
    assert not again.inspector.is_open, "opening must not put the lists behind tabs"


@pytest.mark.parametrize("size", SMALL[:2], ids=["1024", "960"])
def test_what_the_toolbar_has_no_room_for_is_behind_its_arrow(
    qtbot: QtBot, opened: MainWindow, size: QSize
) -> None:
    resized(qtbot, opened, size)
    chooser = opened.tracker_chooser.device
    assert not inside(opened, chooser)
    arrow = opened.toolbar.findChild(QToolButton, "qt_toolbar_ext_button")
    assert inside(opened, arrow)
    qtbot.mouseClick(arrow, LEFT)
    qtbot.waitUntil(lambda: inside(opened, chooser), timeout=PATIENCE)
    chooser.setFocus()
    qtbot.keyClick(chooser, Qt.Key.Key_Down)
    assert SettingsStore(opened.settings.path).values.device == "cpu"


def inside(window: MainWindow, widget: QWidget) -> bool:
    """Whether a person can see the middle of a widget."""
    if not widget.isVisible():
        return False
    middle = widget.mapTo(window, widget.rect().center())
    return window.rect().contains(middle) and window.childAt(middle) is not None


def test_the_search_crop_comes_without_moving_the_frames(qtbot: QtBot, opened: MainWindow) -> None:
    draw_target(qtbot, opened)
    assert not opened.workbench.crop.isVisible()
    before = on_screen(opened, 50, 40)
    track(qtbot, opened)
    assert opened.workbench.crop.isVisible()
    assert on_screen(opened, 50, 40) == before
    # Asked for, the frames go around it.
    press(qtbot, opened, "F")
    settle(qtbot, opened)
    overlay = opened.workbench.crop_overlay
    top = overlay.mapToGlobal(QPoint(0, 0))
    for corner in on_screen(opened, 160, 120):
        assert corner.y() <= top.y() or corner.x() <= top.x()
    # Gone by its cross, it leaves its room to them.
    scale = opened.views.panes.viewport.scale
    close = overlay.findChild(QToolButton)
    qtbot.mouseClick(close, LEFT)
    settle(qtbot, opened)
    assert not opened.workbench.crop.isVisible()
    assert not opened.actions_by_id[Id.SHOW_CROP].isChecked()
    assert opened.views.panes.viewport.scale >= scale
    press(qtbot, opened, "Ctrl+E")
    assert opened.workbench.crop.isVisible()


def test_the_edge_of_the_search_crop_is_dragged(qtbot: QtBot, opened: MainWindow) -> None:
    draw_target(qtbot, opened)
    track(qtbot, opened)
    overlay = opened.workbench.crop_overlay
    size, before = overlay.size(), on_screen(opened, 50, 40)
    step = QPoint(-40, 0) if overlay.x() else QPoint(0, -40)
    grip = QPoint(2, 2)
    qtbot.mousePress(overlay, LEFT, pos=grip)
    move(overlay, grip + step)
    qtbot.mouseRelease(overlay, LEFT, pos=grip)
    grown = overlay.size() - size
    assert {grown.width(), grown.height()} == {0, 40}
    assert on_screen(opened, 50, 40) == before


def test_the_inspector_is_a_strip_until_a_tab_is_clicked(
    qtbot: QtBot, make_window: MakeWindow, clip: Path, tmp_path: Path
) -> None:
    window = make_window()
    # Wide enough for lists, frames and inspector beside each other.
    resized(qtbot, window, QSize(1800, 1000))
    open_path(qtbot, window, clip)
    panes = window.views.panes
    wide = panes.width()
    curves = window.views.tabs["curves"]
    assert not curves.isVisible()
    click_tab(qtbot, window, "Curves")
    assert curves.isVisible()
    assert panes.width() < wide - 150
    click_tab(qtbot, window, "Curves")
    assert not curves.isVisible()
    assert panes.width() == wide
    # By keys as well.
    bar = window.inspector.tabBar()
    bar.setFocus()
    qtbot.keyClick(bar, Qt.Key.Key_Return)
    assert curves.isVisible()
    qtbot.keyClick(bar, Qt.Key.Key_Down)
    assert window.views.tabs["compared"].isVisible()
    # A session with something to explain opens with it, one without does not.
    draw_target(qtbot, window)
    track(qtbot, window)
    window.save_session(tmp_path / "walk.h5")
    settle(qtbot, window)
    window.commands.close_sequence()
    open_path(qtbot, window, clip)
    assert not window.inspector.is_open
    open_path(qtbot, window, tmp_path / "walk.h5")
    assert window.inspector.is_open
    click_tab(qtbot, window, "Frame")
    window.close()
    again = make_window()
    open_path(qtbot, again, tmp_path / "walk.h5")
    assert not again.inspector.is_open


def test_panes_lie_as_frames_are_larger(
    qtbot: QtBot, make_window: MakeWindow, tmp_path: Path
) -> None:
    window = make_window()
    panes = window.views.panes
    open_path(qtbot, window, write_frames(tmp_path / "wide", 640, 180))
    assert panes.rgb.y() < panes.tir.y()
    above = panes.viewport.scale
    assert panes.rgb.height() == pytest.approx(panes.tir.height(), abs=2)
    press_menu(window, Id.PANES_BESIDE)
    settle(qtbot, window)
    assert panes.rgb.x() < panes.tir.x()
    assert panes.viewport.scale < above
    open_path(qtbot, window, write_frames(tmp_path / "high", 180, 640))
    beside = panes.viewport.scale
    press_menu(window, Id.PANES_ABOVE)
    settle(qtbot, window)
    assert panes.rgb.y() < panes.tir.y()
    assert panes.viewport.scale < beside
    window.close()
    again = make_window()
    assert again.views.panes.arrangement is Arrangement.ABOVE
    assert again.actions_by_id[Id.PANES_ABOVE].isChecked()
    press_menu(again, Id.PANES_AUTOMATIC)
    open_path(qtbot, again, tmp_path / "high")
    assert again.views.panes.rgb.x() < again.views.panes.tir.x()


def press_menu(window: MainWindow, action: Id) -> None:
    window.actions_by_id[action].trigger()


@pytest.mark.parametrize("keys", ["3X1", "2X1", "3XX1", "21", "X31", "X3X1"])
def test_panes_keep_their_shares_through_swipe_swap_and_split(
    qtbot: QtBot, opened: MainWindow, keys: str
) -> None:
    panes = opened.views.panes
    for key in keys:
        press(qtbot, opened, key)
    settle(qtbot, opened)
    assert panes.compare is Compare.SPLIT
    assert panes.rgb.width() == pytest.approx(panes.tir.width(), abs=2)
    assert panes.rgb.height() == pytest.approx(panes.tir.height(), abs=2)
    # In a blend there is nothing to swap, and the key does nothing.
    swaps = keys.replace("2X", "").count("X")
    assert (panes.visible_views()[0] is panes.tir) == bool(swaps % 2)


def test_swap_exchanges_the_sides_of_the_swipe_line(qtbot: QtBot, opened: MainWindow) -> None:
    panes = opened.views.panes
    press(qtbot, opened, "3")
    settle(qtbot, opened)
    assert panes.rgb.modality_at(QPointF(10, 10)) is Modality.RGB
    left = colour_at(opened, 10, 110)
    press(qtbot, opened, "X")
    settle(qtbot, opened)
    assert panes.rgb.modality_at(QPointF(10, 10)) is Modality.TIR
    assert panes.rgb.modality_at(QPointF(150, 10)) is Modality.RGB
    red, green, blue = colour_at(opened, 10, 110)
    assert red == green == blue, "thermal is white hot, and lies left now"
    assert (red, green, blue) != left


def colour_at(window: MainWindow, x: float, y: float) -> tuple[int, int, int]:
    view = window.views.panes.rgb
    image, point = view.grab().toImage(), view.pane_point(x, y)
    ratio = image.devicePixelRatio()
    colour = image.pixelColor(int(point.x() * ratio), int(point.y() * ratio))
    return colour.red(), colour.green(), colour.blue()


def test_the_read_out_follows_what_changes_below_a_resting_pointer(
    qtbot: QtBot, opened: MainWindow
) -> None:
    view, info = opened.views.panes.rgb, opened.transport.info
    # A place that the bright target reaches on a later frame.
    point = view.pane_point(66.5, 45.5).toPoint()
    move(view, point)
    first = info.text()
    assert "RGB" in first
    opened.go_to_frame(3)
    settle(qtbot, opened)
    then = info.text()
    assert then != first
    assert then.split("RGB")[0] == first.split("RGB")[0]
    press(qtbot, opened, "Z" if opened.workspace.correction.target else "+")
    settle(qtbot, opened)
    here = view.mapFromGlobal(view.mapToGlobal(QPointF(point)))
    frame = view._map().to_frame(here)
    assert info.text().startswith(f"x {int(frame.x())}  y {int(frame.y())}")


def test_the_whole_frame_is_in_view_after_it_was_fitted(qtbot: QtBot, opened: MainWindow) -> None:
    press(qtbot, opened, "F")
    for view in opened.views.panes.visible_views():
        corners = QRectF(view.pane_point(0, 0), view.pane_point(160, 120))
        assert QRectF(view.rect()).contains(corners)


def test_switches_show_a_tick_in_the_menu(opened: MainWindow) -> None:
    for action in opened.actions_by_id.values():
        if action.isCheckable():
            assert not action.isIconVisibleInMenu(), f"{action.text()} hides its tick"


def test_junk_is_looked_at_before_anybody_is_asked(
    qtbot: QtBot, opened: MainWindow, tmp_path: Path, clip: Path
) -> None:
    draw_target(qtbot, opened)
    asked: list[bool] = []
    opened.confirm_discard = lambda: bool(asked.append(True))
    junk = tmp_path / "notes.txt"
    junk.write_text("no video", encoding="ascii")
    with qtbot.waitSignal(opened.message_shown, timeout=PATIENCE) as said:
        opened.commands.open_dropped((junk,))
    settle(qtbot, opened)
    assert "notes.txt" in said.args[1]
    assert not asked
    assert opened.frame_count == 8
    assert opened.status_line.activity.text() == ""
    # What does open is asked about, and who stays keeps everything.
    opened.confirm_discard = lambda: bool(asked.append(True))
    with qtbot.waitSignal(opened.workspace.files.stayed, timeout=PATIENCE):
        opened.commands.open_dropped((clip,))
    settle(qtbot, opened)
    assert asked == [True]
    assert opened.workspace.correction.target is not None
    QApplication.processEvents()
    opened.confirm_discard = lambda: True
    open_path(qtbot, opened, clip)
    assert opened.workspace.correction.target is None


def test_what_was_open_opens_where_one_stopped(
    qtbot: QtBot, make_window: MakeWindow, clip: Path, tmp_path: Path
) -> None:
    window = make_window()
    open_path(qtbot, window, clip)
    window.go_to_frame(5)
    settle(qtbot, window)
    window.commands.close_sequence()
    open_path(qtbot, window, clip)
    assert window.frame_index == 5
    for _ in range(2):
        window.add_target()
        draw_target(qtbot, window)
    first = next(iter(session_of(window).targets))
    window.workspace.selection.select(first)
    view = window.views.panes.viewport
    press(qtbot, window, "Z")
    window.go_to_frame(3)
    settle(qtbot, window)
    scale = view.scale
    middle = view.pane_map(0, 0).centre
    saved = tmp_path / "walk.h5"
    window.save_session(saved)
    settle(qtbot, window)
    settings = window.settings.path
    window.close()
    # From the file alone, as on another computer.
    settings.unlink()
    again = make_window()
    open_path(qtbot, again, saved)
    assert again.frame_index == 3
    assert again.workspace.selection.value.target_id == first
    there = again.views.panes.viewport
    assert there.scale == pytest.approx(scale)
    assert there.pane_map(0, 0).centre.x() == pytest.approx(middle.x())
    assert again.workspace.document.clean
    # Who only looks on is found where they stopped, and nothing was written for it.
    written = saved.read_bytes()
    again.go_to_frame(6)
    settle(qtbot, again)
    press(qtbot, again, "F")
    again.close()
    assert saved.read_bytes() == written
    third = make_window()
    open_path(qtbot, third, saved)
    assert third.frame_index == 6
    assert third.views.panes.viewport.fitted


def test_the_frame_tab_says_who_placed_the_box(qtbot: QtBot, opened: MainWindow) -> None:
    draw_target(qtbot, opened)
    click_tab(qtbot, opened, "Frame")
    assert "set by hand" in words_of(opened, "frame")
    track(qtbot, opened)
    opened.go_to_frame(4)
    settle(qtbot, opened)
    words = words_of(opened, "frame")
    assert "v004.jpg" in words
    assert "i004.jpg" in words
    model = target_of(opened).tracking.model_of(4)
    assert model is not None
    assert "tracked" in words
    assert model.name in words
    assert model.weights_sha256 in words


def words_of(window: MainWindow, tab: str) -> str:
    labels = window.views.tabs[tab].findChildren(QLabel)
    return " ".join(label.text().replace("\u200b", "") for label in labels)
