"""A question: which thermal frame belongs to which RGB frame."""

from __future__ import annotations

from PySide6.QtCore import QRegularExpression
from PySide6.QtGui import QIcon, QRegularExpressionValidator
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from app.look.plain_text import plain_label

WIDTH = 560
_DIGITS = 13
"""As many as the largest offset has."""
_RULE = (
    "The thermal frame with number k + offset belongs to the RGB frame with number k; 0 takes the "
    "numbers as they stand. Where names are times, the offset is in milliseconds; where they have "
    "no numbers, and in videos, it counts frames."
)


class OffsetDialog(QDialog):
    """Says what is open, and takes a whole number; both modalities may be exchanged as well."""

    def __init__(
        self,
        words: str,
        offset: int,
        largest: int,
        *,
        exchangeable: bool,
        rule: str = _RULE,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Thermal offset")
        self._largest = largest
        self.words = plain_label(self, words)
        self.words.setWordWrap(True)
        meaning = plain_label(self, rule)
        meaning.setWordWrap(True)
        self.offset = QLineEdit(str(offset), self)
        form = QRegularExpression(rf"[+-]?[0-9]{{1,{_DIGITS}}}")
        self.offset.setValidator(QRegularExpressionValidator(form, self.offset))
        self.offset.selectAll()
        self.exchange = QCheckBox("&Exchange RGB and thermal", self)
        self.exchange.setVisible(exchangeable)
        self.bar = QDialogButtonBox(self)
        self.accepting = self.bar.addButton("&Open", QDialogButtonBox.ButtonRole.AcceptRole)
        self.accepting.setDefault(True)
        # Its icon is the system's, made for another ground than that of the theme.
        self.bar.addButton(QDialogButtonBox.StandardButton.Cancel).setIcon(QIcon())
        self.bar.accepted.connect(self.accept)
        self.bar.rejected.connect(self.reject)
        self.offset.textChanged.connect(lambda _text: self._check())
        rows = QFormLayout()
        rows.addRow("&Thermal offset", self.offset)
        layout = QVBoxLayout(self)
        layout.addWidget(self.words)
        layout.addLayout(rows)
        layout.addWidget(meaning)
        layout.addWidget(self.exchange)
        # Else the room that wrapped words may need stands between the field and its rule.
        layout.addStretch(1)
        layout.addWidget(self.bar)
        self.setMinimumWidth(WIDTH)
        self.offset.setFocus()

    def ask(self) -> tuple[int, bool] | None:
        """Return the offset and whether to exchange; None when it was closed."""
        if self.exec() != QDialog.DialogCode.Accepted:
            return None
        return int(self.offset.text()), self.exchange.isChecked()

    def _check(self) -> None:
        fits = self.offset.hasAcceptableInput()
        self.accepting.setEnabled(fits and abs(int(self.offset.text())) <= self._largest)
