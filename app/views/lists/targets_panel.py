"""The list of targets."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QStackedLayout,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.look.action_button import follow_action
from app.look.palette import Rgb
from app.look.plain_text import plain_label
from app.resolve.facts import TargetRow

_ID = Qt.ItemDataRole.UserRole
_NAME = Qt.ItemDataRole.UserRole + 1
"""The name that the target has, whatever is being typed."""
NUMBERS = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class TargetsPanel(QWidget):
    """Choose, rename, add and remove targets."""

    target_chosen = Signal(str)
    renamed = Signal(str, str)

    def __init__(self, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        """Offer `actions` as buttons below the list."""
        super().__init__(parent)
        self._tree = QTreeWidget(self)
        self._tree.setHeaderLabels(["Target", "Boxes", "By hand"])
        self._tree.setRootIsDecorated(False)
        self._tree.setUniformRowHeights(True)
        self._tree.setIconSize(QSize(12, 12))
        # Not by a key: F2 is a shortcut of the window. Nor by Qt's own double click, which would
        # let numbers be typed over.
        self._tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._tree.itemDoubleClicked.connect(lambda item, _column: self._tree.editItem(item, 0))
        self._tree.setAccessibleName("Targets")
        self._tree.header().setStretchLastSection(False)
        self._tree.header().setSectionResizeMode(0, self._tree.header().ResizeMode.Stretch)
        for section in (1, 2):
            self._tree.header().setSectionResizeMode(
                section, self._tree.header().ResizeMode.ResizeToContents
            )
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
