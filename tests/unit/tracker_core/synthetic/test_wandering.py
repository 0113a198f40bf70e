from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from tracker_core.imaging import cv2
from tracker_core.synthetic.landscape import MadeUp, landscape
from tracker_core.synthetic.moving_window import WindowScene
from tracker_core.synthetic.scene import SceneFrame
from tracker_core.synthetic.wandering import CONDITIONS, WanderingScene

FRAMES = 40
SIZE = (240, 180)


@cache
def ground() -> tuple[np.ndarray, ...]:
    return landscape(np.random.default_rng(11))


class OneGround(MadeUp):
    """Made-up actors on one and the same landscape, which takes long to paint."""

    def ground(self, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        del rng
        return ground()


def wander(seed: int, frames: int, condition: str) -> WanderingScene:
    return WanderingScene(seed, frames, SIZE, condition, OneGround())


def test_every_seed_has_its_own_landscape() -> None:
    first = WanderingScene(1, 2, SIZE, "day").render(0).frames.rgb
    second = WanderingScene(2, 2, SIZE, "day").render(0).frames.rgb
    assert np.abs(first.astype(int) - second).mean() > 10
    assert WanderingScene(1, 2, SIZE).condition in CONDITIONS


def moments(condition: str, seed: int = 3) -> list[SceneFrame]:
    scene = wander(seed, FRAMES, condition)
    return [scene.render(index) for index in range(0, FRAMES, 3)]


def same(first: SceneFrame, second: SceneFrame) -> bool:
    return (
        np.array_equal(first.frames.rgb, second.frames.rgb)
        and np.array_equal(first.frames.tir, second.frames.tir)
        and first.objects == second.objects
    )


@pytest.mark.parametrize("condition", CONDITIONS)
def test_frames_come_in_any_order_and_depend_on_the_seed(condition: str) -> None:
    scene = wander(3, FRAMES, condition)
    late, early = scene.render(20), scene.render(4)
    again = wander(3, FRAMES, condition)
    assert same(again.render(4), early)
    assert same(again.render(20), late)
    assert not same(wander(4, FRAMES, condition).render(4), early)
    assert early.frames.rgb.shape == (180, 240, 3)
    assert early.frames.tir.shape == (180, 240)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_the_target_stays_in_sight(condition: str) -> None:
    for seed in range(3):
        scene = wander(seed, FRAMES, condition)
        for index in range(0, FRAMES, 6):
            x, y, w, h = scene.render(index).objects[0].box_xywh
            assert 0 < x + w / 2 < SIZE[0]
            assert 0 < y + h / 2 < SIZE[1]
            assert min(w, h) > 3


def ring_contrast(image: np.ndarray, box: tuple[float, float, float, float]) -> float:
    gray = cv2.GaussianBlur(image.astype(np.float32), (0, 0), 1.5)
    x, y, w, h = box
    rows, columns = np.mgrid[: gray.shape[0], : gray.shape[1]] + 0.5
    away = np.maximum(np.abs(columns - x - w / 2) / (w / 2), np.abs(rows - y - h / 2) / (h / 2))
    return abs(float(gray[away < 0.5].mean() - gray[(away > 1.1) & (away < 1.5)].mean()))


def test_crossover_takes_the_target_out_of_the_thermal_image_only() -> None:
    hidden, clear, colour = [], [], []
    for seed in range(6):
        scene = wander(seed, 60, "crossover")
        for index, found in ((0, clear), (30, hidden)):
            moment = scene.render(index)
            found.append(ring_contrast(moment.frames.tir, moment.objects[0].box_xywh))
        gray = moment.frames.rgb.mean(axis=2)
        colour.append(ring_contrast(gray, moment.objects[0].box_xywh))
    assert np.mean(hidden) < 0.4 * np.mean(clear)
    assert np.mean(colour) > 8


def test_night_is_dark_in_colour_only() -> None:
    night = moments("night")
    assert max(moment.frames.rgb.mean() for moment in night) < 45
    assert min(moment.frames.tir.std() for moment in night) > 8


def test_occlusion_hides_and_gives_back_the_target() -> None:
    found = []
    for seed in range(8):
        scene = wander(seed, 80, "occlusion")
        shares = [scene.render(index).objects[0].visible for index in range(0, 80, 4)]
        assert shares[0] > 0.9
        found.append(min(shares))
    assert np.median(found) < 0.6


def test_scale_and_speed_are_what_the_condition_says() -> None:
    for seed in range(3):
        ends = [wander(seed, FRAMES, "scale").render(n) for n in (0, FRAMES - 1)]
        areas = [moment.objects[0].box_xywh[2] * moment.objects[0].box_xywh[3] for moment in ends]
        assert max(areas) / min(areas) > 2.5

    def steps(condition: str, seed: int) -> float:
        scene = wander(seed, FRAMES, condition)
        boxes = np.array([scene.render(n).objects[0].box_xywh for n in range(0, FRAMES, 2)])
        centres = boxes[:, :2] + boxes[:, 2:] / 2
        return float(np.linalg.norm(np.diff(centres, axis=0), axis=1).mean())

    fast = np.mean([steps("fast", seed) for seed in range(3)])
    assert fast > 1.5 * np.mean([steps("day", seed) for seed in range(3)])


def test_distractors_come_near() -> None:
    for moment in moments("distractor")[:3]:
        assert len(moment.objects) >= 4


def test_a_window_follows_a_part_of_the_picture() -> None:
    """The pixels inside the box stay the same part of the picture."""
    levels = ground()
    scene = WindowScene(2, levels, (500.0, 380.0, 60.0, 50.0), FRAMES, SIZE)
    patches = []
    for index in (0, 20, FRAMES - 1):
        moment = scene.render(index)
        x, y, w, h = moment.objects[0].box_xywh
        cut = moment.frames.rgb[round(y) : round(y + h), round(x) : round(x + w)]
        gray = cv2.resize(cv2.cvtColor(cut, cv2.COLOR_RGB2GRAY), (24, 20)).astype(float)
        patches.append(cv2.GaussianBlur(gray, (0, 0), 1.0).ravel())
    assert np.corrcoef(patches[0], patches[1])[0, 1] > 0.75
    assert np.corrcoef(patches[0], patches[2])[0, 1] > 0.75
