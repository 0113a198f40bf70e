"""Trackers over the dataset: a table and curves below the list of sequences."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QSizePolicy,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.look.plain_text import plain_label, plain_line, plain_tip
from app.look.theme import theme_signals
from app.resolve.dataset_results import OverModel, OverRow
from app.resolve.dataset_rows import NOT_THERE
from app.views.drawing.painting import NUMBERS
from app.views.inspector.compare_curves import CompareCurves
from app.views.inspector.compare_panel import TIPS, swatch

HEIGHT = 210
"""Pixels that it has at first."""
CURVES = 280
"""Pixels across that the curves have at least."""


class DatasetResults(QWidget):
    """A line for each tracker, what the figures are over, and the curve behind one of them."""

    metric_chosen = Signal(str)
    """Another figure is looked at."""
    themed = Signal()
    """The theme is another one, and with it the colours of trackers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dataset_results")
        self.table = QTreeWidget(self)
        self.table.setObjectName("over_dataset")
        self.table.setAccessibleName("Trackers over the dataset")
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.header().setStretchLastSection(False)
        self.words = plain_label(self)
        self.words.setWordWrap(True)
        self.words.setProperty("role", "muted")
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.curves = CompareCurves(self)
        self.curves.setMinimumWidth(CURVES)
        self.curves.chosen.connect(self.metric_chosen)
        left = QVBoxLayout()
        left.setSpacing(6)
        left.addWidget(self.table, 1)
        left.addWidget(self.words)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(12)
        row.addLayout(left, 3)
        row.addWidget(self.curves, 2)
        self._columns: tuple[str, ...] = ()
        theme_signals().changed.connect(self._on_theme)

    def set_view(self, model: OverModel) -> None:
        """Show a comparison as far as it is."""
        self._set_columns(("Tracker", *model.metrics, "Sequences"))
        while self.table.topLevelItemCount() > len(model.rows):
            self.table.takeTopLevelItem(len(model.rows))
        while self.table.topLevelItemCount() < len(model.rows):
            self.table.addTopLevelItem(QTreeWidgetItem())
        for index, row in enumerate(model.rows):
            line = self.table.topLevelItem(index)
            if line is not None:
                _fill(line, row, model.metrics)
        self.words.setText(model.words)
        self.curves.set_rows(model.rows, model.metrics)

    def _set_columns(self, columns: tuple[str, ...]) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        self.table.setColumnCount(len(columns))
        self.table.setHeaderLabels(list(columns))
        header = self.table.header()
        own = {"Sequences": "Sequences on which it has a result that can be judged"}
        for index, name in enumerate(columns):
            self.table.headerItem().setToolTip(index, {**TIPS, **own}.get(name, ""))
            mode = QHeaderView.ResizeMode
            header.setSectionResizeMode(index, mode.ResizeToContents if index else mode.Stretch)
            if index:
                self.table.headerItem().setTextAlignment(index, NUMBERS)

    def _on_theme(self, _theme: object) -> None:
        self.themed.emit()


def _fill(line: QTreeWidgetItem, row: OverRow, metrics: tuple[str, ...]) -> None:
    line.setText(0, plain_line(row.name))
    line.setToolTip(0, plain_tip(row.name))
    line.setIcon(0, swatch(row.colour))
    for index, metric in enumerate(metrics, 1):
        value = row.figures[metric]
        line.setText(index, NOT_THERE if math.isnan(value) else f"{100 * value:.1f}")
        line.setTextAlignment(index, NUMBERS)
    line.setText(len(metrics) + 1, str(row.sequences))
    line.setTextAlignment(len(metrics) + 1, NUMBERS)
