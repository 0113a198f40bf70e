"""What the program remembers between two starts: one small JSON file, never fatal when damaged."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

import platformdirs

from safe_files import FileError, read_json, write_text

logger = logging.getLogger(__name__)

RECENT_LIMIT = 8
LARGEST = 1 << 20
"""Bytes that preferences may take; they are read before the window shows."""
_BOUNDS = {
    "low_percentile": (0, 100),
    "high_percentile": (0, 100),
    "cache_megabytes": (1, 1 << 20),
    "pause_below_score": (0, 1e6),
}
"""What numbers may be; a file by hand may hold any, and NaN."""
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
    palette: str = "white hot"
    """Name of the thermal palette."""
    low_percentile: float = 1.0
    """Thermal values below this percentile are shown as the coldest colour."""
    high_percentile: float = 99.0
    """Thermal values above this percentile are shown as the hottest colour."""
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
    """Settings and the file they are kept in."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or default_settings_path()
        self.values = _read(self.path)

    def save(self) -> None:
        """Write the file whole; a folder that cannot be written costs only the preferences."""
        try:
            write_text(self.path, json.dumps(asdict(self.values), indent=2), parents=True)
        # No message: a person who cannot save preferences still wants to work.
        except FileError as error:
            logger.info("Preferences were not saved to %s: %s", self.path, error)


def _read(path: Path) -> Settings:
    """Return the settings in `path`, with defaults for whatever is missing or of a wrong type."""
    settings = Settings()
    # The first start is no reason to write to the log.
    if not path.exists():
        return settings
    try:
        loaded = read_json(path, LARGEST)
    except FileError as error:
        logger.info("Preferences were not read: %s", error)
        return settings
    if isinstance(loaded, dict):
        # Only what is known: a file of a newer version may hold more.
        for field in fields(settings):
            if field.name in loaded:
                _assign(settings, field.name, loaded[field.name])
    return settings


def _assign(settings: Settings, name: str, value: Any) -> None:  # noqa: ANN401 - JSON holds anything
    default = getattr(settings, name)
    if isinstance(default, tuple):
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            setattr(settings, name, tuple(value))
    elif name in _BOUNDS and not _is_within(value, *_BOUNDS[name]):
        return
    elif isinstance(default, float):
        # A whole number may stand for a float, but JSON's true is an int to Python.
        if isinstance(value, int | float) and not isinstance(value, bool):
            setattr(settings, name, float(value))
    # Not isinstance, which lets true pass as a number of megabytes.
    elif type(value) is type(default):
        setattr(settings, name, value)


def _is_within(value: object, least: float, most: float) -> bool:
    # NaN compares false.
    return isinstance(value, int | float) and least <= value <= most
