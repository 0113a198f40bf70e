"""The doors to everything that can be done and set: commands, shortcuts, preferences."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.look.key_text import native, portable
from app.state.key_words import with_keys
from app.views.shell.command_palette import CommandPalette, PaletteRow
from app.views.shell.key_dialog import KeyRow, Verdict
from app.views.shell.shortcut_sheet import ShortcutSheet
from app.window.action_states import observe
from app.window.actions import POINTER_HELP, Id, action_row, placed_rows
from app.window.actions.keymap import given_keys, key_map, owner_of, refusal_of
from app.window.actions.reasons import why_not
from app.window.asking import asking
from app.window.preferences.setters import store_keys
from app.window.preferences.table import SETTINGS

if TYPE_CHECKING:
    from app.window.port import WindowPort


_SETTING = "setting "


def show_shortcuts(window: WindowPort) -> None:
    """Show every action with its keys, which can be changed there."""
    stored = key_map(window.settings.values.shortcuts)
    note = " ".join(("Not followed:", *stored.problems)) if stored.problems else ""
    sheet = ShortcutSheet(
        _key_rows(window), _pointer_help(), partial(_judge, window), note, asking(window)
    )
    sheet.keys_chosen.connect(partial(_set_keys, window, sheet))
    sheet.reset_wanted.connect(partial(_reset_keys, window, sheet))
    sheet.exec()
    sheet.deleteLater()


def show_commands(window: WindowPort) -> None:
    """Let a command be found by a few letters, and do it."""
    palette = CommandPalette(_palette_rows(window), asking(window))
    chosen = palette.ask()
    palette.deleteLater()
    if chosen in window.actions_by_id:
        window.actions_by_id[chosen].trigger()
    elif chosen is not None:
        window.show_preferences(chosen.removeprefix(_SETTING))


def _palette_rows(window: WindowPort) -> list[PaletteRow]:
    return [*_command_rows(window), *_setting_rows()]


def _setting_rows() -> list[PaletteRow]:
    fields = [row.field for row in SETTINGS]
    return [
        PaletteRow(f"{_SETTING}{each.name}", each.text, f"Preferences > {each.group}", each.tip)
        for each in fields
    ]


def _command_rows(window: WindowPort) -> list[PaletteRow]:
    window.refresh_actions()
    moment, keys = observe(window), key_map(window.settings.values.shortcuts).keys
    return [
        PaletteRow(
            row.id,
            _plain(window.actions_by_id[row.id].text()),
            place,
            row.tip,
            native(keys[row.id][0]) if keys[row.id] else "",
            why_not(row, moment),
            on=row.checked is not None and row.checked(moment),
        )
        for place, row in placed_rows()
        # It is open.
        if row.id != Id.COMMANDS
    ]


def _plain(text: str) -> str:
    """Return the text of an action without its mnemonic and dots."""
    return "&".join(part.replace("&", "") for part in text.split("&&")).rstrip("…")


def _pointer_help() -> list[tuple[str, str]]:
    return [(with_keys(gesture), words) for gesture, words in POINTER_HELP]


def _key_rows(window: WindowPort) -> list[KeyRow]:
    keys = key_map(window.settings.values.shortcuts).keys
    return [
        KeyRow(row.id, place, row.plain_text, row.tip, keys[row.id], tuple(map(portable, row.keys)))
        for place, row in placed_rows()
    ]


def _judge(window: WindowPort, action: str, key: str) -> Verdict:
    shown = native(key)
    if not portable(key):
        return Verdict(False, "That is no key by itself; press another one.")
    if why := refusal_of(action, portable(key)):
        return Verdict(False, f"{shown} cannot be used: {why}")
    owner = owner_of(key_map(window.settings.values.shortcuts).keys, portable(key))
    if owner is None:
        return Verdict(True, f"{shown} is free.")
    if owner == action:
        return Verdict(True, f"{shown} is its key already.")
    place = next(menu for menu, row in placed_rows() if row.id == owner)
    name = action_row(owner).plain_text
    return Verdict(True, f'{shown} is the key of "{name}" ({place}), which loses it.')


def _set_keys(window: WindowPort, sheet: ShortcutSheet, action: str, keys: tuple[str, ...]) -> None:
    _store(window, sheet, given_keys(window.settings.values.shortcuts, action, keys))


def _reset_keys(window: WindowPort, sheet: ShortcutSheet) -> None:
    _store(window, sheet, {})


def _store(window: WindowPort, sheet: ShortcutSheet, stored: dict[str, tuple[str, ...]]) -> None:
    store_keys(window, stored)
    sheet.show_rows(_key_rows(window))
