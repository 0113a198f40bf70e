"""The two panes side by side or one above the other, with a line between them that is dragged."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QSizeF, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

BESIDE, ABOVE = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
CLEARLY = 1.03
"""How much larger frames must become for the panes to be turned: not back and forth for a pixel."""


class Arrangement(Enum):
    """How the panes lie; the words are those of the settings file."""

    AUTOMATIC = "automatic"
    BESIDE = "beside"
    ABOVE = "above"


class PaneSplit(QSplitter):
    """Holds the panes; how they share the room stays the same whatever is hidden and shown."""

    arranged = Signal()
    """The panes have another size, or lie the other way."""

    def __init__(self, first: QWidget, second: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(BESIDE, parent)
        self._arrangement = Arrangement.AUTOMATIC
        self._content = QSizeF(4.0, 3.0)
        self._share = 0.5
        """Of the room, what the first pane has while both are on show."""
        # A pane dragged to nothing would look like a missing modality.
        self.setChildrenCollapsible(False)
        self.setHandleWidth(4)
        for view in (first, second):
            self.addWidget(view)
        self.splitterMoved.connect(self._on_moved)

    @property
    def arrangement(self) -> Arrangement:
        """How the person wants the panes to lie."""
        return self._arrangement

    def set_arrangement(self, arrangement: Arrangement) -> None:
        """Lay the panes side by side, one above the other, or as frames are larger."""
        self._arrangement = arrangement
        self._arrange()

    def set_content(self, width: float, height: float) -> None:
        """Tell the size of the frames, by which the arrangement is chosen."""
        size = QSizeF(max(1.0, width), max(1.0, height))
        if size != self._content:
            self._content = size
            self._arrange()

    def show_second(self, second: QWidget, on: bool) -> None:
        """Show or hide one of the panes; the other one takes all the room meanwhile."""
        second.setVisible(on)
        self._share_out()
        self.arranged.emit()

    def swap(self) -> None:
        """Exchange the places of the panes; each takes its size along."""
        last = self.widget(1)
        if last is not None:
            self.insertWidget(0, last)
        self._share = 1.0 - self._share
        self._share_out()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Look again which way frames are larger."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        orientation = self._best()
        if orientation != self.orientation():
            self.setOrientation(orientation)
        self._share_out()
        self.arranged.emit()

    def _best(self) -> Qt.Orientation:
        if self._arrangement is not Arrangement.AUTOMATIC:
            return BESIDE if self._arrangement is Arrangement.BESIDE else ABOVE
        here = self.orientation()
        other = ABOVE if here == BESIDE else BESIDE
        return other if self._scale(other) > CLEARLY * self._scale(here) else here

    def _scale(self, orientation: Qt.Orientation) -> float:
        """How large frames are in two equal panes that lie like this."""
        width, height = float(self.width()), float(self.height())
        if orientation == BESIDE:
            width /= 2
        else:
            height /= 2
        return min(width / self._content.width(), height / self._content.height())

    def _share_out(self) -> None:
        along = self.width() if self.orientation() == BESIDE else self.height()
        first = round(1000 * self._share) if along < 2 else round(along * self._share)
        self.setSizes([first, max(1, (1000 if along < 2 else along) - first)])

    def _on_moved(self, _position: int, _index: int) -> None:
        sizes = self.sizes()
        # With one pane hidden there is no line to drag, and no share to learn.
        if all(sizes):
            self._share = sizes[0] / sum(sizes)
