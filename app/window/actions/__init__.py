"""Every action of the window as one row of one table, and where the rows are shown."""

from app.window.actions.ids import Id, flag_id, overlay_id
from app.window.actions.layout import (
    CONTEXT_MENUS,
    POINTER_HELP,
    QUEUE,
    START_PAGE,
    TARGETS,
    TOOLBAR,
    TOOLBAR_MENUS,
    TRANSPORT,
    placed_rows,
)
from app.window.actions.moment import Moment
from app.window.actions.row import ActionRow
from app.window.actions.table import ACTIONS, MENUS, SUBMENUS, Place, action_row

__all__ = [
    "ACTIONS",
    "CONTEXT_MENUS",
    "MENUS",
    "POINTER_HELP",
    "QUEUE",
    "START_PAGE",
    "SUBMENUS",
    "TARGETS",
    "TOOLBAR",
    "TOOLBAR_MENUS",
    "TRANSPORT",
    "ActionRow",
    "Id",
    "Moment",
    "Place",
    "action_row",
    "flag_id",
    "overlay_id",
    "placed_rows",
]
