"""The window of the guide: contents, a page, back, forward, find, zoom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QUrl, Slot
from PySide6.QtGui import (
    QGuiApplication,
    QKeySequence,
    QResizeEvent,
    QShortcut,
    QShowEvent,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.look.action_button import clear_by_button
from app.look.icons import set_icon
from app.look.key_text import native
from app.look.plain_text import plain_label
from app.state.guide_pages import GuidePage as PageRow
from app.views.guide.page import GuidePage, KeyWords
from safe_files import one_line

SIZE = QSize(1060, 760)
LIST_WIDTH = 210
NARROW = 700
"""Pixels of width below which the page has all the room, and the contents are its first page."""


class GuideWindow(QDialog):
    """Reads the guide; closing hides it, and it comes back with the same page."""

    def __init__(
        self,
        pages: Sequence[PageRow],
        documents: Path,
        shown_key: KeyWords = native,
        parent: QWidget | None = None,
    ) -> None:
        """Show the first of `pages`; all that is read lies in `documents`.

        `shown_key` says how a key of the pages is called here.
        """
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle("User guide")
        self._pages = list(pages)
        self.contents = QListWidget(self)
        self.contents.setAccessibleName("Contents")
        for row in self._pages:
            self.contents.addItem(row.title)
        self.page = GuidePage(documents, shown_key, self)
        self.said = plain_label(self)
        self.said.setWordWrap(True)
        self.said.setProperty("role", "warning")
        self.said.setContentsMargins(12, 4, 12, 6)
        self.said.hide()
        self.finding = QLineEdit(self)
        self.finding.setPlaceholderText("Find in the guide")
        clear_by_button(self.finding)
        self.finding.setMaximumWidth(280)
        self._lay_out()
        self.contents.currentRowChanged.connect(self._on_row)
        self.page.sourceChanged.connect(self._on_page)
        self.page.refused.connect(self._say)
        self.page.historyChanged.connect(self._on_history)
        self.finding.returnPressed.connect(lambda: self.find_next(1))
        self.finding.textEdited.connect(self._on_typed)
        self._give_keys()
        screen = QGuiApplication.primaryScreen().availableSize()
        self.resize(SIZE.boundedTo(screen))
        self.page.open_page(self._pages[0].path)
        self._on_history()
        # Arrows and PgDown scroll at once.
        self.page.setFocus()

    # --- building

    def _lay_out(self) -> None:
        self.back = _button(self, "previous", "Back", "Alt+Left", self._go_back)
        self.forward = _button(self, "next", "Forward", "Alt+Right", self._go_forward)
        smaller = _button(self, "zoom_out", "Smaller text", "Ctrl+-", lambda: self.page.zoom(-1))
        larger = _button(self, "zoom_in", "Larger text", "Ctrl++", lambda: self.page.zoom(1))
        for each in (self.back, self.forward):
            each.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 6, 8, 6)
        bar.setSpacing(4)
        bar.addWidget(self.back)
        bar.addWidget(self.forward)
        bar.addStretch(1)
        bar.addWidget(smaller)
        bar.addWidget(larger)
        bar.addWidget(self.finding, 1)
        self._split = QSplitter(self)
        self._split.addWidget(self.contents)
        self._split.addWidget(self.page)
        self._split.setStretchFactor(1, 1)
        self._split.setSizes([LIST_WIDTH, SIZE.width() - LIST_WIDTH])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self._split, 1)
        column.addWidget(self.said)

    def _give_keys(self) -> None:
        for keys, run in (
            ("Alt+Left", self._go_back),
            ("Alt+Right", self._go_forward),
            ("Ctrl+F", self._begin_finding),
            ("F3", lambda: self.find_next(1)),
            ("Shift+F3", lambda: self.find_next(-1)),
            ("Ctrl++", lambda: self.page.zoom(1)),
            ("Ctrl+=", lambda: self.page.zoom(1)),
            ("Ctrl+-", lambda: self.page.zoom(-1)),
            ("Ctrl+0", lambda: self.page.zoom(0)),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(run)

    # --- going

    def _go_back(self) -> None:
        self.page.backward()

    def _go_forward(self) -> None:
        self.page.forward()

    @Slot()
    def _on_history(self) -> None:
        self.back.setEnabled(self.page.isBackwardAvailable())
        self.forward.setEnabled(self.page.isForwardAvailable())

    def _on_row(self, row: int) -> None:
        if row >= 0 and self._pages[row].path != self.page.path:
            self.page.open_page(self._pages[row].path)

    @Slot(QUrl)
    def _on_page(self, url: QUrl) -> None:
        self.said.hide()
        # The page itself knows only later where it is.
        path, paths = Path(url.toLocalFile()), [row.path for row in self._pages]
        here = paths.index(path) if path in paths else -1
        self.contents.setCurrentRow(here)
        if here < 0:
            # A page of reference is none of the list; without a current line one stays selected.
            self.contents.clearSelection()

    @Slot(str)
    def _say(self, text: str) -> None:
        self.said.setText(one_line(text))
        self.said.show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the list of pages away where the page has too little room beside it."""
        super().resizeEvent(event)
        self.contents.setVisible(event.size().width() >= NARROW)

    def showEvent(self, event: QShowEvent) -> None:
        """Measure the list again: its first lines were measured before they had their style.

        And read the page again: its keys may have been changed since it was last on show.
        """
        super().showEvent(event)
        self.page.read_again()
        self.contents.scheduleDelayedItemsLayout()

    def open_page(self, name: str) -> None:
        """Show the page of a file of the guide."""
        path = next((row.path for row in self._pages if row.path.name == name), None)
        if path is not None:
            self.page.open_page(path)

    # --- finding

    def _begin_finding(self) -> None:
        self.finding.setFocus()
        self.finding.selectAll()

    def _on_typed(self, _text: str) -> None:
        # From where the last find began, so that one more letter stays at the same place.
        cursor = self.page.textCursor()
        cursor.setPosition(cursor.selectionStart())
        self.page.setTextCursor(cursor)
        self.find_next(1, elsewhere=False)

    def find_next(self, direction: int, *, elsewhere: bool = True) -> bool:
        """Select the next place of what is typed, on this page and then on the others."""
        text = self.finding.text().strip()
        self.said.hide()
        if not text or self._find_here(text, direction):
            return bool(text)
        if elsewhere:
            for path in self._others(direction):
                if self.page.says(path, text):
                    self.page.open_page(path)
                    self._to_end(direction < 0)
                    if self._find_here(text, direction):
                        return True
        self._to_end(direction < 0)
        # Once round: it may stand before where one was.
        if self._find_here(text, direction):
            return True
        where = "in the guide" if elsewhere else "on this page; Return looks on the others"
        self._say(f"“{text}” is not {where}.")
        return False

    def _find_here(self, text: str, direction: int) -> bool:
        flags = QTextDocument.FindFlag(0)
        return self.page.find(text, QTextDocument.FindFlag.FindBackward if direction < 0 else flags)

    def _others(self, direction: int) -> list[Path]:
        """Return the other pages, those first that come next in that direction."""
        paths = [row.path for row in self._pages][::direction]
        here = paths.index(self.page.path) if self.page.path in paths else -1
        return paths[here + 1 :] + paths[: max(0, here)]

    def _to_end(self, last: bool) -> None:
        operation = QTextCursor.MoveOperation.End if last else QTextCursor.MoveOperation.Start
        self.page.moveCursor(operation)


def _button(
    parent: QWidget, icon: str, text: str, keys: str, run: Callable[[], object]
) -> QToolButton:
    button = QToolButton(parent)
    set_icon(button, icon)
    button.setIconSize(QSize(18, 18))
    button.setText(text)
    button.setAccessibleName(text)
    button.setToolTip(f"{text} ({native(keys)})")
    button.clicked.connect(run)
    return button
