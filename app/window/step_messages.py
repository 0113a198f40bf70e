"""Messages about a step of the session: they leave when what they say is not so any more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QTimer, Slot

if TYPE_CHECKING:
    from app.state.document import Document
    from app.views.shell.message_bar import Choice, MessageBar

OFFER_MILLISECONDS = 12_000
"""An offer is no question: it must not lie over the frames until somebody answers."""


class ShowMessage(Protocol):
    """Shows one sentence, with a button for each choice."""

    def __call__(self, text: str, level: str = ..., *, choices: Sequence[Choice] = ...) -> None:
        """Say it."""


class StepMessages(QObject):
    """Says sentences in the message bar and takes them away in time."""

    def __init__(
        self,
        document: Document,
        bar: MessageBar,
        show: ShowMessage,
        note: Callable[[str], None],
        parent: QObject | None = None,
    ) -> None:
        """`show` says a sentence in `bar`, and to whoever else listens; `note` says it quietly."""
        super().__init__(parent)
        self._document = document
        self._bar = bar
        self._show = show
        self._note = note
        self._noted: int | None = None
        """The state that the quiet sentence is about; None when there is none."""
        self._text = ""
        self._state = 0
        self._only_here = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._leave)
        self._document.state_changed.connect(self._on_state)

    def say(
        self,
        text: str,
        level: str = "info",
        *,
        only_here: bool = False,
        choices: Sequence[Choice] = (),
    ) -> None:
        """Say what the last step did, until it is undone; `only_here`: until any other step."""
        self._show(text, level, choices=choices)
        history = self._document.history
        self._text, self._only_here = text, only_here
        self._state = 0 if history is None else history.state
        if choices:
            self._timer.start(OFFER_MILLISECONDS)
        else:
            self._timer.stop()

    def note(self, text: str) -> None:
        """Say quietly what undo or redo did, until any other step."""
        history = self._document.history
        self._note(text)
        self._noted = None if history is None else history.state

    @Slot()
    def _on_state(self) -> None:
        history = self._document.history
        if self._noted is not None and (history is None or history.state != self._noted):
            self._note("")
            self._noted = None
        # The numbers of states only grow along the steps: a lower one means that it was undone.
        if (
            history is None
            or history.state < self._state
            or (self._only_here and history.state != self._state)
        ):
            self._leave()

    @Slot()
    def _leave(self) -> None:
        # Somebody else may have said something since.
        if self._text and self._bar.text == self._text:
            self._bar.clear()
        self._text = ""
        self._timer.stop()
