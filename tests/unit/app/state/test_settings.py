from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.state.settings import RECENT_LIMIT, Settings, SettingsStore, default_settings_path


def test_what_was_saved_is_read_again(tmp_path: Path) -> None:
    store = SettingsStore(tmp_path / "deep" / "settings.json")
    store.values.theme = "light"
    store.values.remember("/a")
    store.values.low_percentile = 2.5
    store.save()
    again = SettingsStore(store.path).values
    assert (again.theme, again.recent, again.low_percentile) == ("light", ("/a",), 2.5)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"dark"', "\0"])
def test_a_damaged_file_gives_defaults(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text, encoding="utf-8")
    assert SettingsStore(path).values == Settings()


def test_values_of_a_wrong_type_are_ignored_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    wrong = {"theme": 7, "recent": [1], "cache_megabytes": "lots", "high_percentile": 98}
    path.write_text(json.dumps({**wrong, "model": "other", "unknown": 1}), encoding="utf-8")
    values = SettingsStore(path).values
    assert values == Settings(model="other", high_percentile=98.0)


def test_an_unknown_theme_is_dark() -> None:
    assert Settings(theme="pink").known_theme == "dark"
    assert Settings(theme="system").known_theme == "system"


def test_the_recent_list_is_short_and_has_no_doubles() -> None:
    values = Settings()
    for number in range(RECENT_LIMIT + 3):
        values.remember(str(number))
    values.remember("5")
    assert values.recent[0] == "5"
    assert len(values.recent) == len(set(values.recent)) == RECENT_LIMIT
    values.forget("5")
    assert "5" not in values.recent


def test_a_folder_that_cannot_be_written_costs_only_the_preferences(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder", encoding="ascii")
    SettingsStore(blocked / "settings.json").save()


def test_the_folder_can_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CKD_STUDIO_CONFIG_DIR", str(tmp_path))
    assert default_settings_path() == tmp_path / "settings.json"


def test_a_tracker_and_its_folders_are_remembered_and_damage_is_harmless(tmp_path: Path) -> None:
    store = SettingsStore(tmp_path / "settings.json")
    assert (store.values.tracker, store.values.tracker_folders) == ("ckd", ())
    store.values.tracker = "nanotrack:/nano"
    for folder in ("/old", "/nano", "/old", "/nano"):
        store.values.remember_folder(folder)
    store.save()
    again = SettingsStore(store.path).values
    assert (again.tracker, again.tracker_folders) == ("nanotrack:/nano", ("/nano", "/old"))
    store.path.write_text('{"tracker": 7, "tracker_folders": "here"}', encoding="utf-8")
    damaged = SettingsStore(store.path).values
    assert (damaged.tracker, damaged.tracker_folders) == ("ckd", ())


def test_two_programs_keep_each_others_settings(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"recent": ["/old"], "of a newer version": [1]}', encoding="utf-8")
    one, other = SettingsStore(path), SettingsStore(path)
    one.values.theme = "light"
    one.values.remember("/one")
    one.values.shortcuts = {"play": ("P",)}
    one.save()
    other.values.remember("/other")
    other.values.cache_megabytes = 100
    other.values.shortcuts = {"undo": ()}
    other.save()
    both = SettingsStore(path).values
    assert (both.theme, both.cache_megabytes) == ("light", 100)
    assert both.recent == ("/other", "/one", "/old")
    assert both.shortcuts == {"play": ("P",), "undo": ()}
    # What a program runs with is its own; only lists of what was open grow together.
    assert (other.values.theme, other.values.recent) == ("dark", both.recent)
    assert json.loads(path.read_text("utf-8"))["of a newer version"] == [1]


def test_what_a_person_asks_for_is_written_also_where_it_is_no_change_here(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    one, other = SettingsStore(path), SettingsStore(path)
    one.put("theme", "light")
    one.values.remember("/one")
    one.save()
    other.put("theme", "dark")
    other.values.forget("/never there")
    other.save()
    assert SettingsStore(path).values.theme == "dark"
    one.put("recent", ())
    assert SettingsStore(path).values.recent == ()


def test_the_last_of_a_list_goes_and_what_was_moved_comes_first(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    one = SettingsStore(path)
    for number in range(RECENT_LIMIT):
        one.values.remember(str(number))
    one.save()
    other = SettingsStore(path)
    one.values.remember("3")
    one.save()
    other.values.remember("new")
    other.save()
    again = SettingsStore(path).values.recent
    assert again[:2] == ("new", "3")
    assert len(again) == len(set(again)) == RECENT_LIMIT


@pytest.mark.parametrize(
    ("stored", "understood"),
    [
        (["Z"], {}),
        ({"play": "P", "undo": ["U"]}, {"undo": ("U",)}),
        ({"play": [1], "undo": ["x" * 99], "redo": ["A", "B", "C", "D", "E"]}, {}),
        ({"play": [], "undo": [["U"]]}, {"play": ()}),
    ],
)
def test_what_is_not_understood_is_named_and_left_out(
    tmp_path: Path, stored: object, understood: dict[str, tuple[str, ...]]
) -> None:
    path = tmp_path / "settings.json"
    odd = {"shortcuts": stored, "autosave_minutes": 10**9, "recent": [["/a"]], "theme": "light"}
    path.write_text(json.dumps(odd), encoding="utf-8")
    store = SettingsStore(path)
    assert store.values == Settings(theme="light", shortcuts=understood)
    assert set(store.problems) == {"shortcuts", "autosave_minutes", "recent"}
    store.save()
    assert SettingsStore(path).problems == ()
    assert SettingsStore(path).values == store.values


def test_what_another_program_has_damaged_is_written_over(tmp_path: Path) -> None:
    store = SettingsStore(tmp_path / "settings.json")
    store.path.write_text('{"recent": [7, {}], "shortcuts": "none"}', encoding="utf-8")
    store.values.remember("/a")
    store.values.shortcuts = {"play": ()}
    store.save()
    again = SettingsStore(store.path)
    assert (again.values.recent, again.values.shortcuts) == (("/a",), {"play": ()})
    assert again.problems == ()
