"""Paints a FrameScene: images, gaps, token and score layers, boxes with handles."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPen

from app.look.theme import current_theme, qcolor
from app.resolve.hit_test import Grip, handle_points
from app.views.frame.beside import paint_beside
from app.views.frame.labels import Labelled, paint_labels
from app.views.frame.pictures import WORTH
from app.views.frame.scene import BoxItem, Compare, FrameScene
from app.views.frame.viewport import PaneMap
from sessions import Modality
from tracker_core.frames import Box

HANDLE = 7.0
"""Side of a handle in screen pixels."""
CORNER = 136.0
"""Pixels of a pane's width that its heading leaves to its mark, and to the lock in the corner."""
SMOOTH_BELOW = 1.5
"""Images are interpolated below this magnification; above it, single pixels stay square."""


@dataclass(frozen=True, slots=True)
class PaneLook:
    """How one pane shows the scene."""

    modality: Modality
    compare: Compare
    blend: float
    """Weight of thermal in BLEND, 0 to 1."""
    swipe: float
    """Fraction of the frame's width that shows RGB in SWIPE."""
    show_handles: bool = True
    swapped: bool = False
    """Whether thermal lies left of the line in SWIPE."""

    def boxes_of(self) -> tuple[Modality, ...]:
        """Return whose boxes this pane draws."""
        if self.compare is Compare.SPLIT:
            return (self.modality,)
        # Both images share the pane, so both boxes do.
        return (Modality.RGB, Modality.TIR)

    @property
    def sides(self) -> tuple[Modality, Modality]:
        """Which modality lies left and which right of the line in SWIPE."""
        rgb, tir = Modality.RGB, Modality.TIR
        return (tir, rgb) if self.swapped else (rgb, tir)


def paint_pane(
    painter: QPainter, area: QRectF, scene: FrameScene, pane: PaneMap, look: PaneLook
) -> None:
    """Paint images and layers of one pane, everything below the boxes."""
    painter.fillRect(area, qcolor(current_theme().palette.canvas))
    _paint_images(painter, scene, pane, look)
    # Outside the transform: a layer chooses itself what is thin at any zoom.
    for layer in scene.layers.values():
        layer.paint(painter, pane)
    if look.compare is Compare.SWIPE:
        _paint_swipe_line(painter, area, scene, pane, look.swipe)
    # Over the layers, which belong to an image that is not there.
    if look.compare is Compare.SPLIT and scene.picture(look.modality) is None:
        _paint_gap(painter, pane, scene, look.modality)


def _paint_images(painter: QPainter, scene: FrameScene, pane: PaneMap, look: PaneLook) -> None:
    if look.compare is Compare.SPLIT:
        _draw(painter, scene, look.modality, pane)
    elif look.compare is Compare.BLEND:
        _draw(painter, scene, Modality.RGB, pane)
        # On a gap of RGB there is nothing to blend with, and thermal would only be dim.
        painter.setOpacity(look.blend if scene.rgb is not None else 1.0)
        _draw(painter, scene, Modality.TIR, pane)
        painter.setOpacity(1.0)
    else:
        left, right = look.sides
        _draw(painter, scene, left, pane)
        line = pane.to_pane(QPointF(scene.size[0] * look.swipe, 0.0)).x()
        painter.save()
        painter.setClipRect(QRectF(line, 0.0, max(0.0, pane.width - line), pane.height))
        _draw(painter, scene, right, pane)
        painter.restore()


def _draw(painter: QPainter, scene: FrameScene, modality: Modality, pane: PaneMap) -> None:
    picture = scene.picture(modality)
    if picture is None:
        return
    ratio = painter.device().devicePixelRatioF()
    # Thermal of another size fills the frame: boxes are in its pixels.
    width, height = (round(side * pane.scale * ratio) for side in scene.size)
    picture.shown(width, height)
    shrinks = 0 < width < picture.width and 0 < height < picture.height
    if shrinks and width * height <= WORTH * pane.width * pane.height * ratio * ratio:
        # In the very pixels of the screen: a step paints it as it is.
        pixmap = picture.shrunk(width, height)
        pixmap.setDevicePixelRatio(ratio)
        painter.drawPixmap(pane.to_pane(QPointF(0.0, 0.0)), pixmap)
        return
    painter.save()
    painter.setTransform(pane.transform(), combine=True)
    # Reduced images shimmer without it; magnified ones must show what each pixel is.
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, pane.scale < SMOOTH_BELOW)
    whole = picture.whole()
    painter.drawPixmap(QRectF(0.0, 0.0, *scene.size), whole, QRectF(whole.rect()))
    painter.restore()


def _paint_gap(painter: QPainter, pane: PaneMap, scene: FrameScene, modality: Modality) -> None:
    theme = current_theme()
    frame = pane.rect_to_pane(QRectF(0.0, 0.0, *scene.size))
    painter.fillRect(frame, qcolor(theme.palette.panel))
    painter.fillRect(frame, QBrush(qcolor(theme.palette.gap, 60), Qt.BrushStyle.BDiagPattern))
    painter.setPen(QPen(qcolor(theme.palette.gap), 1.0))
    painter.drawRect(frame)
    painter.setPen(qcolor(theme.palette.text))
    text = scene.missing(modality) or f"No {modality.label} image on this frame"
    painter.drawText(
        frame.adjusted(16, 16, -16, -16),
        int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap),
        text,
    )


def _paint_swipe_line(
    painter: QPainter, area: QRectF, scene: FrameScene, pane: PaneMap, swipe: float
) -> None:
    x = pane.to_pane(QPointF(scene.size[0] * swipe, 0.0)).x()
    painter.setPen(QPen(QColor(0, 0, 0, 160), 3.0))
    painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
    painter.setPen(QPen(QColor(255, 255, 255, 220), 1.0))
    painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
    knob = QRectF(x - 5, area.center().y() - 14, 10, 28)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(0, 0, 0, 160), 1.0))
    painter.setBrush(QColor(255, 255, 255, 230))
    painter.drawRoundedRect(knob, 4, 4)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def paint_boxes(
    painter: QPainter,
    scene: FrameScene,
    pane: PaneMap,
    look: PaneLook,
    dragged: Box | None = None,
    dragged_modality: Modality | None = None,
) -> None:
    """Paint all boxes of one pane; `dragged` stands in for the selected box while it is moved."""
    both = look.boxes_of()
    # Below those that can be taken hold of.
    labelled = paint_beside(painter, scene.beside, pane, look.boxes_of())
    # The selected one last, over the others; sorting keeps the order of those.
    ordered = sorted(scene.boxes, key=lambda item: item.selected)
    for item in ordered:
        for modality in both:
            box = item.box(modality)
            moving = item.selected and dragged is not None
            # None: both boxes are linked and move together.
            if moving and dragged_modality in (None, modality):
                box = dragged
            # Equal boxes would hide each other, and the dashes.
            if box is None or (len(both) == 2 and modality is Modality.TIR and box == item.rgb):
                continue
            # Both have the target's colour, so the stroke tells them apart.
            dashed = len(both) == 2 and modality is Modality.TIR
            _paint_box(painter, item, box, pane, dashed=dashed)
            labelled.append(Labelled(item, pane.box_to_pane(box)))
            if item.selected and look.show_handles:
                _paint_handles(painter, item, box, pane)
    # After all boxes: no edge of another one may run through a name.
    paint_labels(painter, labelled, QSizeF(pane.width, pane.height))


def _paint_box(painter: QPainter, item: BoxItem, box: Box, pane: PaneMap, *, dashed: bool) -> None:
    rect = pane.box_to_pane(box)
    width = 2.0 if item.selected else 1.4
    style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
    painter.setBrush(Qt.BrushStyle.NoBrush)
    # A solid casing also below dashes, or they would be lost on a ground of their colour.
    painter.setPen(QPen(QColor(0, 0, 0, 140), width + 2.0))
    painter.drawRect(rect)
    painter.setPen(QPen(qcolor(item.colour), width, style))
    painter.drawRect(rect)


def _paint_handles(painter: QPainter, item: BoxItem, box: Box, pane: PaneMap) -> None:
    painter.setPen(QPen(QColor(0, 0, 0, 200), 1.0))
    painter.setBrush(qcolor(item.colour))
    rect = pane.box_to_pane(box)
    # Below this, three handles along a side leave no gap between them.
    small = min(rect.width(), rect.height()) < 3.5 * HANDLE
    for grip, point in handle_points(box).items():
        if small and grip in (Grip.N, Grip.S, Grip.E, Grip.W):
            continue
        middle = pane.to_pane(QPointF(*point))
        painter.drawRect(QRectF(middle.x() - HANDLE / 2, middle.y() - HANDLE / 2, HANDLE, HANDLE))


def paint_crosshair(painter: QPainter, area: QRectF, point: QPointF) -> None:
    """Paint thin lines through `point`: where the pointer is, seen from the other pane."""
    for colour, width in ((QColor(0, 0, 0, 130), 3.0), (QColor(255, 255, 255, 190), 1.0)):
        painter.setPen(QPen(colour, width))
        painter.drawLine(QPointF(area.left(), point.y()), QPointF(area.right(), point.y()))
        painter.drawLine(QPointF(point.x(), area.top()), QPointF(point.x(), area.bottom()))


def paint_title(painter: QPainter, area: QRectF, title: str, accent: QColor, focused: bool) -> None:
    """Paint the heading of a pane, and a frame around it while it has the keyboard."""
    metrics = QFontMetricsF(painter.font())
    room = max(0.0, area.width() - CORNER)
    title = metrics.elidedText(title, Qt.TextElideMode.ElideRight, room)
    chip = QRectF(
        area.left() + 8, area.top() + 8, metrics.horizontalAdvance(title) + 26, metrics.height() + 6
    )
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 165))
    painter.drawRoundedRect(chip, 4, 4)
    painter.setBrush(accent)
    painter.drawEllipse(QPointF(chip.left() + 11, chip.center().y()), 3.5, 3.5)
    painter.setPen(QColor(255, 255, 255))
    painter.drawText(chip.adjusted(19, 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), title)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    if focused:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(qcolor(current_theme().palette.accent), 2.0))
        painter.drawRect(area.adjusted(1, 1, -1, -1))
