"""The rows of a dataset as Qt's views want them."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QComboBox, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.look.plain_text import plain_line, plain_tip
from app.look.theme import current_theme, qcolor
from app.resolve.dataset_rows import COLUMNS, NOT_THERE, STATE_WORDS, Column, DatasetRow
from app.views.drawing.painting import NUMBERS

Index = QModelIndex | QPersistentModelIndex
ROLE = Qt.ItemDataRole
STATE = next(number for number, column in enumerate(COLUMNS) if column.id == "state")
NOTE = next(number for number, column in enumerate(COLUMNS) if column.id == "note")


class DatasetModel(QAbstractTableModel):
    """Rows of a list in an order; all of it is another's, and only looked at here."""

    state_chosen = Signal(int, str)
    """Index of a row in the list of all, and what is said of it."""
    note_written = Signal(int, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[DatasetRow] = []
        self._order: tuple[int, ...] = ()
        self._current: int | None = None
        self._columns: tuple[Column, ...] = COLUMNS

    def set_extra(self, extra: tuple[Column, ...]) -> None:
        """Show these columns after its own ones, instead of those before."""
        own, before = len(COLUMNS), len(self._columns) - len(COLUMNS)
        if before == len(extra):
            self._columns = (*COLUMNS, *extra)
            if extra:
                last = own + before - 1
                self.headerDataChanged.emit(Qt.Orientation.Horizontal, own, last)
                self.refresh(self._current)
            return
        if before:
            self.beginRemoveColumns(QModelIndex(), own, own + before - 1)
            self._columns = COLUMNS
            self.endRemoveColumns()
        if extra:
            self.beginInsertColumns(QModelIndex(), own, own + len(extra) - 1)
            self._columns = (*COLUMNS, *extra)
            self.endInsertColumns()

    def show(self, rows: list[DatasetRow], order: tuple[int, ...]) -> None:
        """Show rows in an order."""
        self.beginResetModel()
        self._rows, self._order = rows, order
        self.endResetModel()

    def refresh(
        self,
        current: int | None,
        lines: range | None = None,
        changed: Container[int] | None = None,
    ) -> None:
        """Show what the rows say now, and which of them is open.

        `lines` are those in view, None where all may be; `changed` are the rows that say something
        else, None where any may.
        """
        self._current = current
        # Qt asks something of each line that it hears of, and paints all that are in view again.
        said = [
            line
            for line in (range(len(self._order)) if lines is None else lines)
            if changed is None or self._order[line] in changed
        ]
        if said:
            last = self.index(said[-1], len(self._columns) - 1)
            self.dataChanged.emit(self.index(said[0], 0), last)

    def row_at(self, index: Index) -> int | None:
        """Return the index, in the list of all rows, of what a line shows."""
        return self._order[index.row()] if index.isValid() else None

    def line_of(self, row: int) -> int | None:
        """Return the line that shows a row; None where none does."""
        return self._order.index(row) if row in self._order else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """See Qt."""
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """See Qt."""
        return 0 if parent.isValid() else len(self._columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = ROLE.DisplayRole
    ) -> Any:  # noqa: ANN401 - as Qt has it
        """See Qt."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == ROLE.DisplayRole:
            return plain_line(self._columns[section].title)
        if role == ROLE.ToolTipRole:
            return plain_tip(f"{self._columns[section].tip} Click to sort by it.")
        if role == ROLE.TextAlignmentRole and self._columns[section].is_number:
            return NUMBERS
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """See Qt."""
        editable = index.column() in (STATE, NOTE)
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if editable else flags

    def data(self, index: Index, role: int = ROLE.DisplayRole) -> Any:  # noqa: ANN401 - as Qt has it
        """See Qt."""
        row, column = self._rows[self._order[index.row()]], self._columns[index.column()]
        match role:
            case ROLE.DisplayRole:
                return plain_line(column.text(row))
            case ROLE.EditRole:
                return row.state if index.column() == STATE else row.note
            case ROLE.ToolTipRole:
                return plain_tip(_tip(row, index.column(), column))
            case ROLE.TextAlignmentRole:
                return NUMBERS if column.is_number else None
            case ROLE.ForegroundRole:
                palette = current_theme().palette
                if row.problem and index.column() <= STATE:
                    return qcolor(palette.error)
                faint = row.state in ("done", "skipped") or column.text(row) == NOT_THERE
                return qcolor(palette.muted) if faint else None
            case ROLE.FontRole if self._order[index.row()] == self._current:
                font = QFont()
                font.setBold(True)
                return font
        return None

    def setData(self, index: Index, value: Any, role: int = ROLE.EditRole) -> bool:  # noqa: ANN401
        """See Qt."""
        if role != ROLE.EditRole:
            return False
        chosen = self.state_chosen if index.column() == STATE else self.note_written
        chosen.emit(self._order[index.row()], str(value))
        return True


class StateDelegate(QStyledItemDelegate):
    """Lets a person choose the state of a sequence from a list."""

    def createEditor(
        self, parent: QWidget, _option: QStyleOptionViewItem, _index: Index
    ) -> QWidget:
        """See Qt."""
        box = QComboBox(parent)
        for state, words in STATE_WORDS.items():
            box.addItem(words or NOT_THERE, state)
        box.setAccessibleName("State")
        # What was chosen counts at once, without another click elsewhere.
        box.activated.connect(lambda _row: self._done(box))
        return box

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """See Qt."""
        if isinstance(editor, QComboBox):
            state = index.data(ROLE.EditRole)
            if editor.findData(state) < 0:
                # One of a person's own, which stays unless another one is chosen.
                editor.addItem(plain_line(state), state)
            editor.setCurrentIndex(editor.findData(state))
            editor.showPopup()

    def setModelData(self, editor: QWidget, model: Any, index: Index) -> None:  # noqa: ANN401
        """See Qt."""
        if isinstance(editor, QComboBox):
            model.setData(index, editor.currentData())

    def _done(self, box: QComboBox) -> None:
        self.commitData.emit(box)
        self.closeEditor.emit(box, QStyledItemDelegate.EndEditHint.NoHint)


def _tip(row: DatasetRow, number: int, column: Column) -> str:
    if row.problem and number <= STATE:
        return row.problem
    if not number:
        return f"{row.path}\nSession: {row.session_path}"
    text = (column.tip_of or column.text)(row)
    # Columns of results have a tip of their own; a number alone says nothing.
    if column.tip_of is not None or not column.is_number or text in ("", NOT_THERE):
        return text
    return f"{text}\n{column.tip}"
