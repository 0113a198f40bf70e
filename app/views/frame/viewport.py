"""The one pan and zoom that all frame panes share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QObject, QPointF, QRectF, QSizeF, Signal
from PySide6.QtGui import QTransform

from app.views.drawing.painting import REACH, within_reach
from tracker_core.frames import Box

MIN_SCALE = 0.05
MAX_SCALE = 64.0
MARGIN = 8.0
"""Screen pixels left free around a fitted frame."""


class Side(Enum):
    """Where the room lies that a fitted frame does not fill, and a panel may come."""

    RIGHT = "right"
    BOTTOM = "bottom"


@dataclass(frozen=True, slots=True)
class PaneMap:
    """Where frame pixels lie in one pane; panes of different sizes show the same middle."""

    scale: float
    """Pane pixels per frame pixel."""
    centre: QPointF
    """Frame point in the middle of the pane."""
    middle: QPointF
    """Middle of the pane in its own pixels."""

    @property
    def width(self) -> float:
        """Width of the pane in its own pixels."""
        return 2.0 * self.middle.x()

    @property
    def height(self) -> float:
        """Height of the pane in its own pixels."""
        return 2.0 * self.middle.y()

    def to_frame(self, point: QPointF) -> QPointF:
        """Return the frame point under a pane point."""
        return self.centre + (point - self.middle) / self.scale

    def to_pane(self, point: QPointF) -> QPointF:
        """Return the pane point of a frame point."""
        return self.middle + (point - self.centre) * self.scale

    def rect_to_pane(self, rect: QRectF) -> QRectF:
        """Return the pane rectangle of a frame rectangle; edges far out of sight come nearer."""
        return self.box_to_pane((rect.x(), rect.y(), rect.width(), rect.height()))

    def box_to_pane(self, box: Box) -> QRectF:
        """Return the pane rectangle of a box, as `rect_to_pane` does."""
        # In plain numbers: each step asks for some twenty of these, and calls of Qt cost more.
        x, y, width, height = box
        left = self.middle.x() + (x - self.centre.x()) * self.scale
        top = self.middle.y() + (y - self.centre.y()) * self.scale
        right, bottom = left + width * self.scale, top + height * self.scale
        if max(abs(left), abs(top), abs(right), abs(bottom)) < REACH:
            return QRectF(left, top, right - left, bottom - top)
        return within_reach(QRectF(left, top, right - left, bottom - top))

    def transform(self) -> QTransform:
        """Return the mapping from frame to pane for a painter."""
        origin = self.to_pane(QPointF(0.0, 0.0))
        return QTransform(self.scale, 0.0, 0.0, self.scale, origin.x(), origin.y())


class Viewport(QObject):
    """The shared scale, and the frame point in the middle of every pane."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # Not empty, because it is divided by before the first frame.
        self._content = QSizeF(1.0, 1.0)
        self._panes: dict[str, QSizeF] = {}
        self._scale = 1.0
        self._centre = QPointF(0.5, 0.5)
        self._fitted = True
        self._side = Side.BOTTOM
        self._covered = 0.0

    @property
    def side(self) -> Side:
        """Where the free room lies."""
        return self._side

    @property
    def content(self) -> QSizeF:
        """The size of the frames in pixels."""
        return QSizeF(self._content)

    @property
    def scale(self) -> float:
        """Pane pixels per frame pixel."""
        return self._scale

    @property
    def fitted(self) -> bool:
        """Whether the whole frame is kept in view when a pane changes its size."""
        return self._fitted

    def pane_map(self, width: float, height: float) -> PaneMap:
        """Return the mapping for a pane of this size."""
        return PaneMap(self._scale, QPointF(self._centre), QPointF(width / 2, height / 2))

    def set_content(self, width: float, height: float) -> None:
        """Tell the size of the frames in pixels; a new size is fitted."""
        # Stepping keeps the zoom; only another sequence is fitted.
        size = QSizeF(max(1.0, width), max(1.0, height))
        if size != self._content:
            self._content = size
            self.fit()

    def set_pane(self, name: str, width: float, height: float) -> None:
        """Tell the size of the pane `name` in screen pixels."""
        self._panes[name] = QSizeF(max(1.0, width), max(1.0, height))
        if self._fitted:
            self.fit()
        else:
            self.changed.emit()

    def drop_pane(self, name: str) -> None:
        """Forget a pane that is hidden."""
        # A pane that was never shown has not said its size.
        self._panes.pop(name, None)
        if self._fitted:
            self.fit()

    def set_free_side(self, side: Side) -> None:
        """Leave the room that a fitted frame does not fill on one side, in one piece."""
        if side is not self._side:
            self._side = side
            if self._fitted:
                self.fit()

    def set_covered(self, pixels: float) -> None:
        """Tell how much of the panes a panel covers on the free side.

        What is on show stays where it is, under the pointer; the next fitting goes around it.
        """
        self._covered = max(0.0, pixels)

    def free_room(self) -> float:
        """Return how many pixels of the panes a fitted frame leaves on the free side."""
        pane, scale = self._smallest_pane(), self._fitting_scale(self._smallest_pane())
        if self._side is Side.RIGHT:
            return max(0.0, pane.width() - self._content.width() * scale - 2 * MARGIN)
        return max(0.0, pane.height() - self._content.height() * scale - 2 * MARGIN)

    def fitted_room(self) -> float:
        """Return how many pixels a fitted frame takes along the axis of the free side."""
        pane = self._smallest_pane()
        side = pane.width() if self._side is Side.RIGHT else pane.height()
        return max(0.0, side - self.free_room() - 2 * MARGIN)

    def fit(self) -> None:
        """Show the whole frame in every pane, beside what covers them."""
        self._fitted = True
        pane = self._smallest_pane()
        right = self._side is Side.RIGHT
        covered = QSizeF(self._covered, 0.0) if right else QSizeF(0.0, self._covered)
        self._scale = scale = self._fitting_scale(pane - covered)
        # The middle of the frame in the middle of the pane, but on the axis of the free side the
        # frame's edge near the pane's.
        self._centre = QPointF(
            (pane.width() / 2 - MARGIN) / scale if right else self._content.width() / 2,
            self._content.height() / 2 if right else (pane.height() / 2 - MARGIN) / scale,
        )
        self.changed.emit()

    def _fitting_scale(self, room: QSizeF) -> float:
        return _clamp_scale(
            min(
                # A pane may be narrower than its margins while the splitter moves.
                max(1.0, room.width() - 2 * MARGIN) / self._content.width(),
                max(1.0, room.height() - 2 * MARGIN) / self._content.height(),
            )
        )

    def show_rect(self, rect: QRectF, fill: float = 0.35) -> None:
        """Centre `rect` (frame pixels) so that it takes `fill` of a pane."""
        self._fitted = False
        pane = self._smallest_pane()
        wanted = min(pane.width() / max(1.0, rect.width()), pane.height() / max(1.0, rect.height()))
        self._scale = _clamp_scale(wanted * fill)
        self._centre = rect.center()
        self.changed.emit()

    def reveal(self, rect: QRectF) -> bool:
        """Move the middle to `rect` if no pane shows any of it; say whether that was so."""
        size = self._smallest_pane() / self._scale
        seen = QRectF(QPointF(), size)
        seen.moveCenter(self._centre)
        if seen.intersects(rect):
            return False
        self._fitted = False
        self._centre = rect.center()
        self._keep_in_reach()
        self.changed.emit()
        return True

    def show_at(self, scale: float, centre: QPointF) -> None:
        """Zoom to `scale` with the frame point `centre` in the middle of the panes."""
        self._fitted = False
        self._scale = _clamp_scale(scale)
        self._centre = QPointF(centre)
        self._keep_in_reach()
        self.changed.emit()

    def zoom(self, factor: float, anchor: QPointF | None = None) -> None:
        """Zoom by `factor`, keeping the frame point `anchor` (or the middle) where it is."""
        self._fitted = False
        scale = _clamp_scale(self._scale * factor)
        fixed = self._on_frame(self._centre) if anchor is None else anchor
        # By the scale that came out: at a limit `factor` is not reached, and nothing may drift.
        self._centre = fixed + (self._centre - fixed) * (self._scale / scale)
        self._scale = scale
        self._keep_in_reach()
        self.changed.emit()

    def pan(self, delta: QPointF) -> None:
        """Move the frame by `delta` screen pixels."""
        self._fitted = False
        self._centre = self._centre - delta / self._scale
        self._keep_in_reach()
        self.changed.emit()

    def _smallest_pane(self) -> QSizeF:
        sizes = list(self._panes.values()) or [QSizeF(1.0, 1.0)]
        # The scale is shared, so the whole frame must fit into the narrowest and the lowest.
        return QSizeF(min(size.width() for size in sizes), min(size.height() for size in sizes))

    def _on_frame(self, point: QPointF) -> QPointF:
        """Return `point`, or the middle of the frame where a fitted frame lies beside it."""
        return point if QRectF(QPointF(), self._content).contains(point) else self._middle

    @property
    def _middle(self) -> QPointF:
        return QPointF(self._content.width() / 2, self._content.height() / 2)

    def _keep_in_reach(self) -> None:
        """Keep the middle of the pane on the frame, so that the frame cannot be lost.

        Or as near to it as where a frame at this scale is fitted to an edge of the pane.
        """
        pane = self._smallest_pane()
        self._centre = QPointF(
            min(
                max(0.0, self._centre.x()),
                max(self._content.width(), (pane.width() / 2 - MARGIN) / self._scale),
            ),
            min(
                max(0.0, self._centre.y()),
                max(self._content.height(), (pane.height() / 2 - MARGIN) / self._scale),
            ),
        )


def _clamp_scale(scale: float) -> float:
    return min(MAX_SCALE, max(MIN_SCALE, scale))
