"""The list of targets."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QStackedLayout,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.look.action_button import follow_action
from app.look.icons import icon
from app.look.palette import Rgb
from app.look.plain_text import plain_label, plain_tip
from app.look.short_names import short_names
from app.look.theme import current_theme
from app.resolve.facts import TargetRow
from app.views.drawing.painting import NUMBERS

_ID = Qt.ItemDataRole.UserRole
_NAME = Qt.ItemDataRole.UserRole + 1
"""The name that the target has, whatever is being typed."""
NARROW = 280
"""Narrower than this, names would be cut to nothing by both numbers beside them."""
NARROWEST = 230
"""Narrower than this, by one number too."""
EYE, LOCK = 3, 4
"""The columns that are switches."""
BOXES_TIP = "On how many frames the target has a box, whoever placed it."
BY_HAND_TIP = "How many of these boxes a person set; nothing replaces them."


class TargetsPanel(QWidget):
    """Choose, rename, add and remove targets."""

    target_chosen = Signal(str)
    renamed = Signal(str, str)
    show_wanted = Signal(str, bool)
    """The eye of a target was clicked: whether its boxes are to be drawn."""
    lock_wanted = Signal(str, bool)
    """The lock of a target was clicked."""
    menu_wanted = Signal(QPoint, str)
    """Where on the screen, and the target of the line there."""

    def __init__(self, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        """Offer `actions` as buttons below the list."""
        super().__init__(parent)
        self._tree = QTreeWidget(self)
        self._tree.setHeaderLabels(["Target", "Boxes", "By hand", "", ""])
        self._tree.headerItem().setToolTip(0, "What a person calls it; double-click to rename.")
        self._tree.headerItem().setToolTip(1, BOXES_TIP)
        self._tree.headerItem().setToolTip(2, BY_HAND_TIP)
        self._tree.headerItem().setToolTip(EYE, "Whether its boxes are drawn; click to change it")
        self._tree.headerItem().setToolTip(LOCK, "Whether it is locked; click to change it")
        self._tree.setItemDelegateForColumn(0, _ShortNames(self._tree))
        self._tree.itemClicked.connect(self._on_clicked)
        self._tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._tree.customContextMenuRequested.connect(self._on_menu)
        self._tree.setRootIsDecorated(False)
        self._tree.setUniformRowHeights(True)
        self._tree.setIconSize(QSize(12, 12))
        # Not by a key: F2 is a shortcut of the window. Nor by Qt's own double click, which would
        # let numbers be typed over.
        self._tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._tree.itemDoubleClicked.connect(self._on_double)
        self._tree.setAccessibleName("Targets")
        self._tree.header().setStretchLastSection(False)
        self._tree.header().setSectionResizeMode(0, self._tree.header().ResizeMode.Stretch)
        for section in (1, 2):
            self._tree.header().setSectionResizeMode(
                section, self._tree.header().ResizeMode.ResizeToContents
            )
        for section in (EYE, LOCK):
            self._tree.header().setSectionResizeMode(section, self._tree.header().ResizeMode.Fixed)
            self._tree.header().resizeSection(section, 24)
        self._tree.currentItemChanged.connect(self._on_current)
        self._tree.itemChanged.connect(self._on_changed)
        self._empty = plain_label(
            self, "No target yet.\nDraw a box around one in either frame to begin."
        )
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setProperty("role", "empty")
        self._stack = QStackedLayout()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._tree)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(4, 2, 4, 2)
        for action in actions:
            button = QToolButton(self)
            follow_action(button, action)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setIconSize(QSize(16, 16))
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._stack, 1)
        column.addLayout(buttons)
        self._filling = False

    def set_rows(self, rows: tuple[TargetRow, ...], selected: str | None) -> None:
        """Show `rows`; keeps the items when only numbers changed."""
        self._filling = True
        # Items are kept: a new list would end the typing of a name.
        while self._tree.topLevelItemCount() > len(rows):
            self._tree.takeTopLevelItem(len(rows))
        for index, row in enumerate(rows):
            item = self._tree.topLevelItem(index)
            if item is None:
                item = QTreeWidgetItem(self._tree)
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
                for section in (1, 2):
                    item.setTextAlignment(section, NUMBERS)
            _fill(item, row)
            if row.target_id == selected:
                self._tree.setCurrentItem(item)
        if selected is None:
            self._tree.setCurrentItem(None)  # type: ignore[call-overload]
        self._stack.setCurrentIndex(1 if rows else 0)
        self._filling = False

    def set_row(self, row: TargetRow) -> None:
        """Show one line again."""
        self._filling = True
        for index in range(self._tree.topLevelItemCount()):
            item = self._tree.topLevelItem(index)
            if item is not None and item.data(0, _ID) == row.target_id:
                _fill(item, row)
        self._filling = False

    def edit_name(self, target_id: str) -> None:
        """Let the person type a new name for a target."""
        for index in range(self._tree.topLevelItemCount()):
            item = self._tree.topLevelItem(index)
            if item is not None and item.data(0, _ID) == target_id:
                self._tree.setFocus()
                self._tree.editItem(item, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the room of a narrow list to the names; the numbers are in a tooltip."""
        self._tree.setColumnHidden(1, self.width() < NARROWEST)
        self._tree.setColumnHidden(2, self.width() < NARROW)
        super().resizeEvent(event)
        # A list that was made lower must not hide who is selected.
        if (current := self._tree.currentItem()) is not None:
            self._tree.scrollToItem(current)

    def _on_double(self, item: QTreeWidgetItem, column: int) -> None:
        # Two fast clicks on a switch are two clicks.
        if column not in (EYE, LOCK):
            self._tree.editItem(item, 0)

    def _on_clicked(self, item: QTreeWidgetItem, column: int) -> None:
        signal = {EYE: self.show_wanted, LOCK: self.lock_wanted}.get(column)
        if signal is not None:
            signal.emit(item.data(0, _ID), not item.data(column, _ID))

    def _on_menu(self, where: QPoint) -> None:
        item = self._tree.itemAt(where)
        if item is not None:
            self.menu_wanted.emit(self._tree.viewport().mapToGlobal(where), item.data(0, _ID))

    def _on_current(self, item: QTreeWidgetItem | None, _previous: object) -> None:
        if item is not None and not self._filling:
            self.target_chosen.emit(item.data(0, _ID))

    def _on_changed(self, item: QTreeWidgetItem, column: int) -> None:
        if self._filling or column != 0:
            return
        name = item.text(0).strip()
        # A name of blanks is a slip.
        if name:
            self.renamed.emit(item.data(0, _ID), name)
        # Whoever took the new name has filled the line again. Where nobody did, the old one stays.
        self._filling = True
        item.setText(0, item.data(0, _NAME))
        self._filling = False


def _fill(item: QTreeWidgetItem, row: TargetRow) -> None:
    item.setData(0, _ID, row.target_id)
    item.setData(0, _NAME, row.name)
    item.setText(0, row.name)
    item.setIcon(0, swatch(row.colour))
    item.setText(1, str(row.frames))
    item.setText(2, str(row.manual))
    numbers = f"{row.frames} boxes, {row.manual} of them set by hand"
    item.setToolTip(1, f"{numbers}. {BOXES_TIP}")
    item.setToolTip(2, f"{numbers}. {BY_HAND_TIP}")
    # The whole name: the line may have no room for it.
    kind = f", {row.class_name}" if row.class_name else ""
    item.setToolTip(0, plain_tip(f"{row.name}{kind}: {numbers}"))
    for column, on, names, words in (
        (EYE, row.visible, ("hidden", "visible"), ("Hidden", "Shown")),
        (LOCK, row.locked, ("unlock", "lock"), ("Not locked", "Locked")),
    ):
        item.setData(column, _ID, on)
        item.setIcon(column, _switch_icon(names[on], current_theme().name))
        item.setToolTip(column, f"{words[on]}; click to change it")


@cache
def _switch_icon(name: str, _theme: str) -> QIcon:
    """Return an icon that looks the same on a selected line, whose ground is no accent here."""
    picture, made = icon(name).pixmap(QSize(32, 32)), QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):
        made.addPixmap(picture, mode)
    return made


class _ShortNames(QStyledItemDelegate):
    """Cuts names that are too long so that different ones still look different."""

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Give the text as it fits beside its swatch."""
        super().initStyleOption(option, index)
        tree = self.parent()
        if not isinstance(tree, QTreeWidget):
            return
        items = [tree.topLevelItem(line) for line in range(tree.topLevelItemCount())]
        names = [item.text(0) for item in items if item is not None]
        # The swatch, and the air that styles leave around a text.
        room = tree.columnWidth(0) - option.decorationSize.width() - 28
        cut = short_names(names, room, option.fontMetrics.horizontalAdvance)
        option.text = cut[index.row()]


def swatch(colour: Rgb, size: int = 12) -> QIcon:
    """Return a small square of `colour`."""
    # A copy, which shares the picture.
    return QIcon(_made(colour, size))


# Lines are filled at every change, and Qt remembers what it painted of each icon.
@lru_cache(maxsize=64)
def _made(colour: Rgb, size: int) -> QIcon:
    # Twice as large and said so, to be sharp on dense screens.
    pixmap = QPixmap(size * 2, size * 2)
    pixmap.setDevicePixelRatio(2.0)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(*colour))
        painter.drawRoundedRect(0, 0, size, size, 3, 3)
    return QIcon(pixmap)
