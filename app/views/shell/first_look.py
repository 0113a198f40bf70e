"""The first look as a bar above the frames: what to see, a button to do it, on and back."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.look.icons import set_icon
from app.look.plain_text import CutLabel, plain_label
from app.resolve.first_look import FIRST_LOOK


class FirstLookBar(QFrame):
    """Three steps, one at a time; hidden until somebody begins."""

    wanted = Signal(str)
    """The name of what is to be done for the person."""
    dismissed = Signal()
    """The person has had enough, or has come to the end."""

    resized = Signal()
    """It has come, gone or taken another room."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("firstLook")
        self.setAutoFillBackground(True)
        self.setAccessibleName("First look")
        self._step, self._low = 0, False
        self._title, self._words = CutLabel(self), plain_label(self)
        # Cut where the buttons need its room: the words below say it all.
        self._title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._title.setProperty("role", "title")
        self._words.setWordWrap(True)
        # The height for the width counts, not the hint of wrapped text.
        self._words.setMinimumSize(1, 1)
        self._close = QToolButton(self)
        self._close.setAutoRaise(True)
        set_icon(self._close, "close")
        self._close.setIconSize(QSize(12, 12))
        self._close.setToolTip("End the first look; Help, First look begins it again")
        self._close.setAccessibleName("End the first look")
        self._close.clicked.connect(self.dismissed)
        self._doings = QHBoxLayout()
        self._doings.setSpacing(6)
        self._back, self._next = QPushButton("Back", self), QPushButton("Next", self)
        self._back.clicked.connect(lambda: self.show_step(self._step - 1))
        self._next.clicked.connect(self._on_next)
        self._unfold = QPushButton("Words", self)
        self._unfold.setToolTip("Read again what this step says")
        self._unfold.clicked.connect(lambda: self._fold(False))
        self._fold(False)
        self._lay_out()
        self.hide()

    @property
    def step(self) -> int:
        """The step on show, from 0."""
        return self._step

    def begin(self) -> None:
        """Show the first step."""
        self.show_step(0)
        self.show()

    def set_low(self, low: bool) -> None:
        """Let the words make room for what a button has shown, where the window is low."""
        self._low = low
        self._say_title()
        if not low:
            self._fold(False)

    def _fold(self, on: bool) -> None:
        self._words.setVisible(not on)
        self._unfold.setVisible(on)

    def _do(self, name: str) -> None:
        self._fold(self._low)
        self.wanted.emit(name)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let who lies below it know."""
        super().resizeEvent(event)
        self.resized.emit()

    def showEvent(self, event: QShowEvent) -> None:
        """Let who lies below it know."""
        super().showEvent(event)
        self.resized.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Let who lies below it know."""
        super().hideEvent(event)
        self.resized.emit()

    def show_step(self, step: int) -> None:
        """Show another step."""
        self._step = min(max(step, 0), len(FIRST_LOOK) - 1)
        row = FIRST_LOOK[self._step]
        self._say_title()
        self._words.setText(row.words)
        self._fold(False)
        self.setAccessibleDescription(row.words)
        while (item := self._doings.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                # Until Qt comes to deleting it, it would lie below the new ones.
                widget.hide()
                widget.deleteLater()
        for name, text in row.doings:
            button = QPushButton(text, self)
            button.clicked.connect(lambda _on=False, name=name: self._do(name))
            self._doings.addWidget(button)
        self._back.setEnabled(self._step > 0)
        self._next.setText("Next" if self._step < len(FIRST_LOOK) - 1 else "Done")

    def _say_title(self) -> None:
        # Where it would be cut, what it is about comes first.
        name = "" if self._low else "First look, "
        title = FIRST_LOOK[self._step].title
        self._title.setText(f"{name}{self._step + 1} of {len(FIRST_LOOK)}: {title}")
        self._title.setToolTip(f"First look: {title}")

    def _on_next(self) -> None:
        if self._step == len(FIRST_LOOK) - 1:
            self.dismissed.emit()
        else:
            self.show_step(self._step + 1)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self._title, 1)
        head.addLayout(self._doings)
        head.addSpacing(14)
        for widget in (self._unfold, self._back, self._next, self._close):
            head.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 8, 7)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._words)
