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
