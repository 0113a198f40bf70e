"""A row of joined buttons of which one is down: a choice that shows all its answers."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from app.look.plain_text import plain_tip


class SegmentBar(QWidget):
    """Keys are whatever the owner likes; texts and tips are for people."""

    chosen = Signal(object)
    """The key a person picked."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._keys: list[object] = []
        self._buttons: list[QToolButton] = []
        self._group = QButtonGroup(self)
        # Clicked, not toggled: only what a person does.
        self._group.idClicked.connect(self._clicked)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)

    def set_items(self, items: Sequence[tuple[object, str, str]]) -> None:
        """Show these (key, text, tip) in their order; the first is down when none was."""
        # New buttons would lose the keyboard focus, and most frames have the same stages.
        if [key for key, _, _ in items] == self._keys and self._texts() == [
            text for _, text, _ in items
        ]:
            return
        before = self.current()
        for button in self._buttons:
            self._group.removeButton(button)
            self._layout.removeWidget(button)
            # Not at once: one of them may be the button whose click brought this about.
            button.deleteLater()
        self._keys = [key for key, _, _ in items]
        self._buttons = []
        for index, (_, text, tip) in enumerate(items):
            self._buttons.append(self._button(index, text, tip, len(items)))
        # The choice outlives new buttons where it still exists.
        self.set_current(before if before in self._keys else (self._keys or [None])[0])

    def current(self) -> object:
        """Return the key that is down, None for an empty bar."""
        index = self._group.checkedId()
        return self._keys[index] if 0 <= index < len(self._keys) else None

    def keys(self) -> tuple[object, ...]:
        """Return the keys in their order."""
        return tuple(self._keys)

    def set_current(self, key: object) -> None:
        """Press the button of a key without telling anybody."""
        if key in self._keys:
            self._buttons[self._keys.index(key)].setChecked(True)

    def _texts(self) -> list[str]:
        return [button.text() for button in self._buttons]

    def _button(self, index: int, text: str, tip: str, count: int) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(plain_tip(tip))
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setProperty("role", "segment")
        first, last = index == 0, index == count - 1
        place = "only" if first and last else "first" if first else "last" if last else "middle"
        # The style sheet rounds the corners at the ends only.
        button.setProperty("place", place)
        button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._group.addButton(button, index)
        self._layout.addWidget(button)
        return button

    def _clicked(self, index: int) -> None:
        self.chosen.emit(self._keys[index])
