"""Buttons to move through the frames, the speed, and the frame number."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSpinBox, QToolButton, QWidget

from app.controllers.playback import SPEEDS
from app.look.action_button import follow_action
from app.look.icons import set_icon
from app.look.numbers import frames_words
from app.look.plain_text import CutLabel, plain_label

TOTAL_TIP = "How many frames the sequence has; the last one is one number less"
RANGE_TIP = "First and last frame that are selected, both included, and how many these are"
HERE_TIP = (
    "What lies under the pointer: column and row in RGB pixels from the left top, and the values "
    "of both images there, as stored"
)
WORDS_FROM = 800
"""Width from which the row says of how many frames, as the status line does."""
NARROWEST = 560
"""Width that buttons and fields need."""


class Transport(QWidget):
    """One row; its buttons are the window's actions."""

    frame_entered = Signal(int)
    speed_changed = Signal(float)
    entered = Signal()
    """Return was pressed in the frame number: the keyboard should go back to the frames."""

    def __init__(
        self, actions: Sequence[QAction], play: QAction, parent: QWidget | None = None
    ) -> None:
        """Offer `actions` as buttons; `play`, one of them, shows whether frames advance."""
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 1, 8, 1)
        row.setSpacing(2)
        self._play = play
        self._index = 0
        for action in actions:
            button = QToolButton(self)
            follow_action(button, action)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
            button.setIconSize(QSize(18, 18))
            button.setAutoRaise(True)
            # Without the mark of the mnemonic, which screen readers would read out.
            button.setAccessibleName(action.text().replace("&", ""))
            row.addWidget(button)
        row.addSpacing(8)
        self.speed = self._speed_box()
        row.addWidget(self.speed)
        row.addSpacing(12)
        self._name = plain_label(self, "Frame")
        self._name.setContentsMargins(0, 0, 4, 0)
        row.addWidget(self._name)
        self.frame = QSpinBox(self)
        # Typing 120 would go to frames 1 and 12 first.
        self.frame.setKeyboardTracking(False)
        self.frame.setAccessibleName("Frame number")
        self.frame.setToolTip("Frames count from 0, as in result files")
        self.frame.setMinimumWidth(84)
        self.frame.valueChanged.connect(self._on_frame)
        self.frame.editingFinished.connect(self._on_typed)
        self.frame.lineEdit().returnPressed.connect(self.entered)
        row.addWidget(self.frame)
        self._total = plain_label(self)
        self._total.setProperty("role", "muted")
        self._total.setContentsMargins(4, 0, 0, 0)
        row.addWidget(self._total)
        row.addSpacing(12)
        self._row = row
        self._next_place = row.count()
        self.range = plain_label(self)
        self.range.setAccessibleName("Selected range")
        # Apart from the score below which a run pauses.
        self.range.setContentsMargins(12, 0, 0, 0)
        row.addWidget(self.range)
        row.addStretch(1)
        row.addSpacing(12)
        self.info = CutLabel(self)
        self.info.setProperty("role", "muted")
        row.addWidget(self.info)
        for label, tip in (
            (self._total, TOTAL_TIP),
            (self.range, RANGE_TIP),
            (self.info, HERE_TIP),
        ):
            label.setToolTip(tip)
        self.set_count(0)

    def minimumSizeHint(self) -> QSize:
        """As narrow as it can be without the words that the status line says too."""
        return QSize(NARROWEST, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out words where what is under the pointer would have no room."""
        super().resizeEvent(event)
        for label in (self._name, self._total):
            label.setVisible(event.size().width() >= WORDS_FROM)

    def _speed_box(self) -> QComboBox:
        box = QComboBox(self)
        for speed in SPEEDS:
            box.addItem(f"{speed:g}×", speed)
        box.setCurrentIndex(SPEEDS.index(1.0))
        box.setToolTip("Speed: 1× is 25 frames per second; no frame is ever skipped")
        box.setAccessibleName("Playback speed")
        box.currentIndexChanged.connect(self._on_speed)
        return box

    def add_beside_frame(self, widget: QWidget) -> None:
        """Put something into the row, right of the frame number."""
        self._row.insertWidget(self._next_place, widget)
        self._next_place += 1

    def set_count(self, count: int) -> None:
        """Allow frames 0 to `count` - 1."""
        self.setEnabled(count > 0)
        self.frame.blockSignals(True)
        # Blocked around: another range may move the value, which nobody entered.
        self.frame.setRange(0, max(0, count - 1))
        self.frame.blockSignals(False)
        self._total.setText(f"of {frames_words(count)}" if count else "")

    def set_index(self, index: int) -> None:
        """Show the current frame, unless somebody is typing another one."""
        self._index = index
        line = self.frame.lineEdit()
        if self.frame.hasFocus() and line.isModified():
            # A run or playing moves on meanwhile; what was typed counts when Return is pressed.
            return
        all_selected = self.frame.hasFocus() and line.hasSelectedText()
        self.frame.blockSignals(True)
        # Blocked around: it follows the playback and must not steer it.
        self.frame.setValue(index)
        self.frame.blockSignals(False)
        if all_selected:
            # The next digit is to replace the number, as it would have without the move.
            self.frame.selectAll()

    def set_playing(self, playing: bool) -> None:
        """Show the button that would change it."""
        set_icon(self._play, "pause" if playing else "play")

    @Slot(int)
    def _on_frame(self, index: int) -> None:
        self._index = index
        self.frame_entered.emit(index)

    @Slot()
    def _on_typed(self) -> None:
        self.frame.lineEdit().setModified(False)
        # The number that stood here when the typing began is no news to the field; the frames may
        # have gone on since.
        if self.frame.value() != self._index:
            self._on_frame(self.frame.value())

    @Slot(int)
    def _on_speed(self, index: int) -> None:
        self.speed_changed.emit(SPEEDS[index])
