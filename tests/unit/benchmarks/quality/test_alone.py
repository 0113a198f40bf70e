from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.quality.alone import (
    AloneSource,
    OneModality,
    TwiceModality,
    TwiceSource,
    covered,
    doubled,
)
from tests.unit.benchmarks.quality.moving import SIDE, film, truth
from tracker_core.frames import Box, FramePair
from tracker_core.imaging import cv2
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


@pytest.mark.parametrize("seen", ["rgb", "tir"])
def test_one_camera_is_in_both_inputs(seen: Camera) -> None:
    before = film()[3]
    after = doubled(before, seen)
    if seen == "rgb":
        assert np.array_equal(after.rgb, before.rgb)
        assert np.array_equal(after.tir, cv2.cvtColor(before.rgb, cv2.COLOR_RGB2GRAY))
    else:
        assert np.array_equal(after.tir, before.tir)
        assert all(np.array_equal(after.rgb[:, :, each], before.tir) for each in range(3))


def test_sixteen_bits_are_stretched_alike_in_both_inputs_and_by_the_first_frame() -> None:
    """Something hot that comes in later changes the range of its own frame only."""
    raw = [replace(pair, tir=pair.tir.astype(np.uint16) * 20 + 4000) for pair in film()]
    raw[2].tir[:9, :9] = 60_000
    seen: list[FramePair] = []

    class Watcher(CorrelationTracker):
        def step(self, state: Any, frames: FramePair) -> Any:
            seen.append(frames)
            return super().step(state, frames)

    end(TwiceModality(Watcher(), "tir"), tuple(raw[:4]))
    levels = [np.median(pair.rgb) for pair in seen]
    assert max(levels) - min(levels) < 3
    assert all(np.array_equal(pair.rgb[:, :, 0], pair.tir) for pair in seen)


def test_a_tracker_that_reads_rgb_follows_what_only_thermal_shows() -> None:
    dark = tuple(replace(pair, rgb=np.zeros_like(pair.rgb)) for pair in film())
    source = TwiceSource(tracker_source("correlation"), "tir")
    assert end(source.make(), dark)[0] == pytest.approx(truth()[-1][0])
    assert source.settings["modality"] == "tir twice"
    assert source.info.name.endswith("tir twice")
