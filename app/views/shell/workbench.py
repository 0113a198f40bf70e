"""The middle of the window: messages, start page or frame panes with the search crop over them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QRectF, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app.views.frame.pane_split import Arrangement
from app.views.frame.panes import FramePanes
from app.views.frame.scene import Compare
from app.views.frame.viewport import Side
from app.views.inspector.search_crop import SearchCropView
from app.views.lists.dataset_page import DatasetPage
from app.views.shell.first_look import FirstLookBar
from app.views.shell.message_bar import MessageBar
from app.views.shell.overlay import LEAST, Overlay
from app.views.shell.start_page import Beginning, StartPage

MOST_HIDDEN = 0.3
"""Which part of a frame the search crop may cover when it comes by itself."""

CLEARLY = 1.05
"""How much larger pictures must be beside the search crop for it to lie there."""

LOW = 420
"""Pixels of height below which words above the frames and the search crop leave little of them."""


class _FramesPage(QWidget):
    """The panes, which have all the room, and the search crop over them.

    When it was asked for, it lies at their right where both pictures are larger beside it than
    above it, as in a low window.
    """

    def __init__(self, panes: FramePanes, crop: SearchCropView, parent: QWidget) -> None:
        super().__init__(parent)
        self._panes = panes
        self._asked = self._beside = False
        self._way = (False, panes.viewport.side)
        """Whether the search crop lies beside the panes, and where the frames leave room."""
        column = self._column = QVBoxLayout(self)
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

    @property
    def covered(self) -> int:
        """Pixels of the panes that the search crop covers."""
        return 0 if self._beside else self.overlay.extent

    @property
    def beside(self) -> int:
        """Pixels at the right that the search crop takes beside the panes."""
        return self._column.contentsMargins().right()

    def set_asked(self, asked: bool) -> None:
        """Let the frames make room for the search crop, or come no nearer to it by themselves."""
        self._asked = asked
        self._place()

    def _better_beside(self) -> bool:
        """Whether the pictures are larger with the search crop at their right.

        By what changes with neither answer, or each would bring about the other.
        """
        panes, content = self._panes, self._panes.viewport.content
        if (
            not self._asked
            or panes.compare is not Compare.SPLIT
            or panes.arrangement is Arrangement.ABOVE
        ):
            return False
        across, down = self.width() / content.width(), self.height() / content.height()
        automatic = panes.arrangement is Arrangement.AUTOMATIC
        if automatic and min(across / 2, down) < min(across, down / 2):
            return False
        right = min(LEAST[Side.RIGHT] / content.width(), across / 2)
        below = min(LEAST[Side.BOTTOM] / content.height(), down / 2)
        return min((across - right) / 2, down) > CLEARLY * min(across / 2, down - below)

    @Slot()
    def _place(self) -> None:
        viewport, beside = self._panes.viewport, self._better_beside()
        way = (beside, viewport.side)
        turned, self._way, self._beside = way != self._way, way, beside
        if beside:
            self.overlay.place(Side.RIGHT, 0.0, self.rect())
        else:
            # Beside what the panes have below them.
            self.overlay.place(viewport.side, viewport.free_room(), self._panes.pictures)
        if turned and viewport.fitted:
            # What is covered was counted from another edge.
            viewport.fit()

    @Slot()
    def _on_overlay(self) -> None:
        beside = self._beside and not self.overlay.isHidden()
        self._column.setContentsMargins(0, 0, self.overlay.width() if beside else 0, 0)
        self._panes.viewport.set_covered(self.covered)


class Workbench(QWidget):
    """Central widget of the window."""

    turned = Signal()
    """Start page, frames or the list of a dataset have come in place of another."""

    def __init__(self, beginnings: Sequence[Beginning], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.messages = MessageBar(self)
        self.first_look = FirstLookBar(self)
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
        self.dataset_page = DatasetPage(self)
        self._pages.addWidget(self.dataset_page)
        self._pages.currentChanged.connect(self.turned)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.first_look)
        column.addWidget(self._pages, 1)
        # The bar was made first and would lie below the pages.
        self.messages.raise_()
        self.messages.room_below = self._room_below
        # The first look is to be read, whatever is said meanwhile.
        self.messages.room_above = self._room_above
        self.messages.taken_right = lambda: self._page.beside
        self.messages.kept_free = self._kept_free
        self.first_look.resized.connect(self.messages.place)
        self.crop_overlay.changed.connect(self.messages.place)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the message where it floats."""
        super().resizeEvent(event)
        self.first_look.set_low(self.low)
        self.messages.place()

    @property
    def low(self) -> bool:
        """Whether one thing at a time is all that there is room for beside the frames."""
        return self.height() < LOW

    def _room_above(self) -> int:
        return 0 if self.first_look.isHidden() else self.first_look.height()

    def _room_below(self) -> float:
        """Return how many pixels below the frames show nothing."""
        viewport = self.panes.viewport
        free = viewport.fitted and viewport.side is Side.BOTTOM and not self._page.covered
        return viewport.free_room() if free and self.frames_shown else 0.0

    def _kept_free(self) -> list[QRect]:
        """Return where the search crop lies over the frames, and the selected box in them."""
        if not self.frames_shown:
            return []
        crop = self.crop_overlay
        kept = [] if crop.isHidden() else [QRect(crop.mapTo(self, QPoint()), crop.size())]
        item = self.panes.scene.selected_box
        for view in self.panes.visible_views():
            box = None if item is None else item.box(view.modality)
            if box is not None:
                x, y, w, h = box
                corners = view.pane_point(x, y), view.pane_point(x + w, y + h)
                there = QRectF(*corners).toAlignedRect()
                kept.append(there.translated(view.mapTo(self, QPoint())))
        return kept

    def show_frames(self, on: bool) -> None:
        """Show the panes, or the start page."""
        self._pages.setCurrentIndex(1 if on else 0)

    def show_list(self, on: bool, *, frames: bool) -> None:
        """Show the list of a dataset; else the panes, if there are `frames`, or the start page."""
        self._pages.setCurrentIndex(2 if on else int(frames))

    @property
    def list_shown(self) -> bool:
        """Whether the list of a dataset is on show."""
        return self._pages.currentIndex() == 2

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
        self._page.set_asked(wanted)
        if self.panes.viewport.fitted:
            # Asked for, so that the frames may go around it, or take its room.
            self.panes.viewport.fit()

    def leave_crop(self) -> None:
        """Give the room of the search crop to the frames until there is something in it again."""
        self.crop_overlay.leave()
        self._page.set_asked(False)
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
