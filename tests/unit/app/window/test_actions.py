from __future__ import annotations

from collections import Counter
from importlib.resources import files
from pathlib import Path

from app.window.actions import ACTIONS, MENUS, SEPARATOR, action_spec, shortcut_rows
from app.window.menus import OPEN_MENU, TOOLBAR, TRACK_MENU

SUBMENUS = {"recent", "panels"}
ICON_FOLDER = Path(str(files("resources"))) / "icons"


def test_every_id_and_every_key_is_used_once() -> None:
    assert not [name for name, count in Counter(a.id for a in ACTIONS).items() if count > 1]
    keys = Counter(key.lower() for action in ACTIONS for key in action.shortcuts)
    assert not [key for key, count in keys.items() if count > 1]


def test_every_action_is_in_exactly_one_menu() -> None:
    placed = Counter(item for _, ids in MENUS for item in ids if item not in {SEPARATOR, *SUBMENUS})
    assert placed == Counter(action.id for action in ACTIONS)


def test_mnemonics_of_a_menu_do_not_clash() -> None:
    for title, ids in MENUS:
        texts = [action_spec(item).text for item in ids if item not in {SEPARATOR, *SUBMENUS}]
        letters = Counter(text[text.index("&") + 1].lower() for text in texts)
        assert not [letter for letter, count in letters.items() if count > 1], title


def test_tips_are_sentences_and_icons_exist() -> None:
    icons = {path.stem for path in ICON_FOLDER.glob("*.svg")}
    for action in ACTIONS:
        assert action.tip.endswith(".")
        assert not action.icon or action.icon in icons


def test_the_toolbar_has_short_texts_and_icons() -> None:
    for item in TOOLBAR:
        if item != SEPARATOR:
            assert action_spec(item).icon
            assert len(action_spec(item).short or action_spec(item).plain_text) <= 9
    for item in (*OPEN_MENU, *TRACK_MENU):
        assert item in SUBMENUS or action_spec(item)


def test_the_shortcut_sheet_lists_every_key() -> None:
    listed = {keys for _, rows in shortcut_rows() for _, keys, _ in rows}
    assert listed == {" or ".join(a.shortcuts) for a in ACTIONS if a.shortcuts}
