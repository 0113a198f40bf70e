"""The dialog of all settings, and what is said of stored ones that nobody understands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.views.shell.preferences_dialog import PreferencesDialog
from app.views.shell.setting_fields import Option, Value
from app.window.actions.keymap import key_map
from app.window.asking import asking
from app.window.preferences.row import SettingRow
from app.window.preferences.table import SETTINGS
from safe_files import one_line

if TYPE_CHECKING:
    from app.window.port import WindowPort

_BY_NAME = {row.field.name: row for row in SETTINGS}


class _Preferences:
    """The settings of a window, by their names."""

    def __init__(self, window: WindowPort) -> None:
        self._window = window

    def value(self, name: str) -> Value:
        """Return what the program runs with."""
        return _BY_NAME[name].get(self._window)

    def usual(self, name: str) -> Value:
        """Return the default."""
        return _BY_NAME[name].usual

    def options(self, name: str) -> Sequence[Option]:
        """Return what there is to choose."""
        return _BY_NAME[name].options(self._window)

    def put(self, name: str, value: Value) -> str:
        """Go by another value; return why not, or nothing."""
        row, settings = _BY_NAME[name], self._window.settings
        # Also where it is no change here: another program may have stored something else.
        settings.claim(*(each for each in row.stored if hasattr(settings.values, each)))
        refused = row.set(self._window, value)
        self._window.refresh_actions()
        return refused or ""

    def reset(self, name: str) -> None:
        """Go by the default."""
        self.put(name, _BY_NAME[name].usual)


def show_preferences(window: WindowPort, name: str = "") -> None:
    """Show what can be set, beginning with the setting of that name."""
    fields = [row.field for row in SETTINGS]
    dialog = PreferencesDialog(fields, _Preferences(window), _note(window), asking(window))
    dialog.go_to(name)
    dialog.exec()
    left_for = dialog.left_for
    dialog.deleteLater()
    if left_for:
        _BY_NAME[left_for].set(window, True)


def say_problems(window: WindowPort) -> None:
    """Say what of the stored settings is not understood, if anything."""
    note = _note(window)
    if note:
        window.show_message(note, "warning")


def unread_problems(window: WindowPort) -> str:
    """Return what `say_problems` has said while it is still on show; else nothing."""
    note = one_line(_note(window))
    return note if window.workbench.messages.text == note else ""


def _note(window: WindowPort) -> str:
    settings = window.settings
    words = [_name(name) for name in settings.problems]
    problems = key_map(settings.values.shortcuts).problems
    said = []
    if words:
        said.append(
            f"Stored preferences that are not understood have their defaults: {', '.join(words)}."
        )
    return " ".join((*said, *problems))


def _name(stored: str) -> str:
    row: SettingRow | None = next((row for row in SETTINGS if stored in row.stored), None)
    return stored if row is None else row.field.text
