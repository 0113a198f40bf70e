"""Features of one block: content maps, style statistics, and the modality gap."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSlider,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.look.icons import set_icon
from app.look.plain_text import plain_label, plain_tip
from app.resolve.feature_words import (
    CONTENT_TIP,
    GAP_TIP,
    SHARED_TIP,
    STYLE_TIP,
    beside_style_words,
    beside_words,
    content_words,
    gap_scale_words,
    shared_words,
    style_words,
)
from app.resolve.inspection import FeatureModel, Missing
from app.resolve.token_words import DRAW_AND_TRACK
from app.views.charts.style_plots import GapBars, GapHistoryPlot, StyleScatter
from app.views.drawing.empty_state import EmptyState
from app.views.inspector.content_maps import ContentMaps

BESIDE_FROM = 295
"""Width from which the two plots of the style have room beside each other."""
SIDES = "rgb", "tir"
EMPTY = ("No features here", DRAW_AND_TRACK)


class BlockSelector(QWidget):
    """A slider over the blocks with a step button at each end."""

    block_changed = Signal(int)
    """The block a person picked, from 0."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = plain_label(self)
        self._label.setProperty("role", "title")
        self._slider = QSlider(Qt.Orientation.Horizontal, self)
        self._slider.setAccessibleName("Block")
        # Blocks are few: a click beside the handle is a step, not a leap.
        self._slider.setPageStep(1)
        self._slider.valueChanged.connect(self._changed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._label)
        layout.addWidget(self._step_button("previous", "Block before", -1))
        layout.addWidget(self._slider, 1)
        layout.addWidget(self._step_button("next", "Next block", 1))

    def set_blocks(self, block: int, count: int) -> None:
        """Show a choice among `count` blocks without telling anybody."""
        # Another range moves the value too, and each would ask for features again.
        with QSignalBlocker(self._slider):
            self._slider.setRange(0, max(0, count - 1))
            self._slider.setValue(block)
        self._show(block)

    def block(self) -> int:
        """Return the block that is chosen."""
        return self._slider.value()

    def choose(self, block: int) -> None:
        """Pick a block as a person would."""
        self._slider.setValue(block)

    def _step_button(self, icon: str, tip: str, step: int) -> QToolButton:
        button = QToolButton(self)
        set_icon(button, icon)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(lambda: self.choose(self.block() + step))
        return button

    def _changed(self, block: int) -> None:
        self._show(block)
        self.block_changed.emit(block)

    def _show(self, block: int) -> None:
        self._label.setText(f"Block {block}")
        last = self._slider.maximum()
        for part in (self._label, self._slider):
            part.setToolTip(f"Block {block} of 0 to {last}, counted from 0 as in the paper")


class FeaturePanel(QWidget):
    """What the block on show made of the frame on show, in both modalities."""

    block_changed = Signal(int)
    """A person picked another block; whoever computes should answer with a new model."""
    frame_requested = Signal(int)
    """A person clicked a frame in the gap over time."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAutoFillBackground(True)
        self._blocks = BlockSelector(self)
        self._busy = plain_label(self, "Computing features…")
        self._busy.setProperty("role", "muted")
        self._maps = ContentMaps(self)
        self._means = StyleScatter("Mean per channel", self)
        self._stds = StyleScatter("Spread per channel", self)
        self._content_words = _muted(self, CONTENT_TIP)
        self._shared = ContentMaps(
            self, shared=True, nothing="Too few tokens are left to tell what both share."
        )
        self._shared_words = _muted(self, SHARED_TIP)
        self._model: FeatureModel | None = None
        self._kept: FeatureModel | None = None
        self._lacking = ""
        self._kept_title, self._kept_maps = _title(self, ""), ContentMaps(self)
        self._kept_words = _muted(self, f"{GAP_TIP} {CONTENT_TIP}")
        self._style_words = _muted(self, STYLE_TIP)
        self._gap_words = _muted(self, GAP_TIP)
        self._bars = GapBars(self)
        self._history = GapHistoryPlot(self)
        self._empty = EmptyState(*EMPTY, self)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._content())
        # Bars choose through the slider, so that there is one way to pick a block.
        self._blocks.block_changed.connect(self.block_changed)
        self._bars.block_chosen.connect(self._blocks.choose)
        self._history.frame_requested.connect(self.frame_requested)
        self.set_busy(False)
        self.set_view(None)

    def set_view(self, model: FeatureModel | Missing | None) -> None:
        """Show the features of a frame, or say that there are none, or why."""
        self._model = model if isinstance(model, FeatureModel) else None
        self._show_kept()
        if not isinstance(model, FeatureModel):
            self._empty.say(*(EMPTY if model is None else (model.words,)))
            self._stack.setCurrentIndex(0)
            return
        self._stack.setCurrentIndex(1)
        self._blocks.set_blocks(model.block, model.block_count)
        self._maps.set_values(model.content_rgb, model.content_tir)
        self._content_words.setText(content_words(model))
        shared = model.shared
        self._shared.set_values(
            None if shared is None else shared.rgb, None if shared is None else shared.tir
        )
        self._shared_words.setText(shared_words(shared))
        style = model.style
        self._means.set_values(
            None if style is None else style.mean_rgb, None if style is None else style.mean_tir
        )
        self._stds.set_values(
            None if style is None else style.std_rgb, None if style is None else style.std_tir
        )
        self._style_words.setText(
            "" if style is None else style_words(style) + beside_style_words(self._kept, model)
        )
        self._gap_words.setText(gap_scale_words(model))
        self._bars.set_values(model.gap_by_block, model.block)
        self._history.set_values(model.history, model.block, model.frame_index)

    def view(self) -> FeatureModel | None:
        """Return what is on show."""
        return self._model

    def keep_beside(self, model: FeatureModel | None, lacking: str = "") -> None:
        """Show a frame beside those to come; None lets go of it.

        `lacking` says why a frame that is kept has no features.
        """
        self._kept, self._lacking = model, lacking
        # The words of the style say whose the rings are.
        if self._model is not None:
            self.set_view(self._model)
        else:
            self._show_kept()

    def _show_kept(self) -> None:
        kept, here = self._kept, self._model
        self._kept_title.setVisible(kept is not None)
        self._kept_maps.setVisible(kept is not None)
        self._kept_words.setVisible(kept is not None or bool(self._lacking))
        self._kept_words.setText(self._lacking)
        style = None if kept is None else kept.style
        for plot, of in ((self._means, "mean"), (self._stds, "std")):
            plot.set_beside(
                *(None if style is None else getattr(style, f"{of}_{side}") for side in SIDES)
            )
        if kept is not None:
            self._kept_maps.set_values(kept.content_rgb, kept.content_tir)
            self._kept_title.setText(f"Beside: frame {kept.frame_index}, block {kept.block}")
            self._kept_words.setText(beside_words(kept, here))

    def set_busy(self, busy: bool) -> None:
        """Say that another block or frame is being computed."""
        self._busy.setVisible(busy)

    def block(self) -> int:
        """Return the block that is chosen."""
        return self._blocks.block()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the two plots one above the other where both would be cut."""
        super().resizeEvent(event)
        beside = event.size().width() >= BESIDE_FROM
        way = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        self._scatters.setDirection(way)

    def _content(self) -> QScrollArea:
        inside = QWidget(self)
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        layout.addWidget(self._blocks)
        heading = QHBoxLayout()
        heading.addWidget(_title(self, "Content"))
        heading.addStretch(1)
        heading.addWidget(self._busy)
        layout.addLayout(heading)
        layout.addWidget(self._maps)
        layout.addWidget(self._content_words)
        layout.addWidget(self._kept_title)
        layout.addWidget(self._kept_maps)
        layout.addWidget(self._kept_words)
        layout.addWidget(_title(self, "What both cameras share"))
        layout.addWidget(self._shared)
        layout.addWidget(self._shared_words)
        layout.addWidget(_title(self, "Style"))
        scatters = self._scatters = QHBoxLayout()
        scatters.setSpacing(8)
        scatters.addWidget(self._means)
        scatters.addWidget(self._stds)
        layout.addLayout(scatters)
        layout.addWidget(self._style_words)
        layout.addWidget(_title(self, "Modality gap"))
        layout.addWidget(self._gap_words)
        layout.addWidget(self._bars)
        layout.addWidget(self._history)
        layout.addStretch(1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inside)
        return area


def _title(parent: QWidget, text: str) -> QLabel:
    label = plain_label(parent, text)
    label.setProperty("role", "title")
    return label


def _muted(parent: QWidget, tip: str) -> QLabel:
    label = plain_label(parent)
    label.setToolTip(plain_tip(tip))
    label.setProperty("role", "muted")
    label.setWordWrap(True)
    return label
