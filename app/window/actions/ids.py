"""The names of the actions, by which tests and programs that drive the window know them."""

from __future__ import annotations

from enum import StrEnum


class Id(StrEnum):
    """The actions that stand in the table by hand; overlays and flags have theirs from below."""

    OPEN_FOLDER = "open_folder"
    OPEN_VIDEOS = "open_videos"
    OPEN_SESSION = "open_session"
    OPEN_DEMO = "open_demo"
    SAVE = "save"
    SAVE_AS = "save_as"
    EXCHANGE_MODALITIES = "exchange_modalities"
    CLOSE_SEQUENCE = "close_sequence"
    QUIT = "quit"
    UNDO = "undo"
    REDO = "redo"
    NEW_TARGET = "new_target"
    RENAME_TARGET = "rename_target"
    REMOVE_TARGET = "remove_target"
    DRAW_BOX = "draw_box"
    TRUTH_BOX = "truth_box"
    COPY_PREVIOUS = "copy_previous"
    INTERPOLATE = "interpolate"
    CLEAR_BOX = "clear_box"
    LOCK_MODALITIES = "lock_modalities"
    VIEW_SPLIT = "view_split"
    VIEW_BLEND = "view_blend"
    VIEW_SWIPE = "view_swipe"
    SWAP_PANES = "swap_panes"
    ZOOM_FIT = "zoom_fit"
    ZOOM_TARGET = "zoom_target"
    ZOOM_IN = "zoom_in"
    ZOOM_OUT = "zoom_out"
    SHOW_CROP = "show_crop"
    THEME_DARK = "theme_dark"
    THEME_LIGHT = "theme_light"
    THEME_SYSTEM = "theme_system"
    FIRST_FRAME = "first_frame"
    BACK_TEN = "back_ten"
    PREVIOUS_FRAME = "previous_frame"
    PLAY = "play"
    NEXT_FRAME = "next_frame"
    ON_TEN = "on_ten"
    LAST_FRAME = "last_frame"
    GO_TO_FRAME = "go_to_frame"
    NEXT_REVIEW = "next_review"
    PREVIOUS_REVIEW = "previous_review"
    TRACK_FORWARD = "track_forward"
    TRACK_BACKWARD = "track_backward"
    TRACK_ONE = "track_one"
    STOP = "stop"
    PAUSE_BELOW = "pause_below"
    CHOOSE_MODEL = "choose_model"
    SHORTCUTS = "shortcuts"
    ABOUT = "about"


def overlay_id(name: str) -> str:
    """Return the id of the switch of an overlay, by the name of the overlay."""
    return f"show_{name}"


def flag_id(name: str) -> str:
    """Return the id of the switch of a flag, by the flag's name in lower case."""
    return f"flag_{name}"
