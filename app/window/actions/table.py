"""Every action of the window, menu by menu; toolbar and shortcut sheet come from here too."""

from __future__ import annotations

from enum import Enum
from functools import partial
from typing import TypeAlias

from app.look.theme import ThemeName
from app.resolve.flags import FLAGS, FlagRow
from app.resolve.overlays import OVERLAYS, Overlay
from app.views.frame.scene import Compare
from app.window.actions.choices import ARRANGEMENT, AUTOSAVE
from app.window.actions.comparing import FIGURES, SHOWN, TRUTH_AND_RESULTS, WHERE
from app.window.actions.dataset_rows import DATASET
from app.window.actions.ids import Id, flag_id, overlay_id
from app.window.actions.labels import history_label, range_label, where_label
from app.window.actions.moment import (
    can_exchange,
    can_look_again,
    can_move_down,
    can_move_up,
    can_redo,
    can_stop,
    can_swap,
    can_track,
    can_track_range,
    can_undo,
    with_range,
    with_review,
    with_sequence,
    with_target,
)
from app.window.actions.other_files import OTHER_FILES
from app.window.actions.row import ActionRow, choice, command, switch
from app.window.actions.seeing import LEARNING, SEEING
from app.window.commands import (
    aligning,
    attributes,
    files,
    first_look,
    going,
    guide,
    history,
    looking,
    pairing,
    ranges,
    recovery,
    reviewing,
    targets,
    trackers,
    tracking,
)


class Place(Enum):
    """What stands in a menu beside actions."""

    SEPARATOR = "separator"
    RECENT = "recent"
    """The menu of what was open before."""
    PANELS = "panels"
    """The menu that shows and hides panels."""
    TRACKERS = "trackers"
    """The menu of what the next run tracks with."""
    CLASSES = "classes"
    """The menu of what kind of thing the selected target is."""
    COLORS = "colors"
    """The menu of what the selected target is drawn in."""
    MERGE = "merge"
    """The menu of the targets that the selected one may be merged with."""
    ARRANGEMENT = "arrangement"
    """The menu of how the two panes lie."""
    AUTOSAVE = "autosave"
    """The menu of how often the session is saved by itself."""


MenuItem: TypeAlias = ActionRow | Place
ENDS, THERE_AGAIN = "Absent from here on (target &ends)", "There again from her&e on"


# These rows are made in functions so that each predicate holds its own row; in a comprehension all
# of them would hold the last one.
def _flag(row: FlagRow) -> ActionRow:
    return switch(
        flag_id(row.id), row.text, row.tip, *row.keys,
        run=partial(targets.set_flag, flag=row.flag), enabled=with_target, changes=True,
        checked=lambda moment: row.flag in moment.flags,
        label=lambda moment: where_label(row.text, moment.frame_range),
    )  # fmt: skip


def _overlay(row: Overlay) -> ActionRow:
    return switch(
        overlay_id(row.id), row.text, row.tip, *row.keys, icon=row.icon, short=row.short,
        run=partial(looking.set_overlay, name=row.id), enabled=with_sequence,
        checked=lambda moment: row.id in moment.overlays,
    )  # fmt: skip


def _compare(compare: Compare, id_: Id, text: str, tip: str, key: str) -> ActionRow:
    return choice(
        "compare", id_, text, tip, key, icon=compare.value,
        run=partial(looking.set_compare, compare=compare), enabled=with_sequence,
        checked=lambda moment: moment.compare is compare,
    )  # fmt: skip


def _theme(name: ThemeName, id_: Id, text: str, tip: str) -> ActionRow:
    return choice(
        "theme", id_, text, tip,
        run=partial(looking.set_theme, name=name), checked=lambda moment: moment.theme == name,
    )  # fmt: skip


FILE: tuple[MenuItem, ...] = (
    command(Id.OPEN_FOLDER, "Open &folder…",
            "Open a folder that holds an RGB + thermal sequence, or several of them.",
            "Ctrl+O", icon="open", short="Open", run=files.open_folder),
    command(Id.OPEN_VIDEOS, "Open two &videos…", "Open an RGB video and its thermal video.",
            "Ctrl+Shift+O", icon="film", run=files.open_videos),
    command(Id.OPEN_SESSION, "Open s&ession…", "Open a saved session with its boxes and tokens.",
            "Ctrl+Alt+O", icon="open", run=files.open_session),
    Place.RECENT,
    command(Id.OPEN_DEMO, "Open the &demo", "Open the bundled street at dusk; nothing to download.",
            icon="demo", run=first_look.open_demo),
    Place.SEPARATOR,
    command(Id.SAVE, "&Save session", "Save boxes, tokens and scores to the session file.",
            "Ctrl+S", icon="save", short="Save", run=files.save, enabled=with_sequence),
    command(Id.SAVE_AS, "Save session &as…", "Save the session under another name.",
            "Ctrl+Shift+S", run=files.save_as, enabled=with_sequence),
    Place.AUTOSAVE,
    command(Id.RECOVER, "Recover &unsaved work…",
            "Look for changes that were not saved when the program ended.",
            run=recovery.list_unsaved),
    Place.SEPARATOR, *OTHER_FILES, Place.SEPARATOR,
    command(Id.EXCHANGE_MODALITIES, "E&xchange RGB and thermal",
            "Open it again with both modalities the other way round.",
            run=pairing.exchange_modalities, enabled=can_exchange),
    command(Id.THERMAL_OFFSET, "Thermal &offset…",
            "Show other thermal frames beside the RGB frames.",
            run=pairing.change_offset, enabled=with_sequence),
    command(Id.ALIGN_CAMERAS, "Align ca&meras…",
            "Say how the cameras lie to each other: offset in time, point pairs, a guess, a blend.",
            "Ctrl+Alt+A", run=aligning.align_cameras, enabled=with_sequence, changes=True),
    command(Id.CLOSE_SEQUENCE, "&Close",
            "Close the sequence and go back to the start page, or to the list of the dataset.",
            "Ctrl+W", run=files.close_sequence, enabled=with_sequence),
    command(Id.QUIT, "&Quit", "Leave the program.", "Ctrl+Q", run=files.leave),
)  # fmt: skip

EDIT: tuple[MenuItem, ...] = (
    command(Id.UNDO, "&Undo", "Take back the last change.", "Ctrl+Z", icon="undo", short="Undo",
            run=partial(history.undo, action_id=Id.UNDO), enabled=can_undo, changes=True,
            label=lambda moment: history_label("&Undo", moment.undo, running=moment.running)),
    # Two habits: Ctrl+Shift+Z is that of Linux and macOS, Ctrl+Y that of Windows.
    command(Id.REDO, "&Redo", "Do the last undone change again.", "Ctrl+Shift+Z", "Ctrl+Y",
            icon="redo", short="Redo", enabled=can_redo, changes=True,
            run=partial(history.redo, action_id=Id.REDO),
            label=lambda moment: history_label("&Redo", moment.redo, running=moment.running)),
    Place.SEPARATOR,
    command(Id.NEW_TARGET, "&New target", "Add another target and draw its first box.", "Ctrl+N",
            icon="add", short="New", run=targets.new_target, enabled=with_sequence, changes=True),
    command(Id.RENAME_TARGET, "Rena&me target…", "Give the selected target another name.", "F2",
            run=targets.rename_target, enabled=with_target, changes=True),
    command(Id.REMOVE_TARGET, "Remove &target", "Remove the selected target with all its boxes.",
            short="Remove", run=targets.remove_target, enabled=with_target, changes=True),
    Place.SEPARATOR,
    switch(Id.DRAW_BOX, "&Draw box", "Draw the box of the selected target with the mouse.", "B",
           icon="box", short="Draw box", run=targets.choose_drawing,
           enabled=with_sequence, changes=True, checked=lambda moment: moment.drawing),
    switch(Id.KEEP_DRAWING, "Keep drawing bo&xes",
           "Let every drag draw the box of the frame on show.", "Shift+B",
           run=targets.keep_drawing, enabled=with_sequence, changes=True,
           checked=lambda moment: moment.keeps_drawing),
    command(Id.TRUTH_BOX, "Take the &ground truth's box",
            "Set the box that the sequence's ground truth has on this frame.", "Y",
            run=targets.take_truth_box, enabled=with_sequence, changes=True),
    command(Id.COPY_PREVIOUS, "Copy box from the &previous frame",
            "Put the box of the nearest earlier frame here, or on all frames of the range.", "C",
            run=ranges.copy, enabled=with_target, changes=True,
            label=lambda moment: range_label("Co&py a box over", moment.frame_range)
            or "Copy box from the &previous frame"),
    command(Id.INTERPOLATE, "&Interpolate between boxes set by hand",
            "Fill the frames between the boxes set by hand around this one or in the range.", "R",
            icon="interpolate", run=ranges.interpolate, enabled=with_target, changes=True),
    command(Id.INTERPOLATE_ACROSS, "Interpolate a&cross",
            "Fill the range, or the event of the queue on this frame, between the boxes beside it.",
            "Shift+R", run=ranges.interpolate_across, enabled=with_target, changes=True,
            label=lambda moment: range_label("Interpolate a&cross", moment.frame_range)
            or "Interpolate a&cross"),
    command(Id.INTERPOLATE_GAPS, "Fill all gaps &between boxes",
            "Fill all frames without a box that lie between boxes of the selected target.",
            "Shift+I", run=targets.interpolate_gaps, enabled=with_target, changes=True),
    switch(Id.SIZE_AWARE, "Interpolate b&y size",
           "Let interpolated boxes lie as things do that come nearer or go away, not in a line.",
           run=targets.set_size_aware, checked=lambda moment: moment.size_aware),
    command(Id.CLEAR_BOX, "C&lear box on this frame",
            "Remove what the selected target has here or on the range.",
            "Del", run=ranges.delete, enabled=with_target, changes=True,
            label=lambda moment: range_label("C&lear boxes on", moment.frame_range)
            or "C&lear box on this frame"),
    switch(Id.LOCK_MODALITIES, "Loc&k RGB and thermal boxes",
           "Move both boxes together; unlock to shift the thermal box alone.", "L",
           run=targets.set_linked, enabled=with_sequence, checked=lambda moment: moment.linked),
    Place.SEPARATOR,
    # A flag without a text is the program's to set, not a person's.
    *(_flag(row) for row in FLAGS if row.text),
    command(Id.END_TARGET, ENDS,
            "Mark the target absent from here up to its next box by hand, or to the end; where it "
            "is marked so already, take the mark away from here on.", "E",
            run=ranges.end_target, enabled=with_target, changes=True,
            label=lambda m: THERE_AGAIN if m.absent_here else ENDS),
    command(Id.CLEAR_FLAGS, "Take all mark&s away",
            "Take away absent, occluded, truncated and reviewed here or on the range.", "Alt+0",
            run=ranges.clear_flags, enabled=with_target, changes=True),
    Place.SEPARATOR,
    command(Id.PREFERENCES, "Pre&ferences…", "Find and change what the program goes by.", "Ctrl+,",
            icon="settings", run=lambda window: window.show_preferences()),
)  # fmt: skip

TARGET: tuple[MenuItem, ...] = (
    switch(Id.SHOW_TARGET, "&Show target", "Draw the boxes of the selected target on the panes.",
           run=targets.set_visible, enabled=with_target, changes=True, icon="visible",
           checked=lambda moment: moment.target_visible),
    switch(Id.LOCK_TARGET, "&Lock target",
           "Keep boxes and marks of the selected target from being changed.",
           run=targets.set_locked, enabled=with_target, changes=True, icon="lock",
           checked=lambda moment: moment.target_locked),
    Place.CLASSES,
    Place.COLORS,
    command(Id.ATTRIBUTE, "&Attribute…",
            "Say of the target what it is like here, on the range or always, such as pose sitting.",
            "Alt+5", run=attributes.ask, enabled=with_target, changes=True),
    Place.SEPARATOR,
    Place.MERGE,
    command(Id.SPLIT_TARGET, "S&plit target here",
            "Make what the target has from this frame on another target.",
            run=targets.split, enabled=with_target, changes=True, icon="split"),
    Place.SEPARATOR,
    command(Id.TARGET_UP, "Move target &up", "List the selected target before the one above it.",
            "Ctrl+Shift+Up", run=partial(targets.move, by=-1), enabled=can_move_up, changes=True),
    command(Id.TARGET_DOWN, "Move target &down", "List the selected target after the one below it.",
            "Ctrl+Shift+Down", run=partial(targets.move, by=1), enabled=can_move_down,
            changes=True),
)  # fmt: skip

TIMELINE: tuple[MenuItem, ...] = (
    command(Id.RANGE_BEGIN, "&Begin a range here",
            "Select from this frame to where you go next; marks then mean all of it.", "I",
            run=ranges.begin, enabled=with_sequence),
    command(Id.RANGE_END, "&End the range here", "Let the range end on this frame.", "O",
            run=ranges.end, enabled=with_sequence),
    command(Id.RANGE_EVENT, "Select the e&vent",
            "Select the frames of the event of the review queue that this frame is in.", "S",
            run=reviewing.choose_event, enabled=with_target),
    command(Id.RANGE_NONE, "Select &no range", "Mean the frame on show again, as Esc does.",
            run=ranges.let_go, enabled=with_range),
    switch(Id.RANGE_LOOP, "&Loop over the range", "Play the selected range again and again.",
           "Ctrl+L", run=ranges.set_loop, enabled=with_sequence,
           checked=lambda moment: moment.looping),
    Place.SEPARATOR,
    command(Id.TIMELINE_IN, "Zoom timeline &in", "Show fewer frames on the timeline.", "]",
            run=partial(looking.zoom_timeline, factor=0.5), enabled=with_sequence),
    command(Id.TIMELINE_OUT, "Zoom timeline &out", "Show more frames on the timeline.", "[",
            run=partial(looking.zoom_timeline, factor=2.0), enabled=with_sequence),
    command(Id.TIMELINE_ALL, "&Whole sequence", "Show all frames on the timeline.", "\\",
            run=looking.whole_timeline, enabled=with_sequence),
    command(Id.RANGE_SHOW, "Zoom to the &range", "Show the selected range on the timeline.",
            run=ranges.show, enabled=with_range),
)  # fmt: skip

VIEW: tuple[MenuItem, ...] = (
    _compare(Compare.SPLIT, Id.VIEW_SPLIT, "&Split", "Show RGB and thermal side by side.", "1"),
    _compare(Compare.BLEND, Id.VIEW_BLEND, "&Blend", "Show thermal mixed into RGB.", "2"),
    _compare(Compare.SWIPE, Id.VIEW_SWIPE, "S&wipe",
             "Show RGB left and thermal right of a line you can drag.", "3"),
    command(Id.SWAP_PANES, "Swap &panes", "Exchange the places of RGB and thermal.", "X",
            icon="swap", short="Swap", run=looking.swap_panes, enabled=can_swap),
    Place.ARRANGEMENT,
    Place.SEPARATOR,
    command(Id.ZOOM_FIT, "&Fit to window", "Show the whole frame.", "F", icon="zoom_fit",
            short="Fit", run=looking.fit, enabled=with_sequence),
    command(Id.ZOOM_TARGET, "Zoom to &target", "Bring the selected target's box close.", "Z",
            run=looking.zoom_target, enabled=with_target),
    # On many keyboards + is = with Shift. The steps are 5/4 and 4/5: in and out again is where it
    # was.
    command(Id.ZOOM_IN, "Zoom &in", "Make the frame larger.", "+", "=", "Ctrl++", "Ctrl+=",
            run=partial(looking.zoom, factor=1.25), enabled=with_sequence),
    command(Id.ZOOM_OUT, "Zoom &out", "Make the frame smaller.", "-", "Ctrl+-",
            run=partial(looking.zoom, factor=0.8), enabled=with_sequence),
    Place.SEPARATOR,
    *(_overlay(row) for row in OVERLAYS),
    switch(Id.SHOW_CROP, "Show search &crop", "Show the magnified search crop with its tokens.",
           "Ctrl+E", run=looking.show_crop, checked=lambda moment: moment.crop_wanted),
    *SEEING,
    Place.SEPARATOR,
    Place.PANELS,
    Place.SEPARATOR,
    _theme("dark", Id.THEME_DARK, "&Dark theme", "Light text on dark ground."),
    _theme("light", Id.THEME_LIGHT, "&Light theme", "Dark text on light ground."),
    _theme("system", Id.THEME_SYSTEM, "Follow the s&ystem's theme",
           "Dark or light, as the desktop has it."),
)  # fmt: skip

GO: tuple[MenuItem, ...] = (
    command(Id.FIRST_FRAME, "&First frame", "Go to the first frame.", "Home", icon="first",
            run=going.first, enabled=with_sequence),
    command(Id.BACK_TEN, "Back &ten frames", "Go ten frames back.", "PgUp", "Shift+A",
            run=partial(going.step, frames=-10), enabled=with_sequence),
    command(Id.PREVIOUS_FRAME, "&Previous frame", "Go one frame back.", "A", ",", icon="previous",
            run=partial(going.step, frames=-1), enabled=with_sequence),
    command(Id.PLAY, "Pla&y", "Play or pause.", "Space", icon="play",
            run=going.toggle_play, enabled=with_sequence),
    command(Id.NEXT_FRAME, "&Next frame", "Go one frame on.", "D", ".", icon="next",
            run=partial(going.step, frames=1), enabled=with_sequence),
    command(Id.ON_TEN, "On ten fra&mes", "Go ten frames on.", "PgDown", "Shift+D",
            run=partial(going.step, frames=10), enabled=with_sequence),
    command(Id.LAST_FRAME, "&Last frame", "Go to the last frame.", "End", icon="last",
            run=going.last, enabled=with_sequence),
    command(Id.GO_TO_FRAME, "&Go to frame…", "Type a frame number.", "Ctrl+G",
            run=going.type_frame, enabled=with_sequence),
    Place.SEPARATOR,
    command(Id.NEXT_REVIEW, "Ne&xt to review", "Go to the next event that deserves a look.", "N",
            run=partial(reviewing.go, direction=1), enabled=with_review),
    command(Id.PREVIOUS_REVIEW, "Pre&vious to review",
            "Go to the previous event that deserves a look.", "Shift+N",
            run=partial(reviewing.go, direction=-1), enabled=with_review),
    command(Id.MARK_SEEN, "Mark as &seen and go on",
            "Mark the event on this frame as seen, and go to the next one.", "Return", "Enter",
            run=reviewing.mark_seen, enabled=with_review, short="Seen", changes=True),
    command(Id.MARK_NOT_SEEN, "Mark as not s&een",
            "List the event on this frame again.", "Shift+Return",
            run=reviewing.mark_not_seen, enabled=with_target, changes=True),
    command(Id.SECOND_LOOK, "Take a secon&d look",
            "Compare each camera alone, and tracking backward, with what was tracked.",
            run=reviewing.second_look, enabled=can_look_again, short="Second look",
            label=lambda m: "Stop the secon&d look" if m.looking_again else "Take a secon&d look"),
    Place.SEPARATOR,
    command(Id.NEXT_KEY, "Next &keyframe", "Go to the next box set by hand.", "J",
            run=partial(going.to_key, direction=1), enabled=with_target),
    command(Id.PREVIOUS_KEY, "Prev&ious keyframe", "Go to the box set by hand before.", "Shift+J",
            run=partial(going.to_key, direction=-1), enabled=with_target),
    command(Id.MIDDLE_OF_KEYS, "Middle &between keyframes",
            "Go halfway between the boxes set by hand before and after this frame.", "H",
            run=going.to_middle, enabled=with_target),
    command(Id.NEXT_MARK, "Next ma&rk", "Go to where the next mark begins or ends.", "G",
            run=partial(going.to_mark, direction=1), enabled=with_target),
    command(Id.PREVIOUS_MARK, "Previous m&ark", "Go to where the mark before begins or ends.",
            "Shift+G", run=partial(going.to_mark, direction=-1), enabled=with_target),
    command(Id.NEXT_SOURCE, "Next &change of source",
            "Go to where the boxes come from elsewhere: tracked, by hand, none.", "U",
            run=partial(going.to_source, direction=1), enabled=with_target),
    command(Id.PREVIOUS_SOURCE, "Previous change of s&ource",
            "Go back to where the boxes come from elsewhere.", "Shift+U",
            run=partial(going.to_source, direction=-1), enabled=with_target),
    command(Id.NEXT_GAP, "Next frame &without an image", "Go to the next gap of a modality.",
            "Q", run=partial(going.to_gap, direction=1), enabled=with_sequence),
    command(Id.PREVIOUS_GAP, "Previo&us frame without an image",
            "Go to the gap of a modality before this frame.",
            "Shift+Q", run=partial(going.to_gap, direction=-1), enabled=with_sequence),
)  # fmt: skip

TRACK: tuple[MenuItem, ...] = (
    command(Id.TRACK_FORWARD, "Track &forward",
            "Follow the selected target to the last frame, or to the next box set by hand.",
            "T", icon="track_forward", short="Track",
            run=tracking.track_forward, enabled=can_track, changes=True),
    command(Id.TRACK_BACKWARD, "Track &backward",
            "Follow the selected target to the first frame, or to the box set by hand before.",
            "Shift+T", run=tracking.track_backward, enabled=can_track, changes=True),
    command(Id.TRACK_ONE, "Track &one frame", "Follow the selected target to the next frame.",
            "Ctrl+T", run=tracking.track_one, enabled=can_track, changes=True),
    command(Id.TRACK_TO_HERE, "Track to &here",
            "Follow the selected target from the box set by hand before this frame up to it.",
            "V", run=tracking.track_to_here, enabled=can_track, changes=True),
    command(Id.TRACK_BETWEEN, "Track bet&ween boxes set by hand",
            "Fill the frames between the boxes set by hand around this one, from both ends.",
            "Ctrl+B", run=tracking.track_between, enabled=can_track, changes=True),
    command(Id.TRACK_RANGE, "Track the &range",
            "Follow the selected target over the frames that are selected on the timeline.",
            "Ctrl+R", run=tracking.track_range, enabled=can_track_range, changes=True),
    command(Id.TRACK_ALL, "Track &all targets",
            "Follow all targets to the last frame, one after the other.",
            "Ctrl+Shift+T", run=tracking.track_all, enabled=can_track, changes=True),
    command(Id.STOP, "&Stop", "Stop tracking; what was tracked stays.", "Esc", icon="stop",
            short="Stop", run=tracking.stop, enabled=can_stop),
    Place.SEPARATOR,
    switch(Id.REPLACE_BOXES, "Replace &interpolated and imported boxes",
           "Let runs write over boxes that were interpolated or imported; else they are kept.",
           run=tracking.set_replacing, checked=lambda moment: moment.replace_boxes),
    command(Id.PAUSE_BELOW, "&Pause at low scores…",
            "Type the score below which tracking pauses, beside the frame number.",
            run=tracking.type_pause, enabled=with_sequence),
    Place.SEPARATOR,
    Place.TRACKERS,
    command(Id.CHOOSE_MODEL, "Choose &model file…",
            "Track with CKD and the weights in a checkpoint.",
            run=trackers.choose_model),
)  # fmt: skip

COMPARE: tuple[MenuItem, ...] = (
    *TRUTH_AND_RESULTS, Place.SEPARATOR, *SHOWN, Place.SEPARATOR, *WHERE, Place.SEPARATOR, *FIGURES,
)  # fmt: skip

HELP: tuple[MenuItem, ...] = (
    command(Id.GUIDE, "&User guide", "Read how to track, correct, and hand results on.",
            "Shift+F1", icon="help", run=guide.show_guide),
    *LEARNING,
    command(Id.SHORTCUTS, "&Keyboard shortcuts", "Show every action and its key, and change keys.",
            "F1", icon="keyboard", run=lambda window: window.show_shortcuts()),
    command(Id.COMMANDS, "&Find a command…", "Type a few letters of what is to be done, and do it.",
            "Ctrl+Shift+P", icon="search", run=lambda window: window.show_commands()),
    command(Id.ABOUT, "&About CKD Studio", "Say what this program is and what it stands on.",
            run=looking.show_about),
)  # fmt: skip

MENUS: tuple[tuple[str, tuple[MenuItem, ...]], ...] = (
    ("&File", FILE),
    ("&Edit", EDIT),
    ("Ta&rget", TARGET),
    ("&View", VIEW),
    ("Ti&meline", TIMELINE),
    ("&Go", GO),
    ("&Track", TRACK),
    ("&Compare", COMPARE),
    ("&Dataset", DATASET),
    ("&Help", HELP),
)

SUBMENUS: dict[Place, tuple[str, tuple[ActionRow, ...]]] = {
    Place.AUTOSAVE: ("Au&tosave", AUTOSAVE),
    Place.ARRANGEMENT: ("Arra&nge the panes", ARRANGEMENT),
}
"""Title and rows of the menus within menus that are made of actions."""

ACTIONS: tuple[ActionRow, ...] = tuple(
    item
    for items in (*(items for _, items in MENUS), *(rows for _, rows in SUBMENUS.values()))
    for item in items
    if isinstance(item, ActionRow)
)
_BY_ID = {row.id: row for row in ACTIONS}


def action_row(action_id: str) -> ActionRow:
    """Return the row of `action_id`; raises KeyError for an unknown one."""
    return _BY_ID[action_id]
