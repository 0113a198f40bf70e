"""QActions, menus and the toolbar, all made from the one actions table."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QToolBar, QToolButton, QWidget

from app.look.icons import set_icon
from app.window.actions import ACTIONS, MENUS, SEPARATOR, ActionSpec

TOOLBAR: tuple[str, ...] = (
    "open_folder", "save", SEPARATOR, "undo", "redo", SEPARATOR, "draw_box", "track_forward",
    "stop", SEPARATOR, "view_split", "view_blend", "view_swipe", "swap_panes", "zoom_fit",
    SEPARATOR, "show_tokens", SEPARATOR,
)  # fmt: skip
OPEN_MENU = ("open_folder", "open_videos", "open_session", "recent", "open_demo")
TRACK_MENU = ("track_forward", "track_backward", "track_one")


def build_actions(
    window: QMainWindow, handlers: Mapping[str, Callable[..., object]]
) -> dict[str, QAction]:
    """Return one QAction per row of the table, connected to the handler of its id.

    A checkable action passes its state. Raises KeyError when a row has no handler.
    """
    actions: dict[str, QAction] = {}
    groups: dict[str, QActionGroup] = {}
    for spec in ACTIONS:
        action = _action(window, spec)
        if spec.choice:
            group = groups.setdefault(spec.choice, QActionGroup(window))
            group.addAction(action)
        handler = handlers[spec.id]
        if spec.checkable and not spec.choice:
            action.triggered.connect(handler)
        else:
            action.triggered.connect(lambda _checked=False, call=handler: call())
        window.addAction(action)
        actions[spec.id] = action
    return actions


def _action(window: QMainWindow, spec: ActionSpec) -> QAction:
    action = QAction(spec.text, window)
    action.setObjectName(spec.id)
    action.setIconText(spec.short or spec.plain_text)
    action.setCheckable(spec.checkable)
    action.setShortcuts([QKeySequence(keys) for keys in spec.shortcuts])
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    action.setToolTip(f"{spec.tip} ({keys})" if keys else spec.tip)
    action.setStatusTip("")
    if spec.icon:
        set_icon(action, spec.icon)
    return action


def build_menus(
    window: QMainWindow, actions: Mapping[str, QAction], submenus: Mapping[str, QMenu]
) -> None:
    """Fill the menu bar; `submenus` are put where their id stands in the table."""
    for title, ids in MENUS:
        menu = window.menuBar().addMenu(title)
        menu.setToolTipsVisible(True)
        _fill(menu, ids, actions, submenus)


def _fill(
    menu: QMenu,
    ids: tuple[str, ...],
    actions: Mapping[str, QAction],
    submenus: Mapping[str, QMenu],
) -> None:
    for item in ids:
        if item == SEPARATOR:
            menu.addSeparator()
        elif item in submenus:
            menu.addMenu(submenus[item])
        else:
            menu.addAction(actions[item])


def build_toolbar(
    window: QMainWindow,
    actions: Mapping[str, QAction],
    submenus: Mapping[str, QMenu],
    extras: tuple[QWidget, ...],
) -> QToolBar:
    """Return the toolbar: icons with text, then the choosers."""
    bar = QToolBar("Toolbar", window)
    bar.setObjectName("toolbar")
    bar.setMovable(False)
    bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
    bar.setIconSize(QSize(20, 20))
    for item in TOOLBAR:
        if item == SEPARATOR:
            bar.addSeparator()
            continue
        bar.addAction(actions[item])
        button = bar.widgetForAction(actions[item])
        if isinstance(button, QToolButton):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            ids = {"open_folder": OPEN_MENU, "track_forward": TRACK_MENU}.get(item)
            if ids is not None:
                menu = QMenu(button)
                _fill(menu, ids, actions, submenus)
                button.setMenu(menu)
                button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
    for widget in extras:
        bar.addWidget(widget)
    window.addToolBar(bar)
    return bar
