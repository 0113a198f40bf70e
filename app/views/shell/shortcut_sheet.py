"""Every action with its keys and what it does: searched, and the keys changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication, QIcon, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.look.action_button import clear_by_button
from app.look.plain_text import plain_label, plain_tip
from app.resolve.matching import has_words
from app.views.shell.asking import may_reset
from app.views.shell.key_dialog import Judge, KeyDialog, KeyRow, shown_keys

SIZE = (860, 620)
EDGE = 40
"""Pixels that the sheet leaves of a small screen."""
POINTER = "Pointer and arrows"
CHANGED = "changed"
_ROW = Qt.ItemDataRole.UserRole
_KEY_COLUMN = 1


class ShortcutSheet(QDialog):
    """Actions under the menus where they stand, then what the pointer does."""

    keys_chosen = Signal(str, object)
    """Id of an action, and the keys in portable text that it is to have."""
    reset_wanted = Signal()
    """All actions are to have their usual keys."""

    def __init__(
        self,
        rows: Sequence[KeyRow],
        pointer: Iterable[tuple[str, str]],
        judge: Judge,
        note: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """List `rows`, then (gesture, what it does); `note` says what was not followed."""
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self._judge, self._pointer = judge, tuple(pointer)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText("Search: a word, or a key such as Ctrl+T")
        self.search.setAccessibleName("Search shortcuts")
        clear_by_button(self.search)
        self.search.installEventFilter(self)
        self.list = QTreeWidget(self)
        self.list.setHeaderLabels(["Action", "Key", "What it does"])
        self.list.setAccessibleName("Shortcuts")
        self.list.setRootIsDecorated(False)
        self.list.setIndentation(10)
        self.list.setUniformRowHeights(True)
        self.list.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.said = plain_label(self, note)
        self.said.setWordWrap(True)
        self.said.setVisible(bool(note))
        self.about = plain_label(self)
        self.about.setWordWrap(True)
        self.about.setProperty("role", "muted")
        self.none = plain_label(self, "Nothing here is called so; search for another word.")
        self.none.setProperty("role", "muted")
        bar = QDialogButtonBox(self)
        self.changing = bar.addButton("&Change key…", QDialogButtonBox.ButtonRole.ActionRole)
        self.resetting = bar.addButton("&All to default…", QDialogButtonBox.ButtonRole.ResetRole)
        closing = bar.addButton(QDialogButtonBox.StandardButton.Close)
        # Its icon is the system's, made for another ground than that of the theme.
        closing.setIcon(QIcon())
        for button in (self.changing, self.resetting, closing):
            # Return is for the list and the search.
            button.setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.addWidget(self.search)
        layout.addWidget(self.list, 1)
        for each in (self.about, self.none, self.said, bar):
            layout.addWidget(each)
        self.changing.clicked.connect(self._change)
        self.resetting.clicked.connect(self._ask_reset)
        bar.rejected.connect(self.reject)
        self.list.itemActivated.connect(lambda _item, _column: self._change())
        self.list.currentItemChanged.connect(lambda _now, _before: self._offer())
        self.search.textChanged.connect(lambda _text: self._filter())
        self.show_rows(rows)
        room = QGuiApplication.primaryScreen().availableSize()
        self.resize(min(SIZE[0], room.width() - EDGE), min(SIZE[1], room.height() - 2 * EDGE))
        self.search.setFocus()

    def show_rows(self, rows: Sequence[KeyRow]) -> None:
        """List the actions as they are now, with the same one chosen."""
        chosen = self._row
        self.list.clear()
        heads: dict[str, QTreeWidgetItem] = {}
        for row in rows:
            item = QTreeWidgetItem([row.text, _keys_words(row), row.tip])
            item.setData(0, _ROW, row)
            item.setToolTip(0, plain_tip(f"{row.menu} > {row.text}"))
            item.setToolTip(_KEY_COLUMN, plain_tip(_keys_words(row)))
            item.setToolTip(2, plain_tip(row.tip))
            self._head(heads, row.menu).addChild(item)
        for gesture, words in self._pointer:
            item = QTreeWidgetItem([gesture, "", words])
            item.setToolTip(0, plain_tip(gesture))
            item.setToolTip(2, plain_tip(words))
            self._head(heads, POINTER).addChild(item)
        self.list.expandAll()
        self.resetting.setEnabled(any(row.keys != row.usual for row in rows))
        self._give_widths()
        self._filter()
        if chosen is not None:
            self.choose(chosen.id)
        self._offer()

    def _head(self, heads: dict[str, QTreeWidgetItem], title: str) -> QTreeWidgetItem:
        if title not in heads:
            head = heads[title] = QTreeWidgetItem([title])
            font = head.font(0)
            font.setBold(True)
            head.setFont(0, font)
            # It says where the rows below stand, and nothing is done with it.
            head.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self.list.addTopLevelItem(head)
            head.setFirstColumnSpanned(True)
        return heads[title]

    def _give_widths(self) -> None:
        header = self.list.header()
        header.setStretchLastSection(True)
        for column, most in ((0, 300), (_KEY_COLUMN, 170)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            header.resizeSection(column, min(most, self.list.sizeHintForColumn(column) + 16))

    def choose(self, action_id: str) -> None:
        """Go to the row of an action."""
        for item in self._items():
            row = item.data(0, _ROW)
            if isinstance(row, KeyRow) and row.id == action_id:
                self.list.setCurrentItem(item)
                self.list.scrollToItem(item)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let Down and Return lead from the search into the list."""
        keys = (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if (
            watched is self.search
            and event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.key() in keys
        ):
            first = next((item for item in self._items() if not item.isHidden()), None)
            if first is not None:
                self.list.setCurrentItem(first)
                self.list.setFocus()
            return True
        return super().eventFilter(watched, event)

    @property
    def _row(self) -> KeyRow | None:
        item = self.list.currentItem()
        row = None if item is None else item.data(0, _ROW)
        return row if isinstance(row, KeyRow) else None

    @property
    def _heads(self) -> list[QTreeWidgetItem]:
        found = (self.list.topLevelItem(at) for at in range(self.list.topLevelItemCount()))
        return [head for head in found if head is not None]

    def _items(self) -> list[QTreeWidgetItem]:
        return [item for head in self._heads for item in _below(head)]

    def _filter(self) -> None:
        query = self.search.text()
        for head in self._heads:
            for item in _below(head):
                texts = (item.text(column) for column in range(self.list.columnCount()))
                item.setHidden(not has_words(query, *texts, head.text(0)))
            head.setHidden(all(item.isHidden() for item in _below(head)))
        self.none.setVisible(all(head.isHidden() for head in self._heads))
        chosen = self.list.currentItem()
        if chosen is not None and chosen.isHidden():
            self.list.setCurrentIndex(QModelIndex())

    def _offer(self) -> None:
        self.changing.setEnabled(self._row is not None)
        item = self.list.currentItem()
        # In the list a long sentence is cut.
        self.about.setText("" if item is None else item.text(2))
        self.about.setVisible(bool(self.about.text()))

    def _change(self) -> None:
        row = self._row
        if row is None:
            return
        dialog = KeyDialog(row, self._judge, self)
        keys = dialog.ask()
        dialog.deleteLater()
        if keys is not None:
            self.said.hide()
            self.keys_chosen.emit(row.id, keys)

    def _ask_reset(self) -> None:
        if may_reset(
            self,
            "Keyboard shortcuts",
            "Give all actions their usual keys?",
            "Keys that you have chosen are gone then.",
        ):
            self.said.hide()
            self.reset_wanted.emit()


def _keys_words(row: KeyRow) -> str:
    shown = shown_keys(row.keys)
    return shown if row.keys == row.usual else f"{shown} ({CHANGED})".strip()


def _below(head: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    found = (head.child(at) for at in range(head.childCount()))
    return [item for item in found if item is not None]
