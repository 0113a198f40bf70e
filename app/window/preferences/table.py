"""Every setting of the program; what a person cannot choose is not stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.bridge.engine_items import known_engine
from app.views.frame.pane_split import Arrangement
from app.views.shell.setting_fields import Kind, Value
from app.window.actions.ids import Id
from app.window.commands import comparing, files, first_look, looking, targets, tracking
from app.window.preferences import choices, setters
from app.window.preferences.row import SettingRow, setting

if TYPE_CHECKING:
    from app.window.port import WindowPort

LOOK, TRACKING, REVIEW, BOXES = "Look", "Tracking", "Review", "Boxes"
FILES, MEMORY, KEYS, KEPT = "Files", "Memory", "Keys", "Remembered"
NOW, NEXT_RUN, NEXT_OPENED = (
    "Counts at once.", "Counts from the next run on.", "Counts for what is opened next.",
)  # fmt: skip
JOURNAL = "journal"


def _count(value: Value) -> str:
    count = len(value) if isinstance(value, tuple | dict) else 0
    return f"{count} kept" if count else "None"


def _changed(value: Value) -> str:
    count = len(value) if isinstance(value, dict) else 0
    return f"{count} changed" if count else "As usual"


def _show_shortcuts(window: WindowPort, _on: bool) -> None:
    window.show_shortcuts()


def _recover(window: WindowPort, _on: bool) -> None:
    window.actions_by_id[Id.RECOVER].trigger()


SETTINGS: tuple[SettingRow, ...] = (
    setting("theme", LOOK, "Theme", f"Colours of the window. {NOW}", Kind.CHOICE,
            looking.set_theme, get=lambda window: window.settings.values.known_theme,
            options=lambda _window: choices.THEMES),
    setting("arrangement", LOOK, "Panes", f"How RGB and thermal lie. {NOW}", Kind.CHOICE,
            lambda window, name: looking.set_arrangement(window, Arrangement(name)),
            get=lambda window: window.views.panes.arrangement.value,
            options=lambda _window: choices.ARRANGEMENTS),
    setting("palette", LOOK, "Thermal palette", f"Colours of the thermal image. {NOW}",
            Kind.CHOICE, looking.set_palette, get=choices.palette, options=choices.palettes),
    setting("low_percentile", LOOK, "Thermal, coldest",
            f"Thermal values below this percentile have the coldest colour. {NOW}",
            Kind.REAL, setters.set_low, decimals=1, step=0.5, unit=" %"),
    setting("high_percentile", LOOK, "Thermal, hottest",
            f"Thermal values above this percentile have the hottest colour. {NOW}",
            Kind.REAL, setters.set_high, decimals=1, step=0.5, unit=" %"),
    setting("inspector_open", LOOK, "Open the inspector",
            f"Show its pages with a session that has something to explain. {NEXT_OPENED}",
            Kind.SWITCH, looking.remember_inspector),
    setting("tracker", TRACKING, "Tracker", f"What follows the target. {NEXT_RUN}", Kind.CHOICE,
            choices.pick_tracker, get=choices.tracker, usual=choices.USUAL_TRACKER,
            options=choices.known_trackers, also=("model",)),
    setting("device", TRACKING, "Device",
            f"Where CKD computes; Auto takes the fastest there is. {NEXT_RUN}",
            Kind.CHOICE, setters.set_device, options=choices.known_devices),
    setting("engine", TRACKING, "Engine",
            f"What computes CKD on the processor; Auto takes the fastest that is exact. {NEXT_RUN}",
            Kind.CHOICE, setters.set_engine, options=choices.known_engines,
            get=lambda window: known_engine(window.settings.values.engine)),
    setting("pause_below_score", TRACKING, "Pause below score",
            "A run pauses when the score falls below this. Counts at once, also in the run under "
            "way.", Kind.REAL, setters.set_pause, most=1.0, decimals=2, step=0.05, never="never"),
    setting("replace_boxes", TRACKING, "Replace boxes",
            f"Let runs write over boxes that were interpolated or imported. {NEXT_RUN}",
            Kind.SWITCH, tracking.set_replacing),
    setting("queue_from_risk", REVIEW, "List low scores from",
            "An event is listed when a box in it is at least so likely to be wrong, by its score "
            f"and whatever else speaks against it; less lists more. {NOW}",
            Kind.REAL, setters.set_risk, decimals=2, step=0.05),
    setting("queue_all_targets", REVIEW, "Events of all targets",
            f"Else the queue lists those of the selected target alone. {NOW}",
            Kind.SWITCH, setters.set_all_targets),
    setting("queue_by_time", REVIEW, "Events by time",
            f"Else the worst come first. {NOW}", Kind.SWITCH, setters.set_by_time),
    setting("show_truth", REVIEW, "Ground truth",
            f"Draw it where there is some, and judge boxes by it. {NOW}",
            Kind.SWITCH, comparing.show_truth),
    setting("size_aware", BOXES, "Interpolate by size",
            "Let interpolated boxes lie as things do that come nearer or go away, not in a line. "
            "Counts from the next box on.", Kind.SWITCH, targets.set_size_aware),
    setting("autosave_minutes", FILES, "Autosave",
            f"Save a session that has a file by itself, beside the journal. {NOW}",
            Kind.CHOICE, files.set_autosave, options=choices.autosaves),
    setting("session_folder", FILES, "Folder of sessions",
            "Where a session that was never saved is suggested to go. Counts from the next save "
            "on.", Kind.FOLDER, setters.set_session_folder, never="Beside the images"),
    setting("export_folder", FILES, "Folder of exports",
            "Where exports, figures and curves are suggested to go, and imports are looked for. "
            "Counts from the next one on.",
            Kind.FOLDER, setters.set_export_folder, never="Beside the session"),
    setting(JOURNAL, FILES, "Journal",
            "Every change is kept in it at once, also before the first save; there is nothing to "
            "set.", Kind.DOOR, _recover, get=lambda _window: True, usual=True,
            button="Unsaved work…", words=lambda _value: "Always on", leads_away=True),
    setting("cache_megabytes", MEMORY, "Decoded frames",
            f"Memory that they may take; more makes stepping back and forth faster. {NOW}",
            Kind.WHOLE, setters.set_memory, step=64, unit=" MB"),
    setting("shortcuts", KEYS, "Keyboard shortcuts",
            f"Which key does what. {NOW}", Kind.DOOR, _show_shortcuts,
            button="Show and change…", words=_changed),
    setting("recent", KEPT, "What was open", "The list of the start page and the File menu.",
            Kind.DOOR, setters.forget_recent, button="Forget", words=_count),
    setting("stopped", KEPT, "Where you stopped",
            "Frame, target and zoom of sequences that were not saved there.",
            Kind.DOOR, setters.forget_stopped, button="Forget", words=_count),
    setting("first_look_seen", KEPT, "First look",
            "The demo opens without its three steps once they were ended.",
            Kind.DOOR, first_look.forget, button="Show again",
            words=lambda seen: "Ended" if seen else "Comes with the demo"),
    setting("tracker_folders", KEPT, "Folders of trackers",
            "Where other trackers were found to have their files.",
            Kind.DOOR, setters.forget_folders, button="Forget", words=_count),
    setting("window_state", KEPT, "Layout",
            "Panels, and size and place of the window, come back as you left them.", Kind.DOOR,
            setters.reset_layout, also=("geometry", "hidden_docks"),
            button="Panels as at first", words=lambda _value: ""),
)  # fmt: skip
