from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.quality.alone import AloneSource, OneModality, covered
from tests.unit.benchmarks.quality.moving import SIDE, film, truth
from tracker_core.frames import Box, FramePair
from tracker_core.trackers import Result, Tracker, tracker_source
from tracker_core.trackers.correlation import CorrelationTracker
from tracker_core.trackers.opencv import Camera
from tracker_core.tracking.loop import follow_pairs

INIT: Box = (100.0, 120.0, float(SIDE), float(SIDE))


def end(tracker: Tracker[Result], moments: tuple[FramePair, ...]) -> Box:
    """Where a tracker is on the last frame."""
    return list(follow_pairs(tracker, moments[0], INIT, iter(moments[1:])))[-1].box_xywh


@pytest.mark.parametrize("seen", ["rgb", "tir"])
def test_nothing_of_the_covered_camera_is_left(seen: Camera) -> None:
    before = film()[3]
    after = covered(before, seen)
    kept, hidden = ("rgb", "tir") if seen == "rgb" else ("tir", "rgb")
    assert np.array_equal(getattr(after, kept), getattr(before, kept))
    assert np.ptp(getattr(after, hidden)) == 0
    assert getattr(after, hidden).shape[:2] == getattr(before, kept).shape[:2]


def test_thermal_of_another_size_is_covered_at_the_size_of_rgb() -> None:
    half = replace(film()[0], tir=np.ascontiguousarray(film()[0].tir[::2, ::2]))
    assert covered(half, "rgb").tir.shape == half.rgb.shape[:2]


def test_a_tracker_that_reads_rgb_is_blind_without_it() -> None:
    assert end(OneModality(CorrelationTracker(), "rgb"), film()) == end(
        CorrelationTracker(), film()
    )
    assert end(CorrelationTracker(), film())[0] == pytest.approx(truth()[-1][0])
    assert end(OneModality(CorrelationTracker(), "tir"), film())[0] != pytest.approx(truth()[-1][0])


def test_a_source_says_what_is_seen_and_makes_such_a_tracker() -> None:
    source = AloneSource(tracker_source("still"), "tir")
    assert source.settings["modality"] == "tir"
    assert source.settings["tracker"] == "still"
    assert hash(source) != hash(AloneSource(tracker_source("still"), "rgb"))
    made = AloneSource(tracker_source("correlation"), "rgb").make()
    assert end(made, film()) == end(CorrelationTracker(), film())
