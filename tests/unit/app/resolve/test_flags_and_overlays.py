"""Each table names everything there is, and everything named is there."""

from __future__ import annotations

from dataclasses import fields

import pytest

from app.look.icons import icon
from app.look.palette import Palette
from app.resolve.flags import FLAGS, FlagRow, flag_words, lane_words
from app.resolve.overlays import DEFAULT_OVERLAYS, OVERLAYS, Overlay
from app.views.frame.layers import LAYERS
from app.window.actions import ACTIONS, MENUS, ActionRow
from sessions import Flag
from sessions.model import ALL_FLAGS

BY_ID = {spec.id: spec for spec in ACTIONS}
IN_MENUS = {item.id for _, items in MENUS for item in items if isinstance(item, ActionRow)}


def test_every_flag_has_one_row() -> None:
    assert sorted(row.flag for row in FLAGS) == sorted(Flag)
    assert [flag for flag in Flag if flag not in ALL_FLAGS] == []
    for name in ("id", "word"):
        assert len({getattr(row, name) for row in FLAGS}) == len(FLAGS)


@pytest.mark.parametrize("row", [row for row in FLAGS if row.text], ids=lambda row: row.id)
def test_a_flag_that_a_person_sets_has_an_action(row: FlagRow) -> None:
    spec = BY_ID[f"flag_{row.id}"]
    assert (spec.text, spec.tip, spec.keys) == (row.text, row.tip, row.keys)
    assert spec.checked is not None
    assert spec.id in IN_MENUS


def test_lanes_have_a_colour_of_the_palette() -> None:
    colours = {field.name for field in fields(Palette)}
    assert {row.lane for row in FLAGS if row.lane} <= colours


def test_words_of_flags() -> None:
    every = Flag.ABSENT | Flag.OCCLUDED | Flag.TRUNCATED | Flag.TARGET_REMOVED | Flag.REVIEWED
    assert flag_words(every) == "absent, occluded, truncated"
    assert lane_words(every) == "absent, occluded, truncated, tokens in the box removed, reviewed"
    assert flag_words(0) == lane_words(0) == ""


def test_every_overlay_has_a_painter_and_every_painter_a_row() -> None:
    assert {overlay.id for overlay in OVERLAYS} == set(LAYERS)
    assert len({overlay.id for overlay in OVERLAYS}) == len(OVERLAYS)
    assert {"tokens", "search_window"} <= DEFAULT_OVERLAYS
    assert "score_map" not in DEFAULT_OVERLAYS


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda overlay: overlay.id)
@pytest.mark.usefixtures("qapp")
def test_every_overlay_has_an_action(overlay: Overlay) -> None:
    spec = BY_ID[f"show_{overlay.id}"]
    assert (spec.text, spec.tip, spec.keys) == (overlay.text, overlay.tip, overlay.keys)
    assert (spec.icon, spec.short) == (overlay.icon, overlay.short)
    assert spec.checked is not None
    assert spec.id in IN_MENUS
    assert not overlay.icon or not icon(overlay.icon).isNull()
