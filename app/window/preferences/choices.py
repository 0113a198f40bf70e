"""What there is to choose for a setting, and what of it the program runs with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.bridge.engine_items import engine_items
from app.bridge.tracker_items import tracker_items
from app.resolve.trackers import Pick, TrackerItem
from app.state.tracker_choice import BUNDLED_WEIGHTS
from app.views.frame.pane_split import Arrangement
from app.views.shell.choosers import THERMAL_PALETTES
from app.views.shell.setting_fields import Option
from app.views.shell.tracker_chooser import devices
from app.window.commands import trackers

if TYPE_CHECKING:
    from app.window.port import WindowPort

THEMES = (
    Option("dark", "Dark"),
    Option("light", "Light"),
    Option("system", "As the desktop", "Dark or light, as the desktop has it"),
)
ARRANGEMENTS = (
    Option(Arrangement.AUTOMATIC.value, "Whichever way is larger"),
    Option(Arrangement.BESIDE.value, "Side by side"),
    Option(Arrangement.ABOVE.value, "One above the other"),
)
MINUTES = (0, 1, 5, 10)
"""As in the File menu."""
USUAL_TRACKER = f"{Pick.WEIGHTS.name}:{BUNDLED_WEIGHTS}"


def palettes(_window: WindowPort) -> tuple[Option, ...]:
    """Return the palettes of thermal images."""
    return tuple(Option(name, name.capitalize()) for name in THERMAL_PALETTES)


def palette(window: WindowPort) -> str:
    """Return the palette that is shown: the first where the stored one is not known."""
    name = window.settings.values.palette
    return name if name in THERMAL_PALETTES else THERMAL_PALETTES[0]


def autosaves(window: WindowPort) -> tuple[Option, ...]:
    """Return how often a session may be saved by itself."""
    now = window.settings.values.autosave_minutes
    return tuple(Option(minutes, _every(minutes)) for minutes in sorted({*MINUTES, now}))


def _every(minutes: int) -> str:
    if minutes == 0:
        return "Off"
    return "Every minute" if minutes == 1 else f"Every {minutes} minutes"


def known_devices(window: WindowPort) -> tuple[Option, ...]:
    """Return the devices there are, and the chosen one where it is not among them."""
    found = [Option(name, text) for text, name in devices()]
    chosen = window.settings.values.device
    if all(option.value != chosen for option in found):
        found.append(Option(chosen, f"{chosen} (not found here)"))
    return tuple(found)


def known_engines(_window: WindowPort) -> tuple[Option, ...]:
    """Return what can compute CKD."""
    return tuple(Option(each.name, each.text, each.tip) for each in engine_items())


def known_trackers(window: WindowPort) -> tuple[Option, ...]:
    """Return the rows of the toolbar's chooser."""
    return tuple(
        Option(_name(item), item.text, item.tip, item.group) for item in _tracker_items(window)
    )


def tracker(window: WindowPort) -> str:
    """Return the row of the tracker that the next run uses."""
    return next((_name(item) for item in _tracker_items(window) if item.current), "")


def pick_tracker(window: WindowPort, name: str) -> str | None:
    """Do what a row of the chooser stands for; return what went wrong."""
    item = next((each for each in _tracker_items(window) if _name(each) == name), None)
    if item is None:
        trackers.set_model(window, BUNDLED_WEIGHTS)
        return None
    bar = window.workbench.messages
    before = bar.text
    trackers.pick(window, item)
    return bar.text if bar.text != before and bar.level == "error" else None


def _tracker_items(window: WindowPort) -> tuple[TrackerItem, ...]:
    values = window.settings.values
    folder = next(iter(values.tracker_folders), "")
    return tracker_items(window.workspace.choice, values.model, folder)


def _name(item: TrackerItem) -> str:
    return f"{item.pick.name}:{item.value}"
