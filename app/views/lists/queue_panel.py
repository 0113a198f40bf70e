"""The review queue: events that deserve a look, worst first or by time."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QProgressBar,
    QStackedLayout,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.look.action_button import follow_action
from app.look.numbers import frames_words
from app.look.plain_text import plain_label, plain_line, plain_tip
from app.resolve.review import NOTHING, ReviewEvent, ReviewQueue
from app.resolve.review_weights import MEASURES
from app.views.drawing.painting import NUMBERS

LIMIT = 500
"""Lines shown; more would help nobody."""
NARROWEST = 72
"""Pixels of a chooser, in which its words are cut."""
REASON_WIDTH, NAME_WIDTH = 40, 50
"""Pixels that a reason and the name of a target have at least."""
HEADER_TIPS = (
    "First and last frame of the event, counted from 0.",
    "What speaks most for a wrong box there, or that it was seen.",
    "How much: the measure of that reason on the worst frame, in its own unit.",
    "Whose boxes they are.",
)
COUNT_TIP = (
    "Events are frames in a row whose boxes are likely to be wrong; seen ones are not to be looked "
    "at any more. None left is what to work towards."
)
TARGETS = ("One", "All")
ORDERS = ("Worst", "Time")


class QueuePanel(QWidget):
    """A list of events; a click goes to one."""

    event_chosen = Signal(object)
    """The ReviewEvent to go to."""
    menu_wanted = Signal(QPoint, object)
    """Where on the screen, and the ReviewEvent of the line there."""
    all_targets_chosen = Signal(bool)
    by_time_chosen = Signal(bool)

    def __init__(self, actions: Sequence[QAction] = (), parent: QWidget | None = None) -> None:
        """Offer `actions` as buttons below the list."""
        super().__init__(parent)
        self._shown: tuple[ReviewEvent, ...] = ()
        self._here: ReviewEvent | None = None
        self._targets = self._chooser(
            TARGETS, "Whose events are listed: those of the selected target, or of all"
        )
        self._targets.activated.connect(lambda row: self.all_targets_chosen.emit(row == 1))
        self._order = self._chooser(ORDERS, "What comes first: the worst event, or the earliest")
        self._order.activated.connect(lambda row: self.by_time_chosen.emit(row == 1))
        self._needed = [0, 0, 0]
        """Pixels of the longest of frames, reasons and values."""
        self._tree = self._list()
        self._tree.viewport().installEventFilter(self)
        self._empty = plain_label(self)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setProperty("role", "empty")
        self._stack = QStackedLayout()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._tree)
        self._count = plain_label(self)
        self._count.setProperty("role", "muted")
        self._count.setToolTip(COUNT_TIP)
        # A dock is as narrow as the person wants it; words are cut before the window grows.
        self._count.setMinimumWidth(1)
        self._progress = QProgressBar(self)
        self._progress.setTextVisible(False)
        self._progress.setAccessibleName("Progress of the second look")
        self._progress.hide()
        self._lay_out(actions)
        self.set_queue(NOTHING, tracked=False)

    def _chooser(self, rows: Sequence[str], name: str) -> QComboBox:
        box = QComboBox(self)
        box.addItems(list(rows))
        box.setAccessibleName(name)
        box.setToolTip(name)
        # By itself it is as wide as its longest line, and two of them would widen the dock.
        box.setMinimumWidth(NARROWEST)
        # Arrows and letters belong to the frames again as soon as something is chosen.
        box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return box

    def _list(self) -> QTreeWidget:
        tree = QTreeWidget(self)
        tree.setHeaderLabels(["Frames", "Why", "", "Target"])
        for column, tip in enumerate(HEADER_TIPS):
            tree.headerItem().setToolTip(column, tip)
        tree.setRootIsDecorated(False)
        # Qt would measure each of hundreds of lines otherwise.
        tree.setUniformRowHeights(True)
        tree.setAccessibleName("Review queue")
        tree.setObjectName("queue")
        tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = tree.header()
        header.setStretchLastSection(True)
        # As wide as `_fit_columns` says: Qt would measure every line, each time the list comes up.
        for column in (0, 1, 2):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
        tree.itemClicked.connect(self._on_item)
        tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        tree.customContextMenuRequested.connect(self._on_menu)
        return tree

    def _lay_out(self, actions: Sequence[QAction]) -> None:
        choosers = QHBoxLayout()
        choosers.setContentsMargins(4, 2, 4, 2)
        choosers.addWidget(self._targets, 1)
        choosers.addWidget(self._order, 1)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(4, 2, 4, 2)
        for action in actions:
            button = QToolButton(self)
            follow_action(button, action)
            button.setIconSize(QSize(16, 16))
            buttons.addWidget(button)
        buttons.addStretch(1)
        facts = QHBoxLayout()
        facts.setContentsMargins(6, 0, 6, 2)
        facts.addWidget(self._count, 1)
        facts.addWidget(self._progress, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(choosers)
        column.addLayout(self._stack, 1)
        column.addLayout(facts)
        column.addLayout(buttons)

    def set_choices(self, *, all_targets: bool, by_time: bool) -> None:
        """Show what is listed, and in which order."""
        self._targets.setCurrentIndex(int(all_targets))
        self._order.setCurrentIndex(int(by_time))

    def set_progress(self, words: str, done: int, total: int) -> None:
        """Show how far a second look is; without words there is none."""
        self._progress.setVisible(bool(words))
        self._progress.setToolTip(plain_tip(words))
        # A bar that moves to and fro while nothing is known: a tracker is being loaded.
        self._progress.setRange(0, total)
        self._progress.setValue(done)

    def set_queue(self, queue: ReviewQueue, tracked: bool) -> None:
        """Show the queue; `tracked` says whether there was anything to judge."""
        shown, left = queue.events[:LIMIT], len(queue.left)
        if shown != self._shown:
            self._show(shown)
        seen = len(queue.events) - left
        events = "1 event" if left == 1 else f"{left} events"
        self._count.setText(f"{events}, {seen} seen" if seen else events)
        self._count.setVisible(bool(queue.events))
        self._empty.setText(
            "Nothing to review: no box looks wrong."
            if tracked
            else "Track a target; what deserves a look is listed here, worst first."
        )
        self._stack.setCurrentIndex(1 if queue.events else 0)

    def set_here(self, event: ReviewEvent | None) -> None:
        """Mark the line of the event that the current frame is in."""
        self._here = event
        if event in self._shown:
            line = self._tree.topLevelItem(self._shown.index(event))
            if line is not None:
                self._tree.setCurrentItem(line)
                return
        # A line of another event would look as if it were the one on show.
        self._tree.setCurrentItem(None)  # type: ignore[call-overload]
        self._tree.clearSelection()

    def _show(self, shown: tuple[ReviewEvent, ...]) -> None:
        before, self._shown = self._shown, shown
        # A run under way adds lines all the time: who reads further down stays there.
        scrolled = self._tree.verticalScrollBar().value()
        while self._tree.topLevelItemCount() > len(shown):
            self._tree.takeTopLevelItem(len(shown))
        for rank, (old, new) in enumerate(zip(before, shown, strict=False)):
            line = self._tree.topLevelItem(rank)
            # Only what is another one: a nudge changes one event, and a line costs time.
            if line is not None and old != new:
                _fill(line, new)
        # All at once: added one by one, each line would lay out the list again.
        more = [_fill(QTreeWidgetItem(), event) for event in shown[len(before) :]]
        self._tree.addTopLevelItems(more)
        self._tree.verticalScrollBar().setValue(scrolled)
        self._tree.setColumnHidden(3, len({event.target_id for event in shown}) < 2)
        self._fit_columns()
        self.set_here(self._here)

    def _fit_columns(self) -> None:
        """Make numbers and reasons as wide as the longest of them."""
        # Before it is first painted it has not the font and the padding of the theme.
        self._tree.ensurePolished()
        model, header = self._tree.model(), self._tree.header()
        for column in (0, 1, 2):
            # One line of each length: digits are equally wide, and there is a handful of reasons.
            rows = {
                (len(text) if column != 1 else text): rank
                for rank, event in enumerate(self._shown)
                for text in [_texts(event)[column]]
            }
            widths = [
                self._tree.sizeHintForIndex(model.index(rank, column)).width()
                for rank in rows.values()
            ]
            self._needed[column] = max([header.sectionSizeHint(column), *widths])
            header.resizeSection(column, self._needed[column])
        self._share_width()

    def _share_width(self) -> None:
        """Leave the numbers out before a reason is cut: the tip says both whole."""
        frames, reason, value = self._needed
        names = 0 if self._tree.isColumnHidden(3) else NAME_WIDTH
        room = self._tree.viewport().width() - frames - names
        both = room - value >= reason
        self._tree.setColumnHidden(2, not both)
        width = min(reason, room)
        self._tree.header().resizeSection(1, max(REASON_WIDTH, width))

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Share the width out again when there is more or less of it."""
        if event.type() is QEvent.Type.Resize:
            self._share_width()
        return False

    def _on_item(self, line: QTreeWidgetItem) -> None:
        rank = self._tree.indexOfTopLevelItem(line)
        if 0 <= rank < len(self._shown):
            self.event_chosen.emit(self._shown[rank])

    def _on_menu(self, where: QPoint) -> None:
        line = self._tree.itemAt(where)
        rank = -1 if line is None else self._tree.indexOfTopLevelItem(line)
        if 0 <= rank < len(self._shown):
            self.menu_wanted.emit(self._tree.viewport().mapToGlobal(where), self._shown[rank])


def _texts(event: ReviewEvent) -> tuple[str, str, str, str]:
    # What it was for stands in the tip: longer words would leave no room for the number.
    why = "seen" if event.seen else event.reasons[0]
    return event.frames_text, why, event.detail, plain_line(event.target_name)


def _fill(line: QTreeWidgetItem, event: ReviewEvent) -> QTreeWidgetItem:
    tip = plain_tip(
        f"Frames {event.frames_text} of {event.target_name}: "
        f"{', '.join(event.reasons)}, {event.detail}; about {max(1, round(event.wrong))} of "
        f"{frames_words(event.last - event.first + 1)} wrong by the queue's guess"
    )
    # The number is of the reason that is strongest on the worst frame.
    measured = next((MEASURES[name] for name in event.reasons if name in MEASURES), "")
    for column, text in enumerate(_texts(event)):
        line.setText(column, text)
        line.setToolTip(column, f"{tip}\n{measured}" if event.detail and measured else tip)
        line.setDisabled(False)
    font = line.font(0)
    font.setItalic(event.seen)
    for column in range(4):
        line.setFont(column, font)
    line.setTextAlignment(0, NUMBERS)
    return line
