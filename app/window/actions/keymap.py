"""Which keys the actions have: those of the table, and what a person has changed about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence

from app.look.key_text import native, portable, pressed
from app.look.plain_text import plain_line
from app.window.actions.ids import Id
from app.window.actions.row import ActionRow
from app.window.actions.table import ACTIONS, action_row

_CTRL, _ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
_META, _SHIFT = Qt.KeyboardModifier.MetaModifier, Qt.KeyboardModifier.ShiftModifier
_ARROWS = {Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down}

Keys = Mapping[str, tuple[str, ...]]
"""Id of an action -> its keys in portable text, the one that is shown first."""


@dataclass(frozen=True, slots=True)
class KeyMap:
    """The keys of every action."""

    keys: dict[str, tuple[str, ...]]
    problems: tuple[str, ...] = ()
    """Sentences on what was stored and is not followed."""


def key_map(stored: Keys) -> KeyMap:
    """Return the keys of all actions: a person's before those of the table.

    What is stored may come from another version, or have been written by hand: what cannot be
    followed is left out and said.
    """
    problems = [
        f'"{plain_line(action)}" has a key and is no action here.'
        for action in stored
        if action not in {row.id for row in ACTIONS}
    ]
    taken: dict[str, str] = {}
    own: dict[str, list[str]] = {}
    # In the order of the table, so that of two claims to one key always the same one wins.
    for row in ACTIONS:
        if row.id in stored:
            own[row.id] = _claimed(row.id, stored[row.id], taken, problems)
            # Where nothing of it can be followed, the action has what it always had.
            if stored[row.id] and not own[row.id]:
                del own[row.id]
    decided = {action: tuple(keys) for action, keys in own.items()}
    keys = {
        # A key of the table that a person has given to something else is gone from here.
        row.id: decided[row.id] if row.id in decided else _left_of(row, decided)
        for row in ACTIONS
    }
    return KeyMap(keys, tuple(problems))


def _claimed(
    action: str, wanted: tuple[str, ...], taken: dict[str, str], problems: list[str]
) -> list[str]:
    found: list[str] = []
    for text in wanted:
        key, name = portable(text), action_row(action).plain_text
        if not key:
            problems.append(f'"{plain_line(text)}" is no key for "{name}".')
        elif why := refusal_of(action, key):
            problems.append(f'"{name}" cannot have {native(key)}: {why}')
        elif taken.get(key, action) != action:
            other = action_row(taken[key]).plain_text
            problems.append(f'{native(key)} is stored for both "{other}" and "{name}".')
        elif key not in found:
            found.append(key)
            taken[key] = action
    return found


def given_keys(stored: Keys, action: str, wanted: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return what to store where an action gets these keys, and whoever had them has them not.

    Only what a person has decided is stored: an action that lost a key of the table to another one
    has it again as soon as that one has not.
    """
    now = key_map(stored).keys
    mine = tuple(dict.fromkeys(map(portable, wanted)))
    own = {
        row.id: tuple(key for key in now[row.id] if key not in mine)
        for row in ACTIONS
        if row.id in stored
    }
    own[action] = mine
    return {
        row.id: own[row.id]
        for row in ACTIONS
        if row.id in own and own[row.id] != _left_of(row, own)
    }


def _left_of(row: ActionRow, own: Keys) -> tuple[str, ...]:
    """Return the keys of the table that no other action has been given."""
    given = {key for action, keys in own.items() if action != row.id for key in keys}
    return tuple(key for key in map(portable, row.keys) if key not in given)


def owner_of(keys: Keys, key: str) -> str | None:
    """Return the action that has a key; None where it is free."""
    return next((action for action, own in keys.items() if key in own), None)


def refusal_of(action: str, key: str) -> str:
    """Return why no action, or not this one, may have a key; empty where it may."""
    combination = pressed(QKeySequence(key))
    letter, held = combination.key(), combination.keyboardModifiers()
    # What the panes do with arrows, each with at most one key held down.
    several = sum(bool(held & each) for each in (_CTRL, _ALT, _META, _SHIFT)) > 1
    if letter in _ARROWS and not several:
        return "the arrow keys move boxes and step through frames and lists."
    if letter in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
        return "Tab moves the keyboard through the window."
    if letter == Qt.Key.Key_Escape and action != Id.STOP:
        return "Esc stops, closes and lets go."
    if letter == Qt.Key.Key_Menu or key == "Shift+F10":
        return "it opens the menu of what is selected."
    if held & _ALT and not held & (_CTRL | _META) and _is_letter(letter):
        return "Alt and a letter open a menu."
    return ""


def _is_letter(key: Qt.Key) -> bool:
    # Letters of other alphabets have the number of their character.
    return key < Qt.Key.Key_Escape and chr(key).isalpha()
