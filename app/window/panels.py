"""The docks around the frames: which there are, and which of them the person has closed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QByteArray, QEvent, QObject, Qt
from PySide6.QtWidgets import (
    QDockWidget,
    QMainWindow,
    QMenu,
    QStatusBar,
    QToolBar,
    QWidget,
)

from app.state.settings import Settings
from app.views.shell.inspector import Inspector
from app.window.folding import Column, hide_old_bars
from app.window.timers import single_shot

SIDE_WIDTHS = ((1400, 210, 330), (1000, 190, 310), (0, 140, 300))
"""How wide targets and inspector are at first, from which width of the window on: the frames get
at least half of it."""
LIST_HEIGHTS = (240, 260)
"""How high targets and review queue are at first."""
ROOM_BETWEEN = 20
"""Pixels of the edges that are dragged between docks and frames."""
NARROW, READABLE = 290, 320
"""How wide the inspector, tabs included, must at least be beside lists, and should be: its pages
are read with ease then."""
HALF, LEAST_SHARE = 1 / 2, 3 / 8
"""Parts of the window that the frames keep, and keep at least in a small one where half would leave
an open inspector less than it should have: two panes beside each other do not fill the height of
the half, so that their pictures hardly lose by it."""
SMALL = 1200
"""Pixels of width below which a window is small."""
LOW = 720
"""Pixels of height of a window below which the inspector reaches down beside the timeline: above
it there is no room for its tabs, nor for much of a page."""
STATE_VERSION = 2
"""Raised when docks change so much that a remembered layout would not fit."""


class Panels(QObject):
    """Shows the docks as the person left them; behind the start page there are none.

    The frames keep half of the window's area. Where that leaves an open inspector no room beside
    the lists, they become tabs of one column, until it is closed or the window is wider. Where it
    cannot be read even then, the frames of a small window keep three eighths.
    """

    def __init__(
        self,
        window: QMainWindow,
        targets: QWidget,
        queue: QWidget,
        inspector: Inspector,
        timeline: QWidget,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._closed: set[str] = set()
        self._shown = False
        self._arranging = False
        self._layout = QByteArray()
        """How the docks lay when they were last on show; empty before that."""
        area = Qt.DockWidgetArea
        # The timeline is as wide as the frames and lists above it together.
        window.setCorner(Qt.Corner.BottomLeftCorner, area.BottomDockWidgetArea)
        self._give_corner()
        self.docks = {
            "targets": self._dock("targets", "Targets", targets, area.LeftDockWidgetArea),
            "queue": self._dock("queue", "Review queue", queue, area.LeftDockWidgetArea),
            "inspector": self._dock("inspector", "Inspector", inspector, area.RightDockWidgetArea),
            "timeline": self._dock("timeline", "Timeline", timeline, area.BottomDockWidgetArea),
        }
        # An empty widget is how Qt is asked for no title bar; None asks for Qt's own.
        self._bare = QWidget(window)
        self.docks["timeline"].setTitleBarWidget(QWidget(window))
        self._inspector_width = 0
        """How wide it was when it was last closed, beside the lists."""
        self._narrowed = 0
        """How wide the lists were before they gave way to the inspector; 0 where they did not."""
        self._lowered = 0
        """How high the timeline was before a smaller window took of it; 0 where none did."""
        self._first = QByteArray()
        """How they lay when the window was made."""
        self._unfolded = QByteArray()
        """How the docks lay before lists and inspector became tabs; empty while they are not."""
        self._column = Column()
        """The lists that became tabs, as they lay."""
        self._fitting = single_shot(self, 0, self._fit)
        window.installEventFilter(self)
        self._inspector = inspector
        inspector.opened.connect(self._on_inspector)
        inspector.set_open(False)

    def _dock(self, name: str, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self._window)
        # The name by which Qt, and the settings, remember the dock.
        dock.setObjectName(f"dock_{name}")
        dock.setWidget(widget)
        self._window.addDockWidget(area, dock)
        # Comes after menu and cross alike, when the dock is already as the person wants it.
        dock.visibilityChanged.connect(lambda _visible: self._on_visibility(dock))
        return dock

    def fill(self, menu: QMenu) -> None:
        """Put a switch for each dock into `menu`."""
        for dock in self.docks.values():
            menu.addAction(dock.toggleViewAction())

    def show(self, on: bool) -> None:
        """Show the docks as the person left them, or none."""
        if self._shown and not on:
            self._layout = self._state()
        appear, self._shown = on and not self._shown, on
        with self._arranged():
            if appear and self._layout:
                self._lay_out(self._layout)
            for dock in self.docks.values():
                dock.setVisible(on and dock.objectName() not in self._closed)
        if appear and not self._layout:
            self._give_sizes()
        if appear:
            # After this, when everything has its size.
            self._fitting.start()

    def _state(self) -> QByteArray:
        """Return how the docks lie, or would without being tabs for want of room."""
        return self._unfolded or self._window.saveState(STATE_VERSION)

    def _lay_out(self, layout: QByteArray) -> None:
        """Give the docks the sizes that they had when they were last on show.

        Not before they are: Qt shares the room out among hidden docks by what they hold, and the
        list that holds less lost a part of its height at every start.
        """
        bars = {bar: bar.isHidden() for bar in self._window.findChildren(QToolBar)}
        self._restore(layout)
        self._unfolded, self._narrowed = QByteArray(), 0
        # They are on show beside the start page too, where the person may have closed one.
        for bar, hidden in bars.items():
            bar.setVisible(not hidden)

    def _restore(self, layout: QByteArray) -> bool:
        """Let Qt lay the docks out; say whether it could."""
        done = self._window.restoreState(layout, STATE_VERSION)
        self._give_corner()
        hide_old_bars(self._window, self.docks.values())
        return done

    def restore(self, values: Settings) -> None:
        """Lay the docks out as they were when the window was closed."""
        # Where Qt puts what the window is made of, before anybody has moved anything.
        self._first = self._window.saveState(STATE_VERSION)
        self._closed = set(values.hidden_docks)
        self._layout = QByteArray.fromHex(values.window_state.encode())
        with self._arranged():
            # Where the toolbar is; a layout that Qt cannot use is none.
            if self._layout and not self._restore(self._layout):
                self._layout = QByteArray()
        # The start page comes first, whatever was on show when the window was closed.
        self.show(False)

    def reset(self) -> None:
        """Lay the docks out as at the first start."""
        self._closed.clear()
        self._narrowed = self._lowered = self._inspector_width = 0
        shown = self._shown
        self._shown, self._layout, self._unfolded = False, QByteArray(), QByteArray()
        with self._arranged():
            self._restore(self._first)
            for dock in self.docks.values():
                dock.hide()
        self.show(shown)

    def remember(self, values: Settings, *, shown: bool) -> None:
        """Write down how the docks lie, or lay when they were last on show."""
        layout = self._state() if shown else self._layout
        values.window_state = bytes(layout.toHex().data()).decode()
        # Sorted, so that the same docks make the same file.
        values.hidden_docks = tuple(sorted(self._closed))

    @contextmanager
    def _arranged(self) -> Iterator[None]:
        """Within this the program moves the docks, which says nothing about the person's will."""
        self._arranging = True
        try:
            yield
        finally:
            self._arranging = False

    def _on_visibility(self, dock: QDockWidget) -> None:
        if self._arranging:
            return
        # A dock is also invisible while its window or its tab is: it is closed when it is hidden.
        if not dock.isHidden():
            self._closed.discard(dock.objectName())
        elif self._shown:
            self._closed.add(dock.objectName())

    # --- half of the window for the frames

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Look again how the room is shared when the window has another size."""
        if event.type() is QEvent.Type.Resize and self._shown:
            self._fitting.start()
        return False

    @property
    def share(self) -> float:
        """Which part of the window the frames keep at least."""
        small = self._window.width() < SMALL
        return LEAST_SHARE if small and self._inspector.is_open else HALF

    @property
    def _low(self) -> bool:
        return self._window.height() < LOW

    def _give_corner(self) -> None:
        """Let the inspector reach down to the status line in a low window."""
        area, corner = Qt.DockWidgetArea, Qt.Corner.BottomRightCorner
        owner = area.RightDockWidgetArea if self._low else area.BottomDockWidgetArea
        if self._window.corner(corner) is not owner:
            self._window.setCorner(corner, owner)

    @property
    def has_room(self) -> bool:
        """Whether the inspector can be opened beside the lists, with half left for the frames."""
        return self._room() - self._lists_width(least=True) >= NARROW

    def _on_inspector(self, on: bool) -> None:
        dock = self.docks["inspector"]
        if not on and self._shown and not self._unfolded:
            self._inspector_width = dock.width()
        self._give_title()
        if on:
            self._fit()
            return
        self._unfold()
        self._give_widths(self._narrowed, self._inspector.strip_width)
        self._narrowed = 0

    def _give_title(self) -> None:
        """Let the inspector have a title where there is room for one."""
        # It is wider than tabs alone, and takes one of them its room in a low window.
        bare = not self._inspector.is_open or self._low
        dock = self.docks["inspector"]
        if bare != (dock.titleBarWidget() is self._bare):
            dock.setTitleBarWidget(self._bare if bare else None)  # type: ignore[arg-type]
            self._bare.setVisible(bare)

    def _fit(self) -> None:
        """Share the width out among lists, frames and the pages of the inspector, if it is open."""
        if not self._shown:
            return
        self._give_corner()
        self._give_title()
        if not self._inspector.is_open:
            self._keep_half()
            return
        if self.has_room:
            self._unfold()
        else:
            self._fold()
        wanted = max(self._inspector_width, self._side_widths()[1])
        lists, room = self._lists_width(), self._room()
        if lists and room - lists < wanted:
            self._narrowed = self._narrowed or lists
            lists = max(self._lists_width(least=True), room - wanted)
        if room < READABLE:
            room = max(room, min(READABLE, self._room(self.share)))
        if room < READABLE:
            room += self._lower_timeline(READABLE - room, self.share)
        width = max(self._inspector.minimumSizeHint().width(), min(wanted, room - lists))
        self._give_widths(lists, width)

    def _keep_half(self) -> None:
        """Let lists and timeline give way where a smaller window leaves the frames too little."""
        frames, lists = self._window.centralWidget(), self._lists_width()
        if frames is None:
            return
        lacking = self._window.width() - ROOM_BETWEEN - frames.width() - self._room()
        if lacking <= 0:
            self._raise_timeline()
            return
        usual, least = self._side_widths()[0], self._lists_width(least=True)
        # Lists as wide as in a window that was so small from the first, then lanes, then the rest.
        narrow = min(lists, max(usual, least, lists - lacking))
        lacking -= lists - narrow
        if lacking > 0:
            before = self.docks["timeline"].height()
            lacking -= self._lower_timeline(lacking)
            self._lowered = self._lowered or before
        if lacking > 0:
            narrow = min(narrow, max(least, narrow - lacking))
        if narrow < lists:
            self._give_widths(narrow, self._inspector.strip_width)

    def _raise_timeline(self) -> None:
        """Give the timeline back what it gave to the frames, as far as they can spare it."""
        timeline, frames = self.docks["timeline"], self._window.centralWidget()
        if not self._lowered or frames is None or timeline.isHidden():
            return
        window = self._window
        half = math.ceil(window.width() * window.height() / 2 / max(1, frames.width()))
        # Qt takes of it too before this is asked: it wants at least all of its lanes.
        wanted = max(self._lowered, timeline.sizeHint().height())
        height = min(wanted, timeline.height() + max(0, frames.height() - half))
        if height > timeline.height():
            window.resizeDocks([timeline], [height], Qt.Orientation.Vertical)
        if height >= wanted:
            self._lowered = 0

    def _give_widths(self, lists: int, inspector: int) -> None:
        docks, widths = [self.docks["inspector"]], [inspector]
        if lists and (columns := self._lists()):
            docks.append(columns[0])
            widths.append(lists)
        self._window.resizeDocks(docks, widths, Qt.Orientation.Horizontal)

    def _room(self, share: float = HALF, *, more: int = 0) -> int:
        """Return how many pixels beside the frames leave them a share of the window's area.

        By the height that they have, or would have with some pixels `more`.
        """
        window, frames = self._window, self._window.centralWidget()
        height = more + (window.height() if frames is None else frames.height())
        kept = math.ceil(window.width() * window.height() * share / max(1, height))
        return window.width() - ROOM_BETWEEN - kept

    def _lists(self) -> list[QDockWidget]:
        """Return the lists that lie at the left, where the program put them."""
        area = Qt.DockWidgetArea.LeftDockWidgetArea
        found = [self.docks[name] for name in ("targets", "queue")]
        return [
            dock
            for dock in found
            if not dock.isHidden()
            and not dock.isFloating()
            and self._window.dockWidgetArea(dock) is area
        ]

    def _lists_width(self, *, least: bool = False) -> int:
        """Return how wide the column of lists is, or must at least be; 0 where there is none."""
        if least and self._unfolded:
            lists = [self.docks[name] for name in ("targets", "queue")]
            lists = [dock for dock in lists if not dock.isHidden()]
        else:
            lists = self._lists()
        widths = (dock.minimumSizeHint().width() if least else dock.width() for dock in lists)
        return max(widths, default=0)

    def _fold(self) -> None:
        """Make lists and inspector tabs of one column."""
        dock, lists = self.docks["inspector"], self._lists()
        if self._unfolded or not lists or dock.isFloating() or dock.isHidden():
            return
        self._unfolded = self._window.saveState(STATE_VERSION)
        self._column = Column.of(self._window, lists)
        with self._arranged():
            for each in lists:
                self._window.tabifyDockWidget(dock, each)
            dock.raise_()

    def _unfold(self) -> None:
        """Put the lists back to where they were."""
        if not self._unfolded:
            return
        with self._arranged():
            self._column.put_back(self._window)
            for dock in self.docks.values():
                dock.setVisible(dock.objectName() not in self._closed)
        self._column.give_sizes(self._window)
        hide_old_bars(self._window, self.docks.values())
        self._unfolded, self._narrowed = QByteArray(), 0
        # Their widths are known only when they are laid out.
        self._fitting.start()

    def _lower_timeline(self, wanted: int, share: float = HALF) -> int:
        """Let the timeline show fewer lanes; return how much wider the inspector may be for it."""
        timeline, before = self.docks["timeline"], self._room(share)
        spare = (
            0 if timeline.isHidden() else timeline.height() - timeline.minimumSizeHint().height()
        )
        for more in range(spare + 1):
            won = self._room(share, more=more) - before
            if won >= wanted or more == spare:
                height = max(1, timeline.height() - more)
                self._window.resizeDocks([timeline], [height], Qt.Orientation.Vertical)
                return won
        return 0

    def _side_widths(self) -> tuple[int, int]:
        width = self._window.width()
        return next((left, right) for from_, left, right in SIDE_WIDTHS if width >= from_)

    def _give_sizes(self) -> None:
        docks, window = self.docks, self._window
        left, right = self._side_widths()
        if not self._inspector.is_open:
            right = self._inspector.strip_width
        side = [docks["targets"], docks["inspector"]]
        window.resizeDocks(side, [left, right], Qt.Orientation.Horizontal)
        lists = [docks["targets"], docks["queue"]]
        window.resizeDocks(lists, list(LIST_HEIGHTS), Qt.Orientation.Vertical)
        # Half of the window's area for the frames, before the timeline has all of its lanes.
        half = math.ceil(window.width() * window.height() / 2 / (window.width() - left - right))
        # Asked for one, a window without a status bar would get it.
        bars: list[QWidget] = [*window.findChildren(QToolBar), *window.findChildren(QStatusBar)]
        if menu := window.menuWidget():
            bars.append(menu)
        taken = sum(bar.sizeHint().height() for bar in bars if not bar.isHidden())
        timeline = docks["timeline"]
        spare = window.height() - taken - half - ROOM_BETWEEN
        least = max(1, timeline.minimumSizeHint().height())
        height = max(least, min(timeline.sizeHint().height(), spare))
        window.resizeDocks([timeline], [height], Qt.Orientation.Vertical)
