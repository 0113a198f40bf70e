"""The status line: what is current, what is running, whether it is saved."""

from __future__ import annotations

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QProgressBar, QStatusBar, QWidget

from app.look.plain_text import CutLabel, plain_line, plain_tip
from app.resolve.facts import StatusFacts
from app.resolve.lost import LOST_TIP

TIPS = {
    "frame": "The frame on show, counted from 0, how many there are, and the RGB image's file.",
    "box": "Left, top, width and height of the RGB box, in pixels of the RGB frame.",
    "score": "How sure the tracker was: CKD's is the peak of its score map after the Hann window, "
    "0 to 1, the higher the surer. " + LOST_TIP,
    "source": "Who placed the box on this frame. " + LOST_TIP,
    "saved": "Whether all changes are in the session file.",
    "engine": "What computes CKD's networks; the preferences choose it.",
}
DONE_TIP = "What was just done; it leaves by itself after some seconds."
RUNNING_TIP = "What is running, and how far it is: done of how many in all."
OF_FRAME = frozenset({"frame", "box", "score", "source"})
"""Facts that mean nothing while no frame is to be seen."""
GAP, LEFT = 22, 10
"""Pixels between facts, and before the first."""
GONE, NUMBER = 0, -1
"""It goes altogether, for a part of it says nothing; and the number of the frame stays, the name of
its image goes."""
YIELD = (
    ("engine", GONE), ("frame", NUMBER), ("source", 200), ("box", GONE), ("frame", GONE),
    ("source", 60),
)  # fmt: skip
"""Who gives way where there is no room for all, in this order, and down to how many pixels: what
matters least first."""
NOTE_MILLISECONDS = 8000
"""Long enough to look down and read it."""


class _Facts(QWidget):
    """Labels in a row, which share the room by what they say."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.labels = {name: CutLabel(self) for name in TIPS}
        for name, label in self.labels.items():
            label.setToolTip(plain_tip(TIPS[name]))
        self.setMinimumWidth(1)

    def sizeHint(self) -> QSize:
        """Room for all."""
        hints = [label.sizeHint() for label in self.labels.values() if label.text()]
        width = LEFT + sum(hint.width() + GAP for hint in hints)
        return QSize(width, max((hint.height() for hint in hints), default=0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room again."""
        super().resizeEvent(event)
        self.share()

    @staticmethod
    def _number_width(label: QLabel) -> int:
        # With the dots that stand for the name of the image; frames of a video have none.
        number, has_name, _ = label.text().rpartition("  ·  ")
        if not has_name:
            return label.sizeHint().width()
        return label.fontMetrics().horizontalAdvance(f"{number}…") + 2

    def share(self) -> None:
        """Give each fact its room, or less of it to those that matter less."""
        widths = {
            name: label.sizeHint().width() for name, label in self.labels.items() if label.text()
        }
        for name, least in YIELD:
            over = LEFT + sum(widths.values()) + GAP * (len(widths) - 1) - self.width()
            if over <= 0 or name not in widths:
                continue
            if least == GONE:
                del widths[name]
                continue
            kept = self._number_width(self.labels[name]) if least == NUMBER else least
            widths[name] = min(widths[name], max(kept, widths[name] - over))
        left = LEFT
        for name, label in self.labels.items():
            label.setVisible(name in widths)
            if name in widths:
                label.setGeometry(left, 0, widths[name], self.height())
                left += widths[name] + GAP


class StatusLine(QStatusBar):
    """Facts at the left, progress at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # Windows are resized by their frames; the grip would lie over the progress.
        self.setSizeGripEnabled(False)
        self._row = _Facts(self)
        self._labels = self._row.labels
        self._labels["engine"].setProperty("role", "muted")
        self._facts, self._frame_seen = StatusFacts(), True
        self.addWidget(self._row, 1)
        # Cut where there is no room, or the window would grow by what is said for a moment.
        self.note, self.activity = CutLabel(self), CutLabel(self)
        self.note.setToolTip(DONE_TIP)
        self.activity.setToolTip(RUNNING_TIP)
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
        self.progress.setToolTip(RUNNING_TIP)
        self.progress.hide()
        self.addPermanentWidget(self.progress)

    def set_facts(self, facts: StatusFacts) -> None:
        """Show `facts`; empty ones take no room, and long ones no more than there is."""
        self._facts = facts
        for name, label in self._labels.items():
            hidden = name in OF_FRAME and not self._frame_seen
            text = "" if hidden else getattr(facts, name)
            label.setText(plain_line(text))
        self._row.updateGeometry()
        self._row.share()

    def set_frame_seen(self, seen: bool) -> None:
        """Leave out what is said of the frame while something else stands in its place."""
        self._frame_seen = seen
        self.set_facts(self._facts)

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
