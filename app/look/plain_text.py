"""Texts that come out of files, shown as they are: Qt takes some characters for orders."""

from __future__ import annotations

from html import escape

from PySide6 import QtGui
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QMenu, QToolTip, QWidget

from safe_files import one_line, printable

LONGEST_LINE = 200
"""Characters of a name in a menu, a title or a list."""
LONGEST_TIP = 1200
"""Characters of a tooltip; a longer one would cover the screen."""


def plain_label(parent: QWidget | None, text: str = "") -> QLabel:
    """Return a label that shows any text as it is.

    By itself a label takes a name with tags for rich text, and loads whatever file it names.
    """
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    return label


class CutLabel(QLabel):
    """A line that ends in dots where it has too little room; no window grows for its sake.

    Its tooltip says the whole of it then, before what it says otherwise.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setMinimumWidth(1)

    @property
    def cut(self) -> bool:
        """Whether there is too little room for all of it."""
        return self.fontMetrics().horizontalAdvance(self.text()) > self.contentsRect().width()

    def event(self, event: QEvent) -> bool:
        """Say in the tooltip what is cut."""
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip and self.cut:
            whole = plain_tip(f"{self.text()}\n{self.toolTip()}".strip())
            QToolTip.showText(event.globalPos(), whole, self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as much as there is room for."""
        metrics, room = self.fontMetrics(), self.contentsRect()
        if not self.cut:
            super().paintEvent(event)
            return
        cut = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        with QPainter(self) as painter:
            painter.setPen(self.palette().color(self.foregroundRole()))
            painter.drawText(room, int(self.alignment()), cut)


def plain_line(text: str) -> str:
    """Return a name for a list or a title: one line, printable, and not too long."""
    return one_line(text, LONGEST_LINE)


def plain_action(text: str) -> str:
    """Return a name for a menu or a button, where & would mark a key."""
    return plain_line(text).replace("&", "&&")


def plain_title(text: str) -> str:
    """Return a name for the title of a window, where [*] would be the mark of changes."""
    return plain_line(text).replace("[*]", "[*][*]")


def plain_tip(text: str) -> str:
    """Return what a tooltip or a message box takes to show any text as it is, line by line."""
    cut = text if len(text) <= LONGEST_TIP else f"{text[: LONGEST_TIP - 1]}…"
    # As long as its escapes make it.
    lines = [printable(line, 10 * LONGEST_TIP) for line in cut.split("\n")]
    shown = "\n".join(lines)
    if not QtGui.Qt.mightBeRichText(shown):
        return shown
    return f"<qt>{'<br/>'.join(escape(line) for line in lines)}</qt>"


def named_action(menu: QMenu, name: str) -> QAction:
    """Add an action to a menu that says a name as it is, in its tip too."""
    action = menu.addAction(plain_action(name))
    # Without one its text would be the tip, which Qt may take for rich text.
    action.setToolTip(plain_tip(name))
    return action
