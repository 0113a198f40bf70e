"""One table of settings: whatever is stored is in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields

import pytest

from app.resolve.review_weights import LISTED, NAMED
from app.state.settings import BOUNDS, Settings
from app.views.shell.setting_fields import Kind
from app.window.actions import ACTIONS
from app.window.actions.moment import Moment
from app.window.preferences import choices
from app.window.preferences.row import SettingRow
from app.window.preferences.table import JOURNAL, SETTINGS

each_row = pytest.mark.parametrize("row", SETTINGS, ids=lambda row: row.field.name)


def test_whatever_is_stored_has_one_row() -> None:
    stored = Counter(name for row in SETTINGS for name in row.stored)
    assert set(stored.values()) == {1}
    assert set(stored) == {each.name for each in fields(Settings)} | {JOURNAL}
    texts = Counter(row.field.text for row in SETTINGS)
    assert set(texts.values()) == {1}


@each_row
def test_a_row_says_what_it_does_and_has_a_default_within_its_range(row: SettingRow) -> None:
    field = row.field
    assert field.tip.endswith(".")
    assert field.tip[0].isupper()
    assert field.kind is not Kind.DOOR or field.button
    if field.kind in (Kind.WHOLE, Kind.REAL):
        assert isinstance(row.usual, int | float)
        assert field.least <= row.usual <= field.most
        lowest, highest = BOUNDS[field.name]
        # What may be chosen is understood at the next start.
        assert lowest <= field.least < field.most <= highest
        assert round(row.usual, field.decimals) == row.usual


def test_choices_are_those_of_the_menus() -> None:
    themes = {option.value for option in choices.THEMES}
    in_menu = {row.id.removeprefix("theme_") for row in ACTIONS if row.group == "theme"}
    assert themes == in_menu
    arrangements = [row for row in ACTIONS if row.group == "arrangement"]
    assert len(arrangements) == len(choices.ARRANGEMENTS)
    saves = [row for row in ACTIONS if row.group == "autosave"]
    minutes = [m for m in range(60) if any(r.checked and r.checked(Moment(autosave_minutes=m))
                                           for r in saves)]  # fmt: skip
    assert tuple(minutes) == choices.MINUTES


def test_the_queue_lists_by_default_what_was_fitted() -> None:
    assert Settings().queue_from_risk == NAMED
    assert BOUNDS["queue_from_risk"][0] == LISTED
