"""Facts about what is open: the sequence, the session file, and the frame on show."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.look.plain_text import plain_label
from app.resolve.facts import SessionFacts


class FactsPanel(QScrollArea):
    """A form of selectable texts."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.set_view(None)

    def set_view(self, facts: SessionFacts | None) -> None:
        """Show `facts`, or that nothing is open."""
        page = QWidget(self)
        column = QVBoxLayout(page)
        column.setContentsMargins(12, 12, 12, 12)
        form = QFormLayout()
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        form.setVerticalSpacing(6)
        # Never an empty page, which would look like one that failed.
        rows = facts.rows if facts is not None else (("Open", "nothing"),)
        for label, text in rows:
            name = plain_label(page, label)
            name.setProperty("role", "muted")
            form.addRow(name, _value(text, page))
        column.addLayout(form)
        for note in facts.notes if facts is not None else ():
            line = _value(note, page)
            line.setProperty("role", "warning")
            column.addWidget(line)
        column.addStretch(1)
        # The scroll area deletes the page of before.
        self.setWidget(page)


def _value(text: str, parent: QWidget) -> QLabel:
    # Paths have no blanks to break at; zero-width ones after the slashes let them wrap.
    label = plain_label(parent, text.replace("/", "/\u200b"))
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


class SessionPanel(FactsPanel):
    """About the sequence and the session file."""


class FramePanel(FactsPanel):
    """About the frame on show: its images, and who placed the box on it."""
