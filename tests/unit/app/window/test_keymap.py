"""A person's keys before those of the table, whatever is stored."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QKeySequence

from app.look.key_text import native, portable
from app.window.actions import ACTIONS, Id
from app.window.actions.keymap import given_keys, key_map, owner_of, refusal_of

USUAL = {row.id: tuple(map(portable, row.keys)) for row in ACTIONS}
ids = st.sampled_from([row.id for row in ACTIONS])
keys = st.sampled_from([key for own in USUAL.values() for key in own] + ["F7", "Ctrl+J", "É"])


def test_nothing_stored_is_the_table() -> None:
    assert key_map({}).keys == USUAL
    assert key_map({}).problems == ()
    # What the table has may be chosen, too.
    assert not [key for id_, own in USUAL.items() for key in own if refusal_of(id_, key)]


def test_a_key_is_taken_from_whoever_had_it_and_given_back() -> None:
    stored = given_keys({}, Id.TRACK_FORWARD, ("D", "t"))
    assert stored == {Id.TRACK_FORWARD: ("D", "T")}
    now = key_map(stored).keys
    assert now[Id.TRACK_FORWARD] == ("D", "T")
    assert now[Id.NEXT_FRAME] == (".",)
    assert owner_of(now, "D") == Id.TRACK_FORWARD
    assert owner_of(now, "F7") is None
    assert given_keys(stored, Id.TRACK_FORWARD, ("T",)) == {}


def test_two_actions_may_change_places_and_one_have_no_key() -> None:
    stored = given_keys({}, Id.NEXT_FRAME, ("A",))
    stored = given_keys(stored, Id.PREVIOUS_FRAME, ("D",))
    stored = given_keys(stored, Id.PLAY, ())
    now = key_map(stored).keys
    assert (now[Id.NEXT_FRAME], now[Id.PREVIOUS_FRAME], now[Id.PLAY]) == (("A",), ("D",), ())
    assert len(stored) == 3


@given(st.lists(st.tuples(ids, st.lists(keys, max_size=2)), max_size=6))
def test_whatever_is_chosen_each_key_has_one_action(
    changes: list[tuple[str, list[str]]],
) -> None:
    stored: dict[str, tuple[str, ...]] = {}
    for action, wanted in changes:
        allowed = tuple(dict.fromkeys(key for key in wanted if not refusal_of(action, key)))
        stored = given_keys(stored, action, allowed)
        made = key_map(stored)
        assert made.keys[action] == allowed
        assert made.problems == ()
        every = [key for own in made.keys.values() for key in own]
        assert len(every) == len(set(every))


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ({"no such action": ("F7",)}, "is no action here"),
        ({Id.PLAY: ("Hyper+Nonsense",)}, "is no key"),
        ({Id.PLAY: ("A, B",)}, "is no key"),
        ({Id.PLAY: ("",)}, "is no key"),
        ({Id.PLAY: ("<b>\n\x07",)}, "is no key"),
        ({Id.PLAY: ("Left",)}, "the arrow keys"),
        ({Id.PLAY: ("Shift+Tab",)}, "Tab moves"),
        ({Id.PLAY: ("Esc",)}, "Esc stops"),
        ({Id.PLAY: ("Alt+F",)}, "open a menu"),
        ({Id.PLAY: ("Menu",)}, "what is selected"),
        ({Id.PLAY: ("F7",), Id.NEXT_FRAME: ("F7",)}, "stored for both"),
    ],
)
def test_what_cannot_be_followed_is_said_and_left_out(
    stored: dict[str, tuple[str, ...]], said: str
) -> None:
    made = key_map(stored)
    assert len(made.problems) == 1
    assert said in made.problems[0]
    assert made.problems[0].isprintable()
    if "F7" in made.keys[Id.PLAY] or "F7" in made.keys[Id.NEXT_FRAME]:
        assert owner_of(made.keys, "F7") in (Id.PLAY, Id.NEXT_FRAME)
    else:
        assert made.keys == USUAL


def test_a_key_has_one_text_everywhere() -> None:
    assert portable("ctrl+shift+p") == "Ctrl+Shift+P"
    assert portable(QKeySequence("Ctrl+A, Ctrl+B")) == portable("Shift") == ""
    assert native("Ctrl++") == QKeySequence("Ctrl++").toString(
        QKeySequence.SequenceFormat.NativeText
    )
