"""The status line: what is current, what is running, whether it is saved."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QStatusBar, QWidget

from app.look.plain_text import plain_label, plain_line
from app.resolve.facts import StatusFacts

SHORT = frozenset({"box", "score", "saved"})
"""Facts that keep their room when others are long."""
MOST_KEPT = 180
"""Pixels that one of them keeps at most: a session may have a long name."""
NOTE_MILLISECONDS = 8000
"""Long enough to look down and read it."""


class StatusLine(QStatusBar):
    """Facts at the left, progress at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # Windows are resized by their frames; the grip would lie over the progress.
        self.setSizeGripEnabled(False)
        facts = QWidget(self)
        row = QHBoxLayout(facts)
        row.setContentsMargins(10, 0, 0, 0)
        row.setSpacing(22)
        self._labels = {
            name: plain_label(facts) for name in ("frame", "box", "score", "source", "saved")
        }
        self.activity = plain_label(self)
        for label in (*self._labels.values(), self.activity):
            # A long name is cut where there is no room; the window would grow beyond the screen.
            label.setMinimumWidth(1)
        for label in self._labels.values():
            row.addWidget(label)
        row.addStretch(1)
        self.addWidget(facts, 1)
        self.note = plain_label(self)
        self.note.hide()
        self.addPermanentWidget(self.note)
        self._note_timer = QTimer(self)
        self._note_timer.setSingleShot(True)
        self._note_timer.timeout.connect(lambda: self.set_note(""))
        self.activity.setProperty("role", "muted")
        self.addPermanentWidget(self.activity)
        self.progress = QProgressBar(self)
        self.progress.setFixedWidth(180)
        # The words beside it say more than per cent.
        self.progress.setTextVisible(False)
        self.progress.hide()
        self.addPermanentWidget(self.progress)

    def set_facts(self, facts: StatusFacts) -> None:
        """Show `facts`; empty ones take no room."""
        for name, label in self._labels.items():
            text = getattr(facts, name)
            label.setText(plain_line(text))
            label.setVisible(bool(text))
            if name in SHORT:
                # What is said of a target may be long, and must not take their room.
                label.setMinimumWidth(max(1, min(label.sizeHint().width(), MOST_KEPT)))

    def set_note(self, text: str) -> None:
        """Say quietly what was just done; it leaves by itself."""
        self.note.setText(plain_line(text))
        self.note.setVisible(bool(text))
        if text:
            # Said again, it stays as long again.
            self._note_timer.start(NOTE_MILLISECONDS)
        else:
            self._note_timer.stop()

    def set_activity(self, text: str, done: int = 0, total: int = 0) -> None:
        """Show what is running; `total` 0 with a text means that nobody knows how long."""
        self.activity.setText(plain_line(text))
        self.progress.setVisible(bool(text))
        # A range of 0 to 0 is Qt's way to move without an end.
        self.progress.setRange(0, total)
        self.progress.setValue(done)
