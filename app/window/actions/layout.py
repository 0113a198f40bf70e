"""Where actions stand beside the menus: toolbar, start page, panels, shortcut sheet."""

from __future__ import annotations

from app.window.actions.ids import Id, overlay_id
from app.window.actions.row import ActionRow
from app.window.actions.table import MENUS, Place

TOOLBAR: tuple[str | Place, ...] = (
    Id.OPEN_FOLDER, Id.SAVE, Place.SEPARATOR, Id.UNDO, Id.REDO, Place.SEPARATOR, Id.DRAW_BOX,
    Id.TRACK_FORWARD, Id.STOP, Place.SEPARATOR, Id.VIEW_SPLIT, Id.VIEW_BLEND, Id.VIEW_SWIPE,
    Id.SWAP_PANES, Id.ZOOM_FIT, Place.SEPARATOR, overlay_id("tokens"), Place.SEPARATOR,
)  # fmt: skip

TOOLBAR_MENUS: dict[str, tuple[str | Place, ...]] = {
    Id.OPEN_FOLDER: (
        Id.OPEN_FOLDER, Id.OPEN_VIDEOS, Id.OPEN_SESSION, Place.RECENT, Id.OPEN_DEMO,
    ),
    Id.TRACK_FORWARD: (Id.TRACK_FORWARD, Id.TRACK_BACKWARD, Id.TRACK_ONE),
}  # fmt: skip
"""What the arrow beside a button of the toolbar opens."""

START_PAGE: tuple[tuple[Id, str, str], ...] = (
    (Id.OPEN_DEMO, "Try the demo", "demo"),
    (Id.OPEN_FOLDER, "Open folder", "open"),
    (Id.OPEN_VIDEOS, "Open two videos", "film"),
    (Id.OPEN_SESSION, "Open session", "target"),
)
"""Id, words and icon of the ways to begin; the first is the one for who has no data yet."""

TRANSPORT = (Id.FIRST_FRAME, Id.PREVIOUS_FRAME, Id.PLAY, Id.NEXT_FRAME, Id.LAST_FRAME)
TARGETS = (Id.NEW_TARGET, Id.REMOVE_TARGET)
"""The buttons below the list of targets."""
QUEUE = (Id.MARK_SEEN, Id.SECOND_LOOK)
"""The buttons below the review queue."""

POINTER_HELP: tuple[tuple[str, str], ...] = (
    ("Wheel", "Zoom both panes around the pointer"),
    ("Drag beside the boxes, or with the middle button", "Move both panes"),
    ("Drag in a box or on a handle", "Move or resize the box"),
    ("Arrows in a frame pane", "Nudge the box by 1 px; Shift: by 10 px"),
    ("Ctrl + arrows", "Move the right or bottom edge of the box"),
    ("Alt + arrows", "Grow or shrink the box around its centre"),
    ("Arrows on the timeline", "Step through the frames"),
)


def shortcut_rows() -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Return per menu the (text, keys, tip) rows of the shortcut sheet."""
    sheet = []
    for title, items in MENUS:
        rows = [
            (item.plain_text, " or ".join(item.keys), item.tip)
            for item in items
            # The sheet is about keys; what has none is found in the menus.
            if isinstance(item, ActionRow) and item.keys
        ]
        if rows:
            sheet.append((title.replace("&", ""), rows))
    return sheet
