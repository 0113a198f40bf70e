from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.look.theme import current_theme
from app.resolve.flags import LANES
from app.resolve.timeline import (
    ABSENT_CODE,
    MIN_SHOWN,
    TimelineModel,
    TimelineRow,
    View,
    column_edges,
)
from app.views.timeline.geometry import LANE, RANGE, ROW, ROWS_TOP, RULER
from app.views.timeline.timeline import Timeline
from sessions import Flag

LEFT = Qt.MouseButton.LeftButton
SHIFT = Qt.KeyboardModifier.ShiftModifier
STRIP = int(ROWS_TOP + ROW / 2)
LANE_TOP = ROWS_TOP + ROW + 2


def _row(count: int, **changes: Any) -> TimelineRow:
    values = {
        "source": np.zeros(count, np.uint8),
        "flags": np.zeros(count, np.uint16),
        "score": np.full(count, np.nan, np.float32),
    } | changes
    return TimelineRow("1", "Walker", (86, 180, 233), selected=True, **values)


@st.composite
def views(draw: st.DrawFn) -> tuple[int, View]:
    count = draw(st.integers(1, 30_000))
    shown = draw(st.integers(1, count))
    return count, View(draw(st.integers(0, count - shown)), shown)


@given(views(), st.integers(1, 1500))
def test_every_frame_has_its_column(what: tuple[int, View], columns: int) -> None:
    _, view = what
    edges = column_edges(view, columns)
    assert edges[0] == view.first
    assert edges[-1] == view.first + view.shown
    assert (np.diff(edges) >= 0).all()


@given(views(), st.integers(1, 900), st.data())
def test_one_frame_never_vanishes_in_a_crowd(
    what: tuple[int, View], columns: int, data: st.DataObject
) -> None:
    count, view = what
    chosen = data.draw(st.integers(view.first, view.first + view.shown - 1))
    source, flags = np.full(count, 2, np.uint8), np.zeros(count, np.uint16)
    score = np.full(count, 0.9, np.float32)
    source[chosen], flags[chosen], score[chosen] = 1, Flag.OCCLUDED, 0.25
    found = _row(count, source=source, flags=flags, score=score).levels.columns(view, columns)
    assert 1 in found.codes
    assert (found.flags & Flag.OCCLUDED).any()
    assert np.nanmin(found.score) == np.float32(0.25)
    gaps = TimelineModel(count, frozenset({chosen})).gap_marks
    assert gaps.columns(view, columns).any()
    # And it lies where it is, to little more than a column.
    where = np.flatnonzero(found.codes == 1)
    place = (chosen - view.first) * columns / view.shown
    assert where.min() - 1.26 <= place <= where.max() + 1.26


@given(views(), st.integers(1, 900), st.integers(0, 2**32 - 1))
def test_nothing_is_shown_that_is_not_there(
    what: tuple[int, View], columns: int, seed: int
) -> None:
    count, view = what
    random = np.random.default_rng(seed)
    source = random.integers(0, 5, count).astype(np.uint8)
    flags = (random.random(count) < 0.2).astype(np.uint16) * np.uint16(Flag.ABSENT)
    found = _row(count, source=source, flags=flags).levels.columns(view, columns)
    codes = set(np.where(flags != 0, ABSENT_CODE, source).tolist())
    assert set(found.codes.tolist()) <= codes
    assert np.isnan(found.score).all()


def test_what_has_a_box_is_shown_before_what_has_none() -> None:
    source = np.array([0, 0, 0, 4, 4, 3, 3, 2, 2, 1], np.uint8)
    flags = np.array([0, 1, 0, 0, 0, 0, 0, 0, 0, 0], np.uint16)
    levels = _row(10, source=source, flags=flags).levels
    assert levels.columns(View(0, 10), 5).codes.tolist() == [ABSENT_CODE, 4, 3, 2, 1]
    score = np.array([0.9, 0.2, 0.8, np.nan, np.nan, np.nan], np.float32)
    lowest = _row(6, score=score).levels.columns(View(0, 6), 2).score
    assert lowest[0] == pytest.approx(0.2)
    assert np.isnan(lowest[1])


@given(views(), st.floats(0.1, 10), st.floats(0, 1))
def test_zooming_keeps_the_place_and_stays_within(
    what: tuple[int, View], factor: float, share: float
) -> None:
    count, view = what
    at = view.first + share * view.shown
    zoomed = view.zoomed(factor, at, count)
    assert zoomed.within(count) == zoomed
    assert min(MIN_SHOWN, count) <= zoomed.shown <= count
    inside = zoomed.first > 0 and zoomed.first + zoomed.shown < count
    if inside and factor != 1:
        now = (at - zoomed.first) / zoomed.shown
        assert now == pytest.approx(share, abs=1 / zoomed.shown)
        assert (zoomed.shown > view.shown) is (factor > 1) or zoomed.shown == MIN_SHOWN


def test_the_view_goes_along_with_the_playhead() -> None:
    view = View(100, 40)
    assert view.with_frame(139, 1000) is view
    assert view.with_frame(140, 1000) == View(130, 40)
    assert view.with_frame(99, 1000) == View(70, 40)
    assert view.with_frame(999, 1000) == View(960, 40)


@pytest.fixture
def timeline(qtbot: QtBot) -> Timeline:
    widget = Timeline()
    qtbot.addWidget(widget)
    widget.resize(716, widget.sizeHint().height())
    source = np.zeros(100, np.uint8)
    source[10], source[11:60] = 1, 2
    flags = np.zeros(100, np.uint16)
    flags[40:50], flags[55] = Flag.ABSENT, Flag.TRUNCATED
    score = np.where(source == 2, 0.7, np.nan).astype(np.float32)
    row = _row(100, source=source, score=score, flags=flags)
    widget.set_model(TimelineModel(100, frozenset({80}), (row,)))
    widget.show()
    return widget


def colour_at(timeline: Timeline, frame: float, y: float) -> QColor:
    ratio = timeline.devicePixelRatioF()
    image = timeline.grab().toImage()
    return image.pixelColor(int(timeline.x_of(frame) * ratio), int(y * ratio))


def test_frames_and_pixels_are_inverse(timeline: Timeline) -> None:
    for view in (View(0, 100), View(30, 20)):
        timeline.show_frames(view.first + 2, view.first + view.shown - 2)
        shown = timeline.view
        for index in (shown.first, shown.first + shown.shown // 2, shown.first + shown.shown - 1):
            assert timeline.frame_at(timeline.x_of(index + 0.5)) == index
    timeline.show_all()
    assert timeline.frame_at(-500) == 0
    assert timeline.frame_at(5000) == 99


def test_sources_and_gaps_are_painted_where_they_are(timeline: Timeline) -> None:
    palette = current_theme().palette
    assert colour_at(timeline, 10.5, STRIP) == QColor(*palette.manual)
    assert colour_at(timeline, 30.5, STRIP) == QColor(*palette.tracked)
    assert colour_at(timeline, 95.5, STRIP) == QColor(*palette.background)
    assert colour_at(timeline, 80.5, RULER - 2) == QColor(*palette.gap)


def test_absent_frames_are_not_green_any_more(timeline: Timeline) -> None:
    palette = current_theme().palette
    there = colour_at(timeline, 45.5, STRIP)
    assert there not in (QColor(*palette.tracked), QColor(*palette.background))
    assert colour_at(timeline, 52.5, STRIP) == QColor(*palette.tracked)


@pytest.mark.parametrize(("flag", "inside"), [(Flag.ABSENT, 45.5), (Flag.TRUNCATED, 55.5)])
def test_each_flag_has_its_lane(timeline: Timeline, flag: Flag, inside: float) -> None:
    palette = current_theme().palette
    index = next(number for number, lane in enumerate(LANES) if lane.flag is flag)
    y = LANE_TOP + (index + 0.5) * LANE
    assert colour_at(timeline, inside, y) == QColor(*getattr(palette, LANES[index].lane))
    assert colour_at(timeline, 20.5, y) == QColor(*palette.background)


@pytest.mark.parametrize("shown", [100, 30])
@pytest.mark.parametrize("lower", [0, 9, 23, 40])
def test_one_row_is_drawn_again_as_if_all_were(
    qtbot: QtBot, timeline: Timeline, shown: int, lower: int
) -> None:
    old = timeline.model.rows[0]
    other = replace(old, target_id="2", name="Car", selected=False)
    timeline.set_model(TimelineModel(100, frozenset({80}), (old, other)))
    timeline.resize(716, timeline.sizeHint().height() - lower)
    timeline.show_frames(40, 40 + shown)
    before = timeline.grab().toImage()
    flags = np.zeros(100, np.uint16)
    flags[40:50] = Flag.TARGET_REMOVED | Flag.OCCLUDED
    for name in ("Walker", "Runner"):
        score = np.full(100, 0.2, np.float32)
        changed = replace(old, score=score, flags=flags, name=name)
        timeline.set_row(changed)
        in_part = timeline.grab().toImage()
        whole = Timeline()
        qtbot.addWidget(whole)
        whole.resize(timeline.size())
        whole.set_model(TimelineModel(100, frozenset({80}), (changed, other)))
        whole.show_frames(40, 40 + shown)
        assert in_part == whole.grab().toImage()
        assert in_part != before
    timeline.set_row(replace(other, target_id="3"))
    assert timeline.grab().toImage() == in_part, "a row that is not there changes nothing"


def test_names_cut_to_the_width_stay_different(timeline: Timeline) -> None:
    old = timeline.model.rows[0]
    images = []
    for ending in ("RGB", "thermal"):
        row = replace(old, target_id="2", name=f"NanoTrack version two on {ending}", selected=False)
        timeline.set_model(TimelineModel(100, frozenset(), (old, row)))
        timeline.resize(716, timeline.sizeHint().height())
        twin = replace(row, target_id="3", name="NanoTrack version two on nothing")
        timeline.set_model(TimelineModel(100, frozenset(), (row, twin)))
        top = round(ROWS_TOP * timeline.devicePixelRatioF())
        images.append(timeline.grab().toImage().copy(0, top, 100, round(ROW)))
    assert images[0] != images[1]


def press_and_drag(
    qtbot: QtBot, timeline: Timeline, start: QPoint, *to: QPoint, shift: bool = False
) -> None:
    keys = SHIFT if shift else Qt.KeyboardModifier.NoModifier
    qtbot.mousePress(timeline, LEFT, keys, pos=start)
    for point in to:
        # qtbot presses no button while it moves.
        _move(timeline, point)
    qtbot.mouseRelease(timeline, LEFT, keys, pos=(to or (start,))[-1])


def _move(timeline: Timeline, point: QPoint) -> None:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

    where = QPointF(point)
    event = QMouseEvent(
        QEvent.Type.MouseMove, where, timeline.mapToGlobal(where), Qt.MouseButton.NoButton, LEFT,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(timeline, event)


def at(timeline: Timeline, frame: int, y: float = RULER / 2) -> QPoint:
    return QPointF(timeline.x_of(frame + 0.5), y).toPoint()


def test_dragging_scrubs(qtbot: QtBot, timeline: Timeline) -> None:
    seen: list[int] = []
    timeline.scrubbed.connect(seen.append)
    press_and_drag(qtbot, timeline, at(timeline, 20), at(timeline, 33))
    assert seen == [20, 33]


def test_a_range_is_dragged_in_its_lane_and_let_go_by_a_click(
    qtbot: QtBot, timeline: Timeline
) -> None:
    ranges: list[tuple[int, int] | None] = []
    seen: list[int] = []
    timeline.range_chosen.connect(ranges.append)
    timeline.scrubbed.connect(seen.append)
    lane = RULER + RANGE / 2
    press_and_drag(
        qtbot, timeline, at(timeline, 30, lane), at(timeline, 34, lane), at(timeline, 20, lane)
    )
    assert ranges == [(30, 35), (20, 31)]
    assert seen == [30, 34, 20], "where it ends is seen on the frames"
    press_and_drag(qtbot, timeline, at(timeline, 50, lane))
    assert ranges[-1] is None


def test_shift_selects_from_the_playhead_and_moves_the_nearer_end(
    qtbot: QtBot, timeline: Timeline
) -> None:
    ranges: list[tuple[int, int] | None] = []
    timeline.range_chosen.connect(ranges.append)
    timeline.set_index(15)
    press_and_drag(qtbot, timeline, at(timeline, 40, STRIP), shift=True)
    assert ranges == [(15, 41)]
    timeline.set_range((15, 41))
    press_and_drag(qtbot, timeline, at(timeline, 45, STRIP), shift=True)
    assert ranges[-1] == (15, 46)
    press_and_drag(qtbot, timeline, at(timeline, 10, STRIP), at(timeline, 12, STRIP), shift=True)
    assert ranges[-2:] == [(10, 41), (12, 41)]


def test_the_range_is_seen(timeline: Timeline) -> None:
    lane = RULER + RANGE / 2
    accent = QColor(*current_theme().palette.accent)
    assert colour_at(timeline, 25, lane) != accent
    timeline.set_range((20, 30))
    assert colour_at(timeline, 25, lane) == accent
    assert colour_at(timeline, 35, lane) != accent
    timeline.set_range(None)
    assert colour_at(timeline, 25, lane) != accent


def test_what_the_queue_names_is_marked_at_any_zoom(timeline: Timeline) -> None:
    foot = RULER + RANGE - 2
    warning = QColor(*current_theme().palette.warning)
    timeline.set_events([(20, 24), (70, 70)])
    marked = [frame for frame in range(100) if colour_at(timeline, frame + 0.5, foot) == warning]
    assert marked == [20, 21, 22, 23, 24, 70]
    timeline.show_frames(22, 40)
    assert colour_at(timeline, 24.5, foot) == warning
    assert colour_at(timeline, 25.5, foot) != warning
    timeline.set_events([])
    assert colour_at(timeline, 24.5, foot) != warning


def wheel(timeline: Timeline, frame: int, delta: QPoint, keys: Any = None) -> None:
    where = QPointF(at(timeline, frame))
    event = QWheelEvent(
        where, timeline.mapToGlobal(where), QPoint(), delta, Qt.MouseButton.NoButton,
        keys or Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(timeline, event)


def test_the_wheel_zooms_to_single_frames_and_back(timeline: Timeline) -> None:
    for _ in range(30):
        wheel(timeline, 45, QPoint(0, 120))
    assert timeline.view.shown == MIN_SHOWN
    assert timeline.view.first <= 45 < timeline.view.first + MIN_SHOWN
    assert colour_at(timeline, 45.5, STRIP) != QColor(*current_theme().palette.tracked)
    wheel(timeline, 45, QPoint(0, -120), SHIFT)
    assert timeline.view.shown == MIN_SHOWN
    first = timeline.view.first
    wheel(timeline, 46, QPoint(-120, 0))
    assert timeline.view.first == first + 1
    for _ in range(40):
        wheel(timeline, 46, QPoint(0, -120))
    assert timeline.view == View(0, 100)


def test_the_bar_below_moves_what_is_on_show(qtbot: QtBot, timeline: Timeline) -> None:
    timeline.show_frames(10, 20)
    scrubbed: list[int] = []
    timeline.scrubbed.connect(scrubbed.append)
    bottom = timeline.height() - 3
    press_and_drag(qtbot, timeline, QPoint(timeline.width() - 20, bottom))
    assert timeline.view.first + timeline.view.shown == 100
    assert scrubbed == []
    timeline.set_index(5)
    assert timeline.view.first <= 5, "the playhead is not left behind"


def test_another_sequence_is_shown_as_a_whole(timeline: Timeline) -> None:
    timeline.show_frames(10, 20)
    zoomed = timeline.view
    timeline.set_model(TimelineModel(100, frozenset(), timeline.model.rows))
    assert timeline.view == zoomed
    timeline.set_model(TimelineModel(300, frozenset(), (_row(300),)))
    assert timeline.view == View(0, 300)


def test_arrows_step(qtbot: QtBot, timeline: Timeline) -> None:
    steps: list[int] = []
    timeline.stepped.connect(steps.append)
    qtbot.keyClick(timeline, Qt.Key.Key_Right)
    qtbot.keyClick(timeline, Qt.Key.Key_Left, SHIFT)
    assert steps == [1, -10]


def test_a_focused_timeline_still_shows_its_content(qtbot: QtBot, timeline: Timeline) -> None:
    timeline.activateWindow()
    timeline.setFocus()
    qtbot.waitUntil(timeline.hasFocus)
    assert colour_at(timeline, 30.5, STRIP) == QColor(*current_theme().palette.tracked)


def test_a_hundred_thousand_frames_and_many_targets_fit(qtbot: QtBot) -> None:
    widget = Timeline()
    qtbot.addWidget(widget)
    rows = tuple(_row(100_000, source=np.ones(100_000, np.uint8)) for _ in range(20))
    widget.set_model(TimelineModel(100_000, frozenset(range(0, 100_000, 9)), rows))
    widget.resize(900, widget.sizeHint().height())
    assert widget.sizeHint().height() < 220
    assert not widget.grab().isNull()
