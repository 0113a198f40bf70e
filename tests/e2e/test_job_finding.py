"""Findable: `main()` with a clip, then keys: commands, shortcuts, preferences, and later starts.

What is promised, and the test that does it:

- a shortcut sheet is searched, a key changed there with what it costs said, tooltips and sentences
  follow, it is kept, and what is stored and not understood is said and harmless:
  `test_a_key_is_found_changed_and_kept`
- a command palette finds commands by a few letters, says why one cannot be used now, and leads to
  settings: `test_commands_and_settings_are_found_by_a_few_letters`
- preferences are found by a word, show what the program runs with, count at once, go back to their
  defaults, and leave alone what another program stores:
  `test_preferences_count_at_once_and_are_each_programs_own`
"""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtWidgets import QComboBox, QMessageBox, QSpinBox

from app.look.theme import current_theme
from app.resolve.token_words import DRAW_AND_TRACK
from app.state.key_words import with_keys
from app.state.settings import default_settings_path
from app.views.shell.command_palette import CommandPalette
from app.views.shell.key_dialog import KeyDialog
from app.views.shell.preferences_dialog import PreferencesDialog
from app.views.shell.shortcut_sheet import ShortcutSheet
from app.window.actions import Id
from tests.e2e.at_work import Hands, Program, meeting


def say_reset(box: QMessageBox, hands: Hands) -> None:
    hands.click(box.button(QMessageBox.StandardButton.Reset))


def chosen(sheet: ShortcutSheet) -> list[str]:
    item = sheet.list.currentItem()
    assert item is not None
    return [item.text(0), item.text(1)]


def stored() -> dict[str, object]:
    loaded: dict[str, object] = json.loads(default_settings_path().read_text("utf-8"))
    return loaded


def test_a_key_is_found_changed_and_kept(program: Program, walk: Path) -> None:
    def press_track(dialog: KeyDialog, hands: Hands) -> None:
        hands.press("Left")
        assert "cannot be used" in dialog.said.text()
        hands.press("D")
        assert dialog.said.text() == 'D is the key of "Next frame" (Go), which loses it.'
        hands.press("Return")

    def change(sheet: ShortcutSheet, hands: Hands) -> None:
        hands.write("track FORWARD")
        hands.press("Return")
        assert chosen(sheet) == ["Track forward", "T"]
        with meeting(KeyDialog, lambda dialog: press_track(dialog, hands)):
            hands.press("Return")
        assert chosen(sheet) == ["Track forward", "D (changed)"]
        hands.press("Esc")

    def first(hands: Hands) -> None:
        with meeting(ShortcutSheet, lambda sheet: change(sheet, hands)):
            hands.press("F1")
        hands.settle()
        actions = hands.window.actions_by_id
        assert actions[Id.TRACK_FORWARD].toolTip().endswith("(D)")
        assert actions[Id.NEXT_FRAME].toolTip().endswith("(.)")
        hands.key(".")
        assert hands.frame == 1
        hands.key("D")
        # There is no target yet, so that the action is off; but D steps no more.
        assert hands.frame == 1

    program(first, walk)
    assert stored()["shortcuts"] == {"track_forward": ["D"]}

    def reset(sheet: ShortcutSheet, hands: Hands) -> None:
        assert "arrow keys" in sheet.said.text()
        with meeting(QMessageBox, lambda box: say_reset(box, hands)):
            hands.click(sheet.resetting)
        assert not sheet.resetting.isEnabled()
        hands.press("Esc")

    def again(hands: Hands) -> None:
        assert "is no action here" in hands.message, "opening the clip leaves it"
        assert with_keys(DRAW_AND_TRACK) == "Draw a box and press D."
        with meeting(ShortcutSheet, lambda sheet: reset(sheet, hands)):
            hands.press("F1")
        hands.key("D")
        # On from where the first start stopped.
        assert hands.frame == 2

    program.settings(shortcuts={"track_forward": ["D"], "play": ["Left"], "no such": ["F7"]})
    program(again, walk)
    assert stored()["shortcuts"] == {}


def test_commands_and_settings_are_found_by_a_few_letters(program: Program, walk: Path) -> None:
    def find_track(palette: CommandPalette, hands: Hands) -> None:
        hands.write("trf")
        assert palette.row is not None
        assert (palette.row.id, palette.row.keys) == (Id.TRACK_FORWARD, "T")
        assert palette.said.text() == "Not now: Select a target first, or draw a box."
        hands.press("Return")
        palette.search.selectAll()
        hands.write("last fr")
        assert palette.row is not None
        assert palette.row.place == "Go"
        hands.press("Return")

    def memory(dialog: PreferencesDialog, hands: Hands) -> None:
        box = dialog.focusWidget()
        assert isinstance(box, QSpinBox)
        box.selectAll()
        hands.write("64")
        hands.press("Return")
        hands.press("Esc")

    def find_setting(palette: CommandPalette, hands: Hands) -> None:
        hands.write("decoded")
        hands.press("Down")
        hands.press("Up")
        assert palette.row is not None
        assert palette.row.place == "Preferences > Memory"
        hands.press("Return")

    def person(hands: Hands) -> None:
        with meeting(CommandPalette, lambda palette: find_track(palette, hands)):
            hands.press("Ctrl+Shift+P")
        hands.settle()
        assert hands.frame == 79
        with (
            meeting(PreferencesDialog, lambda dialog: memory(dialog, hands)),
            meeting(CommandPalette, lambda palette: find_setting(palette, hands)),
        ):
            hands.press("Ctrl+Shift+P")
        source = hands.window.workspace.source
        assert source is not None
        assert source.cache.budget_bytes + source.reduced_cache.budget_bytes == 64 << 20

    program(person, walk)


def test_preferences_count_at_once_and_are_each_programs_own(
    program: Program, walk: Path, tmp_path: Path
) -> None:
    def change(dialog: PreferencesDialog, hands: Hands) -> None:
        assert "Theme" in dialog.said.text()
        hands.write("palette")
        box = dialog._lines["palette"].control.focus
        assert isinstance(box, QComboBox)
        # Chosen in the toolbar before, and shown as the program runs with it.
        assert box.currentData() == "iron"
        box.setFocus()
        hands.press("Down")
        dialog.search.selectAll()
        dialog.search.setFocus()
        hands.write("folder sessions")
        dialog._lines["session_folder"].control.focus.setFocus()
        hands.write(str(tmp_path))
        hands.press("Return")
        dialog.search.setFocus()
        dialog.search.selectAll()
        hands.write("theme")
        dialog._lines["theme"].control.focus.setFocus()
        hands.press("Down")
        assert current_theme().name == "light"
        hands.press("Esc")

    def person(hands: Hands) -> None:
        window = hands.window
        hands.pick(window.thermal_chooser._palette, "Iron")
        with meeting(PreferencesDialog, lambda dialog: change(dialog, hands)):
            hands.press("Ctrl+,")
        # Another program, meanwhile.
        program.settings(size_aware=True)
        assert window.views.panes.scene.tir_title.startswith("Thermal · arctic")
        assert window.thermal_chooser._palette.currentData() == "arctic"
        assert window.workspace.files.suggested_path().parent == tmp_path
        assert not window.settings.values.size_aware

    program.settings(theme=7)
    program(person, walk)
    values = stored()
    assert (values["theme"], values["palette"], values["size_aware"]) == ("light", "arctic", True)

    def back(dialog: PreferencesDialog, hands: Hands) -> None:
        assert not dialog.said.isVisible()
        assert not dialog._lines["size_aware"].resetting.isHidden()
        with meeting(QMessageBox, lambda box: say_reset(box, hands)):
            hands.click(dialog.resetting)
        assert not dialog.resetting.isEnabled()
        assert hands.window.docks["queue"].isHidden(), "the layout is none of these"
        dialog.go_to("window_state")
        hands.press("Space")
        assert hands.window.docks["queue"].isVisible()
        hands.press("Esc")

    def again(hands: Hands) -> None:
        hands.menu("View", "Panels", "Review queue")
        with meeting(PreferencesDialog, lambda dialog: back(dialog, hands)):
            hands.press("Ctrl+,")
        assert current_theme().name == "dark"

    program(again, walk)
    values = stored()
    assert (values["theme"], values["palette"], values["size_aware"]) == (
        "dark",
        "white hot",
        False,
    )
    assert values["session_folder"] == ""
