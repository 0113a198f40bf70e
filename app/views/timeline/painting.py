"""Paints the timeline from columns: what is painted costs the same, however long a sequence is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPen

from app.look.palette import Palette, Rgb, mix
from app.look.short_names import short_names
from app.look.theme import qcolor
from app.resolve.comparing import OverlapLane
from app.resolve.flags import LANES, STRIP_MARKS, FlagRow
from app.resolve.timeline import Columns, TimelineModel, TimelineRow
from app.views.timeline.geometry import (
    BOTTOM,
    CURVE,
    CURVE_TOP,
    LANE,
    LEFT,
    RANGE,
    ROW,
    RULER,
    Geometry,
)
from app.views.timeline.overlaps import paint_overlaps
from app.views.timeline.pixels import argb
from sessions import Source

MIDDLE = int(Qt.AlignmentFlag.AlignVCenter)
GAP_ALPHA = 70
EVENT = 3.0
"""Height of the marks of the review queue."""
LEAST_POINTS = 7.0
"""Smaller letters cannot be read."""


class TimelinePainter:
    """Paints the strips of one model in one geometry."""

    def __init__(
        self,
        painter: QPainter,
        palette: Palette,
        model: TimelineModel,
        geometry: Geometry,
        ratio: float,
        overlaps: Sequence[OverlapLane] = (),
    ) -> None:
        """`ratio` is how many pixels of the screen are one of the widget."""
        self._overlaps = overlaps
        self._painter = painter
        self._palette = palette
        self._model = model
        self._geometry = geometry
        self._track = geometry.track
        self._ratio = ratio
        self._columns = max(1, int(self._track.width() * ratio))
        # A mark of a single frame among thousands must be seen; a wide one ends where it ends.
        narrow = self._columns < 3 * ratio * geometry.view.shown
        self._least = max(1, round(3 * ratio)) if narrow else 1
        measure = painter.fontMetrics().horizontalAdvance
        self._gaps: NDArray[np.bool_] | None = None
        self._colours = source_colours(palette)
        by_hand = np.zeros_like(self._colours)
        by_hand[Source.MANUAL] = self._colours[Source.MANUAL]
        self._by_hand = by_hand
        names = [row.name for row in geometry.rows]
        cut = short_names(names, LEFT - 32, measure)
        self._names = dict(zip((row.target_id for row in geometry.rows), cut, strict=True))

    def paint_all(self) -> None:
        """Paint everything but the playhead and the selected range."""
        self._painter.fillRect(
            QRectF(0, 0, self._geometry.width, self._geometry.height), qcolor(self._palette.panel)
        )
        if not self._model.count:
            return
        self._paint_ruler()
        self._paint_range_ground()
        chosen = next((row for row in self._geometry.rows if row.selected), None)
        columns = None if chosen is None else self._columns_of(chosen)
        self._paint_curve_ground()
        if chosen is not None and columns is not None:
            self._paint_curve(chosen, columns)
        for index, row in enumerate(self._geometry.rows):
            found = columns if row is chosen and columns is not None else self._columns_of(row)
            self._paint_row(row, found, self._geometry.row_top(index))
        paint_overlaps(self._painter, self._palette, self._overlaps, self._geometry, self._ratio)
        self._paint_lanes(columns)
        self._paint_gaps()
        self._paint_overview()

    def paint_row_again(self, row: TimelineRow, index: int) -> None:
        """Paint what one row has, over what was there; the others stay as they are."""
        columns, width, top = self._columns_of(row), self._geometry.width, self._geometry.row_top
        areas = [QRectF(0, top(index), width, ROW)]
        if row.selected:
            areas.append(QRectF(0, CURVE_TOP, width, CURVE))
            areas.append(QRectF(0, self._geometry.lanes_top, width, len(LANES) * LANE))
        for area in areas:
            self._painter.save()
            self._painter.setClipRect(area)
            self._painter.fillRect(area, qcolor(self._palette.panel))
            if area.top() == CURVE_TOP:
                # Letters of the lane above reach down into it.
                self._paint_range_ground()
                self._paint_curve_ground()
                self._paint_curve(row, columns)
            elif area.top() == self._geometry.lanes_top:
                self._paint_lanes(columns)
            else:
                self._paint_row(row, columns, area.top())
            self._paint_gaps()
            # In a low window the room of the lanes reaches over the bar below.
            self._paint_overview()
            self._painter.restore()

    # --- parts

    def _columns_of(self, row: TimelineRow) -> Columns:
        return row.levels.columns(self._geometry.view, self._columns)

    def _paint_ruler(self) -> None:
        painter, palette, view = self._painter, self._palette, self._geometry.view
        step = tick_step(view.shown, self._track.width())
        painter.setPen(qcolor(palette.muted))
        painter.drawText(QRectF(10, 0, LEFT - 18, RULER), MIDDLE, "Frame")
        measure = painter.fontMetrics().horizontalAdvance
        stop = min(self._model.count, view.first + view.shown)
        for index in range(-(-view.first // step) * step, stop, step):
            x = self._geometry.x_of(index)
            painter.setPen(qcolor(palette.border))
            painter.drawLine(QPointF(x, RULER - 5), QPointF(x, RULER))
            painter.setPen(qcolor(palette.muted))
            # A number that is cut off would be read as another one.
            if x + 3 + measure(str(index)) < self._geometry.width:
                painter.drawText(QRectF(x + 3, 0, 60, RULER), MIDDLE, str(index))

    def _paint_range_ground(self) -> None:
        ground = QRectF(self._track.left(), RULER, self._track.width(), RANGE - 1)
        self._painter.fillRect(ground, qcolor(self._palette.raised))
        self._small_word("range", RULER, RANGE)

    def _paint_curve_ground(self) -> None:
        painter, palette = self._painter, self._palette
        ground = QRectF(self._track.left(), CURVE_TOP, self._track.width(), CURVE)
        painter.fillRect(ground, qcolor(palette.background))
        painter.setPen(QPen(qcolor(palette.border), 1.0, Qt.PenStyle.DotLine))
        middle = ground.center().y()
        painter.drawLine(QPointF(ground.left(), middle), QPointF(ground.right(), middle))
        painter.setPen(qcolor(palette.muted))
        painter.drawText(QRectF(10, CURVE_TOP, LEFT - 18, CURVE), MIDDLE, "Score")

    def _paint_curve(self, row: TimelineRow, columns: Columns) -> None:
        score = columns.score
        view = self._geometry.view
        if view.shown < len(score):
            # From frame to frame, or steps would be drawn between them.
            score = _between_frames(row.levels.columns(view, view.shown).score, len(score))
        if not len(score):
            return
        ratio, width = self._ratio, self._track.width()
        height = round(CURVE * ratio)
        ys = (CURVE - 2 - np.clip(score, 0.0, 1.0) * (CURVE - 4)) * ratio
        # Painted as a picture: a line through as many points takes Qt several times as long.
        pixels = _shades(row.colour)[_line(ys, height, ratio)]
        image = QImage(
            pixels.data, len(score), height, 4 * len(score),
            QImage.Format.Format_ARGB32_Premultiplied,
        )  # fmt: skip
        self._painter.drawImage(QRectF(self._track.left(), CURVE_TOP, width, CURVE), image)

    def _paint_row(self, row: TimelineRow, columns: Columns, top: float) -> None:
        painter, palette, width = self._painter, self._palette, self._geometry.width
        if row.selected:
            painter.fillRect(QRectF(4, top, width - 8, ROW), qcolor(palette.accent, 46))
        if row.hidden:
            painter.setPen(qcolor(row.colour))
            painter.drawRect(QRectF(10.5, top + 3.5, 7, ROW - 7))
        else:
            painter.fillRect(QRectF(10, top + 3, 8, ROW - 6), qcolor(row.colour))
        painter.setPen(qcolor(palette.text if row.selected else palette.muted))
        name = self._names.get(row.target_id, row.name)
        painter.drawText(QRectF(24, top, LEFT - 30, ROW), MIDDLE, name)
        strip = QRectF(self._track.left(), top + 4, self._track.width(), ROW - 8)
        painter.fillRect(strip.adjusted(0, -1, 0, 1), qcolor(palette.background))
        self._paint_codes(strip, self._colours[columns.codes])
        # Higher than what a machine placed: seen without colours, too.
        self._paint_codes(strip.adjusted(0, -2, 0, 2), self._by_hand[columns.codes])
        foot = QRectF(strip.left(), top + ROW - 3, strip.width(), 3)
        for flag in STRIP_MARKS:
            self._paint_marks(foot, columns, flag)

    def _paint_lanes(self, columns: Columns | None) -> None:
        for index, lane in enumerate(LANES):
            top = self._geometry.lanes_top + index * LANE
            if top + LANE > self._geometry.height - BOTTOM + 4:
                return
            ground = QRectF(self._track.left(), top + 1, self._track.width(), LANE - 2)
            self._painter.fillRect(ground, qcolor(self._palette.background))
            self._small_word(lane.word, top, LANE)
            if columns is not None:
                self._paint_marks(ground, columns, lane)

    def _paint_marks(self, area: QRectF, columns: Columns, flag: FlagRow) -> None:
        marks = self._widened((columns.flags & np.uint16(flag.flag)) != 0)
        colour = argb(getattr(self._palette, flag.lane))
        self._paint_codes(area, np.where(marks, colour, np.uint32(0)))

    def _paint_gaps(self) -> None:
        if not self._model.gaps:
            return
        if self._gaps is None:
            found = self._model.gap_marks.columns(self._geometry.view, self._columns)
            self._gaps = self._widened(found)
        marks = self._gaps
        left, width = self._track.left(), self._track.width()
        solid = np.where(marks, argb(self._palette.gap), np.uint32(0))
        self._paint_codes(QRectF(left, RULER - 4, width, 4), solid)
        thin = np.where(marks, argb(self._palette.gap, GAP_ALPHA), np.uint32(0))
        self._paint_codes(QRectF(left, RULER, width, self._geometry.height - RULER), thin)

    def _paint_overview(self) -> None:
        view, count = self._geometry.view, self._model.count
        if view.shown >= count:
            return
        whole = self._geometry.overview
        self._painter.fillRect(whole, qcolor(self._palette.raised))
        scale = whole.width() / count
        part = QRectF(
            whole.left() + view.first * scale, whole.top(), max(6.0, view.shown * scale), 4
        )
        self._painter.fillRect(part, qcolor(self._palette.muted))

    def _small_word(self, word: str, top: float, height: float) -> None:
        self._painter.setPen(qcolor(self._palette.muted))
        self._painter.save()
        font = self._painter.font()
        font.setPointSizeF(LEAST_POINTS)
        self._painter.setFont(font)
        # Letters may reach into the blank above and below a lane.
        flags = MIDDLE | int(Qt.TextFlag.TextDontClip)
        self._painter.drawText(QRectF(24, top, LEFT - 30, height), flags, word)
        self._painter.restore()

    def _widened(self, marks: NDArray[np.bool_]) -> NDArray[np.bool_]:
        wide = marks.copy()
        for shift in range(1, self._least):
            wide[shift:] |= marks[: len(marks) - shift]
        return wide

    def _paint_codes(self, area: QRectF, colours: NDArray[np.uint32]) -> None:
        """Paint a colour for each column over the height of `area`."""
        pixels = np.ascontiguousarray(colours, np.uint32)
        count = len(pixels)
        image = QImage(pixels.data, count, 1, 4 * count, QImage.Format.Format_ARGB32_Premultiplied)
        # Without smoothing, or neighbours would run into each other.
        self._painter.drawImage(area, image)


def source_colours(palette: Palette) -> NDArray[np.uint32]:
    """Return the pixel of each code of a strip: none, the sources, absent."""
    return np.array(
        [
            0,
            argb(palette.manual),
            argb(palette.tracked),
            argb(palette.interpolated),
            argb(palette.imported),
            argb(mix(palette.background, palette.muted, 0.35)),
        ],
        np.uint32,
    )


def paint_playhead(painter: QPainter, palette: Palette, geometry: Geometry, index: int) -> None:
    """Paint the playhead with the number of its frame."""
    # In the middle of its frame, where clicks on it go too.
    x = (geometry.x_of(index) + geometry.x_of(index + 1)) / 2
    track = geometry.track
    if not track.left() <= x <= track.right() + 1:
        return
    painter.setPen(QPen(qcolor(palette.playhead), 1.4))
    painter.drawLine(QPointF(x, RULER - 2), QPointF(x, geometry.height))
    text = str(index)
    width = painter.fontMetrics().horizontalAdvance(text) + 10.0
    left = min(max(LEFT - width / 2, x - width / 2), geometry.width - width - 1)
    chip = QRectF(left, 1, width, RULER - 4)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(qcolor(palette.playhead))
    painter.drawRoundedRect(chip, 3, 3)
    painter.setPen(qcolor(palette.background))
    painter.drawText(chip, int(Qt.AlignmentFlag.AlignCenter), text)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def paint_events(
    painter: QPainter, palette: Palette, geometry: Geometry, events: NDArray[np.int64]
) -> None:
    """Mark frames that the review queue names, (k, 2) first and last, below the range lane."""
    track, view = geometry.track, geometry.view
    first = np.maximum(events[:, 0], view.first)
    stop = np.minimum(events[:, 1] + 1, view.first + view.shown)
    scale = track.width() / max(1, view.shown)
    for at, count in zip(first.tolist(), (stop - first).tolist(), strict=True):
        if count > 0:
            left = track.left() + (at - view.first) * scale
            # A single frame among thousands must be seen.
            area = QRectF(left, CURVE_TOP - EVENT, max(3.0, count * scale), EVENT)
            painter.fillRect(area, qcolor(palette.warning))


def paint_range(
    painter: QPainter, palette: Palette, geometry: Geometry, frames: tuple[int, int]
) -> None:
    """Paint the selected range over the strips."""
    track = geometry.track
    left = max(track.left(), geometry.x_of(frames[0]))
    right = min(track.right(), geometry.x_of(frames[1]))
    if right <= left:
        return
    # A single frame among thousands must be seen.
    width = max(3.0, right - left)
    painter.fillRect(QRectF(left, RULER, width, RANGE - 1), qcolor(palette.accent))
    bottom = geometry.height - RULER - RANGE
    painter.fillRect(QRectF(left, RULER + RANGE, width, bottom), qcolor(palette.accent, 52))
    painter.setPen(QPen(qcolor(palette.accent), 1.0))
    for x in (left, left + width - 1):
        painter.drawLine(QPointF(x, RULER), QPointF(x, geometry.height))


def tick_step(shown: int, width: float) -> int:
    """Return a round number of frames between two labelled ticks, at least 60 pixels apart."""
    # Never below one frame: there is nothing between frames to label.
    wanted = max(1.0, shown * 60.0 / max(1.0, width))
    magnitude = 10 ** math.floor(math.log10(wanted))
    return int(next(step for step in (1, 2, 5, 10) if step * magnitude >= wanted) * magnitude)


def _between_frames(score: NDArray[np.float32], columns: int) -> NDArray[np.float32]:
    """Return (columns,) scores on straight lines between the middles of frames (k,)."""
    places = (np.arange(columns) + 0.5) * len(score) / columns - 0.5
    before = np.clip(np.floor(places).astype(np.int64), 0, len(score) - 1)
    after = np.minimum(before + 1, len(score) - 1)
    share = np.clip(places - before, 0.0, 1.0).astype(np.float32)
    straight = score[before] * (1 - share) + score[after] * share
    # Beside a frame without a score the other one goes to its own edge.
    own = score[np.where(share < 0.5, before, after)]
    return np.where(np.isnan(straight), own, straight).astype(np.float32)


def _line(ys: NDArray[np.float32], height: int, ratio: float) -> NDArray[np.uint8]:
    """(height, columns) how far each pixel lies on a line through `ys`, to 255; NaN draws none."""
    following = np.append(ys[1:], ys[-1:])
    following = np.where(np.isnan(following), ys, following)
    # 1.6 pixels wide, and soft by one of the screen's.
    reach = 0.8 * ratio + 0.5
    rows = (np.arange(height, dtype=np.float32) + 0.5)[:, np.newaxis]
    # How deep a pixel lies within what the line reaches, from above and from below.
    above = rows - (np.minimum(ys, following) - reach)
    below = (np.maximum(ys, following) + reach) - rows
    depth = np.minimum(above, below, out=above)
    depth *= 255.0
    # In this order: what lies nowhere becomes none.
    np.fmax(depth, 0.0, out=depth)
    return np.minimum(depth, 255.0, out=depth).astype(np.uint8)


@lru_cache(maxsize=32)
def _shades(colour: Rgb) -> NDArray[np.uint32]:
    """(256,) a colour in each opacity, as Qt paints fastest."""
    shades = np.array([argb(colour, alpha) for alpha in range(256)], np.uint32)
    shades.setflags(write=False)
    return shades
