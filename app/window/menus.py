"""QActions, menus, the toolbar and the shortcut sheet, all made from the actions table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMainWindow, QMenu, QToolButton

from app.look.action_button import follow_action
from app.look.icons import set_icon
from app.look.key_text import USUAL_KEYS, native, portable
from app.views.shell.choosers import Captioned
from app.views.shell.toolbar import Toolbar
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
        action.setProperty(USUAL_KEYS, [portable(key) for key in row.keys])
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
    # Its keys come with the first moment: a person may have changed them.
    action.setToolTip(row.tip)
    # Qt would put the tip into the status line, over the facts that stand there.
    action.setStatusTip("")
    if row.icon:
        set_icon(action, row.icon)
    if row.checked is not None:
        # An icon stands where the tick would be, and nothing would say whether it is on.
        action.setIconVisibleInMenu(False)
    return action


def tip_of(row: ActionRow, keys: tuple[str, ...]) -> str:
    """Return what an action does, with the first of the keys that do it."""
    return f"{row.tip} ({native(keys[0])})" if keys else row.tip


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
    choosers: tuple[Captioned, ...],
) -> Toolbar:
    """Return the toolbar: icons with text, then the choosers."""
    bar = Toolbar(widget)
    for item in TOOLBAR:
        if isinstance(item, Place):
            bar.addSeparator()
            continue
        bar.addAction(actions[item])
        button = bar.widgetForAction(actions[item])
        if isinstance(button, QToolButton):
            follow_action(button, actions[item])
            # Qt gives buttons of a toolbar no focus at all. Tab must reach them, but a click must
            # leave the focus, and with it the arrow keys, to the panes.
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            if item in TOOLBAR_MENUS:
                menu = QMenu(button)
                fill(menu, TOOLBAR_MENUS[item], actions, submenus)
                button.setMenu(menu)
                button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
    bar.add_choosers(choosers)
    widget.addToolBar(bar)
    return bar
