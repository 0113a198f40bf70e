"""The words and switches of the search crop: stage, overlay, counts, what became of a token."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.look.icons import set_icon
from app.look.plain_text import plain_label
from app.resolve.inspection import SearchCropModel
from app.resolve.token_words import explain_stage, explain_token, stage_name, target_warning
from app.views.drawing.heat_scale import HeatScale
from app.views.inspector.counts_bar import CountsBar
from app.views.inspector.segment_bar import SegmentBar
from app.views.inspector.token_painter import TokenLook, heat_values

ONE_ROW = 470
"""Pixels of width from which stage and overlay stand in one row."""
NAMED_FROM = 300
"""Width from which the stages have room for their name."""
HINT = "Point at a token, or press the arrow keys, to read what became of it."

_ITEM_ENABLED = int(Qt.ItemDataRole.UserRole) - 1  # the role QComboBox reads its flags from
_HEATS = (("none", "None"), ("attention", "Attention"), ("score", "Score map"))


class CropWords(QScrollArea):
    """Everything about the search crop that is not a picture."""

    stage_chosen = Signal(object)
    """None for all stages, 0 for before the first, k for after the k-th."""
    heat_chosen = Signal(str)
    """ "none", "attention" or "score"."""
    play_toggled = Signal(bool)
    """Whether the stages should follow each other by themselves."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._template_words = _words(self, "muted")
        self._stages = SegmentBar("Elimination stage", self)
        self._stages_name = _caption(self, "After block")
        self._play = QToolButton(self)
        self._heat = QComboBox(self)
        self._scale = HeatScale(self)
        self._counts = CountsBar(self)
        self._stage_words = _words(self)
        self._token_words = _words(self)
        self._warning = _words(self, "warning")
        self._beside_words = _words(self)
        self._beside_words.hide()
        self._rows = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._build_switches()
        self._build_column()

    def set_model(self, model: SearchCropModel) -> None:
        """Offer the stages and overlays that this frame has."""
        template = model.template
        self._template_words.setText("" if template is None else template.place.words)
        self._stages.set_items(_stage_items(model))
        self._play.setEnabled(bool(model.stages))
        self._offer_heats(model)
        warning = target_warning(model)
        self._warning.setText(warning or "")
        # An empty label would still take a line.
        self._warning.setVisible(warning is not None)

    def set_look(self, model: SearchCropModel, look: TokenLook) -> None:
        """Put the stage on show into words and numbers."""
        self._stages.set_current(look.stage)
        self._stage_words.setText(explain_stage(model, look.stage))
        self._counts.set_view(model, look.stage)
        self._scale.set_values(heat_values(model, look))

    def set_beside(self, words: str) -> None:
        """Say how the frame that is kept beside differs; empty where none is."""
        self._beside_words.setText(words)
        self._beside_words.setVisible(bool(words))

    def set_token(self, model: SearchCropModel, token: int | None) -> None:
        """Put the fate of a token into words, or say how to ask."""
        role = "muted" if token is None else "plain"
        # A style sheet does not notice a new property by itself. Only on change, because polishing
        # takes long and the pointer moves often.
        if self._token_words.property("role") != role:
            self._token_words.setProperty("role", role)
            self._token_words.style().polish(self._token_words)
        self._token_words.setText(HINT if token is None else explain_token(model, token))

    def set_heat(self, kind: str) -> None:
        """Choose an overlay as a person would."""
        index = self._heat.findData(kind)
        # findData says -1 for an overlay that is not offered.
        if index >= 0:
            self._heat.setCurrentIndex(index)

    def set_playing(self, playing: bool) -> None:
        """Show whether the stages follow each other, without telling anybody."""
        # The timer has stopped already; `toggled` would stop it again, and tell who listens.
        with QSignalBlocker(self._play):
            self._play.setChecked(playing)
        self._label_play(playing)

    def stages(self) -> tuple[object, ...]:
        """Return the stages on offer, in their order."""
        return self._stages.keys()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use one row for the switches where there is room; the column's own size comes after."""
        # The tips of the buttons say it too.
        self._stages_name.setVisible(event.size().width() >= NAMED_FROM)
        wide = event.size().width() >= ONE_ROW
        self._rows.setDirection(
            QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        )
        super().resizeEvent(event)

    def _build_switches(self) -> None:
        self._play.setCheckable(True)
        self._play.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._label_play(playing=False)
        self._heat.setAccessibleName("Overlay")
        self._heat.setToolTip("Colour the tokens by attention or by the tracker's response")
        for key, text in _HEATS:
            self._heat.addItem(text, key)
        stages = QHBoxLayout()
        stages.setSpacing(6)
        stages.addWidget(self._stages_name)
        stages.addWidget(self._stages)
        stages.addWidget(self._play)
        stages.addStretch(1)
        overlay = QHBoxLayout()
        overlay.setSpacing(6)
        overlay.addWidget(_caption(self, "Overlay"))
        overlay.addWidget(self._heat, 1)
        self._rows.setSpacing(6)
        self._rows.addLayout(stages)
        self._rows.addLayout(overlay)
        self._stages.chosen.connect(self.stage_chosen)
        self._heat.currentIndexChanged.connect(self._heat_picked)
        self._play.toggled.connect(self._play_pressed)

    def _build_column(self) -> None:
        inside = QWidget(self)
        column = QVBoxLayout(inside)
        column.setContentsMargins(4, 4, 8, 4)
        column.setSpacing(7)
        column.addLayout(self._rows)
        column.addWidget(self._scale)
        # First what may be wrong: in a low panel the rest has to be scrolled to.
        column.addWidget(self._warning)
        column.addWidget(self._beside_words)
        column.addWidget(self._stage_words)
        column.addWidget(self._counts)
        column.addWidget(_line(self))
        column.addWidget(self._token_words)
        column.addWidget(self._template_words)
        column.addStretch(1)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        # The switches inside take the keyboard; the area around them has no use for it.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def _offer_heats(self, model: SearchCropModel) -> None:
        known = {
            "none": True,
            # All stages have it or none.
            "attention": model.attention(1) is not None,
            "score": model.score_map is not None,
        }
        rows = self._heat.model()
        for row, (key, text) in enumerate(_HEATS):
            # Not taken away: who looks for it reads why it is not there.
            self._heat.setItemText(row, text if known[key] else f"{text} (not recorded)")
            rows.setData(rows.index(row, 0), None if known[key] else 0, _ITEM_ENABLED)

    def _heat_picked(self, _index: int) -> None:
        self.heat_chosen.emit(str(self._heat.currentData()))

    def _play_pressed(self, playing: bool) -> None:
        self._label_play(playing)
        self.play_toggled.emit(playing)

    def _label_play(self, playing: bool) -> None:
        set_icon(self._play, "pause" if playing else "play")
        words = "Stop playing the elimination" if playing else "Play the elimination"
        self._play.setToolTip(words)
        self._play.setAccessibleName(words)


def _stage_items(model: SearchCropModel) -> list[tuple[object, str, str]]:
    # All stages last, as the button at the end; alone where there are none.
    order: list[int | None] = [*range(len(model.stages) + 1), None] if model.stages else [None]
    return [(stage, stage_name(model, stage), explain_stage(model, stage)) for stage in order]


def _words(parent: QWidget, role: str = "plain") -> QLabel:
    label = plain_label(parent)
    label.setProperty("role", role)
    label.setWordWrap(True)
    label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
    label.setMinimumSize(1, 1)  # the height for the width counts, not the hint of wrapped text
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _caption(parent: QWidget, text: str) -> QLabel:
    label = plain_label(parent, text)
    label.setProperty("role", "muted")
    return label


def _line(parent: QWidget) -> QFrame:
    line = QFrame(parent)
    line.setProperty("role", "line")
    line.setFixedHeight(1)
    return line
