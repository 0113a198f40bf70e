"""Two linked frame panes: split, blend or swipe; either order; one pan and zoom."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QSlider, QVBoxLayout, QWidget

from app.look.plain_text import plain_label
from app.views.frame.painting import PaneLook
from app.views.frame.pane_split import Arrangement, PaneSplit
from app.views.frame.scene import EMPTY_SCENE, Compare, FrameScene
from app.views.frame.view import FrameView
from app.views.frame.viewport import Side, Viewport
from sessions import Modality
from tracker_core.frames import Box


class FramePanes(QWidget):
    """Owns both panes and passes their gestures on."""

    box_drawn = Signal(object, tuple)
    box_edited = Signal(object, tuple, str)
    target_clicked = Signal(str)
    hovered = Signal(object)
    compare_changed = Signal(object)
    holding_changed = Signal()
    """The mouse has taken hold of something, or let go of it."""
    arranged = Signal()
    """The panes, or the room that frames leave, may lie elsewhere."""
    painted = Signal(int)
    """Index of the frame that a pane has just painted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.viewport = Viewport(self)
        self.rgb = FrameView(Modality.RGB, self.viewport, self)
        self.tir = FrameView(Modality.TIR, self.viewport, self)
        self._compare = Compare.SPLIT
        self._blend = 0.5
        self._swipe = 0.5
        self._scene = EMPTY_SCENE
        self._swapped = False
        self._keeps_drawing = False
        self._splitter = PaneSplit(self.rgb, self.tir, self)
        self._splitter.arranged.connect(self._choose_free_side)
        self._mixer = self._build_mixer()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._splitter, 1)
        column.addWidget(self._mixer)
        self._connect(self.rgb, self.tir)
        self._connect(self.tir, self.rgb)

    @property
    def compare(self) -> Compare:
        """How the modalities share the panes."""
        return self._compare

    @property
    def scene(self) -> FrameScene:
        """What is on the panes."""
        return self._scene

    def set_scene(self, scene: FrameScene) -> None:
        """Show `scene` in both panes."""
        self._scene = scene
        self._splitter.set_content(*scene.size)
        self.viewport.set_content(*scene.size)
        self.rgb.set_scene(scene)
        # A hidden pane would paint for nobody; `set_compare` hands the scene over when it comes
        # back. Not isVisible, which is false before the window is shown.
        if self.tir.isVisibleTo(self):
            self.tir.set_scene(scene)

    def set_compare(self, compare: Compare) -> None:
        """Show the modalities split, blended or with a swipe line."""
        self._compare = compare
        # The RGB pane stands for both where they share one.
        self._splitter.show_second(self.tir, compare is Compare.SPLIT)
        self._mixer.setVisible(compare is Compare.BLEND)
        self._apply_look()
        self.tir.set_scene(self._scene)
        self.compare_changed.emit(compare)

    def swap(self) -> None:
        """Exchange the two panes, or what lies on the two sides of the swipe line."""
        self._swapped = not self._swapped
        self._splitter.swap()
        self._apply_look()

    @property
    def pictures(self) -> QRect:
        """Where the panes lie, without the slider of a blend below them."""
        return self._splitter.geometry()

    @property
    def arrangement(self) -> Arrangement:
        """How the person wants the panes to lie."""
        return self._splitter.arrangement

    def set_arrangement(self, arrangement: Arrangement) -> None:
        """Lay the panes side by side, one above the other, or as frames are larger."""
        self._splitter.set_arrangement(arrangement)

    def set_drawing(self, drawing: bool, *, keep: bool = False) -> None:
        """Let the next drag in either pane draw a box; with `keep`, every drag does."""
        self._keeps_drawing = drawing and keep
        for view in (self.rgb, self.tir):
            view.set_drawing(drawing)

    @property
    def drawing(self) -> bool:
        """Whether the next drag draws a box."""
        return self.rgb.drawing

    @property
    def keeps_drawing(self) -> bool:
        """Whether every drag does, and not the next one only."""
        return self._keeps_drawing

    @property
    def holding(self) -> bool:
        """Whether the mouse holds something in one of the panes."""
        return self.rgb.holding or self.tir.holding

    @property
    def holding_box(self) -> bool:
        """Whether it holds a box, drawn or dragged."""
        return self.rgb.holding_box or self.tir.holding_box

    def zoom_to(self, box: Box) -> None:
        """Bring `box` close in both panes."""
        self.viewport.show_rect(QRectF(*box))

    def reveal(self, box: Box) -> bool:
        """Bring a box into view without another zoom; say whether it was out of sight."""
        return self.viewport.reveal(QRectF(*box))

    def zoom(self, factor: float) -> None:
        """Zoom around the middle."""
        self.viewport.zoom(factor)

    def cancel(self) -> bool:
        """Let go of a box that is being drawn or dragged; say whether there was one."""
        # A list, because `any` would stop at the first and leave the other pane holding.
        held = [view.cancel() for view in (self.rgb, self.tir)]
        return any(held)

    @Slot()
    def focus_first(self) -> None:
        """Give the keyboard to the left pane."""
        for view in self.visible_views()[:1]:
            view.setFocus()

    def visible_views(self) -> list[FrameView]:
        """Return the panes on show, left to right."""
        widgets = [self._splitter.widget(index) for index in range(self._splitter.count())]
        return [
            widget for widget in widgets if isinstance(widget, FrameView) and widget.isVisible()
        ]

    def _build_mixer(self) -> QWidget:
        mixer = QWidget(self)
        slider = QSlider(Qt.Orientation.Horizontal, mixer)
        slider.setRange(0, 100)
        slider.setValue(50)
        slider.setMaximumWidth(320)
        slider.setAccessibleName("Share of thermal in the blend")
        slider.valueChanged.connect(self._on_blend)
        row = QHBoxLayout(mixer)
        row.setContentsMargins(10, 3, 10, 3)
        row.addStretch(1)
        row.addWidget(plain_label(mixer, "RGB"))
        row.addWidget(slider, 2)
        row.addWidget(plain_label(mixer, "Thermal"))
        row.addStretch(1)
        mixer.hide()
        return mixer

    def _connect(self, view: FrameView, twin: FrameView) -> None:
        view.box_drawn.connect(self.box_drawn)
        view.box_edited.connect(self.box_edited)
        view.target_clicked.connect(self.target_clicked)
        view.hovered.connect(self.hovered)
        view.holding_changed.connect(self.holding_changed)
        view.painted.connect(self.painted)
        # Pane to pane: the mirrored pointer needs nothing from the session.
        view.hovered.connect(twin.set_mirrored)
        view.box_previewed.connect(self._on_preview)
        view.swipe_moved.connect(self._on_swipe)

    @Slot(object)
    def _on_preview(self, box: Box | None) -> None:
        twin = self.tir if self.sender() is self.rgb else self.rgb
        # Unlinked boxes do not move together, so there is nothing to show.
        twin.set_twin_drag(box if self._scene.linked else None)

    @Slot(int)
    def _on_blend(self, value: int) -> None:
        self._blend = value / 100.0
        self._apply_look()

    @Slot(float)
    def _on_swipe(self, fraction: float) -> None:
        self._swipe = fraction
        self._apply_look()

    def _apply_look(self) -> None:
        for view in (self.rgb, self.tir):
            view.set_look(
                PaneLook(
                    view.modality, self._compare, self._blend, self._swipe, swapped=self._swapped
                )
            )

    @Slot()
    def _choose_free_side(self) -> None:
        """Let the room that frames leave be where a panel would cover all panes alike."""
        if self._compare is Compare.SPLIT:
            right = self._splitter.orientation() == Qt.Orientation.Vertical
        else:
            width, height = self._scene.size
            right = self._splitter.width() * height > self._splitter.height() * width
        self.viewport.set_free_side(Side.RIGHT if right else Side.BOTTOM)
        self.arranged.emit()
