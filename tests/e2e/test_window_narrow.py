"""What a small window shows is whole: words, values, and room that nobody needs."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QApplication, QLabel, QSlider, QTabBar
from pytestqt.qtbot import QtBot

from app.look.plain_text import CutLabel
from app.look.theme import apply_theme, current_theme, qcolor
from app.resolve.facts import SessionFacts
from app.views.charts.curve_row import CurveRow
from app.views.inspector.session_panel import FactLabel, FactsPanel, breakable
from app.window.main_window import MainWindow
from tests.e2e.driving import PATIENCE, MakeWindow, draw_target, open_path, press, settle, track


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> None:
    apply_theme(qapp, "dark")


@pytest.fixture
def tracked(qtbot: QtBot, make_window: MakeWindow, clip: Path) -> MainWindow:
    window = make_window()
    window.resize(QSize(1024, 700))
    open_path(qtbot, window, clip)
    draw_target(qtbot, window)
    track(qtbot, window)
    return window


def test_an_empty_search_crop_gives_its_room_to_the_frames(
    qtbot: QtBot, tracked: MainWindow
) -> None:
    overlay, crop = tracked.workbench.crop_overlay, tracked.workbench.crop
    qtbot.waitUntil(overlay.isVisible, timeout=PATIENCE)
    press(qtbot, tracked, "F")
    beside = tracked.views.panes.viewport.scale
    press(qtbot, tracked, "Ctrl+N")
    # Before the box is drawn, or the frame would move under the hand.
    assert not overlay.isVisible()
    assert tracked.views.panes.viewport.scale > 1.1 * beside
    draw_target(qtbot, tracked)
    qtbot.waitUntil(lambda: not overlay.isVisible(), timeout=PATIENCE)
    assert tracked.workbench.crop_wanted
    # Asked for, it says why there is nothing.
    press(qtbot, tracked, "Ctrl+E")
    press(qtbot, tracked, "Ctrl+E")
    settle(qtbot, tracked)
    assert overlay.isVisible()
    assert crop.view() is None
    # It comes back by itself with what there is.
    press(qtbot, tracked, "Ctrl+E")
    press(qtbot, tracked, "Ctrl+E")
    tracked.workspace.selection.select("1")
    tracked.go_to_frame(3)
    settle(qtbot, tracked)
    assert overlay.isVisible()
    assert crop.view() is not None
    tracked.workspace.selection.select("2")
    settle(qtbot, tracked)
    assert not overlay.isVisible()
    tracked.workspace.selection.select("1")
    settle(qtbot, tracked)
    assert overlay.isVisible()


def test_the_tabs_of_a_folded_column_lie_on_the_colour_of_a_panel(
    qtbot: QtBot, tracked: MainWindow
) -> None:
    tracked.inspector.setCurrentIndex(0)
    settle(qtbot, tracked)
    bar = next(each for each in tracked.findChildren(QTabBar) if each.parent() is tracked)
    last = bar.tabRect(bar.count() - 1)
    assert last.right() < bar.width() - 4
    beside = bar.grab().toImage().pixelColor(bar.width() - 2, bar.height() // 2)
    assert beside == qcolor(current_theme().palette.panel)


def test_read_out_and_range_stand_apart_and_what_is_cut_says_so(
    qtbot: QtBot, tracked: MainWindow
) -> None:
    tracked.resize(QSize(960, 540))
    transport = tracked.transport
    transport.range.setText("Range: frames 40 to 60 (21)")
    transport.info.setText("x 1234  y 1234    RGB 255 255 255    thermal 65535")
    settle(qtbot, tracked)
    assert isinstance(transport.info, CutLabel)
    assert transport.info.x() >= transport.range.geometry().right() + 12
    assert tracked.width() == 960
    whole = transport.info.grab().toImage()
    transport.info.setText("x 1234  y 1234    RGB 255 255 255    thermal 65535 and more")
    # The rest is dots, whatever it would have been.
    assert transport.info.grab().toImage() == whole


def test_a_hash_and_a_path_break_and_are_copied_as_they_are(qtbot: QtBot) -> None:
    text = "/recordings/night/c.h5, SHA-256 " + "0123456789abcdef" * 4
    label = FactLabel(text, None)  # type: ignore[arg-type]
    qtbot.addWidget(label)
    label.show()
    plain = QLabel(text)
    plain.setWordWrap(True)
    qtbot.addWidget(plain)
    assert label.minimumSizeHint().width() < 200 < plain.minimumSizeHint().width()
    assert breakable("a short one") == "a short one"
    label.setSelection(0, len(label.text()))
    label.setFocus()
    qtbot.keyClick(label, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QKeySequence.keyBindings(QKeySequence.StandardKey.Copy)
    assert QGuiApplication.clipboard().text() == text


@pytest.mark.parametrize("tab", ["Features", "Curves", "Elimination", "Frame"])
def test_no_tab_is_wider_than_its_column(qtbot: QtBot, tracked: MainWindow, tab: str) -> None:
    tracked.go_to_frame(2)
    inspector = tracked.inspector
    index = next(each for each in range(inspector.count()) if inspector.tabText(each) == tab)
    inspector.setCurrentIndex(index)
    settle(qtbot, tracked)
    bars = [
        bar
        for area in inspector.currentWidget().parentWidget().findChildren(type(inspector.widget(0)))
        if area.isVisible()
        for bar in [area.horizontalScrollBar()]
    ]
    assert bars
    assert all(bar.maximum() == 0 for bar in bars)


def test_the_search_crop_does_not_come_by_itself_over_what_is_tracked(
    qtbot: QtBot, make_window: MakeWindow, clip: Path
) -> None:
    window = make_window()
    window.resize(QSize(960, 540))
    open_path(qtbot, window, clip)
    draw_target(qtbot, window)
    track(qtbot, window)
    overlay = window.workbench.crop_overlay
    assert not overlay.isVisible()
    assert window.workbench.crop_wanted
    press(qtbot, window, "Ctrl+E")
    press(qtbot, window, "Ctrl+E")
    settle(qtbot, window)
    assert overlay.isVisible()
    assert window.workbench.crop.view() is not None


def test_values_of_curves_go_below_their_titles_in_a_narrow_column(
    qtbot: QtBot, tracked: MainWindow
) -> None:
    tracked.go_to_frame(3)
    inspector, panel = tracked.inspector, tracked.views.tabs["curves"]
    index = next(each for each in range(inspector.count()) if inspector.tabText(each) == "Curves")
    inspector.setCurrentIndex(index)
    settle(qtbot, tracked)
    rows = panel.findChildren(CurveRow)
    assert rows
    for row in rows:
        assert row.values.sizeHint().width() <= row.values.width()
        assert row.values.y() > 4
    tracked.resize(QSize(1800, 1000))
    settle(qtbot, tracked)
    qtbot.waitUntil(lambda: all(row.width() >= 280 for row in rows), timeout=PATIENCE)
    assert all(row.values.y() <= 4 for row in rows)


def test_facts_go_below_their_names_in_a_narrow_column(qtbot: QtBot) -> None:
    panel = FactsPanel()
    qtbot.addWidget(panel)
    panel.set_view(SessionFacts((("Weights", "tiny, SHA-256 " + "0f" * 32),), ()))
    panel.resize(150, 300)
    panel.show()
    assert panel.horizontalScrollBar().maximum() == 0
    name, value = panel.widget().findChildren(QLabel)
    assert value.y() >= name.geometry().bottom()
    panel.resize(400, 300)
    qtbot.waitUntil(lambda: value.y() < name.geometry().bottom(), timeout=PATIENCE)


def test_the_search_crop_leaves_the_slider_of_a_blend_free(
    qtbot: QtBot, tracked: MainWindow
) -> None:
    overlay, panes = tracked.workbench.crop_overlay, tracked.views.panes
    slider = next(each for each in panes.findChildren(QSlider) if "blend" in each.accessibleName())
    for size in (QSize(1280, 800), QSize(960, 540)):
        tracked.resize(size)
        press(qtbot, tracked, "2")
        settle(qtbot, tracked)
        qtbot.waitUntil(slider.isVisible, timeout=PATIENCE)
        assert overlay.isVisible()
        mixer = slider.parentWidget()
        there = QRect(mixer.mapTo(tracked, QPoint()), mixer.size())
        assert not there.intersects(QRect(overlay.mapTo(tracked, QPoint()), overlay.size()))
        press(qtbot, tracked, "1")
        settle(qtbot, tracked)
