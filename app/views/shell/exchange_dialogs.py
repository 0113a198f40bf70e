"""What to export and where to, and what to import; with a look at it before it is done."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFontDatabase, QIcon
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.look.plain_text import plain_label, plain_line, plain_tip
from safe_files import file_name, one_line
from sessions import Modality

WIDTH, PREVIEW_HEIGHT = 620, 180
TYPING = 300
"""Milliseconds after the last key before a path is looked at."""
EACH = "Each in a folder of its own"
_TIP = Qt.ItemDataRole.ToolTipRole
MODALITIES = ((Modality.RGB, "RGB"), (Modality.TIR, "Thermal"))


@dataclass(frozen=True, slots=True)
class FormRow:
    """One form, as a dialog offers it."""

    id: str
    label: str
    ending: str
    """Of a file; empty for a folder."""
    holds: str
    lacks: str
    of_target: bool = False
    of_modality: bool = False
    folder: bool = False
    """Whether a folder may be taken in."""


class _Dialog(QDialog):
    """A form, a place, what will happen, and a button to do it."""

    def __init__(
        self, title: str, verb: str, rows: Sequence[FormRow], parent: QWidget | None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self._rows = {row.id: row for row in rows}
        self.form = QComboBox(self)
        for row in rows:
            self.form.addItem(row.label, row.id)
            self.form.setItemData(self.form.count() - 1, plain_tip(row.holds), _TIP)
        self.place = QLineEdit(self)
        self.browsing = QPushButton("&Browse…", self)
        self.about = plain_label(self)
        self.about.setWordWrap(True)
        self.about.setProperty("role", "muted")
        self.preview = QPlainTextEdit(self)
        self.preview.setReadOnly(True)
        self.preview.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.preview.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.preview.setMinimumHeight(PREVIEW_HEIGHT)
        # Tab leads on through the dialog, not into a text that nobody writes.
        self.preview.setTabChangesFocus(True)
        self.preview.setAccessibleName("Preview")
        self.said = plain_label(self)
        self.said.setWordWrap(True)
        self.bar = QDialogButtonBox(self)
        self.accepting = self.bar.addButton(verb, QDialogButtonBox.ButtonRole.AcceptRole)
        self.accepting.setDefault(True)
        # Its icon is the system's, made for another ground than that of the theme.
        self.bar.addButton(QDialogButtonBox.StandardButton.Cancel).setIcon(QIcon())
        self.bar.accepted.connect(self.accept)
        self.bar.rejected.connect(self.reject)
        self._fields = QFormLayout()
        self._fields.addRow("&Form", self.form)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(TYPING)
        self.setMinimumWidth(WIDTH)

    @property
    def row(self) -> FormRow:
        """The form that is chosen."""
        return self._rows[self.form.currentData()]

    def _lay_out(self, *below: QWidget) -> None:
        layout = QVBoxLayout(self)
        layout.addLayout(self._fields)
        layout.addWidget(self.about)
        layout.addWidget(self.preview, 1)
        layout.addWidget(self.said)
        for each in below:
            layout.addWidget(each)
        layout.addWidget(self.bar)

    def _row_with(self, words: str, field: QLineEdit, button: QPushButton) -> None:
        beside = QHBoxLayout()
        beside.addWidget(field, 1)
        beside.addWidget(button)
        label = plain_label(self, words)
        label.setBuddy(field)
        self._fields.addRow(label, beside)

    def show_text(self, text: str, said: str, *, good: bool) -> None:
        """Show what will happen, and a sentence below it; without `good` it cannot be done."""
        self.preview.setPlainText(text)
        self.said.setText(one_line(said))
        self.said.setVisible(bool(said))
        self.accepting.setEnabled(good)


class ExportDialog(_Dialog):
    """Asks for form, target, modality and place; `wanted` asks for a preview of them."""

    wanted = Signal(str, str, object)
    """Form, id of the target or empty, Modality."""

    def __init__(
        self,
        rows: Sequence[FormRow],
        targets: Sequence[tuple[str, str]],
        selected: str,
        suggested: Path,
        check: Callable[[FormRow, Path, bool], str],
        parent: QWidget | None = None,
    ) -> None:
        """`check` returns why a form cannot be written to a place, or nothing.

        Until a person chooses, the first form is shown that the session can be written as.
        """
        super().__init__("Export", "&Export", rows, parent)
        self._targets, self._suggested, self._own_place = targets, suggested, False
        self._selected, self._check_place, self._picked = selected, check, False
        self.target = QComboBox(self)
        self.modality = QComboBox(self)
        for modality, words in MODALITIES:
            self.modality.addItem(words, int(modality))
        self.replace = QCheckBox("&Replace files that are there already", self)
        self._fields.addRow("&Target", self.target)
        self._fields.addRow("&Modality", self.modality)
        self._row_with("&Write to", self.place, self.browsing)
        self._lay_out(self.replace)
        self.form.currentIndexChanged.connect(lambda _at: self._pick())
        for box in (self.target, self.modality):
            box.currentIndexChanged.connect(lambda _at: self.ask())
        self.place.textEdited.connect(lambda _text: self._own())
        self.place.textChanged.connect(lambda _text: self._wait())
        self.replace.toggled.connect(lambda _on: self._check())
        self._timer.timeout.connect(self._check)
        self.browsing.clicked.connect(self._browse)
        self._good, self._known = False, ""
        self._words: Callable[[str], str] = lambda _name: ""
        self._show_form()

    @property
    def chosen(self) -> tuple[str, Modality, Path, bool]:
        """Id of the target or empty, modality, place, and whether files there are replaced."""
        return (
            self.target.currentData() or "",
            Modality(self.modality.currentData()),
            Path(os.path.expanduser(self.place.text().strip())),  # noqa: PTH111 - never raises
            self.replace.isChecked(),
        )

    def ask(self) -> None:
        """Ask for a preview of what is chosen."""
        self._good, self._known = False, "Working it out…"
        self.show_text("", self._known, good=False)
        target_id, modality, _, _ = self.chosen
        self.wanted.emit(self.row.id, target_id, modality)

    def show_preview(self, words: Callable[[str], str], said: str, *, good: bool) -> None:
        """Show what will be written, and what the form does not hold or why there is nothing.

        `words` returns the former for the name of the file.
        """
        if not (good or self._picked):
            self._offer_next()
            return
        self._good, self._known, self._words = good, said, words
        self._check()

    def _offer_next(self) -> None:
        following = self.form.currentIndex() + 1
        # Where none can be written, the first one says why.
        self._picked = following == self.form.count()
        self.form.blockSignals(True)
        self.form.setCurrentIndex(0 if self._picked else following)
        self.form.blockSignals(False)
        self._show_form()

    def _pick(self) -> None:
        self._picked = True
        self._show_form()

    def _show_form(self) -> None:
        row = self.row
        self.about.setText(one_line(f"{row.holds} {row.lacks}".replace("`", "")))
        self._offer_targets(row)
        self.modality.setEnabled(row.of_modality)
        if not self._own_place:
            named = f"{file_name(self._suggested.stem)}_{row.id}{row.ending}"
            self.place.setText(str(self._suggested.with_name(named)))
        self.ask()

    def _offer_targets(self, row: FormRow) -> None:
        # Filled again without asking for a preview of each step.
        self.target.blockSignals(True)
        self.target.clear()
        if not row.of_target:
            self.target.addItem("All", "")
        elif not row.ending and len(self._targets) > 1:
            self.target.addItem(EACH, "")
        if row.of_target:
            for target_id, name in self._targets:
                self.target.addItem(plain_line(name), target_id)
            if self.target.itemData(0):
                self.target.setCurrentIndex(max(0, self.target.findData(self._selected)))
        self.target.setEnabled(self.target.count() > 1)
        self.target.blockSignals(False)

    def _own(self) -> None:
        self._own_place = True

    def _wait(self) -> None:
        self.accepting.setEnabled(False)
        self._timer.start()

    def _check(self) -> None:
        self._timer.stop()
        _, _, place, replace = self.chosen
        wrong = ""
        # Only where it is another: it would be shown from its beginning.
        if self._good and self.preview.toPlainText() != (text := self._words(place.name)):
            self.preview.setPlainText(text)
        if self._good:
            typed = bool(self.place.text().strip())
            wrong = self._check_place(self.row, place, replace) if typed else "Choose a place."
        self.said.setText(one_line(wrong or self._known))
        self.said.setVisible(bool(wrong or self._known))
        self.accepting.setEnabled(self._good and not wrong)

    def _browse(self) -> None:
        row, at = self.row, self.place.text()
        if row.ending:
            # The box below asks about files that are there.
            silent = QFileDialog.Option.DontConfirmOverwrite
            kinds = f"{row.label} (*{row.ending})"
            name, _ = QFileDialog.getSaveFileName(self, "Export to", at, kinds, options=silent)
            path = Path(name)
            name = name and str(path if path.suffix else path.with_suffix(row.ending))
        else:
            name = QFileDialog.getExistingDirectory(self, "Export into", str(Path(at).parent))
        if name:
            self._own_place = True
            self.place.setText(name)


class ImportDialog(_Dialog):
    """Asks for form, file or folder and thermal file; `wanted` asks what is in them."""

    wanted = Signal(str, object, object)
    """Form, path, and that of the thermal file or None."""

    def __init__(
        self, rows: Sequence[FormRow], folder: Path, parent: QWidget | None = None
    ) -> None:
        super().__init__("Import", "&Import", rows, parent)
        self._folder = folder
        self.thermal = QLineEdit(self)
        self.browsing_thermal = QPushButton("Bro&wse…", self)
        self._row_with("&Read from", self.place, self.browsing)
        self._row_with("&Thermal boxes", self.thermal, self.browsing_thermal)
        self.thermal.setPlaceholderText("None: the boxes serve for both modalities")
        self._lay_out()
        self.form.currentIndexChanged.connect(lambda _at: self._show_form())
        for field in (self.place, self.thermal):
            field.textChanged.connect(lambda _text: self._wait())
        self._timer.timeout.connect(self.ask)
        self.browsing.clicked.connect(lambda: self._browse(self.place, self.row.folder))
        self.browsing_thermal.clicked.connect(lambda: self._browse(self.thermal, False))
        self._show_form()

    @property
    def waiting(self) -> bool:
        """Whether something else was chosen since the last question: its answer is out of date."""
        return self._timer.isActive()

    def ask(self) -> None:
        """Ask what is in the file or folder that is chosen."""
        text = self.place.text().strip()
        if not text:
            self.show_text("", "Choose a file or folder.", good=False)
            return
        thermal = self.thermal.text().strip() if self.thermal.isEnabled() else ""
        other = Path(thermal).expanduser() if thermal else None
        self.wanted.emit(self.row.id, Path(text).expanduser(), other)

    def _show_form(self) -> None:
        row = self.row
        self.about.setText(one_line(f"{row.holds} Not taken: {row.lacks}".replace("`", "")))
        self.thermal.setEnabled(row.of_modality)
        self.browsing_thermal.setEnabled(row.of_modality)
        self._wait()

    def _wait(self) -> None:
        self.show_text("", "", good=False)
        self._timer.start()

    def _browse(self, field: QLineEdit, folder: bool) -> None:
        at = field.text() or str(self._folder)
        if folder:
            name = QFileDialog.getExistingDirectory(self, "Import from", at)
        else:
            name, _ = QFileDialog.getOpenFileName(self, "Import from", at)
        if name:
            field.setText(name)
