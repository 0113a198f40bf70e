"""Where on the timeline things lie, from above and from the left; no painting."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QRectF

from app.resolve.flags import LANES
from app.resolve.timeline import TimelineRow, View

LEFT = 104.0
"""Room for the names of the targets, screen pixels."""
RIGHT = 12.0
RULER = 20.0
RANGE = 9.0
"""Height of the lane in which a range is dragged."""
CURVE = 28.0
ROW = 14.0
LANE = 10.0
OVERLAP = 14.0
"""Height of the lane of one tracker's overlap."""
LEAST_OVERLAPS = 2
"""So many have room in any window; with more, one of 960 x 540 would grow beyond its screen."""
MAX_ROWS = 6
LEAST_ROWS = 3
BOTTOM = 10.0
"""Below the lanes: what part of the sequence is on show."""
CURVE_TOP = RULER + RANGE
ROWS_TOP = CURVE_TOP + CURVE + 3


@dataclass(frozen=True, slots=True)
class Geometry:
    """The timeline's size, the frames on show and the rows that fit."""

    width: float
    height: float
    count: int
    view: View
    rows: tuple[TimelineRow, ...]
    overlaps: int = 0
    """How many lanes of overlap there are."""

    @property
    def track(self) -> QRectF:
        """Where frames lie, from the ruler down."""
        return QRectF(LEFT, 0.0, max(1.0, self.width - LEFT - RIGHT), self.height)

    def x_of(self, index: float) -> float:
        """Return the left edge of frame `index` in widget pixels."""
        track = self.track
        return track.left() + track.width() * (index - self.view.first) / max(1, self.view.shown)

    def position_at(self, x: float) -> float:
        """Return the frame position under a pixel column, which may lie beside the sequence."""
        track = self.track
        return self.view.first + (x - track.left()) / track.width() * self.view.shown

    def frame_at(self, x: float) -> int:
        """Return the frame under the widget pixel column `x`, clipped to the sequence."""
        return min(max(0, math.floor(self.position_at(x))), max(0, self.count - 1))

    def row_top(self, index: int) -> float:
        """Return where the strip of the visible row `index` begins."""
        return ROWS_TOP + index * ROW

    @property
    def lanes_top(self) -> float:
        """Where the lanes of the flags begin."""
        return self.overlap_top(self.overlaps)

    def overlap_top(self, index: int) -> float:
        """Return where the lane `index` of the overlaps begins, below the targets."""
        return self.row_top(max(1, len(self.rows))) + 2 + index * OVERLAP

    def overlap_at(self, y: float) -> int | None:
        """Return the lane of overlap at the height `y`."""
        index = math.floor((y - self.overlap_top(0)) / OVERLAP)
        return index if 0 <= index < self.overlaps else None

    def row_at(self, y: float) -> TimelineRow | None:
        """Return the target whose strip lies at the height `y`."""
        index = math.floor((y - ROWS_TOP) / ROW)
        return self.rows[index] if 0 <= index < len(self.rows) else None

    @staticmethod
    def in_range_lane(y: float) -> bool:
        """Whether `y` lies where a range is dragged without another key."""
        return RULER <= y < CURVE_TOP

    def in_overview(self, y: float) -> bool:
        """Whether `y` lies on the bar below, which is there while a part is on show."""
        return y >= self.overview.top() and self.view.shown < self.count

    @property
    def overview(self) -> QRectF:
        """The bar that says which part of the sequence is on show."""
        track = self.track
        return QRectF(track.left(), self.height - BOTTOM + 4, track.width(), 4)


def height_for(rows: int, overlaps: int = 0) -> int:
    """Return how high the timeline is with so many targets and lanes of overlap."""
    shown = max(1, min(MAX_ROWS, rows))
    return round(ROWS_TOP + shown * ROW + 2 + overlaps * OVERLAP + len(LANES) * LANE + BOTTOM)


def least_height_for(rows: int, overlaps: int = 0) -> int:
    """Return how high it must be at least: without the lanes, and few of many targets."""
    shown = max(1, min(LEAST_ROWS, rows))
    room = least_overlaps(overlaps)
    # Half of the blank below: the bar that is there while a part is on show needs no more.
    return round(ROWS_TOP + shown * ROW + room + BOTTOM / 2)


def least_overlaps(overlaps: int) -> float:
    """Return the room that lanes of overlap have in any window."""
    return 2 + min(LEAST_OVERLAPS, overlaps) * OVERLAP if overlaps else 0.0


def visible_rows(
    rows: tuple[TimelineRow, ...], height: float, overlaps: int = 0
) -> tuple[TimelineRow, ...]:
    """Return the rows that fit, the selected one among them."""
    room = height - ROWS_TOP - BOTTOM / 2 - least_overlaps(overlaps)
    # The blank below them may go, before a target does.
    fit = max(1, min(MAX_ROWS, int(room // ROW)))
    if len(rows) <= fit:
        return rows
    chosen = next((index for index, row in enumerate(rows) if row.selected), 0)
    # The selected one in the middle, no empty line at either end.
    first = min(max(0, chosen - fit // 2), len(rows) - fit)
    return rows[first : first + fit]
