"""The score below which a run pauses, where one looks while it goes on."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QWidget

from app.look.plain_text import plain_label


class _Field(QDoubleSpinBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        """Change the number only for who has gone into it: a wheel passes over it by chance."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class PauseField(QWidget):
    """A label and the number; it counts at once, also for the run under way."""

    limit_changed = Signal(float)
    entered = Signal()
    """Return was pressed: the keyboard should go back to the frames."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        label = plain_label(self, "Pause below")
        self.number = _Field(self)
        self.number.setRange(0.0, 1.0)
        self.number.setDecimals(2)
        self.number.setSingleStep(0.05)
        self.number.setSpecialValueText("never")
        # Typing 0.35 would set 0.3 first, and a run under way would go by it.
        self.number.setKeyboardTracking(False)
        self.number.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.number.setAccessibleName("Pause tracking below this score")
        tip = "A run pauses when the score falls below this; 0 never pauses"
        self.number.setToolTip(tip)
        label.setToolTip(tip)
        self.number.valueChanged.connect(self.limit_changed)
        self.number.lineEdit().returnPressed.connect(self.entered)
        row.addWidget(label)
        row.addWidget(self.number)

    def set_limit(self, limit: float) -> None:
        """Show a limit that nobody has typed here."""
        self.number.blockSignals(True)
        self.number.setValue(limit)
        self.number.blockSignals(False)

    def edit(self) -> None:
        """Let the number be typed."""
        self.number.setFocus()
        self.number.selectAll()
