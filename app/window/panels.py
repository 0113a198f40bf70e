"""The docks around the frames: which there are, and which of them the person has closed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu, QStatusBar, QToolBar, QWidget

from app.state.settings import Settings
from app.views.shell.inspector import Inspector

SIDE_WIDTHS = ((1400, 210, 330), (1000, 190, 310), (0, 140, 300))
"""How wide targets and inspector are at first, from which width of the window on: the frames get
at least half of it."""
LIST_HEIGHTS = (240, 260)
"""How high targets and review queue are at first."""
ROOM_BETWEEN = 20
"""Pixels of the edges that are dragged between docks and frames."""
STATE_VERSION = 2
"""Raised when docks change so much that a remembered layout would not fit."""


class Panels:
    """Shows the docks as the person left them; behind the start page there are none."""

    def __init__(
        self,
        window: QMainWindow,
        targets: QWidget,
        queue: QWidget,
        inspector: Inspector,
        timeline: QWidget,
    ) -> None:
        self._window = window
        self._closed: set[str] = set()
        self._shown = False
        self._arranging = False
        self._layout = QByteArray()
        """How the docks lay when they were last on show; empty before that."""
        area = Qt.DockWidgetArea
        # The timeline is as wide as the frames and lists above it together.
        window.setCorner(Qt.Corner.BottomLeftCorner, area.BottomDockWidgetArea)
        window.setCorner(Qt.Corner.BottomRightCorner, area.BottomDockWidgetArea)
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
            self._layout = self._window.saveState(STATE_VERSION)
        appear, self._shown = on and not self._shown, on
        with self._arranged():
            if appear and self._layout:
                self._lay_out()
            for dock in self.docks.values():
                dock.setVisible(on and dock.objectName() not in self._closed)
        if appear and not self._layout:
            self._give_sizes()

    def _lay_out(self) -> None:
        """Give the docks the sizes that they had when they were last on show.

        Not before they are: Qt shares the room out among hidden docks by what they hold, and the
        list that holds less lost a part of its height at every start.
        """
        bars = {bar: bar.isHidden() for bar in self._window.findChildren(QToolBar)}
        self._window.restoreState(self._layout, STATE_VERSION)
        # They are on show beside the start page too, where the person may have closed one.
        for bar, hidden in bars.items():
            bar.setVisible(not hidden)

    def restore(self, values: Settings) -> None:
        """Lay the docks out as they were when the window was closed."""
        self._closed = set(values.hidden_docks)
        self._layout = QByteArray.fromHex(values.window_state.encode())
        with self._arranged():
            # Where the toolbar is; a layout that Qt cannot use is none.
            if self._layout and not self._window.restoreState(self._layout, STATE_VERSION):
                self._layout = QByteArray()
        # The start page comes first, whatever was on show when the window was closed.
        self.show(False)

    def remember(self, values: Settings, *, shown: bool) -> None:
        """Write down how the docks lie, or lay when they were last on show."""
        layout = self._window.saveState(STATE_VERSION) if shown else self._layout
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

    def _on_inspector(self, on: bool) -> None:
        dock = self.docks["inspector"]
        if not on and self._shown:
            self._inspector_width = dock.width()
        # A title and its buttons would be wider than the tabs.
        dock.setTitleBarWidget(None if on else self._bare)  # type: ignore[arg-type]
        self._bare.setVisible(not on)
        open_width = max(self._inspector_width, self._side_widths()[1])
        width = open_width if on else self._inspector.strip_width
        self._window.resizeDocks([dock], [width], Qt.Orientation.Horizontal)

    def _side_widths(self) -> tuple[int, int]:
        width = self._window.width()
        return next((left, right) for from_, left, right in SIDE_WIDTHS if width >= from_)

    def _give_sizes(self) -> None:
        docks, window = self.docks, self._window
        left, self._inspector_width = self._side_widths()
        right = self._inspector_width if self._inspector.is_open else self._inspector.strip_width
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
        height = max(timeline.minimumSizeHint().height(), min(timeline.sizeHint().height(), spare))
        window.resizeDocks([timeline], [height], Qt.Orientation.Vertical)
