"""Docks that become tabs of another one for a while, and come back to where they lay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar


@dataclass(frozen=True, slots=True)
class _Listed:
    dock: QDockWidget
    size: QSize
    below: bool
    """Whether it lay below the first one, and not beside it or behind it as a tab."""
    tabbed: bool


@dataclass(frozen=True, slots=True)
class Column:
    """Docks of the left side, and how they lay there."""

    lists: tuple[_Listed, ...] = ()

    @classmethod
    def of(cls, window: QMainWindow, docks: Sequence[QDockWidget]) -> Column:
        """Return how these lie now."""
        first = min(docks, key=lambda each: (each.y(), each.x()))
        behind = window.tabifiedDockWidgets(first)
        order = sorted(docks, key=lambda each: (each is not first, each.y(), each.x()))
        return cls(
            tuple(
                _Listed(each, each.size(), each.y() >= first.geometry().bottom(), each in behind)
                for each in order
            )
        )

    def put_back(self, window: QMainWindow) -> None:
        """Lay them as they were.

        By hand, for a layout that Qt restores over tabs leaves their bar on show.
        """
        for each in self.lists:
            first = self.lists[0].dock
            if each.dock is first:
                window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, first)
            elif each.tabbed:
                window.tabifyDockWidget(first, each.dock)
            else:
                way = Qt.Orientation.Vertical if each.below else Qt.Orientation.Horizontal
                window.splitDockWidget(first, each.dock, way)

    def give_sizes(self, window: QMainWindow) -> None:
        """Make them as large as they were, once they are on show."""
        # Those that were never laid out have no size yet.
        laid = [each for each in self.lists if not each.size.isEmpty()]
        docks = [each.dock for each in laid]
        if docks:
            heights, widths = zip(*((e.size.height(), e.size.width()) for e in laid), strict=True)
            window.resizeDocks(docks, heights, Qt.Orientation.Vertical)
            window.resizeDocks(docks, widths, Qt.Orientation.Horizontal)


def hide_old_bars(window: QMainWindow, docks: Iterable[QDockWidget]) -> None:
    """Hide bars of tabs that are none any more: Qt may leave them over whatever comes there."""
    tabbed = [
        {dock.windowTitle(), *(each.windowTitle() for each in others)}
        for dock in docks
        if (others := window.tabifiedDockWidgets(dock))
    ]
    direct = Qt.FindChildOption.FindDirectChildrenOnly
    for bar in window.findChildren(QTabBar, options=direct):
        if {bar.tabText(index) for index in range(bar.count())} not in tabbed:
            bar.hide()
