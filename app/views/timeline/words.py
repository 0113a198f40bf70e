"""What the timeline says about the place under the pointer: the frame, and the lane's values."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.look.numbers import score_number
from app.resolve.answer import SOURCE_WORDS
from app.resolve.comparing import OverlapLane, overlap_words
from app.resolve.flags import LANES, lane_words
from app.resolve.lost import RULE
from app.resolve.timeline import TimelineModel, TimelineRow
from app.views.timeline.geometry import CURVE_TOP, LANE, LEFT, ROWS_TOP, RULER, Geometry
from sessions import Flag, Source
from tracker_core.evaluation.comparing import FAILS_BELOW

RULER_TIP = "Frames are counted from 0, as in result files; click to go to one."
RANGE_TIP = "Drag here to select frames. A mark below is an event of the review queue not seen yet."
SCORE_TIP = (
    "Score: how sure the tracker was, from 0 at the foot of the lane to 1 at its top, the higher "
    f"the surer; below {RULE.score:.2f} on {RULE.frames} frames in a row it is perhaps lost."
)
STRIP_TIP = (
    "Who placed the boxes: by hand blue and higher, tracked green, absent grey; a mark below is a "
    "frame on which tokens in the predicted box were removed."
)
OVERLAP_TIP = (
    "IoU: how much of both boxes together the box and the true one share, 0 to 1, the higher the "
    f"better; below {FAILS_BELOW:g} it counts as a failure, on red ground."
)


def lane_tip(geometry: Geometry, y: float) -> str:
    """Return what the lane at the height `y` shows, in which unit, and what is good."""
    if y < RULER:
        return RULER_TIP
    if y < CURVE_TOP:
        return RANGE_TIP
    if y < ROWS_TOP:
        return SCORE_TIP
    if geometry.row_at(y) is not None:
        return STRIP_TIP
    if geometry.overlap_at(y) is not None:
        return OVERLAP_TIP
    lane = math.floor((y - geometry.lanes_top) / LANE)
    if 0 <= lane < len(LANES):
        return f"Frames on which the selected target is marked {LANES[lane].word}."
    return "The bar below shows which part of the sequence is on show; the wheel zooms."


def words_at(
    geometry: Geometry,
    at: tuple[float, float],
    model: TimelineModel,
    events: NDArray[np.int64],
    overlaps: Sequence[OverlapLane],
) -> str:
    """Return what is said of a place: on the names the lane, on the frames its values there."""
    x, y = at
    row, lane, tip = geometry.row_at(y), geometry.overlap_at(y), lane_tip(geometry, y)
    if x < LEFT:
        name = row.name if row is not None else overlaps[lane].name if lane is not None else ""
        return f"{name}\n{tip}" if name else tip
    index = geometry.frame_at(x)
    words = [f"Frame {index}"]
    if index in model.gaps:
        words.append("one modality is missing")
    if ((events[:, 0] <= index) & (index <= events[:, 1])).any():
        words.append("in the review queue")
    if row is None and CURVE_TOP <= y < ROWS_TOP:
        # The curve is of the selected target.
        row = next((each for each in model.rows if each.selected), None)
    if row is not None:
        words += _row_words(row, index)
    if lane is not None and index < len(overlaps[lane].overlap):
        words.append(overlap_words(overlaps[lane], index))
    return f"{', '.join(words)}\n{tip}"


def _row_words(row: TimelineRow, index: int) -> list[str]:
    absent = bool(row.flags[index] & Flag.ABSENT)
    source = "" if absent else SOURCE_WORDS[Source(int(row.source[index]))]
    said = ", ".join(part for part in (source, lane_words(int(row.flags[index]))) if part)
    words = [f"{row.name}: {said}"]
    if not math.isnan(row.score[index]):
        words.append(f"score {score_number(float(row.score[index]))}")
    return words
