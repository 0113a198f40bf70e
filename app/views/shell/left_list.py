"""A list of unsaved work that was left behind, to choose one and what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.look.plain_text import plain_label, plain_line
from app.resolve.left_words import changes_words, local_time, name_of, when_words

if TYPE_CHECKING:
    from sessions import LeftBehind

WIDEST = 300
"""Pixels of a column."""
What: TypeAlias = Literal["restore", "look", "discard"]
_BUTTONS: tuple[tuple[str, What, str], ...] = (
    ("&Restore", "restore", "Open it with its unsaved changes, and go on."),
    ("&Look", "look", "Show it without changing anything."),
    ("&Discard", "discard", "Throw its unsaved changes away."),
)


class LeftList(QDialog):
    """One row for each, newest first."""

    def __init__(self, found: Sequence[LeftBehind], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Unsaved work")
        self._found = tuple(found)
        self._what: What = "restore"
        words = plain_label(self, "These changes were not saved when CKD Studio ended.")
        self.rows = QTreeWidget(self)
        self.rows.setRootIsDecorated(False)
        self.rows.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.rows.setHeaderLabels(["Session", "Not saved", "Last change", "Where"])
        now = datetime.now().astimezone()
        for left in self._found:
            where = str(left.session or (left.sources[0] if left.sources else ""))
            when = when_words(local_time(left.modified), now)
            row = QTreeWidgetItem(
                [
                    plain_line(name_of(left)),
                    changes_words(left.changes),
                    when,
                    plain_line(where),
                ]
            )
            row.setToolTip(0, name_of(left))
            row.setToolTip(3, where)
            self.rows.addTopLevelItem(row)
        header = self.rows.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        # A long name leaves room for the place, by which two of one name are told apart.
        header.setMaximumSectionSize(WIDEST)
        # Paths are long, and their end says more than their beginning.
        self.rows.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header.setStretchLastSection(True)
        self.rows.setCurrentIndex(self.rows.model().index(0, 0))
        self.rows.itemActivated.connect(lambda _item, _column: self._choose("restore"))
        bar = QDialogButtonBox(self)
        self.buttons: dict[What, QPushButton] = {}
        for text, what, tip in _BUTTONS:
            button = bar.addButton(text, QDialogButtonBox.ButtonRole.ActionRole)
            button.setToolTip(tip)
            button.clicked.connect(lambda _checked=False, chosen=what: self._choose(chosen))
            self.buttons[what] = button
        self.buttons["restore"].setDefault(True)
        # Its icon is the system's, made for another ground than that of the theme.
        bar.addButton(QDialogButtonBox.StandardButton.Close).setIcon(QIcon())
        bar.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(words)
        layout.addWidget(self.rows, 1)
        layout.addWidget(bar)
        self.resize(760, 300)

    def ask(self) -> tuple[LeftBehind, What] | None:
        """Return which one was chosen, and what for; None when it was closed."""
        if self.exec() != QDialog.DialogCode.Accepted:
            return None
        return self._found[self.rows.currentIndex().row()], self._what

    def _choose(self, what: What) -> None:
        self._what = what
        self.accept()
