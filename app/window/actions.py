"""Every action of the window in one table; menus, toolbar and the shortcut sheet come from it."""

from __future__ import annotations

from dataclasses import dataclass

SEPARATOR = "-"


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One thing a person can ask the window to do."""

    id: str
    text: str
    """Menu text, with a mnemonic."""
    tip: str
    """One sentence for the tooltip and the shortcut sheet."""
    shortcuts: tuple[str, ...] = ()
    """Portable key sequences; the first one is shown."""
    icon: str = ""
    """Name of an icon of the theme, or empty."""
    short: str = ""
    """Toolbar text; empty means the menu text."""
    checkable: bool = False
    choice: str = ""
    """Checkable actions of the same choice exclude each other."""

    @property
    def plain_text(self) -> str:
        """The menu text without mnemonic and dots."""
        return self.text.replace("&", "").rstrip("…")


def _spec(
    id_: str,
    text: str,
    tip: str,
    *shortcuts: str,
    icon: str = "",
    short: str = "",
    choice: str = "",
    checkable: bool = False,
) -> ActionSpec:
    return ActionSpec(id_, text, tip, shortcuts, icon, short, checkable or bool(choice), choice)


ACTIONS: tuple[ActionSpec, ...] = (
    _spec("open_folder", "Open &folder…", "Open a folder that holds an RGB + thermal sequence.",
          "Ctrl+O", icon="open", short="Open"),
    _spec("open_videos", "Open two &videos…", "Open an RGB video and its thermal video.",
          "Ctrl+Shift+O", icon="film"),
    _spec("open_session", "Open s&ession…", "Open a saved session with its boxes and tokens.",
          "Ctrl+Alt+O", icon="open"),
    _spec("open_demo", "Open the &demo", "Open the bundled street at dusk; nothing to download.",
          icon="demo"),
    _spec("save", "&Save session", "Save boxes, tokens and scores to the session file.",
          "Ctrl+S", icon="save", short="Save"),
    _spec("save_as", "Save session &as…", "Save the session under another name.", "Ctrl+Shift+S"),
    _spec("close_sequence", "&Close", "Close the sequence and go back to the start page.",
          "Ctrl+W"),
    _spec("quit", "&Quit", "Leave the program.", "Ctrl+Q"),
    _spec("undo", "&Undo", "Take back the last change.", "Ctrl+Z", icon="undo", short="Undo"),
    _spec("redo", "&Redo", "Do the last undone change again.", "Ctrl+Shift+Z", "Ctrl+Y",
          icon="redo", short="Redo"),
    _spec("new_target", "&New target", "Add another target and draw its first box.", "Ctrl+N",
          icon="add"),
    _spec("rename_target", "Rena&me target…", "Give the selected target another name.", "F2"),
    _spec("remove_target", "Remove &target", "Remove the selected target with all its boxes."),
    _spec("draw_box", "&Draw box", "Draw the box of the selected target with the mouse.", "B",
          icon="box", short="Draw box", checkable=True),
    _spec("truth_box", "Take the &ground truth's box",
          "Set the box that the sequence's ground truth has on this frame.", "Y"),
    _spec("copy_previous", "Copy box from the &previous frame",
          "Put the box of the nearest earlier frame here.", "C"),
    _spec("interpolate", "&Interpolate between boxes set by hand",
          "Fill the frames between the boxes set by hand before and after this one.", "I",
          icon="interpolate"),
    _spec("clear_box", "C&lear box on this frame", "Remove the selected target's box here.", "Del"),
    _spec("flag_absent", "&Absent here", "Mark the target as out of sight on this frame.",
          "Alt+1", checkable=True),
    _spec("flag_occluded", "&Occluded here", "Mark the target as hidden on this frame.",
          "Alt+2", checkable=True),
    _spec("flag_truncated", "Truncated &here", "Mark the target as cut by the frame's edge.",
          "Alt+3", checkable=True),
    _spec("lock_modalities", "Loc&k RGB and thermal boxes",
          "Move both boxes together; unlock to shift the thermal box alone.", "L", checkable=True),
    _spec("view_split", "&Split", "Show RGB and thermal side by side.", "1", icon="split",
          choice="compare"),
    _spec("view_blend", "&Blend", "Show thermal mixed into RGB.", "2", icon="blend",
          choice="compare"),
    _spec("view_swipe", "S&wipe", "Show RGB left and thermal right of a line you can drag.", "3",
          icon="swipe", choice="compare"),
    _spec("swap_panes", "Swap &panes", "Exchange the places of RGB and thermal.", "X",
          icon="swap", short="Swap"),
    _spec("zoom_fit", "&Fit to window", "Show the whole frame.", "F", icon="zoom_fit", short="Fit"),
    _spec("zoom_target", "Zoom to &target", "Bring the selected target's box close.", "Z"),
    _spec("zoom_in", "Zoom &in", "Make the frame larger.", "+", "="),
    _spec("zoom_out", "Zoom &out", "Make the frame smaller.", "Ctrl+-"),
    _spec("show_tokens", "Show to&kens", "Draw kept and removed search tokens over both panes.",
          "K", icon="tokens", short="Tokens", checkable=True),
    _spec("show_score_map", "Show score &map", "Draw the score map over both panes.", "M",
          checkable=True),
    _spec("show_search_window", "Show sea&rch window",
          "Draw the region of the frame that the tracker looked at.", "W", checkable=True),
    _spec("show_crop", "Show search &crop", "Show the magnified search crop with its tokens.",
          "Ctrl+E", checkable=True),
    _spec("theme_dark", "&Dark theme", "Light text on dark ground.", choice="theme"),
    _spec("theme_light", "&Light theme", "Dark text on light ground.", choice="theme"),
    _spec("theme_system", "Follow the s&ystem's theme", "Dark or light, as the desktop has it.",
          choice="theme"),
    _spec("first_frame", "&First frame", "Go to the first frame.", "Home", icon="first"),
    _spec("back_ten", "Back &ten frames", "Go ten frames back.", "PgUp", "Shift+A"),
    _spec("previous_frame", "&Previous frame", "Go one frame back.", "A", ",", icon="previous"),
    _spec("play", "Pla&y", "Play or pause.", "Space", icon="play"),
    _spec("next_frame", "&Next frame", "Go one frame on.", "D", ".", icon="next"),
    _spec("on_ten", "On ten fra&mes", "Go ten frames on.", "PgDown", "Shift+D"),
    _spec("last_frame", "&Last frame", "Go to the last frame.", "End", icon="last"),
    _spec("go_to_frame", "&Go to frame…", "Type a frame number.", "Ctrl+G"),
    _spec("next_review", "Ne&xt to review", "Go to the next frame that deserves a look.", "N"),
    _spec("previous_review", "Pre&vious to review",
          "Go to the previous frame that deserves a look.", "Shift+N"),
    _spec("track_forward", "Track &forward", "Follow the selected target to the last frame.", "T",
          icon="track_forward", short="Track"),
    _spec("track_backward", "Track &backward", "Follow the selected target to the first frame.",
          "Shift+T"),
    _spec("track_one", "Track &one frame", "Follow the selected target to the next frame.",
          "Ctrl+T"),
    _spec("stop", "&Stop", "Stop tracking; what was tracked stays.", "Esc", icon="stop",
          short="Stop"),
    _spec("pause_below", "&Pause at low scores…",
          "Choose the score below which tracking pauses by itself."),
    _spec("choose_model", "Choose &model file…", "Load a checkpoint as the tracker's model."),
    _spec("shortcuts", "&Keyboard shortcuts", "Show every action and its key.", "F1"),
    _spec("about", "&About CKD Studio", "Say what this program is and what it stands on."),
)  # fmt: skip

MENUS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("&File", ("open_folder", "open_videos", "open_session", "recent", "open_demo", SEPARATOR,
               "save", "save_as", SEPARATOR, "close_sequence", "quit")),
    ("&Edit", ("undo", "redo", SEPARATOR, "new_target", "rename_target", "remove_target",
               SEPARATOR, "draw_box", "truth_box", "copy_previous", "interpolate", "clear_box",
               "lock_modalities", SEPARATOR, "flag_absent", "flag_occluded", "flag_truncated")),
    ("&View", ("view_split", "view_blend", "view_swipe", "swap_panes", SEPARATOR, "zoom_fit",
               "zoom_target", "zoom_in", "zoom_out", SEPARATOR, "show_tokens", "show_score_map",
               "show_search_window", "show_crop", SEPARATOR, "panels", SEPARATOR, "theme_dark",
               "theme_light", "theme_system")),
    ("&Go", ("first_frame", "back_ten", "previous_frame", "play", "next_frame", "on_ten",
             "last_frame", "go_to_frame", SEPARATOR, "next_review", "previous_review")),
    ("&Track", ("track_forward", "track_backward", "track_one", "stop", SEPARATOR,
                "pause_below", "choose_model")),
    ("&Help", ("shortcuts", "about")),
)  # fmt: skip

POINTER_HELP: tuple[tuple[str, str], ...] = (
    ("Wheel", "Zoom both panes around the pointer"),
    ("Drag beside the boxes, or with the middle button", "Move both panes"),
    ("Drag in a box or on a handle", "Move or resize the box"),
    ("Arrows in a frame pane", "Nudge the box by 1 px; Shift: by 10 px"),
    ("Ctrl + arrows", "Move the right or bottom edge of the box"),
    ("Alt + arrows", "Grow or shrink the box around its centre"),
    ("Arrows on the timeline", "Step through the frames"),
)

_BY_ID = {spec.id: spec for spec in ACTIONS}


def action_spec(action_id: str) -> ActionSpec:
    """Return the row of `action_id`; raises KeyError for an unknown one."""
    return _BY_ID[action_id]


def shortcut_rows() -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Return per menu the (text, shortcut, tip) rows of the shortcut sheet."""
    sheet = []
    for title, ids in MENUS:
        rows = [
            (spec.plain_text, " or ".join(spec.shortcuts), spec.tip)
            for spec in (_BY_ID[item] for item in ids if item in _BY_ID)
            if spec.shortcuts
        ]
        if rows:
            sheet.append((title.replace("&", ""), rows))
    return sheet
