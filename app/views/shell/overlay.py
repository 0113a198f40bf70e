"""A panel that lies over the frames, in the room that they leave, and moves nothing below it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from app.look.icons import set_icon
from app.look.plain_text import plain_label
from app.state.key_words import with_keys
from app.views.frame.viewport import Side

LEAST = {Side.RIGHT: 290, Side.BOTTOM: 190}
"""Pixels that the panel needs across to be of use."""
MOST = 0.45
"""Of the room for the frames, what the panel takes at most by itself."""
MOST_AT_LEAST = 0.5
"""The same where less than it needs would be left."""
UTMOST = 0.8
"""The same for who drags its edge."""
EDGE = 6
"""Pixels of the edge that is dragged."""


class _Closer(QToolButton):
    """Says how what it closes comes back, by the key that does it now."""

    def __init__(self, words: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.words = words

    def event(self, event: QEvent) -> bool:
        """Look for the key when a person points here."""
        if event.type() == QEvent.Type.ToolTip:
            self.setToolTip(with_keys(self.words))
        return super().event(event)


class Overlay(QFrame):
    """Holds a widget with a heading and a cross, at the right or lower edge of its parent.

    It is on show whenever the widget in it is and has something to show, or was asked for; where it
    lies, the parent says with `place`.
    """

    closed = Signal()
    """The person wants it gone."""
    changed = Signal()
    """It has come, gone or become larger."""

    def __init__(self, title: str, inside: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("overlay")
        self.setAutoFillBackground(True)
        self._inside = inside
        self._empty = self._asked = False
        self._side = Side.BOTTOM
        self._room = 0.0
        self._area = QRect()
        self._chosen: dict[Side, int] = {}
        """How large the person dragged it, by side."""
        self._grabbed: QPoint | None = None
        self._close = _Closer(
            f"Hide the {title.lower()}; {{press show_crop:Ctrl+E}} to bring it back", self
        )
        self._close.setAutoRaise(True)
        set_icon(self._close, "close")
        self._close.setIconSize(QSize(12, 12))
        self._close.setFixedSize(22, 20)
        self._close.setToolTip(with_keys(self._close.words))
        self._close.setAccessibleName(f"Hide the {title.lower()}")
        self._close.clicked.connect(self.closed)
        name = plain_label(self, title)
        name.setProperty("role", "muted")
        head = QHBoxLayout()
        head.setContentsMargins(8, 0, 4, 0)
        head.addWidget(name)
        head.addStretch(1)
        head.addWidget(self._close)
        self._column = QVBoxLayout(self)
        self._column.setSpacing(0)
        self._column.addLayout(head)
        self._column.addWidget(inside, 1)
        self.setMouseTracking(True)
        inside.installEventFilter(self)
        self.setVisible(not inside.isHidden())

    @property
    def extent(self) -> int:
        """Pixels that it covers, counted from the edge where it lies."""
        if self.isHidden():
            return 0
        return self.width() if self._side is Side.RIGHT else self.height()

    def place(self, side: Side, free: float, area: QRect) -> None:
        """Lie at `side` of an area of the parent, in the `free` pixels there if they are enough."""
        self._side, self._room, self._area = side, free, area
        edge = (EDGE, 1, 0, 0) if side is Side.RIGHT else (0, EDGE, 0, 0)
        self._column.setContentsMargins(*edge)
        self.setCursor(
            Qt.CursorShape.SplitHCursor if side is Side.RIGHT else Qt.CursorShape.SplitVCursor
        )
        for child in (self._inside, self._close):
            child.setCursor(Qt.CursorShape.ArrowCursor)
        self._lie()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Come and go with the widget inside."""
        if event.type() in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent):
            self._come_or_go()
        return False

    def set_empty(self, empty: bool) -> None:
        """Give the room to the frames while there is nothing to show."""
        self._asked = self._asked and empty
        if empty != self._empty:
            self._empty = empty
            self._come_or_go()

    def leave(self) -> None:
        """Give the room to the frames though it was asked for, until there is something again."""
        self._asked = False
        self.set_empty(True)
        self._come_or_go()

    def ask(self) -> None:
        """Show it even where it is empty: a person who asks for it wants to know why."""
        self._asked = True
        self._come_or_go()

    def _come_or_go(self) -> None:
        self.setVisible(not self._inside.isHidden() and (self._asked or not self._empty))
        self._lie()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the edge."""
        self._grabbed = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the edge."""
        if self._grabbed is None:
            return
        here = self.mapToParent(event.position().toPoint() - self._grabbed) - self._area.topLeft()
        across = self._across(self._side)
        wanted = across - (here.x() if self._side is Side.RIGHT else here.y())
        least = LEAST[self._side] // 2
        self._chosen[self._side] = max(least, min(wanted, round(UTMOST * across)))
        self._lie()

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Let go of the edge."""
        self._grabbed = None

    def wanted(self, side: Side, free: float) -> int:
        """Return how many pixels it would take at a side where so many are free."""
        across, least = self._across(side), LEAST[side]
        by_itself = max(min(max(free, least), MOST * across), min(least, MOST_AT_LEAST * across))
        return min(self._chosen.get(side, round(by_itself)), round(UTMOST * across))

    def _across(self, side: Side) -> int:
        return self._area.width() if side is Side.RIGHT else self._area.height()

    def _lie(self) -> None:
        area, taken = QRect(self._area), self.wanted(self._side, self._room)
        if self._side is Side.RIGHT:
            area.setLeft(area.left() + area.width() - taken)
        else:
            area.setTop(area.top() + area.height() - taken)
        self.setGeometry(area)
        self.raise_()
        self.changed.emit()
