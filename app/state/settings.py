"""What the program remembers between two starts: one small JSON file, never fatal when damaged."""

from __future__ import annotations

import json
import logging
import os
import time
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

import platformdirs

from app.state.merging import merged
from safe_files import FileError, read_json, write_text
from safe_files.left_over import alone_with

logger = logging.getLogger(__name__)

RECENT_LIMIT = 8
STOPPED_LIMIT = 40
"""Sequences and sessions of which it is known where one stopped."""
NEWEST = {"recent": RECENT_LIMIT, "tracker_folders": RECENT_LIMIT, "stopped": STOPPED_LIMIT}
"""Lists with the newest first, of which each program adds its own, and how long they get."""
LARGEST = 1 << 20
"""Bytes that preferences may take; they are read before the window shows."""
BOUNDS: dict[str, tuple[float, float]] = {
    "low_percentile": (0, 100),
    "high_percentile": (0, 100),
    "cache_megabytes": (1, 1 << 20),
    "pause_below_score": (0, 1e6),
    "queue_from_risk": (0.2, 0.95),
    "autosave_minutes": (0, 1440),
}
"""What numbers may be; a file by hand may hold any, and NaN."""
MOST_KEYS, LONGEST_KEY = 4, 40
"""Keys of one action, and characters of one; more is nobody's shortcut."""
_TRIES, _TRY_SECONDS = 20, 0.01
"""How often another program that writes the file is waited for."""
CONFIG_DIR_VARIABLE = "CKD_STUDIO_CONFIG_DIR"


@dataclass(slots=True)
class Settings:
    """Preferences of one person on one machine."""

    theme: str = "dark"
    """Name of the theme: `dark`, `light` or `system`."""
    recent: tuple[str, ...] = ()
    """Folders, video pairs (joined with a newline) and sessions, newest first."""
    tracker: str = "ckd"
    """The tracker as it is typed on the command line."""
    tracker_folders: tuple[str, ...] = ()
    """Folders with the networks of other trackers, newest first."""
    model: str = "tiny"
    """CKD's weights: name of a bundled model or path of a checkpoint."""
    device: str = ""
    """torch device; empty means the best one available."""
    engine: str = "auto"
    """What computes CKD; `auto` is the fastest that is exact, once that was measured."""
    palette: str = "white hot"
    """Name of the thermal palette."""
    low_percentile: float = 1.0
    """Thermal values below this percentile are shown as the coldest colour."""
    high_percentile: float = 99.0
    """Thermal values above this percentile are shown as the hottest colour."""
    arrangement: str = "automatic"
    """How the two panes lie: `automatic`, `beside` or `above`."""
    cache_megabytes: int = 512
    """Memory that decoded frames may take."""
    pause_below_score: float = 0.0
    """Tracking pauses when the score falls below this; 0 never pauses."""
    replace_boxes: bool = False
    """Whether a run replaces boxes that were interpolated or imported."""
    size_aware: bool = False
    """Whether interpolated boxes grow and move as things do that come nearer, not in a line."""
    autosave_minutes: int = 0
    """Every how many minutes a session that has a file is saved by itself; 0 is never."""
    stopped: tuple[str, ...] = ()
    """Where one stopped in what was open, newest first; a JSON list each."""
    inspector_open: bool = True
    """Whether the pages of the inspector are on show where there is something to explain."""
    geometry: str = ""
    """Window geometry, hex."""
    window_state: str = ""
    """Docks and toolbars, hex."""
    hidden_docks: tuple[str, ...] = ()
    """Docks that the person has closed."""
    queue_all_targets: bool = True
    """Whether the review queue lists events of all targets, or of the selected one."""
    queue_by_time: bool = False
    """Whether it lists them by time, or the worst first."""
    show_truth: bool = False
    """Whether ground truth is drawn where there is some, and boxes are judged by it."""
    queue_from_risk: float = 0.3
    """How likely a box must be wrong for its event to be listed."""
    session_folder: str = ""
    """Where a session without a file is suggested to go; empty: beside its images."""
    export_folder: str = ""
    """Where exports and figures are suggested to go; empty: beside the session."""
    first_look_seen: bool = False
    """Whether the first look was ended, so that the demo opens without it."""
    shortcuts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Id of an action -> the keys that the person gave it, none to take them away."""

    @property
    def known_theme(self) -> Literal["dark", "light", "system"]:
        """The theme, dark when the file holds an unknown word."""
        match self.theme:
            case "light" | "system" as name:
                return name
        return "dark"

    def remember(self, entry: str) -> None:
        """Move `entry` to the top of the recent list."""
        others = tuple(item for item in self.recent if item != entry)
        self.recent = (entry, *others)[:RECENT_LIMIT]

    def remember_folder(self, folder: str) -> None:
        """Move `folder` to the top of those where trackers look for networks."""
        others = tuple(known for known in self.tracker_folders if known != folder)
        self.tracker_folders = (folder, *others)[:RECENT_LIMIT]

    def forget(self, entry: str) -> None:
        """Drop `entry` from the recent list."""
        self.recent = tuple(item for item in self.recent if item != entry)


def default_settings_path() -> Path:
    """Where the settings of this person live on this system."""
    # Tests keep them apart from those of the person who runs them.
    override = os.environ.get(CONFIG_DIR_VARIABLE)
    folder = Path(override) if override else platformdirs.user_config_path("ckd-studio", False)
    return folder / "settings.json"


class SettingsStore:
    """Settings and the file they are kept in, which several programs may have open."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or default_settings_path()
        self.values, self.problems = _read(self.path)
        """Settings, and the names of those that the file has and nobody understands."""
        self._known = _as_json(self.values)
        self._claimed: set[str] = set()
        self._bad = set(self.problems)

    def claim(self, *names: str) -> None:
        """Let the next save write these in any case, also where another program changed them."""
        self._claimed.update(names)

    def put(self, name: str, value: object) -> None:
        """Change one setting and write it in any case."""
        setattr(self.values, name, value)
        self.claim(name)
        self.save()

    def save(self) -> None:
        """Write what was changed here, and leave to other programs what they have changed.

        The file is replaced whole; a folder that cannot be written costs only the preferences.
        """
        for _ in range(_TRIES):
            # Between reading and writing nobody else must write.
            with alone_with(self.path.parent) as alone:
                if alone or not self.path.parent.exists():
                    self._save()
                    return
            time.sleep(_TRY_SECONDS)
        # The other one may be a stopped program.
        self._save()

    def _save(self) -> None:
        own = _as_json(self.values)
        # What a newer version keeps there stays.
        file = {**own, **_loaded(self.path)}
        for name, value in own.items():
            if name in self._bad:
                file[name] = value
            elif value != self._known[name] or name in self._claimed:
                file[name] = merged(self._known[name], value, file[name], most=NEWEST.get(name))
        try:
            write_text(self.path, json.dumps(file, indent=2), parents=True)
        # No message: a person who cannot save preferences still wants to work.
        except FileError as error:
            logger.info("Preferences were not saved to %s: %s", self.path, error)
            return
        for name in NEWEST:
            # What others have opened is offered here, too.
            _assign(self.values, name, file[name])
        self._known = _as_json(self.values)
        self._claimed, self._bad = set(), set()


def _as_json(values: Settings) -> dict[str, Any]:
    """Return the values as JSON has them, where a tuple is a list."""
    parsed: dict[str, Any] = json.loads(json.dumps(asdict(values)))
    return parsed


def _loaded(path: Path) -> dict[str, Any]:
    """Return what the file holds; nothing where there is none, or no settings are in it."""
    # The first start is no reason to write to the log.
    if not path.exists():
        return {}
    try:
        loaded = read_json(path, LARGEST)
    except FileError as error:
        logger.info("Preferences were not read: %s", error)
        return {}
    return loaded if isinstance(loaded, dict) else {}


def _read(path: Path) -> tuple[Settings, tuple[str, ...]]:
    """Return the settings in `path`, and the names of those that are not understood.

    These, and whatever is missing, have their defaults.
    """
    settings, loaded = Settings(), _loaded(path)
    # Only what is known: a file of a newer version may hold more.
    known = (each.name for each in fields(settings) if each.name in loaded)
    return settings, tuple(name for name in known if not _assign(settings, name, loaded[name]))


def _assign(settings: Settings, name: str, value: Any) -> bool:  # noqa: ANN401 - JSON holds anything
    """Take a value over; tell whether it was understood."""
    default = getattr(settings, name)
    if isinstance(default, dict):
        understood = _keys_in(value)
        settings.shortcuts = understood
        return isinstance(value, dict) and len(understood) == len(value)
    if isinstance(default, tuple):
        fits = isinstance(value, list) and all(isinstance(item, str) for item in value)
        value = tuple(value) if fits else default
    elif name in BOUNDS and not _is_within(value, *BOUNDS[name]):
        fits = False
    elif isinstance(default, float):
        # A whole number may stand for a float, but JSON's true is an int to Python.
        fits = isinstance(value, int | float) and not isinstance(value, bool)
        value = float(value) if fits else default
    else:
        # Not isinstance, which lets true pass as a number of megabytes.
        fits = type(value) is type(default)
    if fits:
        setattr(settings, name, value)
    return fits


def _keys_in(value: object) -> dict[str, tuple[str, ...]]:
    """Return those entries of stored shortcuts that are a few short texts each."""
    entries = value.items() if isinstance(value, dict) else ()
    return {
        action: tuple(keys)
        for action, keys in entries
        if isinstance(keys, list)
        and len(keys) <= MOST_KEYS
        and all(isinstance(key, str) and len(key) <= LONGEST_KEY for key in keys)
    }


def _is_within(value: object, least: float, most: float) -> bool:
    # NaN compares false.
    return isinstance(value, int | float) and least <= value <= most
