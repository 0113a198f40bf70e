"""One network in two loops."""

from __future__ import annotations

import json

import pytest

from benchmarks.quality.loops import LoopSource
from tracker_core.ckd.tracker import CKDTracker
from tracker_core.engines.loop_fields import loop_changes
from tracker_core.errors import CKDError
from tracker_core.trackers.ckd import CKDSource


def test_a_loop_is_read_as_a_recipe_has_it() -> None:
    assert loop_changes("lost_search = [0.2, 0.4, 8.0]") == {"lost_search": [0.2, 0.4, 8.0]}
    assert loop_changes("size_rate = 0.2, hold_below = 0") == {"size_rate": 0.2, "hold_below": 0}


@pytest.mark.parametrize(
    "text",
    [
        *("", "size_rate", "size_rate = ", "size_rate = 1}\nmore = {a = 1", "stem = 'conv'"),
        *("a" * 9999, "size_rate = " + "[" * 400),
    ],
)
def test_what_is_no_loop_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(CKDError) as refusal:
        loop_changes(text)
    assert len(str(refusal.value)) < 300


def test_the_weights_stay_and_the_loop_is_another() -> None:
    plain = CKDSource.of("tiny", "cpu")
    other = LoopSource(plain, "size_rate = 0.25, size_gate = [0.4, 0.7]")
    made, before = other.make(), plain.make()
    assert isinstance(made, CKDTracker)
    assert (made.model.config.size_rate, before.model.config.size_rate) == (0.25, 0.1)
    # By these a row that is kept is known again.
    assert json.loads(other.info.config)["size_gate"] == [0.4, 0.7]
    assert other.settings == {**plain.settings, "loop": other.text}
    assert hash(other) != hash(LoopSource(plain, "size_rate = 0.3"))
