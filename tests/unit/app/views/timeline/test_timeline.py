from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from app.look.theme import current_theme
from app.resolve.timeline import (
    TimelineModel,
    TimelineRow,
    any_in_column,
    column_edges,
    lowest_score,
    strongest_source,
)
from app.views.timeline.timeline import CURVE, ROW, RULER, Timeline
from sessions import Flag


def _row(count: int, **changes: np.ndarray) -> TimelineRow:
    values = {
        "source": np.zeros(count, np.uint8),
        "flags": np.zeros(count, np.uint16),
        "score": np.full(count, np.nan, np.float32),
    } | changes
    return TimelineRow("1", "Walker", (86, 180, 233), selected=True, **values)


@given(st.integers(1, 5000), st.integers(1, 1500))
def test_every_frame_has_its_column(count: int, columns: int) -> None:
    edges = column_edges(count, columns)
    assert edges[0] == 0
    assert edges[-1] == count
    assert (np.diff(edges) >= 0).all()


@given(st.integers(1, 3000), st.integers(1, 900), st.data())
def test_one_manual_frame_never_vanishes_in_a_crowd(
    count: int, columns: int, data: st.DataObject
) -> None:
    source = np.full(count, 2, np.uint8)
    source[data.draw(st.integers(0, count - 1))] = 1
    assert 1 in strongest_source(source, columns)
    marks = source == 1
    assert any_in_column(marks, columns).any()


def test_the_lowest_score_of_a_column_is_drawn() -> None:
    score = np.array([0.9, 0.2, 0.8, np.nan, np.nan, np.nan], np.float32)
    lowest = lowest_score(score, 2)
    assert lowest[0] == pytest.approx(0.2)
    assert np.isnan(lowest[1])


@pytest.fixture
def timeline(qtbot: QtBot) -> Timeline:
    widget = Timeline()
    qtbot.addWidget(widget)
    widget.resize(716, 90)
    source = np.zeros(100, np.uint8)
    source[10], source[11:60] = 1, 2
    score = np.where(source == 2, 0.7, np.nan).astype(np.float32)
    widget.set_model(TimelineModel(100, frozenset({80}), (_row(100, source=source, score=score),)))
    widget.show()
    return widget


def test_frames_and_pixels_are_inverse(timeline: Timeline) -> None:
    for index in (0, 1, 50, 99):
        assert timeline.frame_at(timeline.x_of(index + 0.5)) == index
    assert timeline.frame_at(-500) == 0
    assert timeline.frame_at(5000) == 99


def test_sources_and_gaps_are_painted_where_they_are(timeline: Timeline) -> None:
    palette = current_theme().palette
    image = timeline.grab().toImage()
    middle = int(RULER + CURVE + 3 + ROW / 2)
    assert image.pixelColor(int(timeline.x_of(10.5)), middle) == QColor(*palette.manual)
    assert image.pixelColor(int(timeline.x_of(30.5)), middle) == QColor(*palette.tracked)
    assert image.pixelColor(int(timeline.x_of(95.5)), middle) == QColor(*palette.background)
    gap = image.pixelColor(int(timeline.x_of(80.5)), int(RULER) - 2)
    assert gap == QColor(*palette.gap)


def test_one_row_is_drawn_again_as_if_all_were(qtbot: QtBot, timeline: Timeline) -> None:
    old = timeline.model.rows[0]
    other = replace(old, target_id="2", name="Car", selected=False)
    timeline.set_model(TimelineModel(100, frozenset({80}), (old, other)))
    timeline.resize(716, timeline.sizeHint().height())
    before = timeline.grab().toImage()
    flags = np.zeros(100, np.uint16)
    flags[40:50] = Flag.TARGET_REMOVED
    changed = replace(old, score=np.full(100, 0.2, np.float32), flags=flags, name="Runner")
    timeline.set_row(changed)
    in_part = timeline.grab().toImage()
    whole = Timeline()
    qtbot.addWidget(whole)
    whole.resize(timeline.size())
    whole.set_model(TimelineModel(100, frozenset({80}), (changed, other)))
    assert in_part == whole.grab().toImage()
    assert in_part != before
    timeline.set_row(replace(other, target_id="3"))
    assert timeline.grab().toImage() == in_part, "a row that is not there changes nothing"


def test_dragging_scrubs(qtbot: QtBot, timeline: Timeline) -> None:
    seen: list[int] = []
    timeline.scrubbed.connect(seen.append)
    start = QPoint(int(timeline.x_of(20.5)), 30)
    qtbot.mousePress(timeline, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseRelease(timeline, Qt.MouseButton.LeftButton, pos=start)
    assert seen == [20]


def test_keys_and_wheel_step(qtbot: QtBot, timeline: Timeline) -> None:
    steps: list[int] = []
    timeline.stepped.connect(steps.append)
    qtbot.keyClick(timeline, Qt.Key.Key_Right)
    qtbot.keyClick(timeline, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert steps == [1, -10]


def test_a_focused_timeline_still_shows_its_content(qtbot: QtBot, timeline: Timeline) -> None:
    timeline.activateWindow()
    timeline.setFocus()
    qtbot.waitUntil(timeline.hasFocus)
    middle = int(RULER + CURVE + 3 + ROW / 2)
    colour = timeline.grab().toImage().pixelColor(int(timeline.x_of(30.5)), middle)
    assert colour == QColor(*current_theme().palette.tracked)


def test_ten_thousand_frames_and_many_targets_fit(qtbot: QtBot) -> None:
    widget = Timeline()
    qtbot.addWidget(widget)
    rows = tuple(_row(10_000, source=np.ones(10_000, np.uint8)) for _ in range(20))
    widget.set_model(TimelineModel(10_000, frozenset(range(0, 10_000, 9)), rows))
    widget.resize(900, widget.sizeHint().height())
    assert widget.sizeHint().height() < 200
    assert not widget.grab().isNull()
