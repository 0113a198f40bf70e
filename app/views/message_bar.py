"""One sentence for the person, in the window instead of a dialog."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from app.icons import set_icon

INFO_MILLISECONDS = 6000
_ICONS = {"info": "info", "warning": "warning", "error": "error"}


class MessageBar(QFrame):
    """Shows the newest message; notices leave by themselves, errors stay until dismissed."""

    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messageBar")
        self._level = "info"
        self._icon = QToolButton(self)
        self._icon.setEnabled(False)
        self._icon.setAutoRaise(True)
        self._text = QLabel(self)
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
        row.setContentsMargins(10, 4, 6, 4)
        for widget in (self._icon, self._text, self._button, self._close):
            row.addWidget(widget)
        self._action: Callable[[], None] | None = None
        self._button.clicked.connect(self._run_action)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.clear)
        self.hide()

    @property
    def text(self) -> str:
        """The sentence on show; empty when the bar is hidden."""
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
        self.style().unpolish(self)
        self.style().polish(self)
        set_icon(self._icon, _ICONS[level])
        self._text.setText(text)
        self._action = action
        self._button.setText(action_text)
        self._button.setVisible(action is not None)
        self.show()
        if level == "info":
            self._timer.start(INFO_MILLISECONDS)
        else:
            self._timer.stop()

    def clear(self) -> None:
        """Hide the bar."""
        self._timer.stop()
        if not self.isHidden():
            self.hide()
            self.dismissed.emit()

    def _run_action(self) -> None:
        action = self._action
        self.clear()
        if action is not None:
            action()
