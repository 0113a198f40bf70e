"""One sentence for the person, over the frames instead of in a dialog."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

from PySide6.QtCore import QRect, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
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
LEAST_MARGIN = 2
SPACING = 10
TOP = 44
"""Pixels from the sides, the least of it, between the parts, and from the upper edge: below the
panes' headings."""
CHROME = 120
"""Pixels that icon, closing button and margins take beside the words."""
Choice: TypeAlias = tuple[str, Callable[[], None]]
"""The words of a button, and what it does."""
LEAST_WORDS = 240
"""Pixels that a sentence keeps beside buttons."""
_ICONS = {"info": "info", "warning": "warning", "error": "error"}


class MessageBar(QFrame):
    """Shows the newest message; notices without a button leave by themselves, all else stays."""

    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messageBar")
        self._level = "info"
        self.room_below: Callable[[], float] = lambda: 0.0
        """How many pixels at the lower edge of the parent show nothing."""
        self.room_above: Callable[[], int] = lambda: 0
        """How many pixels at its upper edge show what is to be read meanwhile."""
        self.taken_right: Callable[[], int] = lambda: 0
        """How many pixels at its right edge something else has."""
        self.kept_free: Callable[[], Sequence[QRect]] = tuple
        """Where it must not lie if it can lie elsewhere."""
        self._icon = plain_label(self)
        self._text = plain_label(self)
        self._text.setWordWrap(True)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._buttons: list[QPushButton] = []
        self._close = QToolButton(self)
        self._close.setAutoRaise(True)
        set_icon(self._close, "close")
        self._close.setToolTip("Hide this message")
        self._close.clicked.connect(self.clear)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(12, 7, 7, 7)
        self._grid.setSpacing(SPACING)
        self._grid.setColumnStretch(1, 1)
        for column, widget in ((0, self._icon), (1, self._text), (3, self._close)):
            self._grid.addWidget(widget, 0, column)
        self._row = QHBoxLayout()
        self._row.setSpacing(SPACING)
        self._grid.addLayout(self._row, 0, 2)
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

    @property
    def buttons(self) -> tuple[QPushButton, ...]:
        """The buttons beside the sentence, left to right."""
        return tuple(self._buttons)

    def show_message(
        self,
        text: str,
        level: str = "info",
        action_text: str = "",
        action: Callable[[], None] | None = None,
        choices: Sequence[Choice] = (),
    ) -> None:
        """Show one sentence, with a button for `action`, if given, and for each of `choices`."""
        self._level = level
        self.setProperty("level", level)
        # A style sheet does not notice a new property by itself.
        self.style().unpolish(self)
        self.style().polish(self)
        self._text.setText(one_line(text))
        first = () if action is None else ((action_text, action),)
        self._set_choices((*first, *choices))
        self._paint_icon()
        self.show()
        self.place()
        # Siblings that were shown since would lie above.
        self.raise_()
        # Who is asked something may think for longer than a notice stays.
        if level == "info" and not self._buttons:
            self._timer.start(INFO_MILLISECONDS)
        else:
            self._timer.stop()

    def place(self) -> None:
        """Float at the lower edge where nothing lies there, else where it hides least."""
        parent = self.parentWidget()
        if parent is None:
            return
        words = self._text.fontMetrics().horizontalAdvance(self._text.text())
        buttons = sum(button.sizeHint().width() + SPACING for button in self._buttons)
        across = parent.width() - self.taken_right()
        room = max(240, across - 2 * MARGIN)
        below = room - CHROME - buttons < min(words, LEAST_WORDS)
        self._grid.removeItem(self._row)
        # Beside the words, or below them where they would become a column of single ones.
        at = (1, 1, 1, 3) if below else (0, 2, 1, 1)
        self._grid.addLayout(self._row, *at, Qt.AlignmentFlag.AlignRight)
        beside = 0 if below else buttons
        width = min(words + CHROME + beside, MAX_WIDTH + beside, room)
        # What was measured before the buttons moved is remembered otherwise.
        self._grid.invalidate()
        # Wrapped words need more lines the narrower the bar is; its hint knows of no width.
        height = max(self.minimumSizeHint().height(), self._grid.totalHeightForWidth(width))
        self.setGeometry(self._place_of(width, height, parent.height(), (across - width) // 2))

    def _place_of(self, width: int, height: int, down: int, left: int) -> QRect:
        free = int(self.room_below())
        # In the middle of a narrow room, which is better than over the pictures.
        margin = min(MARGIN, (free - height) // 2)
        if margin >= LEAST_MARGIN:
            return QRect(left, down - height - margin, width, height)
        tops = (TOP + self.room_above(), down - height - MARGIN)
        places = [QRect(left, top, width, height) for top in tops]
        kept = self.kept_free()
        return min(places, key=lambda place: sum(place.intersects(each) for each in kept))

    def clear(self) -> None:
        """Hide the bar."""
        self._timer.stop()
        # The timer and the person may both dismiss it.
        if not self.isHidden():
            self.hide()
            self.dismissed.emit()

    def _paint_icon(self, _theme: object = None) -> None:
        self._icon.setPixmap(icon(_ICONS[self._level]).pixmap(18))

    def _set_choices(self, choices: Sequence[Choice]) -> None:
        for button in self._buttons:
            self._row.removeWidget(button)
            button.hide()
            # Not at once: this may be called by its own click.
            button.deleteLater()
        self._buttons = []
        for words, action in choices:
            button = QPushButton(plain_action(words), self)
            button.clicked.connect(partial(self._run, action))
            self._row.addWidget(button)
            # At once: a layout leaves no room for what Qt would only show by and by.
            button.show()
            self._buttons.append(button)

    def _run(self, action: Callable[[], None], _checked: bool = False) -> None:
        # Cleared first: the action may show a message of its own.
        self.clear()
        action()
