"""What the dialog of an alignment is made of, in its place; it knows nothing of alignments."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.look.plain_text import plain_label
from app.resolve.aligning import FREEDOM_WORDS, Pair
from app.views.aligning.point_view import PointView
from safe_files import one_line

SIDE = 236
"""Width of the column beside the pictures."""
FIT_TIP = (
    "Off is how far the RGB points lie from where the map has their thermal ones, in RGB pixels; "
    "about 1 is as near as a hand clicks, and more says that a pair or the kind of map is wrong."
)
PAIR_TIP = "The number that this pair has in both pictures."
LARGEST = 2_000_000_000
"""What a spin box can hold."""


class Controls:
    """Views, fields and buttons of the dialog."""

    def __init__(self, dialog: QDialog, frames: int, frame_index: int) -> None:
        self._dialog = dialog
        self._frames = frames
        self.rgb, self.tir = PointView("RGB", dialog), PointView("Thermal", dialog)
        self.frame = QSlider(Qt.Orientation.Horizontal, dialog)
        self.frame.setRange(0, max(0, frames - 1))
        self.frame.setValue(frame_index)
        self.frame.setPageStep(10)
        self.frame.setAccessibleName("Frame")
        self.frame_label = plain_label(dialog)
        for part in (self.frame, self.frame_label):
            part.setToolTip("Which RGB frame is shown, counted from 0, and the number of the last.")
        self.offset = QSpinBox(dialog)
        self.offset.setRange(-LARGEST, LARGEST)
        self.offset.setAccessibleName("Thermal offset in frames")
        self.offset.setToolTip(
            "Thermal frame k + offset is shown beside RGB frame k. Step with the arrow keys until "
            "the same moment is seen in both."
        )
        self.motion = _button(dialog, "Guess from &motion", "Compare when things move in either.")
        self.guess = _button(
            dialog, "&Guess the map", "Lay the edges of both pictures on each other."
        )
        self.pairs = _table(dialog)
        self.remove = _button(dialog, "&Remove pair", "Remove the chosen pair (Del).")
        self.freedom = QComboBox(dialog)
        for freedom, words in FREEDOM_WORDS.items():
            self.freedom.addItem(words, freedom)
        self.freedom.setAccessibleName("What the map may do")
        self.freedom.setToolTip(
            "What the pairs call for: a shift from 1 pair, turn and scale from 2; affine from 3 "
            "and a homography from 6 where they fit clearly better."
        )
        # Its longest entry would make the column wide.
        self.freedom.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.blend = QCheckBox("&Blend to judge", dialog)
        self.blend.setToolTip("Lay thermal over RGB as the map has it: edges should coincide.")
        self.weight = QSlider(Qt.Orientation.Horizontal, dialog)
        self.weight.setRange(0, 100)
        self.weight.setValue(50)
        self.weight.setAccessibleName("Weight of thermal in the blend")
        self.weight.setToolTip("How much of the blend is thermal, 0 to 100 percent.")
        self.words = plain_label(dialog)
        self.words.setToolTip(FIT_TIP)
        self.words.setWordWrap(True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.load = _button(dialog, "&Load…", "Take over an alignment from a file.")
        self.save = _button(dialog, "&Save…", "Write the alignment to a file, for --alignment.")
        self.reset = _button(dialog, "R&eset", "Thermal fills the RGB frame, without pairs.")
        self.cancel = _button(dialog, "Cancel", "Leave everything as it was.")
        self.apply = _button(dialog, "&Apply", "Use it for pictures, boxes, tracker and export.")
        self.apply.setDefault(True)
        self._lay_out(dialog)

    def _lay_out(self, dialog: QDialog) -> None:
        label = plain_label(dialog, "Thermal &offset")
        label.setBuddy(self.offset)
        label.setToolTip(self.offset.toolTip())
        top = _row(self.frame_label, self.frame, label, self.offset, self.motion)
        top.setStretch(1, 1)
        self._pictures = pictures = _row(self.rgb, self.tir)
        pictures.setStretch(0, 1)
        pictures.setStretch(1, 1)
        side = QVBoxLayout()
        side.setSpacing(6)
        for part in (self.guess, self.pairs, self.remove, self.freedom, self.blend, self.weight):
            side.addWidget(part)
        side.addWidget(self.words)
        column = QWidget(dialog)
        column.setLayout(side)
        side.setContentsMargins(0, 0, 0, 0)
        column.setFixedWidth(SIDE)
        middle = QHBoxLayout()
        middle.addLayout(pictures, 1)
        middle.addWidget(column)
        bottom = _row(self.load, self.save, self.reset, None, self.cancel, self.apply)
        layout = QVBoxLayout(dialog)
        layout.addLayout(top)
        layout.addLayout(middle, 1)
        layout.addLayout(bottom)

    def arrange(self, size: tuple[int, int]) -> None:
        """Put pictures of this width and height beside or below each other, as they are larger."""
        room = self._dialog.width() - SIDE - 40, self._dialog.height() - 120
        beside = min(room[0] / 2 / size[0], room[1] / size[1])
        below = min(room[0] / size[0], room[1] / 2 / size[1])
        ways = QHBoxLayout.Direction
        self._pictures.setDirection(ways.TopToBottom if below > beside else ways.LeftToRight)

    def say_frame(self) -> None:
        """Say which frame is shown."""
        self.frame_label.setText(f"Frame {self.frame.value()} of {self._frames - 1}")

    def say(self, text: str) -> None:
        """Say one or two sentences below the table."""
        self.words.setText(one_line(text))

    def set_busy(self, words: str) -> None:
        """Say what is under way, and keep another guess from being asked for; empty: nothing is."""
        for button in (self.guess, self.motion):
            button.setEnabled(not words)
        if words:
            self.say(words)

    def show_pairs(
        self, pairs: Sequence[Pair], missed: Sequence[float | None], chosen: int
    ) -> None:
        """Show the pairs and by how much each is missed."""
        table = self.pairs
        table.blockSignals(True)
        table.setRowCount(len(pairs))
        for row, (pair, miss) in enumerate(zip(pairs, missed, strict=True)):
            lacking = "click RGB" if pair.rgb is None else "click thermal"
            said = lacking if not pair.whole else "" if miss is None else f"{miss:.2f} px"
            table.setItem(row, 0, _item(str(row + 1), PAIR_TIP))
            table.setItem(row, 1, _item(said, FIT_TIP))
        table.setCurrentCell(chosen, 0) if 0 <= chosen < len(pairs) else table.clearSelection()
        table.blockSignals(False)
        self.remove.setEnabled(bool(pairs))


def _row(*parts: QWidget | None) -> QHBoxLayout:
    row = QHBoxLayout()
    for part in parts:
        if part is None:
            row.addStretch(1)
        else:
            row.addWidget(part)
    return row


def _button(dialog: QDialog, text: str, tip: str) -> QPushButton:
    button = QPushButton(text, dialog)
    button.setToolTip(tip)
    # Return applies, whatever button was pressed last.
    button.setAutoDefault(False)
    return button


def _table(dialog: QDialog) -> QTableWidget:
    table = QTableWidget(0, 2, dialog)
    for column, (title, tip) in enumerate((("Pair", PAIR_TIP), ("Off by", FIT_TIP))):
        table.setHorizontalHeaderItem(column, _item(title, tip))
    table.verticalHeader().setVisible(False)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
    table.setColumnWidth(0, 48)
    table.setMinimumSize(QSize(120, 90))
    table.setAccessibleName("Pairs of points")
    return table


def _item(text: str, tip: str) -> QTableWidgetItem:
    item = QTableWidgetItem(text)
    item.setToolTip(tip)
    return item
