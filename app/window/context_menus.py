"""What a right click offers on boxes, panes, the timeline, targets and events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QMenu

from app.views.frame.view import FrameView
from app.window.actions import CONTEXT_MENUS, Place
from app.window.commands import reviewing
from app.window.menus import fill

if TYPE_CHECKING:
    from app.resolve.review import ReviewEvent
    from app.window.port import WindowPort


class ContextMenus(QObject):
    """Makes the menus from the table of actions and shows the one that is asked for."""

    def __init__(self, window: WindowPort, submenus: Mapping[Place, QMenu]) -> None:
        super().__init__(window.widget)
        self._window = window
        self.menus: dict[str, QMenu] = {}
        for name, items in CONTEXT_MENUS.items():
            menu = QMenu(window.widget)
            menu.setObjectName(f"context_{name}")
            menu.setToolTipsVisible(True)
            fill(menu, items, window.actions_by_id, submenus)
            self.menus[name] = menu
        views = window.views
        views.timeline.menu_wanted.connect(self._on_timeline)
        views.targets.menu_wanted.connect(self._on_target)
        views.queue.menu_wanted.connect(self._on_event)
        page = window.workbench.dataset_page
        page.menu_wanted.connect(lambda where: self._show("sequence", where))
        self._panes = (views.panes.rgb, views.panes.tir)
        for pane in self._panes:
            pane.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show the menu of the box under the pointer, or that of the pane."""
        pane = next((each for each in self._panes if each is watched), None)
        if not isinstance(event, QContextMenuEvent) or pane is None:
            return super().eventFilter(watched, event)
        # With a box in hand a second button would change what the first one holds.
        if self._window.workspace.source is not None and not pane.holding:
            self._on_pane(pane, event)
        return True

    def _on_pane(self, pane: FrameView, event: QContextMenuEvent) -> None:
        by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        # The key of the menu means what the keyboard acts on.
        found = self._window.workspace.selection.value.target_id
        if by_mouse:
            found = pane.target_at(QPointF(event.pos()))
        if found is not None:
            self._window.workspace.selection.select(found)
        drawn = any(item.target_id == found for item in self._window.views.panes.scene.boxes)
        self._show("box" if found is not None and drawn else "pane", event.globalPos())

    def _on_timeline(self, where: QPoint, target_id: str) -> None:
        if target_id:
            self._window.workspace.selection.select(target_id)
        self._show("timeline", where)

    def _on_target(self, where: QPoint, target_id: str) -> None:
        self._window.workspace.selection.select(target_id)
        self._show("target", where)

    def _on_event(self, where: QPoint, event: ReviewEvent) -> None:
        # Its frames are selected, so that all that is offered means the whole event.
        reviewing.choose(self._window, event)
        self._show("event", where)

    def _show(self, name: str, where: QPoint) -> None:
        self._window.refresh_actions()
        # Without waiting for it: whoever drives the window goes on.
        self.menus[name].popup(where)
