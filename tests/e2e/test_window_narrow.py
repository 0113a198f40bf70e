"""What a small window shows is whole: words, values, and room that nobody needs."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QHeaderView,
    QLabel,
    QSlider,
    QTabBar,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.look.plain_text import CutLabel
from app.look.theme import apply_theme, current_theme, qcolor
from app.resolve.facts import SessionFacts
from app.views.charts.curve_row import CurveRow
from app.views.inspector.session_panel import FactLabel, FactsPanel, breakable
from app.window.actions import Id
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


def cut_off(root: QWidget) -> list[str]:
    """What of a page cannot be read: it lies beside its parent, or what it says has no room."""
    seen = [each for each in root.findChildren(QWidget) if each.isVisible() and not each.isWindow()]
    return [
        f"{type(each).__name__} {text_of(each)}: {why}"
        for each in seen
        if (why := lies_beside(each) or says_more(each))
    ]


def lies_beside(widget: QWidget) -> str:
    """What is scrolled upwards and downwards counts as seen, sideways it does not."""
    parent, area = widget.parentWidget(), widget.parentWidget().parentWidget()
    if isinstance(area, QAbstractScrollArea) and parent is area.viewport():
        return "wider than its area" if widget.width() > parent.width() else ""
    return "" if parent.rect().contains(widget.geometry()) else f"beside {type(parent).__name__}"


def says_more(widget: QWidget) -> str:
    needed, has = 0, 0
    match widget:
        case CutLabel():
            pass
        case QLabel() if widget.wordWrap() and widget.text():
            needed, has = widget.heightForWidth(widget.width()), widget.height()
        case QLabel() | QAbstractButton():
            needed = widget.fontMetrics().horizontalAdvance(text_of(widget))
            has = widget.width()
        case QHeaderView() if widget.orientation() is Qt.Orientation.Horizontal:
            needed, has = widget.length(), widget.viewport().width()
    return f"needs {needed}, has {has}" if needed > has else ""


def text_of(widget: QWidget) -> str:
    icon = Qt.ToolButtonStyle.ToolButtonIconOnly
    if isinstance(widget, QToolButton) and widget.toolButtonStyle() is icon:
        return ""
    words = widget.text() if isinstance(widget, QLabel | QAbstractButton) else ""
    return re.sub("<[^>]*>", "", words).replace("&nbsp;", " ")


def test_every_page_of_the_inspector_can_be_read(
    qtbot: QtBot, make_window: MakeWindow, clip: Path, tmp_path: Path
) -> None:
    window = make_window()
    window.resize(QSize(960, 540))
    open_path(qtbot, window, clip)
    draw_target(qtbot, window)
    track(qtbot, window)
    window.go_to_frame(2)
    window.actions_by_id[Id.SHOW_TRUTH].trigger()
    results = tuple(tmp_path / f"a tracker of a long name {number}.txt" for number in range(3))
    for path in results:
        path.write_bytes((clip / "visible.txt").read_bytes())
    window.workspace.comparing.open(results)
    qtbot.waitUntil(lambda: "compared" in window.message, timeout=PATIENCE)
    inspector, seen = window.inspector, [0]
    for size in (QSize(960, 540), QSize(1024, 700)):
        window.resize(size)
        for index in range(inspector.count()):
            inspector.setCurrentIndex(index)
            settle(qtbot, window)
            page = inspector.currentWidget()
            with suppress(TimeoutError):
                # Qt lays out what has come on show a little later.
                qtbot.waitUntil(lambda page=page: not cut_off(page), timeout=2000)
            assert cut_off(page) == [], inspector.tabText(index)
            assert page.height() >= 240
            assert page.width() >= 240
            seen.append(sum(bool(text_of(each)) for each in page.findChildren(QLabel)))
        assert window.size() == size
    assert sum(seen) > 40, "or nothing was looked at"


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
    alone = window.views.panes.viewport.scale
    press(qtbot, window, "Ctrl+E")
    press(qtbot, window, "Ctrl+E")
    settle(qtbot, window)
    assert overlay.isVisible()
    assert window.workbench.crop.view() is not None
    # Both pictures are as large as they can be beside it, and whole; below them is room for words.
    panes, messages = window.views.panes, window.workbench.messages
    assert panes.viewport.scale > 0.6 * alone
    assert not placed(panes, window).intersects(placed(overlay, window))
    window.show_message("Something was done.")
    for view in panes.visible_views():
        corners = QRectF(view.pane_point(0, 0), view.pane_point(160, 120))
        assert QRectF(view.rect()).contains(corners)
        picture = corners.toRect().translated(view.mapTo(window, QPoint()))
        assert not picture.intersects(placed(messages, window))
    assert not placed(overlay, window).intersects(placed(messages, window))
    press(qtbot, window, "Ctrl+E")
    settle(qtbot, window)
    assert panes.viewport.scale == pytest.approx(alone)


def placed(widget: QWidget, window: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint()), widget.size())


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
    qtbot.waitUntil(
        lambda: all(row.width() >= 280 and row.values.y() <= 4 for row in rows), timeout=PATIENCE
    )


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
