"""The lanes of overlap: short losses show, room is kept, words say what lies there."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from app.look.palette import Rgb
from app.resolve.comparing import OverlapLane, overlap_words
from app.resolve.timeline import TimelineModel, TimelineRow
from app.views.timeline.geometry import LEFT, OVERLAP
from app.views.timeline.timeline import Timeline

FRAMES = 20_000
GREEN: Rgb = (38, 190, 140)


def lane(name: str, overlap: float, lost: slice = slice(0, 0)) -> OverlapLane:
    values = np.full(FRAMES, overlap, np.float32)
    values[lost] = 0.0
    return OverlapLane(name, GREEN, values)


def timeline(qtbot: QtBot, *lanes: OverlapLane) -> Timeline:
    row = TimelineRow(
        "1", "Walker", (86, 180, 233), np.zeros(FRAMES, np.uint8), np.zeros(FRAMES, np.uint16),
        np.full(FRAMES, np.nan, np.float32), selected=True,
    )  # fmt: skip
    made = Timeline()
    qtbot.addWidget(made)
    made.set_model(TimelineModel(FRAMES, frozenset(), (row,)))
    made.set_overlaps(lanes)
    made.resize(1000, made.sizeHint().height())
    return made


def column(made: Timeline, frame: int, index: int) -> list[str]:
    """Colours of a lane from above, where a frame lies."""
    image = QImage(made.size(), QImage.Format.Format_RGB32)
    made.render(image, QPoint())
    top = int(made._geometry().overlap_top(index))
    x = int(made.x_of(frame))
    return [image.pixelColor(x, top + y).name() for y in range(1, int(OVERLAP) - 1)]


def test_a_loss_of_one_frame_shows_and_height_is_overlap(qtbot: QtBot) -> None:
    green = QColor(*GREEN).name()
    made = timeline(qtbot, lane("whole", 1.0), lane("half", 0.5, slice(7000, 7001)))
    made.set_index(0)
    assert set(column(made, 10_000, 0)) == {green}
    half = column(made, 10_000, 1)
    assert half.count(green) == len(half) // 2
    assert half[-1] == green
    lost = column(made, 7000, 1)
    assert green not in lost
    assert lost != column(made, 7000, 0)
    assert lost[0] != half[0], "a failing frame has a ground of its own"


def test_lanes_have_room_in_a_low_window_and_go_with_their_results(qtbot: QtBot) -> None:
    lanes = [lane(f"T{number}", 0.9) for number in range(3)]
    made = timeline(qtbot, *lanes)
    tall, least = made.sizeHint().height(), made.minimumSizeHint().height()
    made.resize(1000, least)
    shown = [QColor(*GREEN).name() in column(made, 5000, index) for index in range(2)]
    assert shown == [True, True]
    made.resize(1000, tall)
    assert all(QColor(*GREEN).name() in column(made, 5000, index) for index in range(3))
    made.set_overlaps(())
    assert made.sizeHint().height() == tall - 3 * OVERLAP
    assert made.minimumSizeHint().height() < least


def test_words_say_what_lies_on_a_frame(qtbot: QtBot) -> None:
    made = timeline(qtbot, lane("T", 0.25))
    geometry = made._geometry()
    assert geometry.overlap_at(geometry.overlap_top(0) + 2) == 0
    assert geometry.overlap_at(geometry.overlap_top(1) + 2) is None
    assert overlap_words(lane("T", 0.25), 3) == "T: IoU 0.25 with the ground truth"
    assert overlap_words(lane("T", np.nan), 3) == "T: nothing to judge"
    assert LEFT < made.x_of(1) < made.x_of(FRAMES - 1)
