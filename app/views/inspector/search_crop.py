"""The heart of the explanation: the search crop, magnified, with the fate of every token."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLayout, QWidget

from app.look.palette import Rgb
from app.resolve.inspection import Missing, SearchCropModel
from app.resolve.token_words import compare_words
from app.views.inspector.crop_pair import CropPair
from app.views.inspector.crop_words import CropWords
from app.views.inspector.template_strip import TemplateStrip
from app.views.inspector.token_painter import TokenLook

ANIMATION_MS = 1100
"""How long each stage stays while the elimination is played."""
WORDS_WIDTH = (336, 560)
"""Pixels of the column of words beside the crops, at least and at most."""

WORDS_BESIDE, LEAST_BESIDE = 210, 150
"""The same column, and each pair of crops, at least while a frame is kept beside."""

TEMPLATE_FROM = 250
"""Pixels of height from which the template has room above the crops."""

_UNBOUNDED = 16777215  # QWIDGETSIZE_MAX, which PySide6 does not export


class SearchCropView(QWidget):
    """Crops, stage buttons, counts and words for one tracked frame."""

    token_hovered = Signal(object)
    """The token under the pointer or the key cursor, int or None."""
    token_pinned = Signal(object)
    """The token that was clicked to stay, int or None."""
    stage_changed = Signal(object)
    """None for all stages, 0 for before the first, k for after the k-th."""

    emptied = Signal(bool)
    """Whether there is nothing to show, and nothing to say about it either."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model: SearchCropModel | None = None
        self.setAutoFillBackground(True)
        self._pair = CropPair(self)
        self._template = TemplateStrip(self)
        self._beside = CropPair(self)
        self._beside.setAccessibleName("Kept beside: search crop, RGB and thermal")
        self._beside.hide()
        self._kept: SearchCropModel | None = None
        self._words = CropWords(self)
        self._timer = QTimer(self)
        self._timer.setInterval(ANIMATION_MS)
        self._timer.timeout.connect(self._next_stage)
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(8)
        self._layout.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self._layout.addWidget(self._template)
        self._layout.addWidget(self._beside, 1000)
        self._layout.addWidget(self._pair, 1000)  # the pictures first, up to their largest size
        self._layout.addWidget(self._words, 1)
        self._layout.addStretch(0)
        self._words.stage_chosen.connect(self._choose)
        self._words.heat_chosen.connect(self._heat_chosen)
        self._words.play_toggled.connect(self._play)
        self._pair.token_hovered.connect(self._hovered)
        self._pair.token_pinned.connect(self._pinned)
        # A token of the one is looked for in the other.
        self._beside.token_hovered.connect(self.set_highlighted_token)
        self.set_view(None)

    def set_view(self, view: SearchCropModel | Missing | None) -> None:
        """Show a tracked frame, or say that there is none, or why it has no tokens."""
        # Before it is replaced: arranging is for coming and going only, not for every frame.
        had = self._model is not None
        model = None if isinstance(view, Missing) else view
        self._model = model
        self._pair.set_view(view)
        self._words.setVisible(model is not None)
        # What says why there is nothing is worth its room.
        self.emptied.emit(view is None)
        if had != (model is not None):
            self._arrange(self.size())
        stage = self.stage()
        if model is None:
            self._template.set_view(None)
            self._stop()
            return
        self._words.set_model(model)
        self._template.set_view(model.template)
        # Another model may have fewer stages.
        self._show_stage(None if stage is not None and stage > len(model.stages) else stage)

    def view(self) -> SearchCropModel | None:
        """Return the frame on show."""
        return self._model

    def keep_beside(self, model: SearchCropModel | None) -> None:
        """Show a frame beside those to come, in the same way; None lets go of it."""
        self._kept = model
        self._beside.set_view(model)
        self._beside.setVisible(model is not None)
        self._pair.set_named(model is not None)
        self._beside.set_named(model is not None)
        self._arrange(self.size())
        self._show_stage(self.stage())

    @property
    def kept_beside(self) -> bool:
        """Whether a frame is kept beside the one on show."""
        return self._kept is not None

    def stage(self) -> int | None:
        """Return the stage on show: None for all."""
        return self._pair.look().stage

    def set_stage(self, stage: int | None) -> None:
        """Show another stage without telling anybody; unknown ones are ignored."""
        if self._model is None:
            # For the next frame: which stages that has is not known yet.
            self._pair.set_look(replace(self._pair.look(), stage=stage))
        elif stage is None or 0 <= stage <= len(self._model.stages):
            self._show_stage(stage)

    def overlay(self) -> str:
        """Return which overlay is chosen: "none", "attention" or "score"."""
        return self._pair.look().heat

    def set_overlay(self, kind: str) -> None:
        """Lay "attention" or the "score" map over the crops, or "none"."""
        self._words.set_heat(kind)

    def set_highlighted_token(self, token: int | None) -> None:
        """Point at a token from outside, None to let go."""
        self._pair.set_hovered(token)
        self._show_token()

    def set_box_colour(self, colour: Rgb) -> None:
        """Draw the predicted box in the colour of its target."""
        self._pair.set_look(replace(self._pair.look(), box_colour=colour))

    def sizeHint(self) -> QSize:
        """Two squares of 320 pixels and the words beside them."""
        return QSize(1000, 350)

    def minimumSizeHint(self) -> QSize:
        """Small enough for a narrow dock: the words move below the crops there."""
        return QSize(270, 250)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the words beside the crops where it is wide, below them where it is narrow."""
        super().resizeEvent(event)
        self._arrange(event.size())

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing moves that nobody sees."""
        super().hideEvent(event)
        self._stop()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """PageUp and PageDown go through the stages."""
        step = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}.get(Qt.Key(event.key()))
        keys = self._words.stages()
        if step is None or self._model is None:
            super().keyPressEvent(event)
            return
        # In the order of the buttons, not of numbers: "all" is the last.
        index = min(max(keys.index(self.stage()) + step, 0), len(keys) - 1)
        self._choose(keys[index])

    def _arrange(self, size: QSize) -> None:
        wide = size.width() >= 1.5 * size.height()
        direction = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        if self._layout.direction() != direction:
            self._layout.setDirection(direction)
        self._template.set_upright(wide)
        self._template.set_room(wide or size.height() >= TEMPLATE_FROM)
        # The sentence that stands in for the crops may take all the room.
        alone = self._model is None
        least, most = WORDS_WIDTH if wide else (0, _UNBOUNDED)
        if self._kept is not None:
            # Two pairs of crops take its room.
            least = min(least, WORDS_BESIDE)
        self._words.setMinimumWidth(least)
        self._words.setMaximumWidth(most)
        widest = self._pair.width_for_height(size.height())
        highest = self._pair.height_for_width(size.width())
        for pair in (self._pair, self._beside):
            pair.setMinimumWidth(0 if self._kept is None else LEAST_BESIDE)
            pair.setMaximumWidth(widest if wide and not alone else _UNBOUNDED)
            pair.setMaximumHeight(highest if not wide and not alone else _UNBOUNDED)

    def _show_stage(self, stage: int | None) -> None:
        if self._model is None:
            return
        look = replace(self._pair.look(), stage=stage)
        self._set_looks(look)
        self._words.set_look(self._model, look)
        self._words.set_beside(compare_words(self._kept, self._model))
        self._show_token()

    def _set_looks(self, look: TokenLook) -> None:
        self._pair.set_look(look)
        kept, stage = self._kept, look.stage
        if kept is not None and stage is not None and stage > len(kept.stages):
            stage = None
        self._beside.set_look(replace(look, stage=stage))

    def _show_token(self) -> None:
        if self._model is not None:
            self._words.set_token(self._model, self._pair.token())
            kept = self._kept
            if kept is not None and kept.grid == self._model.grid:
                self._beside.set_hovered(self._pair.token())

    # A person's choice ends the film, or it would go on over it.
    def _choose(self, stage: object) -> None:
        self._stop()
        self._change_stage(stage if isinstance(stage, int) else None)

    def _change_stage(self, stage: int | None) -> None:
        if stage != self.stage():
            self._show_stage(stage)
            self.stage_changed.emit(stage)

    def _heat_chosen(self, kind: str) -> None:
        look = replace(self._pair.look(), heat=kind)
        self._set_looks(look)
        if self._model is not None:
            self._words.set_look(self._model, look)

    def _hovered(self, token: int | None) -> None:
        self._show_token()
        self.token_hovered.emit(token)

    def _pinned(self, token: int | None) -> None:
        self._show_token()
        self.token_pinned.emit(token)

    def _play(self, playing: bool) -> None:
        if playing:
            # The film begins with all tokens.
            self._change_stage(0)
            self._timer.start()
        else:
            self._timer.stop()

    def _next_stage(self) -> None:
        last = 0 if self._model is None else len(self._model.stages)
        stage = self.stage()
        # It ends as it is mostly looked at: all stages together, and the button up.
        if stage is None or stage >= last:
            self._choose(None)
        else:
            self._change_stage(stage + 1)

    def _stop(self) -> None:
        self._timer.stop()
        self._words.set_playing(False)
