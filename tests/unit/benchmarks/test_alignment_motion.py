"""Guesses of the offset over many clips, counted."""

from __future__ import annotations

import numpy as np

from benchmarks.alignment_motion import MOST_OFFSET, Moving, tally
from tracker_core.registration.motion import CELLS


def moving(seed: int, frames: int, *, shared: bool) -> Moving:
    """Bursts of change in some cells; of the other camera's own where nothing is shared."""
    rng = np.random.default_rng(seed)
    rgb, own = np.exp(rng.normal(0, 1, (2, frames, CELLS[0] * CELLS[1])))
    return Moving("made", str(seed), rgb, rgb * 2 + 1 if shared else own)


def test_offsets_that_come_back_are_told_from_those_that_do_not() -> None:
    count = 2 * MOST_OFFSET + 1
    good = tally([moving(1, 120, shared=True)], 90)
    assert (good.tried, good.exact, good.near, good.sure) == (count,) * 4
    assert good.wrong_and_sure == 0
    bad = tally([moving(2, 120, shared=False)], 90)
    assert bad.exact < count / 2
    assert bad.sure == bad.wrong_and_sure == 0
    assert f"{count} guesses, to the frame 100%" in str(good)


def test_clips_that_are_too_short_are_not_tried_and_still_ones_give_nothing() -> None:
    assert tally([moving(3, 20, shared=True)], 60).tried < 2 * MOST_OFFSET + 1
    still = np.ones((80, CELLS[0] * CELLS[1]))
    found = tally([Moving("made", "still", still, still)], 60)
    assert found.failed == found.tried > 0
