"""The heart of the explanation: the search crop, magnified, with the fate of every token."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.icons import set_icon
from app.inspection import SearchCropModel
from app.palette import Rgb
from app.token_text import explain_stage, explain_token, stage_name, target_warning
from app.views.counts_bar import CountsBar
from app.views.crop_pair import CropPair
from app.views.heat_scale import HeatScale
from app.views.segment_bar import SegmentBar
from app.views.token_painter import heat_values

ANIMATION_MS = 1100
"""How long each stage stays while the elimination is played."""
SIDE_WIDTH = 316
"""Pixels of the column of words beside the crops, when they stand side by side."""
HINT = "Point at a token, or press the arrow keys, to read what became of it."

_UNBOUNDED = 16777215  # QWIDGETSIZE_MAX, which PySide6 does not export
_ITEM_ENABLED = int(Qt.ItemDataRole.UserRole) - 1  # the role QComboBox reads its flags from
_HEATS = (
    ("none", "None"),
    ("attention", "Attention"),
    ("score", "Score map"),
)


class SearchCropView(QWidget):
    """Crops, stage buttons, counts and words for one tracked frame."""

    token_hovered = Signal(object)
    """int or None"""
    token_pinned = Signal(object)
    """int or None"""
    stage_changed = Signal(object)
    """None for all stages, 0 for before the first, k for after the k-th."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model: SearchCropModel | None = None
        self._stage: int | None = None
        self._pair = CropPair(self)
        self._stages = SegmentBar("Elimination stage", self)
        self._play = QToolButton(self)
        self._heat = QComboBox(self)
        self._scale = HeatScale(self)
        self._counts = CountsBar(self)
        self._stage_words = _words(self)
        self._token_words = _words(self)
        self._warning = _words(self, "warning")
        self._timer = QTimer(self)
        self._timer.setInterval(ANIMATION_MS)
        self._build()
        self.set_view(None)

    def set_view(self, model: SearchCropModel | None) -> None:
        """Show a tracked frame, or say that there is none."""
        self._model = model
        if self._stage is not None and (model is None or self._stage > len(model.stages)):
            self._stage = None
        if model is None:
            self._stop()
        self._pair.set_view(model)
        self._side.setVisible(model is not None)
        if model is not None:
            self._stages.set_items(self._stage_items(model))
            self._offer_heats(model)
        self._show_stage()

    def view(self) -> SearchCropModel | None:
        """Return the frame on show."""
        return self._model

    def stage(self) -> int | None:
        """Return the stage on show: None for all."""
        return self._stage

    def set_stage(self, stage: int | None) -> None:
        """Show another stage without telling anybody; unknown ones are ignored."""
        if self._model is None or (stage is not None and not 0 <= stage <= len(self._model.stages)):
            return
        self._stage = stage
        self._show_stage()

    def set_overlay(self, kind: str) -> None:
        """Lay "attention" or the "score" map over the crops, or "none"."""
        index = self._heat.findData(kind)
        if index >= 0:
            self._heat.setCurrentIndex(index)

    def overlay(self) -> str:
        """Return which overlay is chosen."""
        return str(self._heat.currentData())

    def set_highlighted_token(self, token: int | None) -> None:
        """Point at a token from outside, None to let go."""
        self._pair.set_hovered(token)
        self._show_token()

    def set_box_colour(self, colour: Rgb) -> None:
        """Draw the predicted box in the colour of its target."""
        self._pair.set_look(replace(self._pair.look(), box_colour=colour))

    def sizeHint(self) -> QSize:
        """Two squares of 320 pixels and the words beside them."""
        return QSize(960, 360)

    def minimumSizeHint(self) -> QSize:
        """Small enough for a narrow dock: the words move below the crops there."""
        return QSize(270, 200)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the words beside the crops in a wide place, below them in a narrow one."""
        super().resizeEvent(event)
        self._arrange(event.size())

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing moves that nobody sees."""
        super().hideEvent(event)
        self._stop()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """PageUp and PageDown go through the stages."""
        step = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}.get(Qt.Key(event.key()))
        keys = self._stages.keys()
        if step is None or self._model is None:
            super().keyPressEvent(event)
            return
        index = min(max(keys.index(self._stage) + step, 0), len(keys) - 1)
        self._choose(keys[index])

    def _build(self) -> None:
        set_icon(self._play, "play")
        self._play.setCheckable(True)
        self._play.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._play.setToolTip("Play the elimination, stage by stage")
        self._play.setAccessibleName("Play the elimination")
        self._heat.setAccessibleName("Overlay")
        self._heat.setToolTip("Colour the tokens by attention or by the tracker's response")
        for key, text in _HEATS:
            self._heat.addItem(text, key)
        self._stages.setToolTip("PageUp and PageDown go through the stages")
        self._side = QWidget(self)
        choice = QHBoxLayout()
        choice.setSpacing(6)
        choice.addWidget(_caption(self, "After block"))
        choice.addWidget(self._stages)
        choice.addWidget(self._play)
        choice.addStretch(1)
        side = QVBoxLayout(self._side)
        side.setContentsMargins(4, 4, 8, 4)
        side.setSpacing(8)
        side.addLayout(choice)
        side.addWidget(self._stage_words)
        side.addWidget(self._counts)
        side.addWidget(self._warning)
        overlay = QHBoxLayout()
        overlay.setSpacing(6)
        overlay.addWidget(_caption(self, "Overlay"))
        overlay.addWidget(self._heat, 1)
        side.addLayout(overlay)
        side.addWidget(self._scale)
        side.addWidget(_line(self))
        side.addWidget(self._token_words)
        side.addStretch(1)
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(8)
        self._layout.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self._layout.addWidget(self._pair, 1)
        self._layout.addWidget(self._side)
        self._stages.chosen.connect(self._choose)
        self._heat.currentIndexChanged.connect(self._heat_chosen)
        self._pair.token_hovered.connect(self._hovered)
        self._pair.token_pinned.connect(self._pinned)
        self._play.toggled.connect(self._play_toggled)
        self._timer.timeout.connect(self._next_stage)

    def _arrange(self, size: QSize) -> None:
        wide = size.width() >= 1.5 * size.height()
        direction = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        if self._layout.direction() != direction:
            self._layout.setDirection(direction)
        self._pair.setMaximumHeight(
            _UNBOUNDED if wide else self._pair.height_for_width(size.width())
        )
        self._side.setMinimumWidth(SIDE_WIDTH if wide else 0)
        self._side.setMaximumWidth(SIDE_WIDTH if wide else _UNBOUNDED)

    def _stage_items(self, model: SearchCropModel) -> list[tuple[object, str, str]]:
        order: list[int | None] = [*range(len(model.stages) + 1), None]
        if not model.stages:
            order = [None]
        return [(stage, stage_name(model, stage), explain_stage(model, stage)) for stage in order]

    def _offer_heats(self, model: SearchCropModel) -> None:
        known = {
            "none": True,
            "attention": model.attention(1) is not None,
            "score": model.score_map is not None,
        }
        rows = self._heat.model()
        for row, (key, text) in enumerate(_HEATS):
            there = known[key]
            self._heat.setItemText(row, text if there else f"{text} (not recorded)")
            rows.setData(rows.index(row, 0), None if there else 0, _ITEM_ENABLED)
        self._look_changed()

    def _choose(self, stage: object) -> None:
        self._stop()
        self._set_stage_loudly(stage if isinstance(stage, int) else None)

    def _set_stage_loudly(self, stage: int | None) -> None:
        if stage != self._stage:
            self._stage = stage
            self._show_stage()
            self.stage_changed.emit(stage)

    def _show_stage(self) -> None:
        model = self._model
        self._counts.set_view(model, self._stage)
        self._look_changed()
        if model is None:
            return
        self._stages.set_current(self._stage)
        self._play.setEnabled(bool(model.stages))
        self._stage_words.setText(explain_stage(model, self._stage))
        warning = target_warning(model)
        self._warning.setText(warning or "")
        self._warning.setVisible(warning is not None)
        self._show_token()

    def _look_changed(self) -> None:
        look = self._pair.look()
        look = replace(look, stage=self._stage, heat=self.overlay())
        self._pair.set_look(look)
        self._scale.set_values(None if self._model is None else heat_values(self._model, look))

    def _heat_chosen(self, _index: int) -> None:
        self._look_changed()

    def _hovered(self, token: int | None) -> None:
        self._show_token()
        self.token_hovered.emit(token)

    def _pinned(self, token: int | None) -> None:
        self._show_token()
        self.token_pinned.emit(token)

    def _show_token(self) -> None:
        token = self._pair.token()
        known = self._model is not None and token is not None
        self._token_words.setProperty("role", "plain" if known else "muted")
        self._token_words.style().polish(self._token_words)
        if self._model is not None and token is not None:
            self._token_words.setText(explain_token(self._model, token))
        else:
            self._token_words.setText(HINT)

    def _play_toggled(self, playing: bool) -> None:
        set_icon(self._play, "pause" if playing else "play")
        if not playing:
            self._timer.stop()
            return
        self._set_stage_loudly(0)
        self._timer.start()

    def _next_stage(self) -> None:
        last = 0 if self._model is None else len(self._model.stages)
        if self._stage is None or self._stage >= last:
            self._set_stage_loudly(None)
            self._stop()
        else:
            self._set_stage_loudly(self._stage + 1)

    def _stop(self) -> None:
        self._play.setChecked(False)


def _words(parent: QWidget, role: str = "plain") -> QLabel:
    label = QLabel(parent)
    label.setProperty("role", role)
    label.setWordWrap(True)
    label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _caption(parent: QWidget, text: str) -> QLabel:
    label = QLabel(text, parent)
    label.setProperty("role", "muted")
    return label


def _line(parent: QWidget) -> QFrame:
    line = QFrame(parent)
    line.setProperty("role", "line")
    line.setFixedHeight(1)
    return line
