"""The review queue: frames that deserve a look, worst first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QStackedLayout,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from app.look.plain_text import plain_label
from app.resolve.review import ReviewItem
from app.views.lists.targets_panel import NUMBERS

LIMIT = 500
"""Lines shown; more would help nobody."""


class QueuePanel(QWidget):
    """A list; a click goes to the frame."""

    frame_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[ReviewItem, ...] = ()
        self._tree = QTreeWidget(self)
        self._tree.setHeaderLabels(["Frame", "Why", ""])
        self._tree.setRootIsDecorated(False)
        # Qt would measure each of hundreds of lines otherwise.
        self._tree.setUniformRowHeights(True)
        self._tree.setAccessibleName("Review queue")
        self._tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self._tree.header()
        header.setStretchLastSection(True)
        # As wide as `_fit_columns` says: Qt would measure every line, each time the list comes up.
        header.setSectionResizeMode(0, header.ResizeMode.Fixed)
        header.setSectionResizeMode(1, header.ResizeMode.Fixed)
        self._tree.itemClicked.connect(self._on_item)
        self._tree.itemActivated.connect(self._on_item)  # by Return
        self._empty = plain_label(self)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setProperty("role", "empty")
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._tree)
        self.set_items((), tracked=False)

    def set_items(self, items: Sequence[ReviewItem], tracked: bool) -> None:
        """Show the queue; `tracked` says whether there was anything to judge."""
        # A new list costs the line that was chosen, and most refreshes bring the same one.
        shown = tuple(items[:LIMIT])
        changed = shown != self._shown
        if changed:
            self._shown = shown
            # A run under way adds lines all the time: who reads further down stays there.
            scrolled = self._tree.verticalScrollBar().value()
            self._tree.clear()
            # All at once: added one by one, each line would lay out the list again.
            self._tree.addTopLevelItems([_line(item) for item in shown])
            self._tree.verticalScrollBar().setValue(scrolled)
        self._empty.setText(
            "Nothing to review: no low scores, drops or jumps."
            if tracked
            else "Track a target; frames that deserve a look are listed here, worst first."
        )
        self._stack.setCurrentIndex(1 if items else 0)
        if changed:
            self._fit_columns()

    def set_frame(self, frame_index: int) -> None:
        """Mark the line of the current frame."""
        for rank, item in enumerate(self._shown):
            line = self._tree.topLevelItem(rank) if item.frame_index == frame_index else None
            if line is not None:
                self._tree.setCurrentItem(line)
                return
        # A line of another frame would look as if it were the one on show.
        self._tree.clearSelection()

    def _fit_columns(self) -> None:
        """Make number and reason as wide as the longest of them."""
        # Before it is first painted it has not the font and the padding of the theme.
        self._tree.ensurePolished()
        # Digits are equally wide, and there is but a handful of reasons.
        frames = {len(str(item.frame_index)): rank for rank, item in enumerate(self._shown)}
        reasons = {item.reason: rank for rank, item in enumerate(self._shown)}
        model, header = self._tree.model(), self._tree.header()
        for column, measured in enumerate((frames.values(), reasons.values())):
            widths = [
                self._tree.sizeHintForIndex(model.index(rank, column)).width() for rank in measured
            ]
            header.resizeSection(column, max([header.sectionSizeHint(column), *widths]))

    def _on_item(self, line: QTreeWidgetItem) -> None:
        self.frame_chosen.emit(line.data(0, Qt.ItemDataRole.UserRole))


def _line(item: ReviewItem) -> QTreeWidgetItem:
    line = QTreeWidgetItem([str(item.frame_index), item.reason, item.detail])
    line.setData(0, Qt.ItemDataRole.UserRole, item.frame_index)
    line.setTextAlignment(0, NUMBERS)
    return line
