from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from pyqtgraph import PlotWidget
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtWidgets import QLabel, QSlider, QToolButton
from pytestqt.qtbot import QtBot

from app.look.theme import current_theme, qcolor
from app.resolve.feature_words import style_words
from app.resolve.inspection import (
    CropWindow,
    FeatureModel,
    GapHistory,
    ScoreMapModel,
    SearchCropModel,
    StylePair,
    score_map_model,
)
from app.views.charts.style_plots import GapBars, GapHistoryPlot, StyleScatter
from app.views.drawing.heat_scale import HeatScale
from app.views.inspector.content_maps import ContentMaps, content_image
from app.views.inspector.counts_bar import CountsBar
from app.views.inspector.elimination_panel import EliminationPanel, Filmstrip
from app.views.inspector.feature_panel import FeaturePanel
from app.views.inspector.score_map import ScoreMaps, ScoreMapView, describe
from app.views.inspector.segment_bar import SegmentBar

Make = Callable[..., SearchCropModel]


def shown(widget: object, qtbot: QtBot, width: int = 340, height: int = 480) -> None:
    qtbot.addWidget(widget)
    widget.resize(width, height)
    widget.show()
    qtbot.waitExposed(widget)


def words(widget: object) -> str:
    return "\n".join(each.text() for each in widget.findChildren(QLabel) if each.isVisible())


def features(block: int = 2, grid: int = 4, channels: int = 12) -> FeatureModel:
    random = np.random.default_rng(0)
    content = random.random((grid, grid, 3)).astype(np.float32)
    content[0, 0] = np.nan
    style = [random.random(channels).astype(np.float32) for _ in range(4)]
    frames = np.array([3, 4, 5, 9], np.int64)
    return FeatureModel(
        frame_index=4,
        block=block,
        block_count=6,
        grid=grid,
        content_rgb=content,
        content_tir=1.0 - content,
        style=StylePair(*style),
        gap_by_block=np.linspace(0.1, 0.6, 6).astype(np.float32),
        history=GapHistory(frames, random.random((4, 6)).astype(np.float32)),
    )


# Elimination


def test_the_film_has_one_picture_per_stage(make_crop_model: Make, qtbot: QtBot) -> None:
    panel = EliminationPanel()
    shown(panel, qtbot)
    panel.set_view(make_crop_model())
    assert words(panel) == "256 → 180 → 126 → 89 tokens"
    strip = panel.findChild(Filmstrip)
    stages = {
        strip.stage_at(QPointF(20, y))
        for y in range(strip.height())
        if strip.stage_at(QPointF(20, y)) is not None
    }
    assert stages == {0, 1, 2, 3}


@pytest.mark.parametrize("size", [(340, 480), (900, 320), (141, 700)])
def test_a_stage_can_be_clicked(make_crop_model: Make, qtbot: QtBot, size: tuple[int, int]) -> None:
    panel = EliminationPanel()
    shown(panel, qtbot, *size)
    panel.set_view(make_crop_model())
    strip = panel.findChild(Filmstrip)
    qtbot.wait(1)  # a narrow one asks for more height
    assert panel.width() == size[0]
    inside = range(0, strip.width(), 20), range(0, strip.height(), 20)
    assert {strip.stage_at(QPointF(x, y)) for x in inside[0] for y in inside[1]} >= {0, 1, 2, 3}
    spots = [
        QPoint(x, y) for x in range(5, strip.width(), 20) for y in range(5, strip.height(), 20)
    ]
    spot = next(each for each in spots if strip.stage_at(QPointF(each)) == 2)
    with qtbot.waitSignal(panel.stage_changed) as changed:
        qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=spot)
    assert changed.args == [2]
    assert "126 stay" in strip.accessibleDescription()


def test_arrow_keys_go_through_the_film(make_crop_model: Make, qtbot: QtBot) -> None:
    panel = EliminationPanel()
    shown(panel, qtbot)
    strip = panel.findChild(Filmstrip)
    qtbot.keyClick(strip, Qt.Key.Key_Up)
    panel.set_view(make_crop_model())
    seen: list[object] = []
    panel.stage_changed.connect(seen.append)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Left, Qt.Key.Key_Right):
        qtbot.keyClick(strip, key)
    assert seen == [3, 2, 1, 2]
    panel.set_stage(0)
    assert seen[-1] == 2


def test_the_film_warns_of_lost_target_tokens(make_crop_model: Make, qtbot: QtBot) -> None:
    panel = EliminationPanel()
    shown(panel, qtbot)
    panel.set_view(make_crop_model(box_xywh=(10.0, 4.0, 4.0, 12.0)))
    assert "3 of the 3 tokens in the predicted box removed: 3 at block 3." in words(panel)
    assert "where the box has slipped" in words(panel)
    panel.set_view(None)
    assert words(panel) == ""


def test_the_film_stays_at_its_stage_from_frame_to_frame(
    make_crop_model: Make, qtbot: QtBot
) -> None:
    panel = EliminationPanel()
    shown(panel, qtbot)
    strip = panel.findChild(Filmstrip)
    panel.set_view(make_crop_model())
    panel.set_stage(1)
    at_one = strip.accessibleDescription()
    panel.set_view(None)
    panel.set_view(make_crop_model(frame_index=1))
    assert strip.accessibleDescription() == at_one
    qtbot.keyClick(strip, Qt.Key.Key_Down)
    at_two = strip.accessibleDescription()
    assert at_two != at_one
    panel.set_view(make_crop_model(blocks=(2,)))
    panel.set_view(make_crop_model())
    assert strip.accessibleDescription() == at_two


def test_removed_tokens_are_blank_in_the_film(make_crop_model: Make, qtbot: QtBot) -> None:
    white = np.full((80, 100, 3), 255, np.uint8)
    strip = Filmstrip()
    shown(strip, qtbot)
    strip.set_view(make_crop_model(rgb=white, tir=None, box_xywh=None), None)
    image = strip.grab().toImage()
    lightness = []
    for stage in range(4):
        top = next(y for y in range(strip.height()) if strip.stage_at(QPointF(9, y)) == stage)
        rows = range(top + 8, top + 90, 3)
        lightness.append(
            np.mean([image.pixelColor(x, y).lightness() for y in rows for x in range(8, 90, 3)])
        )
    assert lightness == sorted(lightness, reverse=True)
    assert lightness[3] < 0.7 * lightness[0]


# Counts


def test_counts_are_said(make_crop_model: Make, qtbot: QtBot) -> None:
    bar = CountsBar()
    shown(bar, qtbot)
    bar.set_view(make_crop_model(), None)
    assert bar.accessibleName() == "Tokens left after each stage: 256 → 180 → 126 → 89"
    assert bar.heightForWidth(600) < bar.heightForWidth(200)
    for stage in (None, 0, 1, 3):
        bar.set_view(make_crop_model(), stage)
        assert not bar.grab().isNull()


# Score map


def peaked(value: float = 0.8, at: tuple[int, int] = (7, 8)) -> ScoreMapModel:
    response = np.full((16, 16), 0.01, np.float32)
    response[at] = value
    return score_map_model(response, CropWindow(0, 0, 64), (24, 24, 16, 16), 3)


def test_the_peak_is_read_out(qtbot: QtBot) -> None:
    view = ScoreMapView()
    shown(view, qtbot, 340, 260)
    assert words(view) == ""
    view.set_view(peaked())
    assert words(view).startswith("Peak at (7, 8): 0.800 before the Hann window, 0.")


def test_a_peak_that_the_window_suppresses_is_named() -> None:
    response = np.zeros((16, 16), np.float32)
    response[0, 1], response[8, 8] = 0.9, 0.5
    text = describe(score_map_model(response), None)
    assert text.startswith("Peak at (8, 8): 0.500 before")
    assert text.endswith("Without the window the highest cell is (0, 1) with 0.9.")


def test_the_cell_under_the_mouse_is_read_out(qtbot: QtBot) -> None:
    view = ScoreMapView()
    shown(view, qtbot, 340, 260)
    view.set_view(peaked())
    maps = view.findChild(ScoreMaps)
    for square in maps.squares():
        cell = square.width() / 16
        spot = (square.topLeft() + QPointF(2.5 * cell, 4.5 * cell)).toPoint()
        assert maps.cell_at(QPointF(spot)) == (4, 2)
        qtbot.mouseMove(maps, spot)
        qtbot.waitUntil(lambda: words(view).startswith("Cell (4, 2): 0.010"))
    qtbot.keyClick(maps, Qt.Key.Key_Right)
    assert words(view).startswith("Cell (4, 3)")
    qtbot.keyClick(maps, Qt.Key.Key_Escape)
    assert words(view).startswith("Peak at")


def test_the_key_of_a_heat_map(qtbot: QtBot) -> None:
    scale = HeatScale()
    shown(scale, qtbot)
    scale.set_values(np.array([0.25, np.nan, 0.00001], np.float32))
    assert scale.accessibleName() == "Colours from < 0.0001 to 0.25"
    scale.set_values(np.array([np.nan], np.float32))
    assert not scale.isVisible()
    scale.set_values(None)
    assert not scale.isVisible()


# Segment bar


def test_a_segment_bar_keeps_its_choice(qtbot: QtBot) -> None:
    bar = SegmentBar("Test")
    shown(bar, qtbot)
    assert bar.current() is None
    bar.set_items([(0, "zero", ""), (1, "one", ""), (None, "all", "")])
    bar.set_current(1)
    bar.set_items([(0, "zero", ""), (1, "one", ""), (2, "two", "")])
    assert bar.current() == 1
    bar.set_items([(5, "five", "")])
    assert (bar.current(), bar.keys()) == (5, (5,))
    assert len([b for b in bar.findChildren(QToolButton) if b.text() == "five"]) == 1


# Features


def test_features_are_shown_and_taken_away(qtbot: QtBot) -> None:
    panel = FeaturePanel()
    shown(panel, qtbot, 340, 900)
    assert "Content" not in words(panel)
    panel.set_view(features())
    assert "Block 2" in words(panel)
    assert "12 channels" in words(panel)
    panel.set_view(None)
    assert "Content" not in words(panel)


def test_a_block_is_asked_for(qtbot: QtBot) -> None:
    panel = FeaturePanel()
    shown(panel, qtbot, 340, 900)
    panel.set_view(features())
    asked: list[int] = []
    panel.block_changed.connect(asked.append)
    panel.findChild(QSlider).setValue(4)
    arrows = [b for b in panel.findChildren(QToolButton) if b.toolTip() == "Next block"]
    qtbot.mouseClick(arrows[0], Qt.MouseButton.LeftButton)
    qtbot.mouseClick(arrows[0], Qt.MouseButton.LeftButton)
    assert asked == [4, 5]
    panel.set_view(features(block=1))
    assert asked == [4, 5]
    assert panel.block() == 1


def test_a_bar_chooses_its_block(qtbot: QtBot) -> None:
    panel = FeaturePanel()
    shown(panel, qtbot, 340, 900)
    panel.set_view(features())
    bars = panel.findChild(GapBars)
    area = bars.plot_area()
    spot = QPointF(area.left() + area.width() * 5.5 / 6, area.center().y()).toPoint()
    with qtbot.waitSignal(panel.block_changed) as changed:
        qtbot.mouseClick(bars, Qt.MouseButton.LeftButton, pos=spot)
    assert changed.args == [5]
    assert bars.explain(QPointF(spot)) == "Block 5: gap 0.6"
    assert bars.explain(QPointF(0, 0)) == ""
    with qtbot.waitSignal(panel.block_changed) as changed:
        qtbot.keyClick(bars, Qt.Key.Key_Left)
    assert changed.args == [1]


def test_a_frame_of_the_history_can_be_asked_for(qtbot: QtBot) -> None:
    panel = FeaturePanel()
    shown(panel, qtbot, 340, 900)
    panel.set_view(features())
    plot = panel.findChild(GapHistoryPlot)
    area = plot.plot_area()
    with qtbot.waitSignal(panel.frame_requested) as asked:
        qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=area.center().toPoint())
    assert asked.args == [5]
    assert plot.explain(area.topRight()).startswith("Frame 9: gap")


def test_the_style_of_a_frame_kept_beside_is_rings_among_the_dots(qtbot: QtBot) -> None:
    panel = FeaturePanel()
    shown(panel, qtbot, 340, 900)
    here = features()
    style = here.style
    assert style is not None
    far = StylePair(style.mean_rgb + 40, style.std_rgb, style.mean_tir + 40, style.std_tir)
    panel.set_view(here)
    scatter = panel.findChildren(StyleScatter)[0]
    alone = scatter.grab().toImage()
    panel.keep_beside(replace(here, frame_index=3, block=1, style=far))
    # Also of those that come later, and not only of the frame that was on show.
    panel.set_view(replace(here, frame_index=5))
    assert scatter.accessibleDescription() == "12 channels, 12 kept beside"
    assert "Rings: frame 3, kept beside, after block 1." in words(panel)
    # Both have room: the dots have moved away from what is 40 above them.
    assert scatter.grab().toImage() != alone
    panel.keep_beside(None, "Beside: frame 8 has none")
    assert scatter.accessibleDescription() == "12 channels"
    assert "Rings" not in words(panel)
    assert "Beside: frame 8 has none" in words(panel)
    panel.keep_beside(None)
    assert "Beside" not in words(panel)


def test_busy_is_said(qtbot: QtBot) -> None:
    panel = FeaturePanel()
    shown(panel, qtbot, 340, 900)
    panel.set_view(features())
    panel.set_busy(True)
    assert "Computing features" in words(panel)
    panel.set_busy(False)
    assert "Computing features" not in words(panel)


def test_features_without_maps_or_style(qtbot: QtBot) -> None:
    panel = FeaturePanel()
    shown(panel, qtbot, 340, 900)
    bare = replace(features(), content_rgb=None, content_tir=None, style=None, history=None)
    panel.set_view(bare)
    assert not panel.grab().isNull()


def test_the_gap_is_shared_between_means_and_spreads() -> None:
    zero, one = np.zeros(4, np.float32), np.ones(4, np.float32)
    text = style_words(StylePair(one, one, zero, one))
    assert text.endswith("4 channels, gap 1; 100% of it from means, 0% from spreads.")
    assert "there is no modality gap" in style_words(StylePair(one, zero, one, zero))


def test_a_dot_is_named_and_an_outlier_is_admitted(qtbot: QtBot) -> None:
    chart = StyleScatter("Mean")
    shown(chart, qtbot, 300, 320)
    assert not chart.has_data()
    values = np.linspace(-1.0, 1.0, 101).astype(np.float32)
    values[100] = 90.0
    chart.set_values(values, values)
    area = chart.plot_area()
    assert area.width() == area.height()
    assert chart.explain(area.topRight()) == (
        "Channel 100: RGB 90.000, thermal 90.000\nBeyond the axes, drawn at their edge."
    )
    assert chart.explain(area.center()).startswith("Channel ")
    assert chart.explain(area.topLeft()) == ""


@pytest.mark.parametrize("gaps", [[0.0, 0.0], [np.nan, 0.5], [np.nan, np.nan], [3.0]])
def test_odd_gaps_can_be_drawn(qtbot: QtBot, gaps: list[float]) -> None:
    chart = GapBars()
    shown(chart, qtbot, 300, 150)
    chart.set_values(np.array(gaps, np.float32), 0)
    assert not chart.grab().isNull()
    expected = "unknown" if np.isnan(gaps[0]) else f"{gaps[0]:g}"
    area = chart.plot_area()
    assert chart.explain(area.topLeft() + QPointF(2, 2)) == f"Block 0: gap {expected}"


@pytest.mark.parametrize("frames", [[], [7], [7, 8]])
def test_short_histories_can_be_drawn(qtbot: QtBot, frames: list[int]) -> None:
    chart = GapHistoryPlot()
    shown(chart, qtbot, 300, 150)
    gaps = np.ones((len(frames), 3), np.float32)
    chart.set_values(GapHistory(np.array(frames, np.int64), gaps), 1, 7)
    assert chart.has_data() == bool(frames)
    assert not chart.grab().isNull()


def test_unknown_gaps_are_left_out_of_the_history(qtbot: QtBot) -> None:
    chart = GapHistoryPlot()
    shown(chart, qtbot, 300, 150)
    gaps = np.array([[0.1], [np.nan], [0.3]], np.float32)
    chart.set_values(GapHistory(np.array([1, 2, 3]), gaps), 0, 2)
    assert chart.accessibleDescription() == "block 0, 2 frames"


def drawn_area(chart: StyleScatter | GapBars | GapHistoryPlot) -> QRectF:
    """Where pyqtgraph puts the data, in pixels of the chart."""
    plot = chart.findChild(PlotWidget)
    box = plot.getViewBox()
    low, high = box.viewRange()[0], box.viewRange()[1]
    corners = [
        plot.mapTo(chart, plot.mapFromScene(box.mapViewToScene(QPointF(x, y))))
        for x, y in ((low[0], high[1]), (low[1], high[0]))
    ]
    return QRectF(QPointF(corners[0]), QPointF(corners[1]))


@pytest.mark.parametrize("size", [(300, 320), (170, 150), (700, 200)])
@pytest.mark.parametrize("kind", [StyleScatter, GapBars, GapHistoryPlot])
def test_data_are_drawn_where_the_words_about_them_are(
    qtbot: QtBot, kind: type[StyleScatter | GapBars | GapHistoryPlot], size: tuple[int, int]
) -> None:
    chart = kind("Mean") if kind is StyleScatter else kind()
    shown(chart, qtbot, 200, 200)
    values = np.linspace(0.5, 1.0, 12).astype(np.float32)
    if isinstance(chart, StyleScatter):
        chart.set_values(values, values[::-1].copy())
    elif isinstance(chart, GapBars):
        chart.set_values(values, 3)
    else:
        chart.set_values(GapHistory(np.arange(12), values[:, None]), 0, 4)
    chart.resize(*size)

    def in_place() -> None:
        ours, theirs = (
            (area.left(), area.right(), area.top(), area.bottom())
            for area in (chart.plot_area(), drawn_area(chart))
        )
        assert theirs == pytest.approx(ours, abs=2.0)

    qtbot.waitUntil(in_place, timeout=60_000)


def test_a_chart_without_data_any_more_says_so(qtbot: QtBot) -> None:
    chart = GapBars()
    shown(chart, qtbot, 300, 150)
    chart.set_values(np.ones(4, np.float32), 0)
    assert chart.findChild(PlotWidget).isVisible()
    chart.set_values(None, 0)
    assert not chart.findChild(PlotWidget).isVisible()


def test_the_number_of_the_block_on_show_stands_out(qtbot: QtBot) -> None:
    chart = GapBars()
    shown(chart, qtbot, 400, 150)
    chart.set_values(np.ones(4, np.float32), 2)
    strong = qcolor(current_theme().palette.text)
    axis = chart.findChild(PlotWidget).getAxis("bottom")
    assert (axis._standing_out, axis._strong.color()) == ("2", strong)
    chart.set_values(np.ones(4, np.float32), 1)
    assert axis._standing_out == "1"


def test_jumps_over_frames_that_were_not_tracked_are_gaps(qtbot: QtBot) -> None:
    chart = GapHistoryPlot()
    shown(chart, qtbot, 300, 150)
    gaps = np.array([[0.1], [0.2], [0.3]], np.float32)
    chart.set_values(GapHistory(np.array([1, 2, 5]), gaps), 0, 5)
    drawing = chart._drawing
    assert drawing is not None
    np.testing.assert_array_equal(np.isfinite(drawing._line._values), [0, 1, 1, 0, 0, 1])


def test_content_maps_leave_gaps_where_tokens_were_removed() -> None:
    image = content_image(features().content_rgb)
    assert image.width() == 4
    assert image.pixelColor(0, 0).alpha() == 0
    assert image.pixelColor(1, 0).alpha() == 255


def test_content_of_a_token_is_compared(qtbot: QtBot) -> None:
    maps = ContentMaps()
    shown(maps, qtbot, 320, maps.heightForWidth(320))
    same = np.full((4, 4, 3), 0.5, np.float32)
    other = same.copy()
    other[1, 1], other[0, 0] = 1.0, np.nan
    blank = same.copy()
    blank[0, 0] = np.nan
    maps.set_values(blank, other)
    for square in maps.squares():
        cell = square.width() / 4
        at = [square.topLeft() + QPointF(n + 0.5, n + 0.5) * cell for n in range(3)]
        assert maps.explain(at[0]) == "Token (0, 0) was removed before this block."
        assert "RGB and thermal are different. In a network" in maps.explain(at[1])
        assert "RGB and thermal are alike. In a network" in maps.explain(at[2])
    assert maps.explain(QPointF(0, 0)) == ""


@pytest.mark.parametrize(("size", "above"), [((500, 280), False), ((320, 700), True)])
def test_the_maps_fill_the_place_they_have(
    qtbot: QtBot, size: tuple[int, int], above: bool
) -> None:
    view = ScoreMapView()
    shown(view, qtbot, *size)
    view.set_view(peaked())
    maps = view.findChild(ScoreMaps)
    qtbot.waitUntil(lambda: maps.height() > 100)
    first, second = maps.squares()
    assert (second.top() > first.bottom()) == above
    for square in (first, second):
        assert maps.rect().contains(square.toAlignedRect())
        assert square.width() % 16 == 0
