"""Where the map is empty the target is looked for once more, and wider."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tracker_core.ckd.config import ModelConfig, preset
from tracker_core.ckd.model import CKD
from tracker_core.ckd.model.outputs import CKDOutput
from tracker_core.ckd.tracker import CKDTracker, TrackerState, TrackResult
from tracker_core.engines.graph import network_key
from tracker_core.errors import CKDError
from tracker_core.frames import Box, FramePair

TINY = preset("tiny")
SEARCHING = replace(TINY, lost_search=(0.2, 0.4, 10.0))
SIZE = (640, 480)
BOX: Box = (300.0, 220.0, 40.0, 40.0)
RED, GREEN = (255, 0, 0), (0, 255, 0)


def shown(*blobs: tuple[float, float, tuple[int, int, int]]) -> FramePair:
    """Squares of the box's size about these centres, on black."""
    rgb = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    for x, y, colour in blobs:
        rgb[int(y) - 20 : int(y) + 20, int(x) - 20 : int(x) + 20] = colour
    return FramePair(rgb, np.zeros((SIZE[1], SIZE[0]), np.uint8))


class Eyes:
    """Sees red squares, and takes green ones for red while they are small in the crop."""

    name, precision, device, features, note = "eyes", "float32", "cpu", True, ""

    def __init__(self, model: CKD) -> None:
        self.config = model.config
        self.looks = 0

    def prepare(self, *_given: Tensor) -> Any:
        return None

    def search(self, _prepared: Any, rgb: Tensor, _tir: Tensor, **_asked: bool) -> CKDOutput:
        self.looks += 1
        side = self.config.map_size
        colours = torch.nn.functional.adaptive_avg_pool2d((rgb > 0.5).float(), side)[0]
        red, green = colours[0], colours[1]
        small = float((red + green).sum()) < 8  # cells; as it is seen from afar
        score = 0.9 * red + (0.9 if small else 0.3) * green
        # The middle of what is seen, so that there is one peak.
        weights = score.clamp(min=1e-6)
        peak = int(weights.argmax())
        cells = torch.stack(torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij"))
        near = (cells - torch.tensor([peak // side, peak % side])[:, None, None]).abs().amax(0) <= 4
        mass = (weights * near)[None]
        row, column = ((cells + 0.5) * mass).sum((1, 2)) / mass.sum()
        score_map = torch.full((1, 1, side, side), 0.05)
        offset = torch.zeros(1, 2, side, side)
        if float(score.max()) > 0.1:
            at = int(row), int(column)
            score_map[0, 0][at] = float(score.max())
            offset[0, :, at[0], at[1]] = torch.stack([column - at[1], row - at[0]])
        size = torch.full((1, 2, side, side), 0.25)
        return CKDOutput(score_map, size, offset, torch.zeros(1, 4), ())


def tracker(config: ModelConfig) -> tuple[CKDTracker, Eyes]:
    found = CKDTracker(CKD(config), "cpu", engine=Eyes)
    assert isinstance(found.engine, Eyes)
    return found, found.engine


def followed(config: ModelConfig, *moments: FramePair) -> tuple[list[TrackResult], list[int]]:
    """Results of every frame after the first, and how often the network looked at each."""
    own, eyes = tracker(config)
    state = own.start(shown((320, 240, RED)), BOX)
    results, looks = [], []
    for frames in moments:
        before = eyes.looks
        state, result = own.step(state, frames)
        results.append(result)
        looks.append(eyes.looks - before)
    return results, looks


def centre(result: TrackResult) -> tuple[float, float]:
    x, y, w, h = result.box_xywh
    return x + w / 2, y + h / 2


def test_a_map_that_is_not_empty_is_followed_as_without_it_at_no_cost() -> None:
    moments = [shown((320 + 9 * step, 240 - 5 * step, RED)) for step in range(1, 5)]
    plain, _ = followed(TINY, *moments)
    searching, looks = followed(SEARCHING, *moments)
    assert looks == [1, 1, 1, 1]
    for one, other in zip(plain, searching, strict=True):
        assert (one.box_xywh, one.score) == (other.box_xywh, other.score)
        np.testing.assert_array_equal(one.score_map, other.score_map)


def test_a_hidden_target_costs_a_look_and_is_followed_as_without_it() -> None:
    """And the way back needs no memory: the box is all there is."""
    away, back = shown(), shown((330, 250, RED))
    results, looks = followed(SEARCHING, away, away, away, back)
    plain, _ = followed(TINY, away, away, away, back)
    assert looks == [2, 2, 2, 1]
    for one, other in zip(plain, results, strict=True):
        assert (one.box_xywh, one.score) == (other.box_xywh, other.score)
        assert one.search_window == other.search_window
    assert results[2].score < 0.1
    # Whoever goes on from the box, as a session that is opened again, gets what would have come.
    own, _ = tracker(SEARCHING)
    fresh: TrackerState = own.start(shown((320, 240, RED)), BOX).moved_to(results[2].box_xywh)
    assert own.step(fresh, back)[1].box_xywh == results[3].box_xywh


@pytest.mark.parametrize("off", [(70, 0), (0, -75), (190, 30)])
def test_a_target_that_jumped_is_found_and_looked_at_from_its_middle(off: tuple[int, int]) -> None:
    place = 320.0 + off[0], 240.0 + off[1]
    results, looks = followed(SEARCHING, shown((*place, RED)))
    assert centre(results[0]) == pytest.approx(place, abs=4)
    assert results[0].score > 0.6
    # What is shown of the frame is what decided.
    window = results[0].search_window
    assert window.x + window.side / 2 == pytest.approx(place[0], abs=8)
    assert window.side == 160
    assert looks == [3]
    assert centre(followed(TINY, shown((*place, RED)))[0][0]) != pytest.approx(place, abs=20)


def test_what_is_only_alike_from_afar_is_left() -> None:
    results, looks = followed(SEARCHING, shown((500, 300, GREEN)))
    assert results[0].box_xywh == followed(TINY, shown((500, 300, GREEN)))[0][0].box_xywh
    assert looks == [3]


def test_a_box_as_large_as_the_frame_is_searched_no_wider() -> None:
    own, eyes = tracker(SEARCHING)
    state = own.start(shown(), (10.0, 10.0, 600.0, 460.0))
    own.step(state, shown())
    assert eyes.looks == 1


@pytest.mark.parametrize(
    "value",
    [
        (0.2, 0.4),
        (0.4, 0.2, 8.0),
        (0.0, 0.4, 8.0),
        (0.2, 1.0, 8.0),
        (0.2, 0.4, 4.0),
        (0.2, 0.4, 65.0),
        (0.2, 0.4, float("nan")),
        (0.2, True, 8.0),
        ("a", "b", "c"),
    ],
)
def test_what_is_no_such_search_is_refused(value: tuple[Any, ...]) -> None:
    with pytest.raises(CKDError, match=r"ModelConfig\.lost_search"):
        replace(TINY, lost_search=value)
    assert "lost_search" not in TINY.to_json()
    # The same graph serves both.
    assert network_key(SEARCHING) == network_key(TINY)
    assert ModelConfig.from_json(SEARCHING.to_json()) == SEARCHING
