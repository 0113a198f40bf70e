"""Facts about what is open: the sequence, the session file, and the frame on show."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QFormLayout, QLabel, QMenu, QScrollArea, QVBoxLayout, QWidget

from app.look.plain_text import plain_label
from app.resolve.facts import ATTRIBUTE_TIP, SessionFacts

BREAK = "\u200b"
"""A blank without width: paths and hashes have none to break at."""
BESIDE_FROM = 230
"""Width from which values have room beside their names."""
LONG = re.compile(r"[0-9A-Za-z_.-]{17,}")


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
        form = self._form = QFormLayout()
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        form.setVerticalSpacing(6)
        # Never an empty page, which would look like one that failed.
        rows = facts.rows if facts is not None else (("Open", "nothing"),)
        for label, text in rows:
            name = plain_label(page, label)
            name.setProperty("role", "muted")
            value = FactLabel(text, page)
            if facts is not None:
                for part in (name, value):
                    part.setToolTip(facts.tips.get(label, ATTRIBUTE_TIP))
            form.addRow(name, value)
        column.addLayout(form)
        for note in facts.notes if facts is not None else ():
            line = FactLabel(note, page)
            line.setProperty("role", "warning")
            column.addWidget(line)
        column.addStretch(1)
        # The scroll area deletes the page of before.
        self.setWidget(page)
        self._wrap()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put values below their names where there is too little room beside them."""
        super().resizeEvent(event)
        self._wrap()

    def _wrap(self) -> None:
        policy, beside = QFormLayout.RowWrapPolicy, self.viewport().width() >= BESIDE_FROM
        self._form.setRowWrapPolicy(policy.DontWrapRows if beside else policy.WrapAllRows)


def breakable(text: str) -> str:
    """Return a text that breaks after slashes and within long numbers, where it has no blanks."""
    slashed = text.replace("/", f"/{BREAK}").replace("\\", f"\\{BREAK}")
    return LONG.sub(lambda found: BREAK.join(re.findall(".{1,8}", found.group())), slashed)


class FactLabel(QLabel):
    """A text to be selected; what is copied is what was meant, without the breaks."""

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(breakable(text))
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy what is selected."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self._copy()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer to copy, as a label does by itself."""
        menu = QMenu(self)
        copy = menu.addAction("Copy")
        copy.setEnabled(self.hasSelectedText())
        copy.triggered.connect(self._copy)
        menu.addAction("Copy all").triggered.connect(lambda: self._put(self.text()))
        menu.popup(event.globalPos())

    def _copy(self) -> None:
        self._put(self.selectedText())

    def _put(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text.replace(BREAK, ""))


class SessionPanel(FactsPanel):
    """About the sequence and the session file."""


class FramePanel(FactsPanel):
    """About the frame on show: its images, and who placed the box on it."""
