"""One frame pane: shows a scene, pans and zooms with its twin, lets boxes be drawn and dragged."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.look.theme import current_theme, qcolor
from app.resolve.hit_test import TO_EDGE, Grip, box_between, drag_box, topmost_box
from app.views.frame.cursors import cursor_of
from app.views.frame.drag import Drag
from app.views.frame.keys import box_by_key
from app.views.frame.painting import (
    PaneLook,
    paint_boxes,
    paint_crosshair,
    paint_pane,
    paint_title,
)
from app.views.frame.scene import EMPTY_SCENE, Compare, FrameScene
from app.views.frame.viewport import PaneMap, Viewport
from sessions import Modality
from tracker_core.frames import Box

MIN_DRAWN = 3.0
"""A drawn box with no side as long as this, in screen pixels, was a slip of the hand."""


class FrameView(QWidget):
    """One pane. Boxes in its signals are in pixels of the scene's frame."""

    box_drawn = Signal(object, tuple)
    """Modality and the new box."""
    box_edited = Signal(object, tuple, str)
    """Modality, the new box, and what was done (`Move` or `Resize`)."""
    box_previewed = Signal(object)
    """The box while it is dragged, or None."""
    target_clicked = Signal(str)
    hovered = Signal(object)
    """Frame point under the pointer as (x, y), or None."""
    swipe_moved = Signal(float)
    holding_changed = Signal()
    """The mouse has taken hold of something, or let go of it."""
    painted = Signal(int)
    """Index of the frame that has just been painted."""

    def __init__(
        self, modality: Modality, viewport: Viewport, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.modality = modality
        self._viewport = viewport
        self._scene = EMPTY_SCENE
        self._look = PaneLook(modality, Compare.SPLIT, 0.5, 0.5)
        self._drawing = False
        self._drag: Drag | None = None
        self._mirrored: QPointF | None = None
        self._twin_drag: tuple[Box, Modality | None] | None = None
        # Images and layers are kept: pointer, boxes and handles are painted over them at every
        # move.
        self._background = QPixmap()
        self._stale = True
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(120, 100)
        self.setAccessibleName(f"{modality.label} frame")
        self._pointer: QPointF | None = None
        """Where the pointer was last seen in this pane."""
        # The other pane zooms and pans this one.
        viewport.changed.connect(self._on_viewport)

    def set_scene(self, scene: FrameScene) -> None:
        """Show `scene`; a box that is being dragged stays in the hand."""
        self._scene = scene
        self.refresh()

    def set_look(self, look: PaneLook) -> None:
        """Change how the two modalities share this pane."""
        self._look = look
        self.refresh()

    def set_drawing(self, drawing: bool) -> None:
        """Let the next drag draw a box."""
        self._drawing = drawing
        # Asked for, because a key may have begun the drawing while the pointer rests.
        self._update_cursor(self.mapFromGlobal(self.cursor().pos()).toPointF())

    @property
    def drawing(self) -> bool:
        """Whether the next drag draws a box."""
        return self._drawing

    @property
    def holding(self) -> bool:
        """Whether the mouse holds a box, the picture or the swipe line."""
        return self._drag is not None

    @property
    def holding_box(self) -> bool:
        """Whether it holds a box, drawn or dragged."""
        return self._drag is not None and self._drag.kind in ("draw", "box")

    @property
    def mirrored(self) -> QPointF | None:
        """Frame point of the other pane's pointer."""
        return self._mirrored

    def set_mirrored(self, point: tuple[float, float] | None) -> None:
        """Show the crosshair of the other pane's pointer."""
        self._mirrored = None if point is None else QPointF(*point)
        self.update()

    def set_twin_drag(self, box: Box | None) -> None:
        """Show the box that is being dragged in the other pane."""
        self._twin_drag = None if box is None else (box, None)
        self.update()

    def refresh(self) -> None:
        """Paint everything again."""
        self._stale = True
        self.update()

    def _on_viewport(self) -> None:
        self.refresh()
        if self._pointer is not None and self._drag is None:
            # The picture moved below a pointer that rests: it means another point of it now.
            self._tell_hovered(self._pointer)

    def _tell_hovered(self, point: QPointF) -> None:
        here = self._map().to_frame(point)
        self.hovered.emit((here.x(), here.y()))

    # --- painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the cached images, then boxes and the crosshair over them."""
        area = QRectF(self.rect())
        if self._stale:
            self._paint_background(area)
        with QPainter(self) as painter:
            painter.setFont(self.font())
            painter.drawPixmap(0, 0, self._background)
            box, modality = self._dragged()
            paint_boxes(painter, self._scene, self._map(), self._look, box, modality)
            if self._drawing and box is None:
                self._paint_new_box(painter)
            if self._mirrored is not None:
                paint_crosshair(painter, area, self._map().to_pane(self._mirrored))
            paint_title(painter, area, self._title(), self._title_colour(), self.hasFocus())
        # After the painter has ended: who measures takes this as on the screen.
        self.painted.emit(self._scene.frame_index)

    def _paint_background(self, area: QRectF) -> None:
        ratio = self.devicePixelRatioF()
        # In device pixels, or text and lines would be blurred on dense screens.
        size = self.size() * ratio
        # Painted over where it fits: megabytes that come and go at every step leave gaps in memory.
        if self._background.size() != size:
            self._background = QPixmap(size)
        self._background.setDevicePixelRatio(ratio)
        with QPainter(self._background) as painter:
            paint_pane(painter, area, self._scene, self._map(), self._look)
        self._stale = False

    def _paint_new_box(self, painter: QPainter) -> None:
        drawn = self._drag.box if self._drag is not None and self._drag.kind == "draw" else None
        box = drawn or (self._twin_drag[0] if self._twin_drag is not None else None)
        if box is not None:
            rect = self._map().rect_to_pane(QRectF(*box))
            for colour, width in (
                (QColor(0, 0, 0, 140), 3.0),
                (qcolor(current_theme().palette.accent), 1.4),
            ):
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(colour, width))
                painter.drawRect(rect)

    def _dragged(self) -> tuple[Box | None, Modality | None]:
        if self._drag is not None and self._drag.kind == "box":
            return self._drag.box, None if self._scene.linked else self._drag.modality
        if self._twin_drag is not None and not self._drawing:
            return self._twin_drag
        return None, None

    def _title(self) -> str:
        if self._look.compare is Compare.SPLIT:
            return self._scene.title(self.modality)
        if self._look.compare is Compare.BLEND:
            return self._scene.with_notice(f"{self._scene.rgb_title} + {self._scene.tir_title}")
        left, right = (self._scene.plain_title(side) for side in self._look.sides)
        return self._scene.with_notice(f"{left} | {right}")

    def _title_colour(self) -> QColor:
        palette = current_theme().palette
        return qcolor(palette.tir if self.modality is Modality.TIR else palette.rgb)

    # --- mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to pan, draw, drag a box or move the swipe line."""
        point = event.position()
        start = self._map().to_frame(point)
        if event.button() == Qt.MouseButton.MiddleButton:
            # The middle button pans anywhere, also upon boxes and while drawing.
            self._drag = Drag("pan", start, point)
        elif event.button() == Qt.MouseButton.LeftButton:
            self._drag = self._left_drag(point, start)
        self.holding_changed.emit()
        self._update_cursor(point)

    def _left_drag(self, point: QPointF, start: QPointF) -> Drag:
        modality = self.modality_at(start)
        if self._drawing:
            return Drag("draw", start, point, modality=modality)
        hit = self._hit(start, modality)
        if hit is not None:
            target_id, grip = hit
            selected = self._scene.selected_box
            if selected is None or target_id != selected.target_id:
                self.target_clicked.emit(target_id)
            # Looked up again: selecting has replaced the scene, and the same press may drag the
            # box.
            item = next(each for each in self._scene.boxes if each.target_id == target_id)
            if item.selected:
                return Drag("box", start, point, grip, item.box(modality), modality)
            return Drag("pan", start, point)
        if self._near_swipe(point):
            return Drag("swipe", start, point)
        return Drag("pan", start, point)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with what the button holds, or show what it would hold."""
        point = self._pointer = event.position()
        here = self._map().to_frame(point)
        self._tell_hovered(point)
        if self._drag is None:
            self._update_cursor(point)
            return
        drag = self._drag
        self._continue_drag(drag, point, here, event.modifiers())
        drag.last = point

    def _continue_drag(
        self, drag: Drag, point: QPointF, here: QPointF, modifiers: Qt.KeyboardModifier
    ) -> None:
        # A click is no edit: only what moved is handed over.
        drag.moved = drag.moved or (point - drag.last).manhattanLength() > 0
        if drag.kind == "pan":
            self._viewport.pan(point - drag.last)
        elif drag.kind == "swipe":
            # The line could not be taken hold of outside the frame.
            self.swipe_moved.emit(min(1.0, max(0.0, here.x() / self._scene.size[0])))
        elif drag.kind == "draw":
            corners = (drag.start.x(), drag.start.y()), (here.x(), here.y())
            reach = TO_EDGE / self._viewport.scale
            drag.box = box_between(*corners, self._scene.size, reach)
            self.box_previewed.emit(drag.box)
            self.update()
        else:
            self._drag_box(drag, here, modifiers)

    def _drag_box(self, drag: Drag, here: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        item = self._scene.selected_box
        # The whole way from the box of the scene, or rounding would add up. It may be gone
        # meanwhile, by undo or by another choice of target.
        original = None if item is None else item.box(drag.modality)
        if original is None:
            # As by Escape: the other pane shows what was dragged, and "Stop" is offered for it.
            self.cancel()
            return
        drag.box = drag_box(
            original,
            drag.grip,
            (here.x() - drag.start.x(), here.y() - drag.start.y()),
            self._scene.size,
            from_centre=bool(modifiers & Qt.KeyboardModifier.AltModifier),
            keep_aspect=bool(modifiers & Qt.KeyboardModifier.ShiftModifier),
        )
        self.box_previewed.emit(drag.box)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Hand over the drawn or changed box."""
        # Let go first: whoever hears the signals below may ask whether something is held.
        drag, self._drag = self._drag, None
        if drag is not None and drag.box is not None and drag.moved:
            self.box_previewed.emit(None)
            if drag.kind == "draw":
                self._finish_drawing(drag, drag.box)
            elif drag.kind == "box":
                action = "Move" if drag.grip is Grip.INSIDE else "Resize"
                self.box_edited.emit(drag.modality, drag.box, action)
        self.holding_changed.emit()
        self._update_cursor(event.position())
        self.update()

    def _finish_drawing(self, drag: Drag, box: Box) -> None:
        # On the screen: at a high zoom even a box of one pixel is meant. By the longer side: of who
        # leaves the frame a strip is left.
        if max(box[2], box[3]) * self._viewport.scale >= MIN_DRAWN:
            self.box_drawn.emit(drag.modality, box)

    def cancel(self) -> bool:
        """Let go of what the button holds, changing nothing; say whether it held something."""
        held, self._drag = self._drag is not None, None
        self.box_previewed.emit(None)
        self.holding_changed.emit()
        self.update()
        return held

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show the whole frame after a double click beside the boxes."""
        here = self._map().to_frame(event.position())
        # On a box it is two quick grabs of it.
        if not self._drawing and self._hit(here, self.modality_at(here)) is None:
            self._viewport.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the pointer."""
        # Qt counts eighths of a degree and a notch has 15; touchpads send parts of one.
        degrees = event.angleDelta().y() / 8.0
        if degrees:
            anchor = self._map().to_frame(event.position())
            self._viewport.zoom(1.15 ** (degrees / 15.0), anchor)
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """Take the crosshair off the other pane."""
        self._pointer = None
        self.hovered.emit(None)
        super().leaveEvent(event)

    # --- keyboard, focus, size

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Nudge with arrows (Shift: 10 px), change edges with Ctrl, grow around centre with Alt."""
        item, modality = self._scene.selected_box, self.modality_at(None)
        box = None if item is None else item.box(modality)
        changed = None
        if box is not None:
            changed = box_by_key(Qt.Key(event.key()), event.modifiers(), box, self._scene.size)
        if changed is None:
            super().keyPressEvent(event)
        # At the frame's edge an arrow changes nothing, which would be an empty step to undo.
        elif changed != box:
            self.box_edited.emit(modality, changed, "Nudge")

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that the keyboard is here."""
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that the keyboard has gone."""
        self.update()
        super().focusOutEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell the shared viewport how much room there is."""
        self._stale = True
        # A hidden pane is resized too, and must not take part in the fitting.
        if self.isVisible():
            self._viewport.set_pane(self.modality.name, self.width(), self.height())
        super().resizeEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Leave the fitting to the pane that is still on show."""
        self._viewport.drop_pane(self.modality.name)
        super().hideEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Take part in the fitting."""
        self._viewport.set_pane(self.modality.name, self.width(), self.height())
        super().showEvent(event)

    # --- what is where

    def _map(self) -> PaneMap:
        return self._viewport.pane_map(self.width(), self.height())

    def pane_point(self, x: float, y: float) -> QPointF:
        """Return where the frame point (x, y) lies in this pane, in its own pixels."""
        return self._map().to_pane(QPointF(x, y))

    def modality_at(self, point: QPointF | None) -> Modality:
        """Return whose box a gesture at the frame point acts on (None: the keyboard)."""
        if self._look.compare is Compare.SPLIT:
            return self.modality
        # A key has no point: it acts as in BLEND.
        if self._look.compare is Compare.SWIPE and point is not None:
            left = point.x() < self._look.swipe * self._scene.size[0]
            return self._look.sides[0 if left else 1]
        # Linked, thermal follows RGB. Unlinked is meant for shifting the thermal box alone.
        return Modality.RGB if self._scene.linked else Modality.TIR

    def target_at(self, point: QPointF) -> str | None:
        """Return the target whose box lies under a point of the pane."""
        here = self._map().to_frame(point)
        hit = self._hit(here, self.modality_at(here))
        return None if hit is None else hit[0]

    def _hit(self, point: QPointF, modality: Modality) -> tuple[str, Grip] | None:
        boxes = {
            item.target_id: box
            for item in self._scene.boxes
            if (box := item.box(modality)) is not None
        }
        selected = self._scene.selected_box
        return topmost_box(
            (point.x(), point.y()),
            boxes,
            self._viewport.scale,
            None if selected is None else selected.target_id,
        )

    def _near_swipe(self, point: QPointF) -> bool:
        if self._look.compare is not Compare.SWIPE:
            return False
        line = self._map().to_pane(QPointF(self._look.swipe * self._scene.size[0], 0.0))
        return abs(line.x() - point.x()) < 8.0

    def _update_cursor(self, point: QPointF) -> None:
        here = self._map().to_frame(point)
        panning = self._drag is not None and self._drag.kind == "pan"
        # In the order of `_left_drag`, so that the cursor says what a press will do.
        hit = None if panning or self._drawing else self._hit(here, self.modality_at(here))
        self.setCursor(
            cursor_of(
                panning=panning,
                drawing=self._drawing,
                grip=None if hit is None else hit[1],
                swipe=self._near_swipe(point),
            )
        )
