from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from tracker_core.errors import CKDError
from tracker_core.frames import COVERED, Box, FramePair
from tracker_core.trackers import Capabilities, Step
from tracker_core.tracking.second_looks import each_alone, way_back

BOX: Box = (4.0, 4.0, 8.0, 8.0)


@dataclass(frozen=True, slots=True)
class State:
    box: Box

    def moved_to(self, box_xywh: Box) -> State:
        return replace(self, box=box_xywh)


class Watching:
    """Goes 1 px right where it sees RGB and 2 px down where it sees thermal; notes where it was."""

    def __init__(self, *, moves: bool = True) -> None:
        self.capabilities = Capabilities(moves=moves)
        self.searched: list[Box] = []

    def start(self, _frames: FramePair, box_xywh: Box) -> State:
        return State(box_xywh)

    def step(self, state: State, frames: FramePair) -> tuple[State, Step]:
        self.searched.append(state.box)
        x, y, w, h = state.box
        x += float((frames.rgb != COVERED).any())
        y += 2 * float((frames.tir != COVERED).any())
        return State((x, y, w, h)), Step((x, y, w, h))


def pair(index: int) -> FramePair:
    noise = np.random.default_rng(index).integers(0, 100, (32, 32, 3), np.uint8)
    return FramePair(noise, np.ascontiguousarray(noise[..., 0]))


def boxes(count: int = 6) -> np.ndarray:
    found = np.tile(np.array(BOX), (count, 1))
    found[:, 0] += 10 * np.arange(count)
    return found


def test_each_camera_alone_searches_where_the_box_before_was() -> None:
    tracker = Watching()
    looks = list(each_alone(tracker, pair, (0, BOX), boxes(), range(1, 4)))
    assert [look.frame_index for look in looks] == [1, 2, 3]
    # One look by each camera.
    assert [box[0] for box in tracker.searched] == [4, 4, 14, 14, 24, 24]
    assert looks[1].rgb == (15, 4, 8, 8)
    assert looks[1].tir == (14, 6, 8, 8)


def test_gaps_and_frames_after_one_without_a_box_are_left_out() -> None:
    given = boxes()
    given[3] = np.nan
    looks = list(
        each_alone(Watching(), lambda i: None if i == 1 else pair(i), (0, BOX), given, range(1, 6))
    )
    assert [look.frame_index for look in looks] == [2, 3, 5]
    assert np.isnan(looks[1].likeness)


def test_a_box_on_the_same_pixels_is_like_the_template() -> None:
    still = np.tile(np.array(BOX), (4, 1))
    same, other = each_alone(Watching(), lambda i: pair(0 if i < 2 else 9), (0, BOX), still, (1, 2))
    assert same.likeness > 0.6
    assert other.likeness < 0.4


def test_the_way_back_starts_at_the_other_end() -> None:
    tracker = Watching()
    found = list(way_back(tracker, lambda i: None if i == 3 else pair(i), (5, BOX), (4, 3, 2)))
    assert [look.frame_index for look in found] == [4, 2]
    assert [look.box_xywh[:2] for look in found] == [(5, 6), (6, 8)]


def test_what_cannot_be_looked_at_is_said() -> None:
    with pytest.raises(CKDError, match="cannot be asked for one camera alone"):
        list(each_alone(Watching(moves=False), pair, (0, BOX), boxes(), (1,)))
    for looks in (each_alone, way_back):
        arguments: list[Any] = [Watching(), lambda _i: None, (2, BOX), (1,)]
        if looks is each_alone:
            arguments.insert(3, boxes())
        with pytest.raises(CKDError, match=r"Frame 2, .* lacks an image"):
            list(looks(*arguments))
