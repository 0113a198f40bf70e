from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.state.key_words import set_keys, with_keys


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    set_keys({})
    yield
    set_keys({})


def test_a_sentence_names_the_key_that_there_is_now() -> None:
    sentence = "Draw a box and {press track:T}, or {track:T}."
    assert with_keys(sentence) == "Draw a box and press T, or T."
    set_keys({"track": ("Ctrl+J", "Track forward")})
    assert with_keys(sentence) == "Draw a box and press Ctrl+J, or Ctrl+J."
    set_keys({"track": ("", "Track forward")})
    assert with_keys("Then {press track:T}.") == 'Then choose "Track forward".'


def test_other_braces_are_left_alone() -> None:
    assert with_keys("{a} {} {b:}x") == "{a} {} " + with_keys("{b:}") + "x"
    assert with_keys("no keys") == "no keys"
