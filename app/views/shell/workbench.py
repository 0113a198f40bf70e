"""The middle of the window: messages, start page or frame panes with the search crop over them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app.views.frame.panes import FramePanes
from app.views.frame.viewport import Side
from app.views.inspector.search_crop import SearchCropView
from app.views.shell.message_bar import MessageBar
from app.views.shell.overlay import Overlay
from app.views.shell.start_page import Beginning, StartPage

MOST_HIDDEN = 0.3
"""Which part of a frame the search crop may cover when it comes by itself."""


class _FramesPage(QWidget):
    """The panes, which have all the room, and the search crop over them."""

    def __init__(self, panes: FramePanes, crop: SearchCropView, parent: QWidget) -> None:
        super().__init__(parent)
        self._panes = panes
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(panes)
        self.overlay = Overlay("Search crop", crop, self)
        self.overlay.changed.connect(self._on_overlay)
        crop.emptied.connect(self.overlay.set_empty)
        self.overlay.set_empty(True)
        panes.arranged.connect(self._place)
        # The panes have their sizes only after they were arranged.
        panes.viewport.changed.connect(self._place)

    @property
    def has_room(self) -> bool:
        """Whether the panel would leave most of a fitted frame to be seen."""
        viewport = self._panes.viewport
        return self.overlay.wanted(viewport.side, viewport.free_room()) <= (
            viewport.free_room() + MOST_HIDDEN * viewport.fitted_room()
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the panel at its edge."""
        super().resizeEvent(event)
        self._place()

    @Slot()
    def _place(self) -> None:
        viewport = self._panes.viewport
        # Beside what the panes have below them.
        self.overlay.place(viewport.side, viewport.free_room(), self._panes.pictures)

    @Slot()
    def _on_overlay(self) -> None:
        self._panes.viewport.set_covered(self.overlay.extent)


class Workbench(QWidget):
    """Central widget of the window."""

    def __init__(self, beginnings: Sequence[Beginning], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.messages = MessageBar(self)
        self.start_page = StartPage(beginnings, self)
        self.panes = FramePanes(self)
        self.crop = SearchCropView(self)
        self._page = _FramesPage(self.panes, self.crop, self)
        # Until something was tracked there is nothing in it.
        self.crop.hide()
        self._crop_wanted = True
        self.crop_overlay = self._page.overlay
        """What holds the search crop over the frames."""
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self.start_page)
        self._pages.addWidget(self._page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._pages, 1)
        # The bar was made first and would lie below the pages.
        self.messages.raise_()
        self.messages.room_below = self._room_below
        self.crop_overlay.changed.connect(self.messages.place)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the message where it floats."""
        super().resizeEvent(event)
        self.messages.place()

    def _room_below(self) -> float:
        """Return how many pixels below the frames show nothing."""
        viewport = self.panes.viewport
        free = viewport.fitted and viewport.side is Side.BOTTOM and not self.crop_overlay.extent
        return viewport.free_room() if free and self.frames_shown else 0.0

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
        if wanted:
            self.crop_overlay.ask()
        if self.panes.viewport.fitted:
            # Asked for, so that the frames may go around it, or take its room.
            self.panes.viewport.fit()

    def leave_crop(self) -> None:
        """Give the room of the search crop to the frames until there is something in it again."""
        self.crop_overlay.leave()
        if self.panes.viewport.fitted:
            self.panes.viewport.fit()

    def reveal_crop(self) -> None:
        """Show the search crop once there is something in it, unless the person hid it.

        In a low window it would hide what is tracked, and is there for who asks for it.
        """
        # isHidden, not isVisible: the page around may be the one that is not shown.
        if self._crop_wanted and self.crop.isHidden() and self._page.has_room:
            self.crop.show()

    @property
    def frames_shown(self) -> bool:
        """Whether the panes are on show."""
        return self._pages.currentIndex() == 1
