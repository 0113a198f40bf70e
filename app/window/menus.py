"""QActions, menus, the toolbar and the shortcut sheet, all made from the actions table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QToolBar, QToolButton, QWidget

from app.look.icons import set_icon
from app.window.actions import ACTIONS, MENUS, SUBMENUS, TOOLBAR, TOOLBAR_MENUS, ActionRow, Place

if TYPE_CHECKING:
    from app.window.port import WindowPort


def build_actions(window: WindowPort) -> dict[str, QAction]:
    """Return one QAction per row of the table, which runs the row in `window`."""
    widget = window.widget
    actions: dict[str, QAction] = {}
    groups: dict[str, QActionGroup] = {}
    for row in ACTIONS:
        action = _action(widget, row)
        if row.group:
            group = groups.setdefault(row.group, QActionGroup(widget))
            group.addAction(action)
        action.triggered.connect(_runner(window, row))
        # The window has the keys, so that they work whichever menus and bars are on show.
        widget.addAction(action)
        actions[row.id] = action
    return actions


def _runner(window: WindowPort, row: ActionRow) -> Callable[[bool], None]:
    # A plain function: PySide cannot tell how many arguments a partial takes, and gives it none.
    def run(on: bool) -> None:
        try:
            row.run(window, on)
        finally:
            # Qt has checked the action already, also where the row found nothing to do.
            window.refresh_actions()

    return run


def _action(widget: QMainWindow, row: ActionRow) -> QAction:
    action = QAction(row.text, widget)
    action.setObjectName(row.id)
    action.setIconText(row.short or row.plain_text)
    action.setCheckable(row.checked is not None)
    action.setShortcuts([QKeySequence(keys) for keys in row.keys])
    action.setToolTip(tip_of(row))
    # Qt would put the tip into the status line, over the facts that stand there.
    action.setStatusTip("")
    if row.icon:
        set_icon(action, row.icon)
    return action


# After each thing that happens all actions are asked for it.
@cache
def tip_of(row: ActionRow) -> str:
    """Return what an action does, with the key that does it."""
    keys = QKeySequence(row.keys[0] if row.keys else "")
    shown = keys.toString(QKeySequence.SequenceFormat.NativeText)
    return f"{row.tip} ({shown})" if shown else row.tip


def build_menus(
    widget: QMainWindow, actions: Mapping[str, QAction], submenus: Mapping[Place, QMenu]
) -> None:
    """Fill the menu bar; `submenus` are put where their place stands in the table."""
    made = dict(submenus)
    for place, (title, rows) in SUBMENUS.items():
        made[place] = QMenu(title, widget)
        made[place].setToolTipsVisible(True)
        fill(made[place], (row.id for row in rows), actions, {})
    for title, items in MENUS:
        menu = widget.menuBar().addMenu(title)
        menu.setToolTipsVisible(True)
        fill(
            menu,
            (item.id if isinstance(item, ActionRow) else item for item in items),
            actions,
            made,
        )


def fill(
    menu: QMenu,
    items: Iterable[str | Place],
    actions: Mapping[str, QAction],
    submenus: Mapping[Place, QMenu],
) -> None:
    """Put actions, separators and the menus of places into a menu."""
    for item in items:
        if item is Place.SEPARATOR:
            menu.addSeparator()
        elif isinstance(item, Place):
            menu.addMenu(submenus[item])
        else:
            menu.addAction(actions[item])


def build_toolbar(
    widget: QMainWindow,
    actions: Mapping[str, QAction],
    submenus: Mapping[Place, QMenu],
    extras: tuple[QWidget, ...],
) -> QToolBar:
    """Return the toolbar: icons with text, then the choosers."""
    bar = QToolBar("Toolbar", widget)
    # The name by which Qt remembers where the bar was.
    bar.setObjectName("toolbar")
    bar.setMovable(False)
    bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
    bar.setIconSize(QSize(20, 20))
    for item in TOOLBAR:
        if isinstance(item, Place):
            bar.addSeparator()
            continue
        bar.addAction(actions[item])
        button = bar.widgetForAction(actions[item])
        if isinstance(button, QToolButton):
            # Qt gives buttons of a toolbar no focus at all. Tab must reach them, but a click must
            # leave the focus, and with it the arrow keys, to the panes.
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            if item in TOOLBAR_MENUS:
                menu = QMenu(button)
                fill(menu, TOOLBAR_MENUS[item], actions, submenus)
                button.setMenu(menu)
                button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
    for extra in extras:
        bar.addWidget(extra)
    widget.addToolBar(bar)
    return bar
