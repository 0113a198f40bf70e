from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from app.resolve.redraw import EVERYTHING, FRAME, OF_SELECTED, Part, parts, selection_parts
from app.state.selection import Selection
from sessions import Change, ChangeKind

CHOSEN = Selection(target_id="1")
SHOWN = 5
ROWS = {Part.TIMELINE_ROW, Part.TARGET_ROW}


def _parts(kind: ChangeKind, target_id: str | None = "1", *frames: int, **more: bool) -> set[Part]:
    change = Change(kind, target_id, np.array(frames, np.int64), **more)
    return set(parts(change, CHOSEN, SHOWN))


@pytest.mark.parametrize("kind", ChangeKind)
@pytest.mark.parametrize("target_id", ["1", "2"])
def test_every_kind_of_change_draws_something(kind: ChangeKind, target_id: str) -> None:
    found = _parts(kind, target_id, SHOWN)
    # Where one stopped is drawn nowhere; the queue and the status line show the selected target.
    of_selected = kind in (ChangeKind.SEEN, ChangeKind.ATTRIBUTES)
    assert bool(found) is not (
        kind is ChangeKind.VIEW or (of_selected and target_id != CHOSEN.target_id)
    )
    if kind not in (ChangeKind.SEQUENCE, ChangeKind.SEVERAL):
        assert not found >= EVERYTHING


@pytest.mark.parametrize("kind", [ChangeKind.TARGET_ADDED, ChangeKind.TARGET_REMOVED])
def test_a_target_comes_or_goes(kind: ChangeKind) -> None:
    assert _parts(kind) == {Part.SCENE, Part.TIMELINE, Part.TARGETS, Part.SESSION}


def test_another_name_is_written_where_names_stand() -> None:
    named = ROWS | {Part.SCENE, Part.SESSION}
    assert _parts(ChangeKind.TARGET_EDITED, "2") == named
    assert _parts(ChangeKind.TARGET_EDITED) == named | {Part.STATUS, Part.ANSWER, Part.CURVES}


def test_a_box_on_a_frame_that_is_not_shown_leaves_the_panes_alone() -> None:
    assert _parts(ChangeKind.FRAMES, "2", 7) == ROWS
    assert _parts(ChangeKind.FRAMES, "1", 7) == ROWS | {Part.QUEUE, Part.CURVES}


def test_a_box_on_the_frame_that_is_shown() -> None:
    assert _parts(ChangeKind.FRAMES, "2", 4, 5) == ROWS | {Part.SCENE}
    assert _parts(ChangeKind.FRAMES, "1", 4, 5) == ROWS | FRAME | {Part.QUEUE, Part.CURVES}


def test_what_a_tracker_left_may_name_another_model() -> None:
    assert _parts(ChangeKind.FRAMES, "2", 7, tracking=True) == ROWS | {Part.SESSION}


def test_an_attribute_of_some_frames_is_said_where_the_frame_is_described() -> None:
    assert _parts(ChangeKind.ATTRIBUTES, "2", 5) == set()
    assert _parts(ChangeKind.ATTRIBUTES, "1", 7) == set()
    assert _parts(ChangeKind.ATTRIBUTES, "1", 4, 5) == {Part.STATUS, Part.ANSWER}


def test_an_alignment_moves_thermal_boxes_pictures_and_gaps() -> None:
    wanted = {Part.SCENE, Part.TIMELINE, Part.ANSWER, Part.CURVES, Part.SESSION}
    assert _parts(ChangeKind.ALIGNMENT, None) == wanted


def test_another_sequence_is_everything() -> None:
    assert _parts(ChangeKind.SEQUENCE, None) == EVERYTHING


def test_every_field_of_the_selection_says_what_it_changes() -> None:
    for field in fields(Selection):
        assert selection_parts(frozenset({field.name}))
    assert selection_parts(frozenset({"linked", "block"})) == {
        Part.SCENE,
        Part.FEATURES,
        Part.CURVES,
    }
    assert selection_parts(frozenset({"target_id"})) >= OF_SELECTED
    assert selection_parts(frozenset()) == frozenset()
