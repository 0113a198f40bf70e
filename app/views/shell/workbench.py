"""The middle of the window: messages, start page or frame panes with the search crop below."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from app.views.frame.panes import FramePanes
from app.views.inspector.search_crop import SearchCropView
from app.views.shell.message_bar import MessageBar
from app.views.shell.start_page import Beginning, StartPage


class Workbench(QWidget):
    """Central widget of the window."""

    def __init__(self, beginnings: Sequence[Beginning], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.messages = MessageBar(self)
        self.start_page = StartPage(beginnings, self)
        self.panes = FramePanes(self)
        self.crop = SearchCropView(self)
        self._splitter = QSplitter(Qt.Orientation.Vertical, self)
        # Hidden by its action, not by dragging, or nobody would find it again.
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self.panes)
        self._splitter.addWidget(self.crop)
        self._splitter.setStretchFactor(0, 3)
        self._splitter.setStretchFactor(1, 2)
        self._splitter.setSizes([550, 450])
        # Until something was tracked there is nothing in it, and the panes get the room.
        self.crop.hide()
        self._crop_wanted = True
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self.start_page)
        self._pages.addWidget(self._splitter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._pages, 1)
        # The bar was made first and would lie below the pages.
        self.messages.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the message where it floats."""
        super().resizeEvent(event)
        self.messages.place()

    def show_frames(self, on: bool) -> None:
        """Show the panes, or the start page."""
        self._pages.setCurrentIndex(1 if on else 0)

    @property
    def crop_wanted(self) -> bool:
        """Whether the person wants to see the search crop."""
        return self._crop_wanted

    def set_crop_wanted(self, wanted: bool) -> None:
        """Show or hide the search crop by the person's will."""
        self._crop_wanted = wanted
        self.crop.setVisible(wanted)

    def reveal_crop(self) -> None:
        """Show the search crop once there is something in it, unless the person hid it."""
        # isHidden, not isVisible: the page around may be the one that is not shown.
        if self._crop_wanted and self.crop.isHidden():
            self.crop.show()

    @property
    def frames_shown(self) -> bool:
        """Whether the panes are on show."""
        return self._pages.currentIndex() == 1
