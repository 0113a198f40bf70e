"""Boxes under the mouse: which part was hit, and what a drag makes of it; no Qt.

Boxes and points are in frame pixels; tolerances are in screen pixels, and `scale` is the zoom
(screen pixels per frame pixel).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from tracker_core.frames import Box

Point = tuple[float, float]
"""x, y in frame pixels."""
Size = tuple[float, float]
"""Width and height in frame pixels."""

TOLERANCE = 7.0
"""How far from an edge, in screen pixels, a click still takes it."""
TO_EDGE = 4.0
"""An edge drawn within so many screen pixels of the frame's edge is on it; a zoom tells less."""


class Grip(Enum):
    """The part of a box that a point touches."""

    NW = "north west"
    N = "north"
    NE = "north east"
    E = "east"
    SE = "south east"
    S = "south"
    SW = "south west"
    W = "west"
    INSIDE = "inside"
    OUTSIDE = "outside"

    @property
    def is_handle(self) -> bool:
        """Whether this is one of the eight handles."""
        return self in _DIRECTIONS

    @property
    def direction(self) -> tuple[int, int]:
        """Which way the handle lies from the centre: -1, 0 or 1 in x and y; 0, 0 for no handle."""
        return _DIRECTIONS.get(self, (0, 0))

    @property
    def cursor(self) -> str:
        """Which mouse cursor says what a drag will do: "size_hor", "move", "cross" and so on."""
        if not self.is_handle:
            return "move" if self is Grip.INSIDE else "cross"
        across, down = self.direction
        if across and down:
            return "size_fdiag" if across == down else "size_bdiag"
        return "size_hor" if across else "size_ver"


_DIRECTIONS = {
    Grip.NW: (-1, -1),
    Grip.N: (0, -1),
    Grip.NE: (1, -1),
    Grip.E: (1, 0),
    Grip.SE: (1, 1),
    Grip.S: (0, 1),
    Grip.SW: (-1, 1),
    Grip.W: (-1, 0),
}
_BY_DIRECTION = {direction: grip for grip, direction in _DIRECTIONS.items()} | {(0, 0): Grip.INSIDE}


def handle_points(box_xywh: Box) -> dict[Grip, Point]:
    """Return where the eight handles of a box are drawn."""
    x, y, width, height = box_xywh
    return {
        grip: (x + width * (1 + across) / 2, y + height * (1 + down) / 2)
        for grip, (across, down) in _DIRECTIONS.items()
    }


def grip_at(point_xy: Point, box_xywh: Box, scale: float, tolerance: float = TOLERANCE) -> Grip:
    """Return what a point touches; edges can be taken anywhere along their length.

    Inside a small box the handles give way, so that its middle can still be dragged.
    """
    x, y, width, height = box_xywh
    across = _side(point_xy[0] - x, width, tolerance / scale)
    down = _side(point_xy[1] - y, height, tolerance / scale)
    if across is None or down is None:
        return Grip.OUTSIDE
    return _BY_DIRECTION[across, down]


def _side(offset: float, length: float, reach: float) -> int | None:
    """-1 at the near edge, 1 at the far edge, 0 between, None beyond."""
    # A quarter at most leaves the middle half of a small box to drag it by.
    inward = min(reach, length / 4)
    if offset < -reach or offset > length + reach:
        return None
    if offset <= inward:
        return -1
    return 1 if offset >= length - inward else 0


def topmost_box(
    point_xy: Point,
    boxes: Mapping[str, Box],
    scale: float,
    selected: str | None = None,
    tolerance: float = TOLERANCE,
) -> tuple[str, Grip] | None:
    """Return which of several boxes a click means, by its key, and the part it touches.

    The selected box goes first, handles and all; of the others the smallest one hit wins, so that
    a box within a box can be reached, and it is taken as a whole.
    """
    if selected is not None and selected in boxes:
        grip = grip_at(point_xy, boxes[selected], scale, tolerance)
        if grip is not Grip.OUTSIDE:
            return selected, grip
    hit = [
        (box[2] * box[3], key)
        for key, box in boxes.items()
        if grip_at(point_xy, box, scale, tolerance) is not Grip.OUTSIDE
    ]
    # Of equal boxes the key decides, so that it is always the same one.
    return (min(hit)[1], Grip.INSIDE) if hit else None


def drag_box(
    box_xywh: Box,
    grip: Grip,
    delta_xy: Point,
    bounds_wh: Size,
    *,
    minimum: float = 2.0,
    from_centre: bool = False,
    keep_aspect: bool = False,
) -> Box:
    """Return the box after its grip moved by `delta_xy` from where the drag began.

    The box stays inside the frame and no side gets shorter than `minimum`; an edge never passes
    the one across from it. `from_centre` moves the opposite side as well.
    """
    if not grip.is_handle:
        return nudge_box(box_xywh, delta_xy, bounds_wh) if grip is Grip.INSIDE else box_xywh
    x, y, width, height = box_xywh
    across, down = grip.direction
    # The opposite side moves as far, so the length changes twice as much.
    reach = 2 if from_centre else 1
    wanted = width + across * delta_xy[0] * reach, height + down * delta_xy[1] * reach
    anchor = (
        0.5 if from_centre or across == 0 else (1 - across) / 2,
        0.5 if from_centre or down == 0 else (1 - down) / 2,
    )
    if keep_aspect:
        # The side that was pulled further decides; an edge leaves the other factor at 1.
        grown = max((wanted[0] / width, wanted[1] / height), key=lambda factor: abs(factor - 1))
        return _scaled((x, y, width, height), grown, anchor, bounds_wh, minimum)
    new_x, new_width = _resized(x, width, wanted[0], anchor[0], bounds_wh[0], minimum)
    new_y, new_height = _resized(y, height, wanted[1], anchor[1], bounds_wh[1], minimum)
    # A box may reach outside the frame or be thinner than the minimum: dragging one edge must not
    # mend the other side.
    if across == 0:
        new_x, new_width = x, width
    if down == 0:
        new_y, new_height = y, height
    return new_x, new_y, new_width, new_height


def nudge_box(box_xywh: Box, delta_xy: Point, bounds_wh: Size) -> Box:
    """Return the box moved, stopped at the frame's edges."""
    x, y, width, height = box_xywh
    return (
        # A box larger than the frame stays at its left upper corner.
        min(max(x + delta_xy[0], 0.0), max(bounds_wh[0] - width, 0.0)),
        min(max(y + delta_xy[1], 0.0), max(bounds_wh[1] - height, 0.0)),
        width,
        height,
    )


def grow_box(box_xywh: Box, grow_wh: Size, bounds_wh: Size, *, minimum: float = 2.0) -> Box:
    """Return the box wider and higher by `grow_wh` about its centre, within the frame."""
    x, y, width, height = box_xywh
    new_x, new_width = _resized(x, width, width + grow_wh[0], 0.5, bounds_wh[0], minimum)
    new_y, new_height = _resized(y, height, height + grow_wh[1], 0.5, bounds_wh[1], minimum)
    return new_x, new_y, new_width, new_height


def box_between(start_xy: Point, end_xy: Point, bounds_wh: Size, reach: float = 0.0) -> Box:
    """Return the box spanned by two corners in any order, cut at the frame's edges.

    An edge of it within `reach` of the frame's edge on its side is on that: a target that is cut
    off there ends there. The other one stays where it is, for a strip may be narrower than that.
    """
    left, right = _span(start_xy[0], end_xy[0], bounds_wh[0], reach)
    top, bottom = _span(start_xy[1], end_xy[1], bounds_wh[1], reach)
    return left, top, right - left, bottom - top


def _span(one: float, other: float, bound: float, reach: float) -> tuple[float, float]:
    low, high = sorted(min(max(value, 0.0), bound) for value in (one, other))
    return (0.0 if low <= reach else low), (bound if high >= bound - reach else high)


def _room(fixed: float, anchor: float, bound: float) -> float:
    """Greatest length that fits when the point at share `anchor` of it stays at `fixed`."""
    # A side that stays where it is sets no limit.
    before = fixed / anchor if anchor > 0 else float("inf")
    after = (bound - fixed) / (1 - anchor) if anchor < 1 else float("inf")
    return min(before, after)


def _resized(
    start: float, length: float, wanted: float, anchor: float, bound: float, minimum: float
) -> tuple[float, float]:
    """Start and length of one side after it was asked to be `wanted` long."""
    # A thermal or an imported box may reach outside the frame; from there no length would fit.
    fixed = min(max(start + anchor * length, 0.0), bound)
    # The minimum wins at the frame's edge: sessions refuse boxes without extent.
    longest = max(_room(fixed, anchor, bound), minimum)
    new = min(max(wanted, minimum), longest)
    return fixed - anchor * new, new


def _scaled(box_xywh: Box, factor: float, anchor: Point, bounds_wh: Size, minimum: float) -> Box:
    x, y, width, height = box_xywh
    fixed = x + anchor[0] * width, y + anchor[1] * height
    largest = min(
        _room(fixed[0], anchor[0], bounds_wh[0]) / width,
        _room(fixed[1], anchor[1], bounds_wh[1]) / height,
    )
    smallest = minimum / min(width, height)
    # In this order the minimum wins, as in `_resized`.
    factor = max(min(factor, largest), smallest)
    return (
        fixed[0] - anchor[0] * width * factor,
        fixed[1] - anchor[1] * height * factor,
        width * factor,
        height * factor,
    )
