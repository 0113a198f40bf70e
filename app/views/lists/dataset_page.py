"""The sequences of a dataset: a list to filter, sort and open, with notes of one's own."""

from __future__ import annotations

from collections.abc import Container, Sequence

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QFontMetrics, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QSplitter,
    QToolButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from app.look.action_button import clear_by_button, follow_action
from app.look.plain_text import CutLabel, plain_label, plain_line, plain_tip
from app.resolve.dataset_results import OverModel
from app.resolve.dataset_rows import CHOICES, COLUMNS, Column, DatasetRow, Wish, count_words
from app.views.lists.dataset_model import NOTE, STATE, DatasetModel, StateDelegate
from app.views.lists.dataset_results import HEIGHT, DatasetResults

NARROWEST, WIDEST = 110, 300
"""Pixels of the column of names."""
SMALLEST = 48
"""Pixels that every column keeps."""
LETTERS = {
    "state": 8, "reviewed": 9, "worst_score": 6, "session": 10, "frames": 9, "truth": 5,
    "attributes": 14, "layout": 12,
}  # fmt: skip
"""How many letters a column shows at first; the notes have the rest."""
WIDEST_RESULT = 150
"""Pixels of the column of a tracker, whose whole name its tip has."""


class _List(QTreeView):
    """A table whose Return opens, also where a cell could be edited."""

    opened = Signal(QModelIndex)

    @property
    def writing(self) -> bool:
        """Whether a cell is being edited."""
        return self.state() is QAbstractItemView.State.EditingState

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open on Return; Qt would edit on some systems."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self.writing:
            self.opened.emit(self.currentIndex())
            return
        super().keyPressEvent(event)


class DatasetPage(QWidget):
    """Stands where the frames stand, until one of its sequences is opened."""

    opened = Signal(int)
    """Index of the sequence to open."""
    wished = Signal(object)
    """The `Wish` of which rows are listed in which order."""
    menu_wanted = Signal(QPoint)
    """Where on the screen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dataset")
        # Behind it nothing is painted.
        self.setAutoFillBackground(True)
        self._wish = Wish()
        self._rows: list[DatasetRow] = []
        self.model = DatasetModel(self)
        self._title = CutLabel(self)
        self._title.setProperty("role", "title")
        self._count = plain_label(self)
        self._count.setProperty("role", "muted")
        self._count.setToolTip(
            "Sequences that are listed, of how many in all, and how many of all are marked as done"
        )
        self.words = QLineEdit(self)
        self.words.setPlaceholderText("Filter by name, note, attribute or layout")
        self.words.setAccessibleName("Filter the sequences")
        clear_by_button(self.words)
        self.words.textChanged.connect(self._on_wish)
        self.choice = QComboBox(self)
        self.choice.addItems([each.title for each in CHOICES])
        self.choice.setAccessibleName("Which sequences are listed")
        self.choice.setToolTip("Which sequences are listed")
        self.choice.activated.connect(self._on_wish)
        self.list = self._make_list()
        self._empty = plain_label(self, "No sequence is like that; change the filter.")
        self._empty.setProperty("role", "empty")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.hide()
        self.results = DatasetResults(self)
        self.results.hide()
        self._buttons = QHBoxLayout()
        self._lay_out()

    def _make_list(self) -> _List:
        view = _List(self)
        view.setModel(self.model)
        view.setObjectName("sequences")
        view.setAccessibleName("Sequences of the dataset")
        view.setRootIsDecorated(False)
        # Qt would measure each of a thousand lines otherwise.
        view.setUniformRowHeights(True)
        view.setAllColumnsShowFocus(True)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setItemDelegateForColumn(STATE, StateDelegate(view))
        trigger = QAbstractItemView.EditTrigger
        view.setEditTriggers(trigger.DoubleClicked | trigger.EditKeyPressed)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(
            lambda where: self.menu_wanted.emit(view.viewport().mapToGlobal(where))
        )
        view.doubleClicked.connect(self._on_double_click)
        view.opened.connect(self._on_open)
        header = view.header()
        header.setSectionsClickable(True)
        # The figure stands at the beginning of a tracker's head, what tells it apart often last.
        header.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header.setSortIndicatorShown(True)
        header.setSortIndicator(0, Qt.SortOrder.AscendingOrder)
        header.sectionClicked.connect(self._on_header)
        header.setStretchLastSection(False)
        header.setSectionResizeMode(NOTE, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(SMALLEST)
        return view

    def _lay_out(self) -> None:
        above = QHBoxLayout()
        above.setContentsMargins(12, 8, 12, 6)
        above.setSpacing(8)
        above.addWidget(self._title, 2)
        above.addWidget(self.words, 2)
        above.addWidget(self.choice)
        self._buttons.setContentsMargins(12, 6, 12, 8)
        self._buttons.addWidget(self._count, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(above)
        lines = QWidget(self)
        inside = QVBoxLayout(lines)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.list, 1)
        inside.addWidget(self._empty, 1)
        split = QSplitter(Qt.Orientation.Vertical, self)
        split.setChildrenCollapsible(False)
        split.addWidget(lines)
        split.addWidget(self.results)
        split.setStretchFactor(0, 1)
        split.setSizes([2 * HEIGHT, HEIGHT])
        column.addWidget(split, 1)
        column.addLayout(self._buttons)

    def offer(self, actions: Sequence[QAction]) -> None:
        """Show actions as buttons below the list."""
        for action in actions:
            button = QToolButton(self)
            follow_action(button, action)
            button.setIconSize(QSize(16, 16))
            self._buttons.addWidget(button)

    @property
    def writing(self) -> bool:
        """Whether a person writes into the list at this moment."""
        return self.list.writing

    @property
    def selected(self) -> list[int]:
        """Indices of the rows that are selected."""
        lines = self.list.selectionModel().selectedRows()
        return [row for line in lines if (row := self.model.row_at(line)) is not None]

    def begin(self, title: str, where: str, rows: list[DatasetRow], order: tuple[int, ...]) -> None:
        """Show another dataset."""
        self._wish = Wish()
        for each in (self.words, self.choice):
            each.blockSignals(True)
        self.words.clear()
        self.choice.setCurrentIndex(0)
        for each in (self.words, self.choice):
            each.blockSignals(False)
        self.list.header().setSortIndicator(0, Qt.SortOrder.AscendingOrder)
        self._title.setText(plain_line(title))
        self._title.setToolTip(plain_tip(where))
        self.arrange(rows, order)
        self._fit_columns()
        self.show_row(order[0] if order else None)

    def arrange(self, rows: list[DatasetRow], order: tuple[int, ...]) -> None:
        """Show the rows in an order; what was selected stays so where it is listed."""
        here, chosen = self.model.row_at(self.list.currentIndex()), set(self.selected)
        self._rows = rows
        self.model.show(rows, order)
        self._select(chosen)
        if here is not None and (line := self.model.line_of(here)) is not None:
            flag = QItemSelectionModel.SelectionFlag
            self.list.selectionModel().setCurrentIndex(self.model.index(line, 0), flag.NoUpdate)
        self._empty.setVisible(not order)
        self.list.setVisible(bool(order))
        self._say_count()

    def _select(self, rows: set[int]) -> None:
        flag = QItemSelectionModel.SelectionFlag
        for row in rows:
            if (line := self.model.line_of(row)) is not None:
                index = self.model.index(line, 0)
                self.list.selectionModel().select(index, flag.Select | flag.Rows)

    def refresh(self, current: int | None, changed: Container[int] | None = None) -> None:
        """Show what the rows say now; `changed` are those that say something else, None: any."""
        self.model.refresh(current, self._in_view(), changed)
        self._say_count()

    def _in_view(self) -> range:
        """Return the lines that a person sees; the others are asked what they say when they do."""
        count, height = self.model.rowCount(), self.list.viewport().height()
        first = self.list.indexAt(QPoint(0, 0)).row()
        last = self.list.indexAt(QPoint(0, height - 1)).row()
        # Below the last line there is none, and above the first there may be none either.
        return range(max(0, first), count if last < 0 else min(count, last + 1))

    def set_extra(self, extra: tuple[Column, ...]) -> None:
        """Show what trackers reached in columns of their own, beside the notes."""
        chosen = set(self.selected)
        self.model.set_extra(extra)
        # Without the new columns no line would be selected as a whole.
        self._select(chosen)
        header, own = self.list.header(), len(COLUMNS)
        letters = self.list.fontMetrics().averageCharWidth() * 6 + 20
        for rank in range(len(extra)):
            header.moveSection(header.visualIndex(own + rank), NOTE + 1 + rank)
            wanted = max(letters, header.sectionSizeHint(own + rank))
            header.resizeSection(own + rank, min(WIDEST_RESULT, wanted))
        if self._wish.column >= own + len(extra):
            self._wish = Wish(self._wish.words, self._wish.choice)
            header.setSortIndicator(0, Qt.SortOrder.AscendingOrder)
            self.wished.emit(self._wish)

    def set_results(self, model: OverModel | None) -> None:
        """Show trackers over the dataset, or nothing of them."""
        self.results.setVisible(model is not None)
        if model is not None:
            self.results.set_view(model)

    def show_row(self, row: int | None) -> None:
        """Select a row, and bring it into view."""
        line = None if row is None else self.model.line_of(row)
        if line is not None:
            self.list.setCurrentIndex(self.model.index(line, 0))
            self.list.scrollTo(self.model.index(line, 0))

    def edit_note(self, row: int) -> None:
        """Let a person write the note of a row."""
        self.show_row(row)
        line = self.model.line_of(row)
        if line is not None:
            self.list.setFocus()
            self.list.edit(self.model.index(line, NOTE))

    def _say_count(self) -> None:
        unseen = sum(row.glance is None for row in self._rows)
        words = count_words(self._rows, self.model.rowCount())
        self._count.setText(f"{words}; looking at {unseen} more…" if unseen else words)

    def _fit_columns(self) -> None:
        # Before it is first painted it has not the font of the theme.
        self.list.ensurePolished()
        # Bold, as the one is that is open.
        font = self.list.font()
        font.setBold(True)
        metrics, header = QFontMetrics(font), self.list.header()
        longest = max((row.name for row in self._rows), key=len, default="")
        wanted = metrics.horizontalAdvance(longest) + 24
        header.resizeSection(0, max(NARROWEST, min(WIDEST, wanted)))
        for number, column in enumerate(COLUMNS):
            if column.id in LETTERS:
                width = metrics.averageCharWidth() * LETTERS[column.id] + 20
                header.resizeSection(number, max(width, header.sectionSizeHint(number)))

    def _on_wish(self) -> None:
        self._wish = Wish(
            self.words.text(), self.choice.currentIndex(), self._wish.column, self._wish.descending
        )
        self.wished.emit(self._wish)

    def _on_header(self, column: int) -> None:
        again = column == self._wish.column
        descending = again and not self._wish.descending
        self._wish = Wish(self._wish.words, self._wish.choice, column, descending)
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        self.list.header().setSortIndicator(column, order)
        self.wished.emit(self._wish)

    def _on_double_click(self, index: QModelIndex) -> None:
        # There it begins to write.
        if index.column() not in (STATE, NOTE):
            self._on_open(index)

    def _on_open(self, index: QModelIndex) -> None:
        row = self.model.row_at(index)
        if row is not None:
            self.opened.emit(row)
