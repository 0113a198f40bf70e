"""One sentence for the person, over the frames instead of in a dialog."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from app.look.icons import icon, set_icon
from app.look.plain_text import plain_action, plain_label
from app.look.theme import theme_signals
from safe_files import one_line

INFO_MILLISECONDS = 6000
MAX_WIDTH = 680
MARGIN = 10
TOP = 44
"""Pixels from the sides, and from the upper edge: below the headings of the panes."""
CHROME = 120
"""Pixels that icon, closing button and margins take beside the words."""
_ICONS = {"info": "info", "warning": "warning", "error": "error"}


class MessageBar(QFrame):
    """Shows the newest message; notices leave by themselves, errors stay until dismissed."""

    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messageBar")
        self._level = "info"
        self._icon = plain_label(self)
        self._text = plain_label(self)
        self._text.setWordWrap(True)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._button = QPushButton(self)
        self._button.hide()
        self._close = QToolButton(self)
        self._close.setAutoRaise(True)
        set_icon(self._close, "close")
        self._close.setToolTip("Hide this message")
        self._close.clicked.connect(self.clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 7, 7, 7)
        row.setSpacing(10)
        for widget in (self._icon, self._text, self._button, self._close):
            row.addWidget(widget)
        self._action: Callable[[], None] | None = None
        self._button.clicked.connect(self._run_action)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.clear)
        theme_signals().changed.connect(self._paint_icon)
        self.hide()

    @property
    def text(self) -> str:
        """The sentence on show; empty when the bar is hidden."""
        # Not isVisible, which is false while the window is not shown yet.
        return self._text.text() if not self.isHidden() else ""

    @property
    def level(self) -> str:
        """`info`, `warning` or `error`."""
        return self._level

    def show_message(
        self,
        text: str,
        level: str = "info",
        action_text: str = "",
        action: Callable[[], None] | None = None,
    ) -> None:
        """Show one sentence, with a button when `action` is given."""
        self._level = level
        self.setProperty("level", level)
        # A style sheet does not notice a new property by itself.
        self.style().unpolish(self)
        self.style().polish(self)
        self._text.setText(one_line(text))
        self._action = action
        self._button.setText(plain_action(action_text))
        self._button.setVisible(action is not None)
        self._paint_icon()
        self.show()
        self.place()
        # Siblings that were shown since would lie above.
        self.raise_()
        if level == "info":
            self._timer.start(INFO_MILLISECONDS)
        else:
            self._timer.stop()

    def place(self) -> None:
        """Float in the middle of the upper edge of the parent."""
        parent = self.parentWidget()
        if parent is None:
            return
        words = self._text.fontMetrics().horizontalAdvance(self._text.text())
        button = 0 if self._button.isHidden() else self._button.sizeHint().width() + 10
        width = min(words + CHROME + button, MAX_WIDTH, max(240, parent.width() - 2 * MARGIN))
        # Wrapped words need more lines the narrower the bar is.
        height = max(self.sizeHint().height(), self.heightForWidth(width))
        self.setGeometry((parent.width() - width) // 2, TOP, width, height)

    def clear(self) -> None:
        """Hide the bar."""
        self._timer.stop()
        # The timer and the person may both dismiss it.
        if not self.isHidden():
            self.hide()
            self.dismissed.emit()

    def _paint_icon(self, _theme: object = None) -> None:
        self._icon.setPixmap(icon(_ICONS[self._level]).pixmap(18))

    def _run_action(self) -> None:
        # Cleared first: the action may show a message of its own.
        action = self._action
        self.clear()
        if action is not None:
            action()
