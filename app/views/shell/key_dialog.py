"""A question: which key an action is to have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QKeySequenceEdit,
    QVBoxLayout,
    QWidget,
)

from app.look.key_text import native, portable, pressed
from app.look.plain_text import plain_label

WIDTH = 440
_BUTTON_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One action, as the sheet lists it."""

    id: str
    menu: str
    """Where it stands, such as "File > Autosave"."""
    text: str
    tip: str
    keys: tuple[str, ...]
    """In portable text."""
    usual: tuple[str, ...]
    """What it has where nobody has changed it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What there is to say of a key that somebody wants to give an action."""

    good: bool
    words: str


Judge: TypeAlias = Callable[[str, str], Verdict]
"""Id of an action and a key in portable text."""


def shown_keys(keys: tuple[str, ...]) -> str:
    """Return keys as this system writes them."""
    return " or ".join(map(native, keys))


class KeyField(QKeySequenceEdit):
    """Takes the next key that is pressed; Tab goes on, and Esc leaves."""

    def __init__(self, dialog: QDialog) -> None:
        super().__init__(dialog)
        self._dialog = dialog
        self.setMaximumSequenceLength(1)
        self.setAccessibleName("New key")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the key."""
        if event.key() == Qt.Key.Key_Escape and not event.modifiers():
            self._dialog.reject()
        else:
            super().keyPressEvent(event)


class KeyDialog(QDialog):
    """Takes a key, and says at once whether it is free."""

    def __init__(self, row: KeyRow, judge: Judge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Change the key")
        self._row, self._judge = row, judge
        self.keys: tuple[str, ...] = row.keys
        """What was chosen, once it is accepted."""
        title = plain_label(self, row.text)
        title.setProperty("role", "title")
        now = shown_keys(row.keys)
        words = f"{row.tip} Its key is {now}." if now else f"{row.tip} It has no key."
        about, self.said = plain_label(self, words), plain_label(self)
        for label in (about, self.said):
            label.setWordWrap(True)
        self.field = KeyField(self)
        self.keeping = QCheckBox(f"&Keep {now.replace('&', '&&')} as well", self)
        self.keeping.setVisible(bool(now))
        bar = QDialogButtonBox(self)
        self.accepting = bar.addButton("&Use this key", QDialogButtonBox.ButtonRole.AcceptRole)
        self.taking_away = bar.addButton("&No key", QDialogButtonBox.ButtonRole.ResetRole)
        self.resetting = bar.addButton("&Default", QDialogButtonBox.ButtonRole.ResetRole)
        usual = shown_keys(row.usual)
        self.resetting.setToolTip(f"Back to {usual}" if usual else "Back to no key")
        self.resetting.setEnabled(row.keys != row.usual)
        self.taking_away.setEnabled(bool(row.keys))
        # Its icon is the system's, made for another ground than that of the theme.
        bar.addButton(QDialogButtonBox.StandardButton.Cancel).setIcon(QIcon())
        bar.accepted.connect(lambda: self._choose(self._wanted))
        bar.rejected.connect(self.reject)
        self.taking_away.clicked.connect(lambda: self._choose(()))
        self.resetting.clicked.connect(lambda: self._choose(row.usual))
        self.field.keySequenceChanged.connect(lambda _keys: self._look())
        layout = QVBoxLayout(self)
        for widget in (title, about, self.field, self.keeping, self.said):
            layout.addWidget(widget)
        layout.addStretch(1)
        layout.addWidget(bar)
        self.setMinimumWidth(WIDTH)
        self.field.setFocus()
        self._look()

    def ask(self) -> tuple[str, ...] | None:
        """Return the keys that the action is to have; None when it was closed."""
        return self.keys if self.exec() == QDialog.DialogCode.Accepted else None

    @property
    def _key(self) -> str:
        return portable(self.field.keySequence())

    @property
    def _wanted(self) -> tuple[str, ...]:
        before = self._row.keys if self.keeping.isChecked() else ()
        return (self._key, *(key for key in before if key != self._key))

    def _look(self) -> None:
        key = self._key
        verdict = self._judge(self._row.id, key) if key else Verdict(False, "Press the new key.")
        self.said.setText(verdict.words)
        self.accepting.setEnabled(verdict.good)
        # Of these the rest of the press would click the button.
        if verdict.good and pressed(self.field.keySequence()).key() not in _BUTTON_KEYS:
            self.accepting.setFocus()

    def _choose(self, keys: tuple[str, ...]) -> None:
        self.keys = keys
        self.accept()
