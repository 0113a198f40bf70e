from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QToolButton, QToolTip
from pytestqt.qtbot import QtBot

from app.look.palette import DARK, LIGHT
from app.look.theme import apply_theme, qcolor
from app.resolve.curves import CurvesModel
from app.views.charts.curve_items import Line
from app.views.charts.curve_plots import CurvePlots
from app.views.charts.curve_row import CurveRow
from app.views.inspector.curves_panel import CurvesPanel

LEFT = Qt.MouseButton.LeftButton
COUNT = 40


@pytest.fixture
def model() -> CurvesModel:
    score = np.linspace(0.9, 0.1, COUNT).astype(np.float32)
    score[10:15] = np.nan
    removed = (np.arange(COUNT) % 3).astype(np.float32)
    side = np.linspace(20, 30, COUNT).astype(np.float32)
    gap = np.full(COUNT, np.nan, np.float32)
    gap[[3, 20, 21]] = (80, 90, 85)
    manual = np.zeros(COUNT, np.bool_)
    manual[0] = True
    return CurvesModel("walker", score, removed, side, side / 2, manual, gap, gap / 2, 3)


@pytest.fixture
def panel(qtbot: QtBot) -> CurvesPanel:
    panel = CurvesPanel()
    qtbot.addWidget(panel)
    panel.resize(360, 640)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


@pytest.fixture
def plots(panel: CurvesPanel, model: CurvesModel) -> CurvePlots:
    panel.set_view(model)
    QApplication.processEvents()
    return child(panel, CurvePlots)


def child(parent: Any, kind: Any) -> Any:
    found = parent.findChild(kind)
    assert found is not None
    return found


def rows(plots: CurvePlots) -> list[CurveRow]:
    return plots.findChildren(CurveRow)


def words(widget: Any) -> str:
    return " ".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def place(row: CurveRow, frame: float, share: float = 0.5) -> QPoint:
    """The point of a plot over a frame, at a share of its height from above."""
    box = row.plot.getViewBox()
    low, high = row.plot.viewRange()[1]
    scene = box.mapViewToScene(QPointF(frame, high + (low - high) * share))
    return row.plot.mapFromScene(scene)


def drag(row: CurveRow, start: QPoint, end: QPoint) -> None:
    steps = [start + (end - start) * share for share in (0.0, 0.3, 0.6, 1.0)]
    QTest.qWait(15)
    send(row, QEvent.Type.MouseMove, start, held=False)
    send(row, QEvent.Type.MouseButtonPress, start)
    for point in steps:
        QTest.qWait(15)  # pyqtgraph takes a hundred moves a second
        send(row, QEvent.Type.MouseMove, point)
    send(row, QEvent.Type.MouseButtonRelease, end)


def send(row: CurveRow, kind: QEvent.Type, point: QPoint, *, held: bool = True) -> None:
    view = row.plot.viewport()
    button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else LEFT
    buttons = LEFT if held else Qt.MouseButton.NoButton
    event = QMouseEvent(
        kind, QPointF(point), QPointF(view.mapToGlobal(point)), button, buttons,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(view, event)


def playheads(plots: CurvePlots) -> set[float]:
    return {row._play.value() for row in rows(plots)}


# What it says


def test_nothing_tracked_is_said_in_words(panel: CurvesPanel) -> None:
    panel.set_view(None)
    assert panel.findChild(CurvePlots) is None
    shown = panel._stack.currentWidget()
    assert shown.accessibleName() == "No tracked frame yet."
    assert shown.accessibleDescription() == "Draw a box and press T."


def test_plots_wait_until_somebody_looks(qtbot: QtBot, model: CurvesModel) -> None:
    panel = CurvesPanel()
    qtbot.addWidget(panel)
    panel.set_view(model)
    panel.set_frame(7)
    assert panel.findChild(CurvePlots) is None
    panel.show()
    qtbot.waitExposed(panel)
    assert playheads(child(panel, CurvePlots)) == {7}


def test_pyqtgraph_is_not_imported_before() -> None:
    code = (
        "import sys, app.window.main_window, app.views.inspector.curves_panel;"
        "import app.views.inspector.feature_panel;"
        "assert 'pyqtgraph' not in sys.modules and 'matplotlib' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_current_values_stand_beside_the_titles(panel: CurvesPanel, plots: CurvePlots) -> None:
    panel.set_frame(20)
    texts = [row.values.text() for row in rows(plots)]
    assert "0.49" in texts[0]
    assert "2 tokens" in texts[1]
    assert "RGB 25.1 px" in texts[2]
    assert "thermal 12.6 px" in texts[2]
    assert "block 3: 90" in texts[3]
    assert "mean: 45" in texts[3]
    panel.set_frame(12)
    assert rows(plots)[0].values.text() == ""


def test_a_gap_that_was_never_computed_says_how_it_gets_there(
    panel: CurvesPanel, plots: CurvePlots, model: CurvesModel
) -> None:
    assert "step through" not in words(plots)
    nothing = np.full(COUNT, np.nan, np.float32)
    panel.set_view(replace(model, gap=nothing, gap_mean=nothing, block=None))
    assert "Being computed from the tracked frames" in words(plots)


def test_everything_has_a_name_for_screen_readers(panel: CurvesPanel, plots: CurvePlots) -> None:
    assert plots.accessibleName() == "Curves over the frames"
    assert plots.accessibleDescription().startswith("walker: score on 35 of 40 frames")
    assert all(row.plot.accessibleName() for row in rows(plots))
    assert all(button.accessibleName() for button in panel.findChildren(QToolButton))


def test_there_is_no_context_menu(qtbot: QtBot, plots: CurvePlots) -> None:
    row = rows(plots)[0]
    qtbot.mouseClick(row.plot.viewport(), Qt.MouseButton.RightButton, pos=place(row, 20))
    assert QApplication.activePopupWidget() is None


# What is drawn


def test_gaps_stay_gaps_and_lone_values_are_dots(plots: CurvePlots) -> None:
    line = plots._gap_line
    assert line._dots.getData()[0].tolist() == [3]
    drawn = line._curve.getData()[1]
    assert np.isnan(drawn[4])
    assert line._curve.opts["connect"] == "finite"


def test_only_frames_with_lost_tokens_have_a_bar(plots: CurvePlots, model: CurvesModel) -> None:
    frames, heights = plots._stems._bars.getData()
    assert frames.tolist() == np.flatnonzero(model.removed > 0).tolist()
    assert heights.tolist() == model.removed[model.removed > 0].tolist()


def test_a_step_sets_no_data(
    panel: CurvesPanel, plots: CurvePlots, model: CurvesModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[object] = []
    for line in (plots._score_line, plots._rgb_line, plots._gap_line):
        monkeypatch.setattr(line._curve, "setData", lambda *_, line=line: drawn.append(line))
    panel.set_frame(9)
    panel.set_view(replace(model, score=model.score.copy()))
    assert drawn == []
    assert playheads(plots) == {9}
    score = model.score.copy()
    score[5] = 0.0
    panel.set_view(replace(model, score=score))
    assert drawn == [plots._score_line]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_short_clip_is_drawn_too(panel: CurvesPanel, model: CurvesModel, count: int) -> None:
    arrays = ("score", "removed", "side_rgb", "side_tir", "manual", "gap", "gap_mean")
    short = replace(model, **{name: getattr(model, name)[:count] for name in arrays})
    panel.set_view(short)
    plots = child(panel, CurvePlots)
    first, last = plots.frame_range()
    assert first <= 0
    assert last >= count - 1
    assert not panel.grab().isNull()


def test_colours_follow_the_theme(
    qapp: QApplication, panel: CurvesPanel, plots: CurvePlots
) -> None:
    for name, palette in (("light", LIGHT), ("dark", DARK)):
        apply_theme(qapp, name)
        row = rows(plots)[0]
        assert row.plot.backgroundBrush().color() == qcolor(palette.panel)
        assert plots._rgb_line._curve.opts["pen"].color() == qcolor(palette.rgb)
        assert qcolor(palette.accent).name() in row.values.text()
        image = panel.grab().toImage()
        assert image.pixelColor(row.plot.mapTo(panel, QPoint(2, 2))) == qcolor(palette.panel)


# What hands do


def test_a_click_asks_for_that_frame(qtbot: QtBot, panel: CurvesPanel, plots: CurvePlots) -> None:
    for number, row in enumerate(rows(plots)):
        with qtbot.waitSignal(panel.frame_picked, timeout=1000) as picked:
            qtbot.mouseClick(row.plot.viewport(), LEFT, pos=place(row, 20 + number))
        assert picked.args == [20 + number]
        assert playheads(plots) == {20 + number}
    assert panel.focusWidget() is plots


def test_a_click_beside_the_axes_asks_for_nothing(
    qtbot: QtBot, panel: CurvesPanel, plots: CurvePlots
) -> None:
    row = rows(plots)[0]
    with qtbot.assertNotEmitted(panel.frame_picked, wait=50):
        qtbot.mouseClick(row.plot.viewport(), LEFT, pos=QPoint(3, 20))


def test_the_playhead_can_be_dragged(qtbot: QtBot, panel: CurvesPanel, plots: CurvePlots) -> None:
    panel.set_frame(10)
    row = rows(plots)[1]
    picked: list[int] = []
    panel.frame_picked.connect(picked.append)
    before = plots.frame_range()
    drag(row, place(row, 10), place(row, 25))
    qtbot.waitUntil(lambda: bool(picked) and picked[-1] == 25, timeout=1000)
    assert playheads(plots) == {25}
    assert plots.frame_range() == before
    assert picked == sorted(set(picked)), "each frame is asked for once"


def test_late_news_do_not_take_the_playhead_out_of_a_hand(
    panel: CurvesPanel, plots: CurvePlots
) -> None:
    row = rows(plots)[0]
    panel.set_frame(10)
    row._play.moving = True
    panel.set_frame(4)
    assert playheads(plots) == {10}
    row._play.moving = False
    panel.set_frame(4)
    assert playheads(plots) == {4}


def test_a_drag_pans_all_plots_and_no_further_than_the_clip(plots: CurvePlots) -> None:
    plots.zoom(0.5)
    first, _ = plots.frame_range()
    row = rows(plots)[2]
    middle = sum(plots.frame_range()) / 2
    drag(row, place(row, middle, 0.3), place(row, middle - 4, 0.3))
    moved, last = plots.frame_range()
    assert moved > first + 1
    for each in rows(plots):
        assert each.plot.viewRange()[0] == pytest.approx([moved, last])
    plots.pan(50)
    assert plots.frame_range()[1] == COUNT - 0.5


def test_the_wheel_zooms_the_frames_only(plots: CurvePlots) -> None:
    row = rows(plots)[3]
    point = place(row, 20)
    before, upright = plots.frame_range(), row.plot.viewRange()[1]
    view = row.plot.viewport()
    event = QWheelEvent(
        QPointF(point), QPointF(view.mapToGlobal(point)), QPoint(), QPoint(0, 120),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view, event)
    first, last = plots.frame_range()
    assert last - first < before[1] - before[0]
    assert row.plot.viewRange()[1] == upright


def test_a_double_click_shows_all_frames_and_stays(
    qtbot: QtBot, panel: CurvesPanel, plots: CurvePlots
) -> None:
    panel.set_frame(5)
    plots.zoom(0.4)
    row = rows(plots)[0]
    view, point = row.plot.viewport(), place(row, 9)
    picked: list[int] = []
    panel.frame_picked.connect(picked.append)
    qtbot.mouseClick(view, LEFT, pos=point)
    qtbot.mouseDClick(view, LEFT, pos=point)
    qtbot.mouseRelease(view, LEFT, pos=point)
    assert plots.frame_range() == (-0.5, COUNT - 0.5)
    assert picked == [9, 5]
    assert playheads(plots) == {5}


def test_keys_step_zoom_and_pan(qtbot: QtBot, panel: CurvesPanel, plots: CurvePlots) -> None:
    panel.set_frame(1)
    picked: list[int] = []
    panel.frame_picked.connect(picked.append)
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Right):
        qtbot.keyClick(plots, key)
    assert picked == [0, 1]
    qtbot.keyClick(plots, Qt.Key.Key_Up)
    first, last = plots.frame_range()
    assert last - first == pytest.approx(COUNT * 0.7)
    qtbot.keyClick(plots, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert plots.frame_range()[0] == pytest.approx(first + (last - first) * 0.2)
    assert picked == [0, 1]
    qtbot.keyClick(plots, Qt.Key.Key_0)
    assert plots.frame_range() == (-0.5, COUNT - 0.5)
    qtbot.keyClick(plots, Qt.Key.Key_Up)
    qtbot.keyClick(plots, Qt.Key.Key_Down)
    assert plots.frame_range() == pytest.approx((-0.5, COUNT - 0.5))


def test_zoom_survives_news_but_not_another_clip(
    panel: CurvesPanel, plots: CurvePlots, model: CurvesModel
) -> None:
    plots.zoom(0.5)
    zoomed = plots.frame_range()
    panel.set_view(replace(model, score=model.score / 2))
    assert plots.frame_range() == zoomed
    arrays = ("score", "removed", "side_rgb", "side_tir", "manual", "gap", "gap_mean")
    panel.set_view(replace(model, **{name: getattr(model, name)[:30] for name in arrays}))
    assert plots.frame_range() == (-0.5, 29.5)


def test_the_pointer_reads_the_values(plots: CurvePlots) -> None:
    spoken: list[str] = []
    for row, frame in zip(rows(plots), (3, 3, 3, 4), strict=True):
        row.plot.scene().sigMouseMoved.emit(row.plot.mapToScene(place(row, frame)))
        spoken.append(QToolTip.text())
    assert spoken == [
        "Frame 3: 0.84",
        "Frame 3: 0 tokens",
        "Frame 3: RGB 20.8 px, thermal 10.4 px",
        "Frame 4: not computed yet",
    ]
    QApplication.sendEvent(rows(plots)[0].plot.viewport(), QEvent(QEvent.Type.Leave))


def test_buttons_reset_and_save(
    qtbot: QtBot, panel: CurvesPanel, plots: CurvePlots, model: CurvesModel
) -> None:
    buttons = {button.accessibleName(): button for button in panel.findChildren(QToolButton)}
    plots.zoom(0.5)
    qtbot.mouseClick(buttons["All frames"], LEFT)
    assert plots.frame_range() == (-0.5, COUNT - 0.5)
    with qtbot.waitSignal(panel.save_wanted, timeout=1000) as wanted:
        qtbot.mouseClick(buttons["Save"], LEFT)
    assert wanted.args == [model]


def test_a_line_without_any_value_is_empty(plots: CurvePlots) -> None:
    line = Line(rows(plots)[0].plot, 1.0)
    assert line.set_values(np.full(5, np.nan, np.float32))
    assert not line.set_values(np.full(5, np.nan, np.float32))
    assert line._curve.getData()[0].size == 0
