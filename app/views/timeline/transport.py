"""Buttons to move through the frames, the speed, and the frame number."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSpinBox, QToolButton, QWidget

from app.controllers.playback import SPEEDS
from app.look.action_button import follow_action
from app.look.icons import set_icon
from app.look.numbers import frames_words
from app.look.plain_text import CutLabel, plain_label


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
        self.speed = QComboBox(self)
        for speed in SPEEDS:
            self.speed.addItem(f"{speed:g}×", speed)
        self.speed.setCurrentIndex(SPEEDS.index(1.0))
        self.speed.setToolTip("Speed: 1× is 25 frames per second; no frame is ever skipped")
        self.speed.setAccessibleName("Playback speed")
        self.speed.currentIndexChanged.connect(self._on_speed)
        row.addWidget(self.speed)
        row.addSpacing(12)
        row.addWidget(plain_label(self, "Frame"))
        row.addSpacing(4)
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
        row.addSpacing(4)
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
        self.set_count(0)

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
