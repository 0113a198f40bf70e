"""Which figure to draw for a paper, of which frames, how wide, and where to."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.look.plain_text import plain_label, plain_line, plain_tip
from safe_files import file_name, one_line

WIDTH = 560
FILTER = "Figures (*.pdf *.svg *.png)"
ENDING = ".pdf"
"""What is suggested: it is sharp at any size, and LaTeX takes it."""
_TIP = Qt.ItemDataRole.ToolTipRole


@dataclass(frozen=True, slots=True)
class KindRow:
    """One kind of figure, as the dialog offers it."""

    id: str
    label: str
    about: str
    """What it shows, needs and leaves out."""
    frames: str
    """Those that are suggested."""


@dataclass(frozen=True, slots=True)
class FigureAnswer:
    """What a person has chosen."""

    kind: str
    target_id: str
    frames: str
    """As typed."""
    width: str
    place: Path
    overwrite: bool


class FigureDialog(QDialog):
    """Asks for kind, target, frames, width and place, and says at once what is wrong with them."""

    def __init__(
        self,
        kinds: Sequence[KindRow],
        targets: Sequence[tuple[str, str]],
        widths: Sequence[tuple[str, str]],
        suggested: FigureAnswer,
        check: Callable[[FigureAnswer], str],
        parent: QWidget | None = None,
    ) -> None:
        """`check` returns what is wrong with an answer, or nothing."""
        super().__init__(parent)
        self.setWindowTitle("Figure for a paper")
        self.setMinimumWidth(WIDTH)
        self._kinds = {row.id: row for row in kinds}
        self._suggested, self._check = suggested, check
        self._own_place = self._own_frames = False
        self.kind, self.target, self.breadth = QComboBox(self), QComboBox(self), QComboBox(self)
        for row in kinds:
            self.kind.addItem(row.label, row.id)
            self.kind.setItemData(self.kind.count() - 1, plain_tip(row.about), _TIP)
        for target_id, name in targets:
            self.target.addItem(plain_line(name), target_id)
        for word, words in widths:
            self.breadth.addItem(words, word)
        self.target.setCurrentIndex(max(0, self.target.findData(suggested.target_id)))
        self.target.setEnabled(self.target.count() > 1)
        self.frames = QLineEdit(self)
        self.frames.setPlaceholderText("Like 3,9,40-80:10")
        self.place = QLineEdit(self)
        self.browsing = QPushButton("&Browse…", self)
        self.replace = QCheckBox("&Replace a file that is there already", self)
        self.about, self.said = plain_label(self), plain_label(self)
        self.about.setProperty("role", "muted")
        for label in (self.about, self.said):
            label.setWordWrap(True)
        self._lay_out()
        self.kind.currentIndexChanged.connect(lambda _at: self._show_kind())
        for box in (self.target, self.breadth):
            box.currentIndexChanged.connect(lambda _at: self._look())
        self.place.textEdited.connect(lambda _text: self._own())
        self.frames.textEdited.connect(lambda _text: self._own_which())
        for field in (self.frames, self.place):
            field.textChanged.connect(lambda _text: self._look())
        self.replace.toggled.connect(lambda _on: self._look())
        self.browsing.clicked.connect(self._browse)
        self._show_kind()

    @property
    def answer(self) -> FigureAnswer:
        """What is chosen."""
        return FigureAnswer(
            self.kind.currentData(),
            self.target.currentData() or "",
            self.frames.text(),
            self.breadth.currentData(),
            Path(os.path.expanduser(self.place.text().strip())),  # noqa: PTH111 - never raises
            self.replace.isChecked(),
        )

    def _lay_out(self) -> None:
        fields = QFormLayout()
        fields.addRow("&Figure", self.kind)
        fields.addRow("&Target", self.target)
        fields.addRow("F&rames", self.frames)
        fields.addRow("&Width", self.breadth)
        beside = QHBoxLayout()
        beside.addWidget(self.place, 1)
        beside.addWidget(self.browsing)
        label = plain_label(self, "Write &to")
        label.setBuddy(self.place)
        fields.addRow(label, beside)
        bar = QDialogButtonBox(self)
        self.accepting = bar.addButton("&Draw", QDialogButtonBox.ButtonRole.AcceptRole)
        self.accepting.setDefault(True)
        # Its icon is the system's, made for another ground than that of the theme.
        bar.addButton(QDialogButtonBox.StandardButton.Cancel).setIcon(QIcon())
        bar.accepted.connect(self.accept)
        bar.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(fields)
        for each in (self.about, self.replace, self.said, bar):
            layout.addWidget(each)

    def _show_kind(self) -> None:
        row = self._kinds[self.kind.currentData()]
        self.about.setText(one_line(row.about))
        if not self._own_frames:
            self.frames.setText(row.frames)
        if not self._own_place:
            place = self._suggested.place
            named = f"{file_name(place.stem)}_{row.id}{ENDING}"
            self.place.setText(str(place.with_name(named)))
        self._look()

    def _own(self) -> None:
        self._own_place = True

    def _own_which(self) -> None:
        self._own_frames = True

    def _look(self) -> None:
        wrong = self._check(self.answer) if self.place.text().strip() else "Choose a file."
        self.said.setText(one_line(wrong))
        self.accepting.setEnabled(not wrong)

    def _browse(self) -> None:
        # The box asks about files that are there.
        silent = QFileDialog.Option.DontConfirmOverwrite
        name, _ = QFileDialog.getSaveFileName(
            self, "Draw into", self.place.text(), FILTER, options=silent
        )
        if name:
            path = Path(name)
            self._own_place = True
            self.place.setText(str(path if path.suffix else path.with_suffix(ENDING)))
