"""Paints a lane for each tracker whose boxes are judged: IoU over the frames on show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from app.look.palette import Palette, mix
from app.look.short_names import short_names
from app.look.theme import qcolor
from app.resolve.comparing import OverlapLane
from app.views.timeline.geometry import BOTTOM, LEFT, OVERLAP, Geometry
from app.views.timeline.pixels import argb
from tracker_core.evaluation.comparing import FAILS_BELOW

SPARE = 3.0
"""Pixels that the last lane may lack."""
MIDDLE = int(Qt.AlignmentFlag.AlignVCenter)


def paint_overlaps(
    painter: QPainter,
    palette: Palette,
    lanes: Sequence[OverlapLane],
    geometry: Geometry,
    ratio: float,
) -> None:
    """Paint as many lanes as there is room for; `ratio` is as for the rest of the timeline."""
    fitting = lanes[: overlaps_fitting(geometry, len(lanes))]
    measure = painter.fontMetrics().horizontalAdvance
    # Once: who reads the first knows what all of them are.
    shown = [f"IoU {lane.name}" if lane is lanes[0] else lane.name for lane in fitting]
    names = short_names(shown, LEFT - 32, measure)
    track = geometry.track
    for index, (lane, name) in enumerate(zip(fitting, names, strict=True)):
        top = geometry.overlap_top(index)
        painter.fillRect(QRectF(10, top + 3, 8, OVERLAP - 6), qcolor(lane.colour))
        painter.setPen(qcolor(palette.muted))
        flags = MIDDLE | int(Qt.TextFlag.TextDontClip)
        painter.drawText(QRectF(24, top, LEFT - 30, OVERLAP), flags, name)
        area = QRectF(track.left(), top + 1, track.width(), OVERLAP - 2)
        painter.fillRect(area, qcolor(palette.background))
        # One of another sequence, which is about to be replaced.
        if len(lane.overlap) == geometry.count:
            _paint_lane(painter, palette, lane, geometry, area, ratio)


def overlaps_fitting(geometry: Geometry, wanted: int) -> int:
    """Return how many lanes fit below the strips of the targets."""
    room = geometry.height - BOTTOM / 2 - geometry.overlap_top(0)
    # Some pixels less are no reason to leave one out: the blank at its foot is as high.
    return max(0, min(wanted, int((room + SPARE) // OVERLAP)))


def _paint_lane(
    painter: QPainter,
    palette: Palette,
    lane: OverlapLane,
    geometry: Geometry,
    area: QRectF,
    ratio: float,
) -> None:
    columns = max(1, int(area.width() * ratio))
    values = lane.levels.columns(geometry.view, columns)
    if not len(values):
        return
    height = max(1, round(area.height() * ratio))
    # The middle of each row of pixels, from above.
    heights = 1.0 - (np.arange(height, dtype=np.float32) + 0.5) / height
    known = ~np.isnan(values)
    fails = known & (values < FAILS_BELOW)
    pixels: NDArray[np.uint32] = np.zeros((height, columns), np.uint32)
    # No overlap at all has no height; its ground says that there was a box, and where it failed.
    pixels[:, fails] = argb(mix(palette.background, palette.gap, 0.45))
    curve = argb(lane.colour)
    filled = heights[:, np.newaxis] <= np.where(known, values, -1.0)[np.newaxis, :]
    pixels[filled] = curve
    image = QImage(
        pixels.data, columns, height, 4 * columns, QImage.Format.Format_ARGB32_Premultiplied
    )
    painter.drawImage(area, image)
