"""Palette, sheet, key dialog and preferences, with keys alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QLineEdit, QSpinBox
from pytestqt.qtbot import QtBot

from app.views.shell.command_palette import CommandPalette, PaletteRow, best_first
from app.views.shell.key_dialog import KeyDialog, KeyRow, Verdict
from app.views.shell.preferences_dialog import PreferencesDialog
from app.views.shell.setting_fields import Kind, Option, SettingField, Value
from app.views.shell.shortcut_sheet import ShortcutSheet

COMMANDS = (
    PaletteRow("save", "Save session", "File", "Save boxes.", "Ctrl+S", "Open a sequence first."),
    PaletteRow("as", "Save session as", "File", "Save it under another name."),
    PaletteRow("<b>", "<b>Undo</b> move", "Edit", "Take it back.", on=True),
)
KEYS = (
    KeyRow("play", "Go", "Play", "Play or pause.", ("Space",), ("Space",)),
    KeyRow("undo", "Edit", "Undo", "Take it back.", ("Ctrl+Z",), ("Ctrl+Z", "F9")),
    KeyRow("find", "Help", "Find", "Find something.", (), ()),
)


def test_what_cannot_be_done_comes_after_its_equals_and_stays_with_its_reason(
    qtbot: QtBot,
) -> None:
    assert [row.id for row in best_first("save", COMMANDS)] == ["as", "save"]
    assert [row.id for row in best_first("", COMMANDS)] == ["as", "<b>", "save"]
    palette = CommandPalette(COMMANDS)
    qtbot.addWidget(palette)
    palette.show()
    qtbot.keyClicks(palette.search, "sa")
    qtbot.keyClick(palette.search, Qt.Key.Key_Down)
    assert palette.row is not None
    assert palette.row.id == "save"
    assert palette.said.text() == "Not now: Open a sequence first."
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert palette.isVisible(), "what cannot be done is not chosen"
    qtbot.keyClick(palette.search, Qt.Key.Key_Up)
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert not palette.isVisible()
    assert palette.row.id == "as"


def test_nothing_found_is_said_and_names_are_plain(qtbot: QtBot) -> None:
    palette = CommandPalette(COMMANDS)
    qtbot.addWidget(palette)
    palette.search.setText("zzz")
    assert palette.row is None
    assert palette.said.text().startswith("Nothing")
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    palette.search.setText("undo")
    item = palette.list.topLevelItem(0)
    assert item is not None
    assert item.text(0) == "✓ <b>Undo</b> move"


def judge(_action: str, key: str) -> Verdict:
    return Verdict(key != "Left", f"{key} was judged.")


@pytest.mark.parametrize(
    ("key", "keep", "chosen"),
    [(Qt.Key.Key_P, False, ("P",)), (Qt.Key.Key_F5, True, ("F5", "Space"))],
)
def test_a_key_is_pressed_to_choose_it(
    qtbot: QtBot, key: Qt.Key, keep: bool, chosen: tuple[str, ...]
) -> None:
    dialog = KeyDialog(KEYS[0], judge)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.keyClick(dialog.field, Qt.Key.Key_Left)
    assert dialog.said.text() == "Left was judged."
    assert not dialog.accepting.isEnabled()
    dialog.field.clear()
    dialog.keeping.setChecked(keep)
    qtbot.keyClick(dialog.field, key)
    qtbot.keyClick(dialog.accepting, Qt.Key.Key_Return)
    assert dialog.keys == chosen
    assert not dialog.isVisible()


def test_esc_leaves_a_key_as_it_is_and_none_is_a_choice(qtbot: QtBot) -> None:
    dialog = KeyDialog(KEYS[1], judge)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.keyClick(dialog.field, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert dialog.result() == KeyDialog.DialogCode.Rejected
    dialog.taking_away.click()
    assert dialog.keys == ()
    dialog.resetting.click()
    assert dialog.keys == KEYS[1].usual
    # Without a key there is none to keep or to take away.
    other = KeyDialog(KEYS[2], judge)
    qtbot.addWidget(other)
    assert other.keeping.isHidden()
    assert not other.taking_away.isEnabled()
    assert not other.resetting.isEnabled()


def shown(sheet: ShortcutSheet) -> list[str]:
    return [item.text(0) for item in sheet._items() if not item.isHidden()]


def test_the_sheet_is_searched_by_words_keys_and_tips(qtbot: QtBot) -> None:
    sheet = ShortcutSheet(KEYS, [("Wheel", "Zoom")], judge, "Not followed: x.")
    qtbot.addWidget(sheet)
    sheet.show()
    assert shown(sheet) == ["Play", "Undo", "Find", "Wheel"]
    assert not sheet.said.isHidden()
    for query, found in (
        ("ctrl+z", ["Undo"]), ("pause", ["Play"]), ("edit", ["Undo"]), ("zoom", ["Wheel"]),
        ("changed", ["Undo"]), ("no such", []),
    ):  # fmt: skip
        sheet.search.setText(query)
        assert shown(sheet) == found, query
        assert sheet.none.isHidden() == bool(found)
    sheet.search.setText("something")
    qtbot.keyClick(sheet.search, Qt.Key.Key_Return)
    assert sheet.isVisible()
    assert sheet.changing.isEnabled()
    assert sheet.about.text() == "Find something."
    # The row that is chosen stays so when its keys have changed.
    rows = [replace(row, keys=("F6",)) if row.id == "find" else row for row in KEYS]
    sheet.show_rows(rows)
    item = sheet.list.currentItem()
    assert item is not None
    assert (item.text(0), item.text(1)) == ("Find", "F6 (changed)")


FIELDS = (
    SettingField("theme", "Look", "Theme", "Colours. Counts at once.", Kind.CHOICE),
    SettingField("memory", "Memory", "Frames", "Memory of frames.", Kind.WHOLE, 1, 2000, 64,
                 unit=" MB"),
    SettingField("pause", "Tracking", "Pause", "Below a score.", Kind.REAL, 0, 1, 0.05, 2,
                 never="never"),
    SettingField("replace", "Tracking", "Replace", "Write over boxes.", Kind.SWITCH),
    SettingField("folder", "Files", "Folder", "Where it goes.", Kind.FOLDER, never="Beside"),
    SettingField("recent", "Kept", "Recent", "What was open.", Kind.DOOR, button="Forget & go"),
    SettingField("journal", "Kept", "Journal", "Always on.", Kind.DOOR, button="See",
                 leads_away=True),
)  # fmt: skip


class Kept:
    """Settings of nobody's."""

    def __init__(self) -> None:
        self.usually: dict[str, Value] = {
            "theme": "dark", "memory": 512, "pause": 0.0, "replace": False, "folder": "",
            "recent": (), "journal": True,
        }  # fmt: skip
        self.values = dict(self.usually)
        self.put_in: list[tuple[str, Value]] = []

    def value(self, name: str) -> Value:
        return self.values[name]

    def usual(self, name: str) -> Value:
        return self.usually[name]

    def options(self, name: str) -> Sequence[Option]:
        if name != "theme":
            return ()
        return (Option("dark", "Dark"), Option("light", "<i>Light</i>", group=1))

    def put(self, name: str, value: Value) -> str:
        self.put_in.append((name, value))
        if value == "/no":
            return "There is no folder /no."
        self.values[name] = value
        return ""

    def reset(self, name: str) -> None:
        self.put(name, self.usually[name])


def test_each_kind_is_changed_by_keys_shown_and_reset(qtbot: QtBot) -> None:
    kept = Kept()
    dialog = PreferencesDialog(FIELDS, kept)
    qtbot.addWidget(dialog)
    dialog.show()
    focus = {name: line.control.focus for name, line in dialog._lines.items()}
    assert not dialog.resetting.isEnabled()
    theme, memory, pause = focus["theme"], focus["memory"], focus["pause"]
    assert isinstance(theme, QComboBox)
    assert isinstance(memory, QSpinBox)
    assert isinstance(pause, QDoubleSpinBox)
    assert pause.text() == "never"
    qtbot.keyClick(theme, Qt.Key.Key_Down)
    memory.selectAll()
    qtbot.keyClicks(memory, "1024")
    qtbot.keyClick(memory, Qt.Key.Key_Return)
    qtbot.keyClick(pause, Qt.Key.Key_Up)
    qtbot.keyClick(focus["replace"], Qt.Key.Key_Space)
    assert kept.put_in == [("theme", "light"), ("memory", 1024), ("pause", 0.05), ("replace", True)]
    assert dialog.isVisible(), "Return ends a number and not the dialog"
    changed = {name for name, x in dialog._lines.items() if not x.resetting.isHidden()}
    assert changed == {"theme", "memory", "pause", "replace"}
    dialog._lines["memory"].resetting.click()
    assert (kept.values["memory"], memory.value()) == (512, 512)
    # What the program made of it is shown, not what was typed.
    kept.values["pause"] = 0.4
    qtbot.keyClick(focus["replace"], Qt.Key.Key_Space)
    assert pause.value() == 0.4


def test_a_folder_that_is_not_there_is_said_and_the_old_one_shown(qtbot: QtBot) -> None:
    kept = Kept()
    dialog = PreferencesDialog(FIELDS, kept, "Not understood: Theme.")
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.said.text() == "Not understood: Theme."
    field = dialog._lines["folder"].control.focus
    assert isinstance(field, QLineEdit)
    qtbot.keyClicks(field, "/no")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert dialog.said.text() == "There is no folder /no."
    assert field.text() == ""
    qtbot.keyClicks(field, "/yes")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert kept.values["folder"] == field.text() == "/yes"
    assert not dialog.said.text()


def test_settings_are_found_by_a_word_by_group_and_by_name(qtbot: QtBot) -> None:
    dialog = PreferencesDialog(FIELDS, Kept())
    qtbot.addWidget(dialog)
    dialog.show()

    def seen() -> list[str]:
        return [name for name, line in dialog._lines.items() if line.widget.isVisible()]

    dialog.groups.setCurrentRow(3)
    assert seen() == ["pause", "replace"]
    qtbot.keyClicks(dialog.search, "MEMORY frames")
    assert seen() == ["memory"]
    assert [name for name, head in dialog._heads.items() if head.isVisible()] == ["Memory"]
    dialog.search.setText("no such")
    assert seen() == []
    assert dialog.none.isVisible()
    dialog.search.clear()
    dialog.go_to("folder")
    assert dialog.focusWidget() is dialog._lines["folder"].control.focus
    assert "folder" in seen()


def test_a_door_opens_where_it_stands_or_after_the_form(qtbot: QtBot) -> None:
    kept = Kept()
    dialog = PreferencesDialog(FIELDS, kept)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.keyClick(dialog._lines["recent"].control.focus, Qt.Key.Key_Space)
    assert kept.put_in == [("recent", True)]
    assert dialog.isVisible()
    qtbot.keyClick(dialog._lines["journal"].control.focus, Qt.Key.Key_Space)
    assert dialog.left_for == "journal"
    assert not dialog.isVisible()
