"""Everything that can be done, found by a few letters of its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QBrush, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.look.plain_text import plain_label, plain_line, plain_tip
from app.look.theme import current_theme, qcolor
from app.resolve.matching import match_rank

SIZE = (720, 440)
EDGE = 16
"""Pixels that the palette leaves of a small window."""
TOP = 46
"""Pixels below the upper edge of the window."""
ON = "✓ "
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
_ROW = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class PaletteRow:
    """One thing that can be done."""

    id: str
    text: str
    place: str
    """The menu where it stands."""
    tip: str
    keys: str = ""
    """The key that does it, as this system writes it."""
    why_not: str = ""
    """Why it cannot be done now; empty where it can."""
    on: bool = False
    """Whether it is a switch that is on."""


def best_first(query: str, rows: Sequence[PaletteRow]) -> list[PaletteRow]:
    """Return the rows that a query fits, best first; what cannot be done comes after its equals."""
    ranked = [
        (rank[0], bool(row.why_not), rank, at, row)
        for at, row in enumerate(rows)
        if (rank := match_rank(query, row.text, row.place, row.tip)) is not None
    ]
    return [row for *_, row in sorted(ranked, key=lambda each: each[:4])]


class CommandPalette(QDialog):
    """A line to type into, and what fits below it."""

    def __init__(self, rows: Sequence[PaletteRow], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Commands")
        self._rows = tuple(rows)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText("Type a few letters of what is to be done")
        self.search.setAccessibleName("Command")
        self.search.installEventFilter(self)
        self.list = QTreeWidget(self)
        self.list.setColumnCount(3)
        self.list.setHeaderHidden(True)
        self.list.setAccessibleName("Commands")
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # The keyboard stays in the line above.
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.said = plain_label(self)
        self.said.setWordWrap(True)
        self.said.setProperty("role", "muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        layout.addWidget(self.search)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.said)
        self.search.textChanged.connect(lambda _text: self._fill())
        self.search.returnPressed.connect(self._choose)
        self.list.itemClicked.connect(lambda _item, _column: self._choose())
        self.list.currentItemChanged.connect(lambda _now, _before: self._say())
        self._place(parent)
        # Else the rows have the height of those without a style sheet.
        self.list.ensurePolished()
        self._fill()
        self.search.setFocus()

    def ask(self) -> str | None:
        """Return the id of what was chosen; None when it was closed."""
        row = self.row if self.exec() == QDialog.DialogCode.Accepted else None
        return None if row is None else row.id

    @property
    def row(self) -> PaletteRow | None:
        """The row that Return chooses."""
        item = self.list.currentItem()
        row = None if item is None else item.data(0, _ROW)
        return row if isinstance(row, PaletteRow) else None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the keys that move go to the list."""
        if (
            watched is self.search
            and event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.key() in _MOVES
        ):
            self.list.keyPressEvent(event)
            return True
        return super().eventFilter(watched, event)

    def _place(self, parent: QWidget | None) -> None:
        width, height = SIZE
        if parent is None:
            self.resize(width, height)
            return
        width = min(width, parent.width() - 2 * EDGE)
        height = min(height, parent.height() - TOP - EDGE)
        corner = parent.mapToGlobal(QPoint((parent.width() - width) // 2, TOP))
        self.setGeometry(QRect(corner, QSize(width, height)))

    def _fill(self) -> None:
        self.list.clear()
        muted, disabled = current_theme().palette.muted, current_theme().palette.disabled
        for row in best_first(self.search.text(), self._rows):
            name = plain_line(row.text)
            place = f"{row.place} · {row.why_not}" if row.why_not else row.place
            item = QTreeWidgetItem([f"{ON}{name}" if row.on else name, place, row.keys])
            item.setData(0, _ROW, row)
            item.setToolTip(0, plain_tip(row.tip))
            item.setToolTip(1, plain_tip(place))
            if row.why_not:
                item.setForeground(0, QBrush(qcolor(disabled)))
                # The colour of a row that is chosen is another one.
                font = item.font(0)
                font.setItalic(True)
                item.setFont(0, font)
            for column in (1, 2):
                item.setForeground(column, QBrush(qcolor(muted)))
            self.list.addTopLevelItem(item)
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.ResizeToContents)
        header.resizeSection(1, 2 * self.width() // 5)
        first = self.list.topLevelItem(0)
        if first is not None:
            self.list.setCurrentItem(first)
        self._say()

    def _say(self) -> None:
        row = self.row
        if row is None:
            self.said.setText("Nothing is called so; try other letters.")
        else:
            self.said.setText(f"Not now: {row.why_not}" if row.why_not else row.tip)

    def _choose(self) -> None:
        row = self.row
        # What cannot be done says why in the line below, and the person types on.
        if row is not None and not row.why_not:
            self.accept()
