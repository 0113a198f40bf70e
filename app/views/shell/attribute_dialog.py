"""A question: which attribute a target has, on which of its frames, or that it has none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QVBoxLayout,
    QWidget,
)

from app.look.plain_text import plain_label, plain_line, plain_title

WIDTH = 420
WHOLE = "The whole target"


@dataclass(frozen=True, slots=True)
class AttributeChoice:
    """What a person wants an attribute to be."""

    name: str
    value: str | None
    """None takes it away."""
    whole: bool
    """Of the whole target, and not of the frames that are meant."""


@dataclass(frozen=True, slots=True)
class AttributesShown:
    """What is known when an attribute is asked for."""

    target: str
    where: str
    """The frames that are meant, such as "frames 10 to 20"."""
    first: str
    """The first of them, such as "Frame 10"."""
    here: Mapping[str, str]
    """Of the first of these frames, those of the whole target left out."""
    whole: Mapping[str, str]
    known: Mapping[str, Sequence[str]]
    """Names that any target has, with the values that were given."""


class AttributeDialog(QDialog):
    """Takes a name and a value, and offers those that were used before."""

    def __init__(self, shown: AttributesShown, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Attribute of {plain_title(shown.target)}")
        self._shown = shown
        self._away = False
        self.name, self.value = self._field(), self._field()
        self.name.addItems(list(shown.known))
        self.where = QComboBox(self)
        self.where.addItems([shown.where.capitalize(), WHOLE])
        self.said = plain_label(self)
        self.said.setWordWrap(True)
        self.said.setProperty("role", "muted")
        self.bar = QDialogButtonBox(self)
        self.accepting = self.bar.addButton("&Set", QDialogButtonBox.ButtonRole.AcceptRole)
        self.accepting.setDefault(True)
        self.taking = self.bar.addButton("&Take away", QDialogButtonBox.ButtonRole.DestructiveRole)
        # Its icon is the system's, made for another ground than that of the theme.
        self.bar.addButton(QDialogButtonBox.StandardButton.Cancel).setIcon(QIcon())
        self.bar.accepted.connect(self.accept)
        self.bar.rejected.connect(self.reject)
        self.taking.clicked.connect(self._take_away)
        rows = QFormLayout()
        rows.addRow("&Name", self.name)
        rows.addRow("&Value", self.value)
        rows.addRow("&On", self.where)
        layout = QVBoxLayout(self)
        layout.addLayout(rows)
        layout.addWidget(self.said)
        layout.addStretch(1)
        layout.addWidget(self.bar)
        self.setMinimumWidth(WIDTH)
        # What it has is what is changed most often; else what was named first.
        self.name.setCurrentText(next(iter([*shown.here, *shown.known]), ""))
        self.name.currentTextChanged.connect(lambda _text: self._on_name())
        self.value.currentTextChanged.connect(lambda _text: self._check())
        self.where.currentIndexChanged.connect(lambda _index: self._on_name())
        self._on_name()
        self.name.setFocus()
        line = self.name.lineEdit()
        if line is not None:
            line.selectAll()

    def ask(self) -> AttributeChoice | None:
        """Return what is wanted; None when it was closed."""
        if self.exec() != QDialog.DialogCode.Accepted:
            return None
        value = None if self._away else self.value.currentText().strip()
        return AttributeChoice(self.name.currentText().strip(), value, self._whole)

    @property
    def _whole(self) -> bool:
        return self.where.currentIndex() == 1

    def _field(self) -> QComboBox:
        field = QComboBox(self)
        field.setEditable(True)
        # What is typed is used once it is set, and not added to the list by Return.
        field.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        completer = QCompleter(field.model(), field)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        # Two names may differ in their capitals alone.
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseSensitive)
        field.setCompleter(completer)
        return field

    def _on_name(self) -> None:
        name = self.name.currentText().strip()
        now = self._now().get(name, "")
        self.value.blockSignals(True)
        self.value.clear()
        self.value.addItems(list(self._shown.known.get(name, ())))
        self.value.setCurrentText(now)
        self.value.blockSignals(False)
        self._check()

    def _now(self) -> Mapping[str, str]:
        return self._shown.whole if self._whole else self._shown.here

    def _check(self) -> None:
        name, value = self.name.currentText().strip(), self.value.currentText().strip()
        self.accepting.setEnabled(bool(name and value))
        self.taking.setEnabled(bool(name))
        said = ", ".join(f"{each} = {text}" for each, text in self._now().items())
        where = WHOLE if self._whole else self._shown.first
        self.said.setText(
            plain_line(f"{where} has {said}.") if said else f"{where} has no attribute."
        )
        # A dialog keeps its height, and a longer sentence would press the fields together.
        layout = self.layout()
        if layout is not None and self.isVisible():
            self.resize(self.width(), max(self.height(), layout.totalHeightForWidth(self.width())))

    def _take_away(self) -> None:
        self._away = True
        self.accept()
