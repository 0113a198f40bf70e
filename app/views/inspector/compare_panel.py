"""The tab that compares trackers: figures, overlap on this frame, curves, ways to failures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QIcon, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QGridLayout,
    QHeaderView,
    QSizePolicy,
    QStackedLayout,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.look.action_button import follow_action
from app.look.palette import Rgb
from app.look.plain_text import plain_label, plain_line, plain_tip
from app.look.theme import qcolor
from app.resolve.comparing import CompareModel, CompareRow
from app.views.drawing.empty_state import EmptyState
from app.views.drawing.painting import NUMBERS
from app.views.inspector.compare_curves import CompareCurves

TIPS: Mapping[str, str] = {
    "Tracker": "Whose boxes are judged; the colour is that of its box, lane and curve",
    "PR": "Precision: frames whose centre lies within 20 px of the true one, in percent; "
    "100 is best",
    "MPR": "Precision with the nearer of both ground truths, in percent; 100 is best",
    "NPR": "Precision relative to the target: centres within a fifth of its size, in percent; "
    "100 is best",
    "SR": "Success: the area under the curve of overlap thresholds, in percent; 100 is best",
    "MSR": "Success with the nearer of both ground truths, in percent; 100 is best",
    "IoU": "Intersection over union with the true box, on the frame on show: 1 is the true box, "
    "below 0.5 is a failure",
    "Fails": "Frames on which IoU is below 0.5, of all that are scored; 0 is best",
}
RULES_TIP = (
    "Which benchmark's rules give the figures, and how many frames with ground truth have a box of "
    "the session; the others do not count yet."
)
NO_NUMBER = "–"
PADDING = 22
"""Pixels around the text of a cell."""
THREE_FROM = 250
"""Width from which three buttons stand beside each other; else two."""
NAME_WIDTH = 92
"""Pixels that names have at least."""


class ComparePanel(QWidget):
    """A line for each tracker, a plot, and two choosers of whom to compare."""

    frame_picked = Signal(int)
    """The worst frame of a tracker, whose line was double-clicked."""
    pair_picked = Signal(str, str)
    """Whose failures are looked for, and who must not fail there."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAutoFillBackground(True)
        self._model: CompareModel | None = None
        self._frame = 0
        self._columns: tuple[str, ...] = ()
        self._tree = self._table()
        self._curves = CompareCurves(self)
        self._rules = plain_label(self)
        self._rules.setProperty("role", "muted")
        self._rules.setWordWrap(True)
        self._rules.setToolTip(RULES_TIP)
        self._failing = self._chooser("Whose failures are looked for")
        self._other = self._chooser("Who must not fail there")
        self._next = QToolButton(self)
        self._pair = self._pair_row()
        self._offered: list[QToolButton] = []
        self._buttons = QGridLayout()
        self._buttons.setContentsMargins(0, 0, 0, 0)
        self._buttons.setSpacing(4)
        self._empty = EmptyState(
            "Nothing to compare.",
            "Show the ground truth, or open results of trackers.",
            self,
        )
        self._stack = QStackedLayout()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._content())
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 6, 4, 6)
        column.setSpacing(6)
        column.addLayout(self._buttons)
        column.addLayout(self._stack, 1)
        self.set_view(None)

    def set_actions(self, actions: Sequence[QAction], to_failure: QAction) -> None:
        """Offer these as buttons above, and one beside the choosers."""
        for action in actions:
            button = QToolButton(self)
            self._dress(button, action)
            # Or the longest word would widen the dock.
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            self._offered.append(button)
        self._dress(self._next, to_failure)
        self._lay_buttons()

    def _dress(self, button: QToolButton, action: QAction) -> None:
        follow_action(button, action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        # With an edge: words alone do not look as if they could be pressed.
        button.setProperty("role", "segment")
        button.setProperty("place", "only")

    def _lay_buttons(self) -> None:
        across = 3 if self.width() >= THREE_FROM else 2
        for index, button in enumerate(self._offered):
            self._buttons.addWidget(button, index // across, index % across)

    def set_view(self, model: CompareModel | None) -> None:
        """Show a comparison, or what there is to do for one."""
        self._model = model
        rows = () if model is None else model.rows
        self._stack.setCurrentIndex(1 if rows else 0)
        if model is None or not rows:
            self._say_empty(model)
            return
        self._show_rows(model)
        self._curves.set_rows(rows, model.metrics)
        self._rules.setText(_rules_words(model))
        self._curves.setVisible(model.has_truth)
        names = [row.name for row in rows if row.worst is not None]
        self._pair.setVisible(len(names) > 1)
        for box, chosen, verb in (
            (self._failing, model.failing, "fails"),
            (self._other, model.other, "does not"),
        ):
            box.clear()
            for name in names:
                # The verb in the line itself: beside it there would be no room in a small window.
                box.addItem(f"{plain_line(name)} {verb}", name)
            box.setCurrentIndex(names.index(chosen) if chosen in names else -1)

    def set_frame(self, frame_index: int) -> None:
        """Show the overlaps of a frame."""
        self._frame = frame_index
        if self._model is not None and self.isVisible():
            self._show_overlaps()

    def _say_empty(self, model: CompareModel | None) -> None:
        if model is not None and not model.has_truth:
            self._empty.say(
                "This sequence has no ground truth.", "Results can be opened; nothing is scored."
            )
        else:
            self._empty.say(
                "Nothing to compare yet.",
                "Show the ground truth and track a target, or open results of trackers.",
            )

    def _table(self) -> QTreeWidget:
        tree = QTreeWidget(self)
        tree.setRootIsDecorated(False)
        tree.setUniformRowHeights(True)
        tree.setAccessibleName("Trackers")
        tree.setObjectName("compared")
        tree.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        tree.header().setStretchLastSection(False)
        tree.header().setMinimumSectionSize(28)
        tree.itemDoubleClicked.connect(self._on_line)
        return tree

    def _chooser(self, name: str) -> QComboBox:
        box = QComboBox(self)
        box.setAccessibleName(name)
        box.setToolTip(name)
        # Long names are cut before they widen the dock.
        box.setMinimumWidth(60)
        box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        box.activated.connect(self._on_pair)
        return box

    def _pair_row(self) -> QWidget:
        row = QWidget(self)
        grid = QGridLayout(row)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        grid.addWidget(self._failing, 0, 0, 1, 2)
        grid.addWidget(self._other, 1, 0)
        grid.addWidget(self._next, 1, 1)
        grid.setColumnStretch(0, 1)
        return row

    def _content(self) -> QWidget:
        content = QWidget(self)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._tree, 2)
        column.addWidget(self._rules)
        column.addWidget(self._pair)
        column.addWidget(self._curves, 3)
        return content

    def _show_rows(self, model: CompareModel) -> None:
        columns = ("Tracker", *model.metrics, "IoU", "Fails")
        if columns != self._columns:
            self._columns = columns
            self._tree.setColumnCount(len(columns))
            self._tree.setHeaderLabels(list(columns))
            header = self._tree.header()
            for index, name in enumerate(columns):
                self._tree.headerItem().setToolTip(index, TIPS.get(name, ""))
                if index:
                    self._tree.headerItem().setTextAlignment(index, NUMBERS)
                header.setSectionResizeMode(index, QHeaderView.ResizeMode.Fixed)
            self._share_width()
        while self._tree.topLevelItemCount() > len(model.rows):
            self._tree.takeTopLevelItem(len(model.rows))
        while self._tree.topLevelItemCount() < len(model.rows):
            self._tree.addTopLevelItem(QTreeWidgetItem())
        for index, row in enumerate(model.rows):
            line = self._tree.topLevelItem(index)
            if line is not None:
                _fill(line, row, model.metrics)
        self._show_overlaps()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width out again."""
        super().resizeEvent(event)
        self._lay_buttons()
        self._share_width()

    def _share_width(self) -> None:
        """Leave columns out before names cannot be told apart; the tip of a line has all."""
        header, count = self._tree.header(), len(self._columns)
        if not count:
            return
        self._tree.ensurePolished()
        metrics, room = self._tree.fontMetrics(), self._tree.viewport().width()
        advance = metrics.horizontalAdvance
        widths = [max(advance(name), advance("100.0")) + PADDING for name in self._columns]
        shown = set(range(1, count))
        for index in (count - 1, *range(1, count - 3)):
            if room - sum(widths[each] for each in shown) < NAME_WIDTH:
                shown.discard(index)
        for index in range(1, count):
            self._tree.setColumnHidden(index, index not in shown)
            header.resizeSection(index, widths[index])
        header.resizeSection(0, max(NAME_WIDTH, room - sum(widths[each] for each in shown)))

    def _show_overlaps(self) -> None:
        if self._model is None:
            return
        at = len(self._model.metrics) + 1
        for index, row in enumerate(self._model.rows):
            line = self._tree.topLevelItem(index)
            if line is not None and self._frame < len(row.overlap):
                value = float(row.overlap[self._frame])
                line.setText(at, NO_NUMBER if np.isnan(value) else f"{value:.2f}")

    def _on_line(self, line: QTreeWidgetItem) -> None:
        rank = self._tree.indexOfTopLevelItem(line)
        if self._model is not None and 0 <= rank < len(self._model.rows):
            worst = self._model.rows[rank].worst
            if worst is not None:
                self.frame_picked.emit(worst)

    def _on_pair(self) -> None:
        failing, other = self._failing.currentData(), self._other.currentData()
        if failing is not None and other is not None:
            self.pair_picked.emit(failing, other)


def _rules_words(model: CompareModel) -> str:
    """Return by what is scored, and how much of the session's boxes."""
    if not model.has_truth:
        return "This sequence has no ground truth: boxes are drawn, and nothing is scored."
    own = next((row for row in model.rows if row.own), None)
    words = f"Scored by the rules of {model.rules}."
    if own is not None and own.scored < model.with_truth:
        words += f" {own.name}: {own.scored} of {model.with_truth} frames so far."
    return words


def _tip_of(row: CompareRow) -> str:
    whose = "the boxes of the session, as they are now" if row.own else "a result that was opened"
    figures = (f"{name} {100 * value:.1f} %" for name, value in row.figures.items())
    lines = [f"{row.name}: {whose}, over {row.scored} frames", ", ".join(figures)]
    if row.worst is not None:
        lines.append(f"Lowest IoU on frame {row.worst}; a double click goes there")
    return "\n".join((*lines, *row.notes))


def _fill(line: QTreeWidgetItem, row: CompareRow, metrics: Sequence[str]) -> None:
    line.setText(0, plain_line(row.name))
    line.setIcon(0, swatch(row.colour))
    for index, metric in enumerate(metrics, 1):
        value = row.figures.get(metric, float("nan"))
        line.setText(index, NO_NUMBER if np.isnan(value) else f"{100 * value:.1f}")
    line.setText(len(metrics) + 2, str(row.failing) if row.worst is not None else NO_NUMBER)
    tip = _tip_of(row)
    for column in range(len(metrics) + 3):
        # The column's own sentence first: what this very number is.
        own = "" if not column else TIPS.get((*metrics, "IoU", "Fails")[column - 1], "")
        line.setToolTip(column, plain_tip(f"{own}\n{tip}") if own else plain_tip(tip))
        if column:
            line.setTextAlignment(column, NUMBERS)


def swatch(colour: Rgb) -> QIcon:
    """Return a square in the colour of a tracker."""
    picture = QPixmap(QSize(10, 10))
    picture.fill(qcolor(colour))
    return QIcon(picture)
