"""Everything that can be set, in groups or found by a word; each change counts as it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.look.action_button import clear_by_button
from app.look.icons import set_icon
from app.look.plain_text import plain_label, plain_tip
from app.resolve.matching import has_words
from app.views.shell.asking import may_reset
from app.views.shell.setting_fields import Control, Kind, Option, SettingField, Value

SIZE = (820, 600)
EDGE = 40
"""Pixels that the dialog leaves of a small screen."""
GROUPS = 130
"""Pixels of the list of groups."""
ALL = "All"


class Preferences(Protocol):
    """What the program goes by, and how it is changed."""

    def value(self, name: str) -> Value:
        """Return what the program runs with."""

    def usual(self, name: str) -> Value:
        """Return what it runs with where nobody has changed it."""

    def options(self, name: str) -> Sequence[Option]:
        """Return what there is to choose."""

    def put(self, name: str, value: Value) -> str:
        """Go by another value; return why not, or nothing."""

    def reset(self, name: str) -> None:
        """Go by the usual value."""


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    row: SettingField
    widget: QWidget
    control: Control
    resetting: QToolButton


class PreferencesDialog(QDialog):
    """A line to search, groups, and one row for each setting."""

    def __init__(
        self,
        rows: Sequence[SettingField],
        preferences: Preferences,
        note: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """Show `rows`; `note` says what of the stored ones was not understood."""
        super().__init__(parent)
        self.setWindowTitle("Preferences")
        self._preferences = preferences
        self.left_for = ""
        """Name of the door through which a person left."""
        self.search = QLineEdit(self)
        self.search.setPlaceholderText("Search: memory, palette, score…")
        self.search.setAccessibleName("Search preferences")
        clear_by_button(self.search)
        self.groups = QListWidget(self)
        self.groups.setAccessibleName("Groups")
        self.groups.setFixedWidth(GROUPS)
        names = list(dict.fromkeys(row.group for row in rows))
        self.groups.addItems([ALL, *names])
        self.groups.setCurrentRow(0)
        self._area = QScrollArea(self)
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._heads: dict[str, QLabel] = {}
        self._lines: dict[str, _Line] = {}
        self._area.setWidget(self._page(rows, names))
        self.said = plain_label(self, note)
        self.said.setWordWrap(True)
        self.said.setVisible(bool(note))
        layout = QVBoxLayout(self)
        layout.addWidget(self.search)
        middle = QHBoxLayout()
        middle.addWidget(self.groups)
        middle.addWidget(self._area, 1)
        layout.addLayout(middle, 1)
        layout.addWidget(self.said)
        layout.addWidget(self._bar())
        self.search.textChanged.connect(lambda _text: self._filter())
        self.groups.currentRowChanged.connect(lambda _at: self._filter())
        self.show_values()
        self._filter()
        room = QGuiApplication.primaryScreen().availableSize()
        self.resize(min(SIZE[0], room.width() - EDGE), min(SIZE[1], room.height() - 2 * EDGE))
        self.search.setFocus()

    def go_to(self, name: str) -> None:
        """Show one setting and give it the keyboard."""
        line = self._lines.get(name)
        if line is not None:
            self.search.clear()
            self.groups.setCurrentRow(0)
            line.control.focus.setFocus()
            # Once everything has its place.
            QTimer.singleShot(0, self, partial(self._area.ensureWidgetVisible, line.widget))

    def show_values(self) -> None:
        """Show everything as the program runs with it."""
        for name, line in self._lines.items():
            value = self._preferences.value(name)
            line.control.show(value, self._preferences.options(name))
            other = value != self._preferences.usual(name)
            line.resetting.setVisible(line.row.kind is not Kind.DOOR and other)
        self.resetting.setEnabled(any(not x.resetting.isHidden() for x in self._lines.values()))

    def say(self, text: str) -> None:
        """Say one sentence below the settings."""
        self.said.setText(text)
        self.said.setVisible(bool(text))

    def _bar(self) -> QDialogButtonBox:
        bar = QDialogButtonBox(self)
        self.resetting = bar.addButton("&All to default…", QDialogButtonBox.ButtonRole.ResetRole)
        closing = bar.addButton(QDialogButtonBox.StandardButton.Close)
        # Its icon is the system's, made for another ground than that of the theme.
        closing.setIcon(QIcon())
        for button in (self.resetting, closing):
            # Return ends what is typed into a field.
            button.setAutoDefault(False)
        self.resetting.clicked.connect(self._ask_reset)
        bar.rejected.connect(self.reject)
        return bar

    def _page(self, rows: Sequence[SettingField], names: Sequence[str]) -> QWidget:
        page = QWidget(self)
        column = QVBoxLayout(page)
        column.setContentsMargins(14, 6, 14, 10)
        column.setSpacing(4)
        for name in names:
            head = self._heads[name] = plain_label(page, name)
            head.setProperty("role", "title")
            head.setContentsMargins(0, 8, 0, 2)
            column.addWidget(head)
            for row in rows:
                if row.group == name:
                    line = self._lines[row.name] = self._line(row, page)
                    column.addWidget(line.widget)
        self.none = plain_label(page, "Nothing here is called so; search for another word.")
        self.none.setProperty("role", "muted")
        column.addWidget(self.none)
        column.addStretch(1)
        return page

    def _line(self, row: SettingField, page: QWidget) -> _Line:
        widget = QFrame(page)
        text, tip = plain_label(widget, row.text), plain_label(widget, row.tip)
        tip.setWordWrap(True)
        tip.setProperty("role", "muted")
        control = Control(row, partial(self._put, row.name), widget)
        text.setBuddy(control.focus)
        resetting = QToolButton(widget)
        resetting.setAutoRaise(True)
        set_icon(resetting, "undo")
        usual = _words_of(row, self._preferences)
        resetting.setToolTip(plain_tip(f"Back to the default: {usual}"))
        resetting.setAccessibleName(f"Default of {row.text}")
        resetting.clicked.connect(partial(self._reset, row.name))
        # Room is kept, so that nothing moves under the mouse.
        keep = resetting.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        resetting.setSizePolicy(keep)
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(text)
        words.addWidget(tip)
        line = QHBoxLayout(widget)
        line.setContentsMargins(0, 3, 0, 5)
        line.setSpacing(10)
        line.addLayout(words, 1)
        top = Qt.AlignmentFlag.AlignTop
        line.addWidget(control.widget, 0, top)
        line.addWidget(resetting, 0, top)
        return _Line(row, widget, control, resetting)

    def _filter(self) -> None:
        query, item = self.search.text(), self.groups.currentItem()
        # A word is looked for everywhere.
        group = ALL if query.strip() or item is None else item.text()
        shown: set[str] = set()
        for line in self._lines.values():
            row = line.row
            fits = group in (ALL, row.group) and has_words(query, row.text, row.tip, row.group)
            line.widget.setVisible(fits)
            shown |= {row.group} if fits else set()
        for name, head in self._heads.items():
            head.setVisible(name in shown)
        self.none.setVisible(not shown)

    def _put(self, name: str, value: Value) -> None:
        if self._lines[name].row.leads_away:
            self.left_for = name
            self.accept()
            return
        self.say(self._preferences.put(name, value))
        self.show_values()

    def _reset(self, name: str) -> None:
        self.say("")
        self._preferences.reset(name)
        self.show_values()
        self._lines[name].control.focus.setFocus()

    def _ask_reset(self) -> None:
        if may_reset(
            self,
            "Preferences",
            "Set all preferences to their defaults?",
            "Keys, lists of what was open and the layout stay as they are.",
        ):
            self.say("")
            for name, line in self._lines.items():
                if line.row.kind is not Kind.DOOR:
                    self._preferences.reset(name)
            self.show_values()


def _words_of(row: SettingField, preferences: Preferences) -> str:
    usual = preferences.usual(row.name)
    for option in preferences.options(row.name):
        if option.value == usual:
            return option.text
    if row.never and usual in ("", row.least):
        return row.never
    if isinstance(usual, bool):
        return "on" if usual else "off"
    return f"{usual:g}{row.unit}" if isinstance(usual, int | float) else str(usual)
