"""One setting as a form shows it, and the widget that changes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any, TypeAlias

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)

from app.look.plain_text import plain_action, plain_label, plain_line, plain_tip

Value: TypeAlias = bool | int | float | str | tuple[str, ...] | dict[str, tuple[str, ...]]
CONTROL = 250
"""Pixels of the widest control, so that all begin and end below each other."""
_TIP = Qt.ItemDataRole.ToolTipRole


class Kind(Enum):
    """What is set."""

    SWITCH = auto()
    WHOLE = auto()
    REAL = auto()
    CHOICE = auto()
    FOLDER = auto()
    """A path, or empty for none."""
    DOOR = auto()
    """What is kept by itself, or has a dialog of its own: a button."""


@dataclass(frozen=True, slots=True)
class Option:
    """One of several things to choose."""

    value: object
    text: str
    tip: str = ""
    group: int = 0
    """Between groups there is a line."""


@dataclass(frozen=True, slots=True)
class SettingField:
    """What a form has to know of a setting."""

    name: str
    """By which the preferences store it."""
    group: str
    text: str
    tip: str
    """What it does, and from when on, in whole sentences."""
    kind: Kind
    least: float = 0
    most: float = 0
    step: float = 1
    decimals: int = 0
    unit: str = ""
    never: str = ""
    """What the least number is called, or an empty folder."""
    button: str = ""
    """The words of a door."""
    leads_away: bool = False
    """Whether the form closes before the door opens."""
    words: Callable[[Value], str] = str
    """How a value is said where it is not seen in a widget."""


class _Whole(QSpinBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page, which is scrolled past many numbers."""
        event.ignore()


class _Real(QDoubleSpinBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page."""
        event.ignore()


class _Choice(QComboBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page."""
        event.ignore()


class Control:
    """The widget of one setting; `changed` is called with what a person has chosen."""

    def __init__(
        self, row: SettingField, changed: Callable[[Value], None], parent: QWidget
    ) -> None:
        self.row, self._changed = row, changed
        self.widget = QWidget(parent)
        self._line = QHBoxLayout(self.widget)
        self._line.setContentsMargins(0, 0, 0, 0)
        self.widget.setFixedWidth(CONTROL)
        self.show: Callable[[Value, Sequence[Option]], None]
        """Show a value, and what there is to choose, without saying so."""
        make = {
            Kind.SWITCH: self._switch,
            Kind.WHOLE: self._number,
            Kind.REAL: self._number,
            Kind.CHOICE: self._choice,
            Kind.FOLDER: self._folder,
            Kind.DOOR: self._door,
        }
        self.focus = make[row.kind]()
        self.focus.setAccessibleName(row.text)
        self.focus.setAccessibleDescription(row.tip)

    # PySide cannot tell how many arguments a partial takes, and would give it none.
    def _say(self, value: Value) -> None:
        self._changed(value)

    def _switch(self) -> QWidget:
        box = QCheckBox("On", self.widget)
        self._line.addWidget(box)
        self._line.addStretch(1)
        box.clicked.connect(self._say)

        def show(value: Value, _options: Sequence[Option]) -> None:
            box.setChecked(bool(value))

        self.show = show
        return box

    def _number(self) -> QWidget:
        row = self.row
        box: QSpinBox | QDoubleSpinBox
        if row.kind is Kind.WHOLE:
            box = _Whole(self.widget)
            box.setRange(int(row.least), int(row.most))
            box.setSingleStep(int(row.step))
            box.valueChanged.connect(self._say)
        else:
            box = _Real(self.widget)
            box.setDecimals(row.decimals)
            box.setRange(row.least, row.most)
            box.setSingleStep(row.step)
            box.valueChanged.connect(lambda value: self._changed(round(value, row.decimals)))
        box.setSuffix(row.unit)
        box.setSpecialValueText(row.never)
        # Typing 1024 would set 1 first.
        box.setKeyboardTracking(False)
        box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._line.addWidget(box)
        self._line.addStretch(1)

        def show(value: Value, _options: Sequence[Option]) -> None:
            # Of the row's kind: an int for the one box, a float for the other.
            number: Any = value
            box.blockSignals(True)
            box.setValue(number)
            box.blockSignals(False)

        self.show = show
        return box

    def _choice(self) -> QWidget:
        box = _Choice(self.widget)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._line.addWidget(box, 1)
        # Activated, not changed: only what a person does.
        box.activated.connect(lambda at: self._changed(box.itemData(at)))

        def show(value: Value, options: Sequence[Option]) -> None:
            box.clear()
            for before, option in zip((None, *options), options, strict=False):
                if before is not None and before.group != option.group:
                    box.insertSeparator(box.count())
                box.addItem(plain_line(option.text), option.value)
                box.setItemData(box.count() - 1, plain_tip(option.tip), _TIP)
                if option.value == value:
                    box.setCurrentIndex(box.count() - 1)
            # The list may be wider than the box: long names are read there.
            box.view().setMinimumWidth(box.view().sizeHintForColumn(0) + 24)

        self.show = show
        return box

    def _folder(self) -> QWidget:
        row = self.row
        field, button = QLineEdit(self.widget), QPushButton("Browse…", self.widget)
        field.setPlaceholderText(row.never)
        button.setAutoDefault(False)
        self._line.addWidget(field, 1)
        self._line.addWidget(button)

        def typed() -> None:
            if field.isModified():
                field.setModified(False)
                self._changed(field.text().strip())

        def browse() -> None:
            at = field.text() or str(Path.home())
            name = QFileDialog.getExistingDirectory(self.widget, row.text, at)
            if name:
                self._changed(name)

        def show(value: Value, _options: Sequence[Option]) -> None:
            field.setText(str(value))
            field.setToolTip(plain_tip(str(value)))
            field.setModified(False)

        field.editingFinished.connect(typed)
        button.clicked.connect(browse)
        self.show = show
        return field

    def _door(self) -> QWidget:
        row = self.row
        said = plain_label(self.widget)
        button = QPushButton(plain_action(row.button), self.widget)
        button.setAutoDefault(False)
        self._line.addWidget(said, 1)
        self._line.addWidget(button)
        button.clicked.connect(lambda: self._changed(True))

        def show(value: Value, _options: Sequence[Option]) -> None:
            said.setText(plain_line(row.words(value)))

        self.show = show
        return button
