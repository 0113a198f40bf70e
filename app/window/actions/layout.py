"""Where actions stand beside the menus: toolbar, start page, panels, shortcut sheet."""

from __future__ import annotations

from app.resolve.flags import FLAGS
from app.window.actions.ids import Id, flag_id, overlay_id
from app.window.actions.row import ActionRow
from app.window.actions.table import MENUS, SUBMENUS, Place

TOOLBAR: tuple[str | Place, ...] = (
    Id.OPEN_FOLDER, Id.SAVE, Place.SEPARATOR, Id.UNDO, Id.REDO, Place.SEPARATOR, Id.DRAW_BOX,
    Id.TRACK_FORWARD, Id.STOP, Place.SEPARATOR, Id.VIEW_SPLIT, Id.VIEW_BLEND, Id.VIEW_SWIPE,
    Id.SWAP_PANES, Id.ZOOM_FIT, Place.SEPARATOR, overlay_id("tokens"), Place.SEPARATOR,
)  # fmt: skip

TOOLBAR_MENUS: dict[str, tuple[str | Place, ...]] = {
    Id.OPEN_FOLDER: (
        Id.OPEN_FOLDER, Id.OPEN_VIDEOS, Id.OPEN_SESSION, Place.RECENT, Id.OPEN_DEMO,
    ),
    Id.TRACK_FORWARD: (
        Id.TRACK_FORWARD, Id.TRACK_BACKWARD, Id.TRACK_ONE, Id.TRACK_TO_HERE, Id.TRACK_BETWEEN,
        Id.TRACK_RANGE, Id.TRACK_ALL,
    ),
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
SEQUENCES = (
    Id.SEQUENCE_OPEN, Id.SEQUENCE_BEGUN, Id.SEQUENCE_DONE, Id.SEQUENCE_SKIPPED, Id.SEQUENCE_NOTE,
)  # fmt: skip
"""The buttons below the list of a dataset's sequences."""

_MARKS: tuple[str | Place, ...] = (
    *(flag_id(row.id) for row in FLAGS if row.text), Id.END_TARGET, Id.CLEAR_FLAGS,
    Id.ATTRIBUTE,
)  # fmt: skip
_OF_TARGET: tuple[str | Place, ...] = (
    Id.RENAME_TARGET, Place.CLASSES, Place.COLORS, Id.SHOW_TARGET, Id.LOCK_TARGET,
    Place.SEPARATOR, Place.MERGE, Id.SPLIT_TARGET, Id.TARGET_UP, Id.TARGET_DOWN,
    Place.SEPARATOR, Id.REMOVE_TARGET,
)  # fmt: skip
CONTEXT_MENUS: dict[str, tuple[str | Place, ...]] = {
    "box": (
        *_MARKS, Place.SEPARATOR, Id.COPY_PREVIOUS, Id.INTERPOLATE, Id.INTERPOLATE_ACROSS,
        Id.CLEAR_BOX, Id.LOCK_MODALITIES, Id.ZOOM_TARGET, Place.SEPARATOR, *_OF_TARGET,
    ),
    "pane": (
        Id.DRAW_BOX, Id.NEW_TARGET, Id.COPY_PREVIOUS, Place.SEPARATOR, *_MARKS, Place.SEPARATOR,
        Id.ZOOM_FIT, Id.LOCK_MODALITIES,
    ),
    "target": (Id.ATTRIBUTE, *_OF_TARGET),
    "sequence": (
        Id.SEQUENCE_OPEN, Place.SEPARATOR, Id.SEQUENCE_BEGUN, Id.SEQUENCE_DONE,
        Id.SEQUENCE_SKIPPED, Id.SEQUENCE_PLAIN, Id.SEQUENCE_NOTE,
    ),
    "event": (
        Id.MARK_SEEN, Id.MARK_NOT_SEEN, Place.SEPARATOR, Id.INTERPOLATE_ACROSS, Id.TRACK_RANGE,
        Id.CLEAR_BOX, Place.SEPARATOR, *_MARKS, Place.SEPARATOR, Id.RANGE_LOOP, Id.RANGE_SHOW,
        Id.RANGE_NONE,
    ),
    "timeline": (
        *_MARKS, Place.SEPARATOR, Id.COPY_PREVIOUS, Id.INTERPOLATE, Id.INTERPOLATE_ACROSS,
        Id.CLEAR_BOX, Id.TRACK_RANGE, Place.SEPARATOR, Id.RANGE_BEGIN, Id.RANGE_END,
        Id.RANGE_EVENT, Id.RANGE_NONE, Id.RANGE_LOOP, Id.RANGE_SHOW,
        Place.SEPARATOR, Id.TIMELINE_IN, Id.TIMELINE_OUT, Id.TIMELINE_ALL,
    ),
}  # fmt: skip
"""What a right click offers, by what lies under the pointer."""

POINTER_HELP: tuple[tuple[str, str], ...] = (
    ("Wheel", "Zoom both panes around the pointer"),
    ("Drag beside the boxes, or with the middle button", "Move both panes"),
    ("Drag in a box or on a handle", "Move or resize the box"),
    ("Arrows in a frame pane", "Nudge the box by 1 px; Shift: by 10 px"),
    ("Ctrl + arrows", "Move the right or bottom edge of the box"),
    ("Alt + arrows", "Grow or shrink the box around its centre"),
    ("Arrows on the timeline", "Step through the frames"),
    ("Drag in the range lane, or Shift + drag on the timeline", "Select a range of frames"),
    ("Shift + click on the timeline", "Select from the frame on show to there"),
    ("{stop:Esc}", "Let go of the range, when nothing else is to be stopped"),
    ("Wheel on the timeline", "Zoom around the pointer; Shift + wheel: move"),
    ("Right click", "What can be done with the box, target or range there"),
)


def placed_rows() -> list[tuple[str, ActionRow]]:
    """Return where each action stands, such as "File > Autosave", in the order of the menus."""
    placed: list[tuple[str, ActionRow]] = []
    for title, items in MENUS:
        menu = title.replace("&", "")
        for item in items:
            if isinstance(item, ActionRow):
                placed.append((menu, item))
            elif item in SUBMENUS:
                within, rows = SUBMENUS[item]
                placed += [(f"{menu} > {within.replace('&', '')}", row) for row in rows]
    return placed
