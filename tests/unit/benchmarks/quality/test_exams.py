from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.quality.clips import Filmed, Purpose
from benchmarks.quality.exams import (
    CROSSED,
    EXAMS,
    FAILING,
    FIFTH,
    FURTHER,
    JERKS,
    LEAVING,
    PLAIN,
    SWITCHING,
    THIRD,
    ZOOMING,
    StillClip,
    exam_clips,
)
from benchmarks.quality.runner import Contender, score_clip
from benchmarks.quality.still_windows import FAULTS, GROWTH
from benchmarks.quality.stills import CHOICES, StillPair, still_pairs
from tests.unit.benchmarks.quality.registered import write_stills
from tracker_core.errors import CKDError
from tracker_core.frames import FramePair
from tracker_core.imaging import cv2, write_image
from tracker_core.trackers import tracker_source

LENGTH = 30
SIZE = (240, 180)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> list[StillPair]:
    return still_pairs(write_stills(tmp_path_factory.mktemp("stills") / "road", 8))


def clips(
    pairs: Sequence[StillPair],
    exams: Sequence[str] = EXAMS,
    each: int = 1,
    purpose: Purpose = "validation",
) -> list[StillClip]:
    return exam_clips(pairs, exams, purpose, each, LENGTH, SIZE)


def film(clip: StillClip) -> Filmed:
    with clip.open() as footage:
        return footage


def same(one: FramePair, other: FramePair) -> bool:
    return np.array_equal(one.rgb, other.rgb) and np.array_equal(one.tir, other.tir)


def inside(image: np.ndarray, box: np.ndarray) -> np.ndarray:
    """What is in a box, always at one size, without its noise."""
    x, y, w, h = box
    matrix = np.array([[24 / w, 0, -x * 24 / w], [0, 24 / h, -y * 24 / h]])
    gray = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    smooth = cv2.GaussianBlur(gray, (0, 0), 1.5)
    return np.asarray(cv2.warpAffine(smooth, matrix, (24, 24)), float)


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def test_every_exam_has_windows_over_every_pair_and_choices_take_turns(
    pairs: list[StillPair],
) -> None:
    made = clips(pairs, each=3)
    assert len({clip.name for clip in made}) == len(made) == 3 * len(pairs) * len(EXAMS)
    for exam in EXAMS:
        own = [clip for clip in made if clip.condition == exam]
        assert {clip.choice for clip in own} == set(CHOICES)
    # A run that ends early has seen all pairs, and as much of each exam.
    first = made[: len(pairs) * len(EXAMS)]
    assert {clip.pair.name for clip in first} == {pair.name for pair in pairs}
    faults = {clip.kind for clip in first if clip.condition == FAILING}
    assert faults == {f"{camera} {fault}" for camera in ("RGB", "thermal") for fault in FAULTS}


def test_validation_and_report_share_no_window(pairs: list[StillPair]) -> None:
    chosen, reported = clips(pairs, each=2), clips(pairs, each=2, purpose="report")
    assert not {clip.seed for clip in chosen} & {clip.seed for clip in reported}
    assert chosen[0].target != reported[0].target


def test_an_exam_is_the_same_without_the_others_and_with_fewer_windows(
    pairs: list[StillPair],
) -> None:
    made = set(clips(pairs, each=2))
    for exam in EXAMS:
        assert set(clips(pairs, [exam])) < made


def test_the_box_is_upright_and_what_is_in_it_stays(pairs: list[StillPair]) -> None:
    for clip in clips(pairs, [PLAIN])[:3]:
        footage = film(clip)
        boxes = footage.boxes
        assert np.allclose(boxes[:, 2] / boxes[:, 3], clip.target[2] / clip.target[3])
        assert np.ptp(boxes[:, :2], axis=0).max() > 2
        for shown in ("rgb", "tir"):
            looks = [
                inside(getattr(pair, shown), box)
                for pair, box in zip(footage.film, boxes, strict=True)
            ]
            assert min(likeness(looks[0], each) for each in looks) > 0.85
    assert len({pair.size for pair in footage.film}) == 1


def test_strided_clips_are_frames_of_the_plain_one(pairs: list[StillPair]) -> None:
    plain, third, fifth = (film(clips(pairs, [exam])[0]) for exam in (PLAIN, THIRD, FIFTH))
    for strided, stride in ((third, 3), (fifth, 5)):
        assert np.array_equal(strided.boxes, plain.boxes[::stride])
        shown = zip(strided.film, plain.film[::stride], strict=True)
        assert all(same(one, other) for one, other in shown)


def test_a_zoomed_target_grows_or_shrinks_by_the_factor_in_forty_frames(
    pairs: list[StillPair],
) -> None:
    found = set()
    for clip in clips(pairs, [ZOOMING])[:4]:
        boxes = film(clip).boxes
        assert len(boxes) == 40
        found.add(round(float(boxes[-1, 2] / boxes[0, 2]), 6))
        assert boxes[:, 2:].prod(axis=1).min() ** 0.5 >= 0.12 * min(SIZE) - 1e-6
    assert found == {GROWTH, 1 / GROWTH}


def test_a_pushed_camera_shows_the_target_elsewhere_at_once(pairs: list[StillPair]) -> None:
    for clip in clips(pairs, [JERKS])[:4]:
        boxes = film(clip).boxes
        steps = np.hypot(*np.diff(boxes[:, :2] + boxes[:, 2:] / 2, axis=0).T)
        steps /= np.sqrt(boxes[:-1, 2:].prod(axis=1))
        pushed = np.argsort(steps)[-3:]
        assert set(pushed) == {round(share * LENGTH) - 1 for share in (0.25, 0.5, 0.75)}
        assert 0.8 < steps[pushed].min() < steps[pushed].max() < 3.5
        # What is left is slow.
        assert np.delete(steps, pushed).max() < 0.5
        middles = boxes[:, :2] + boxes[:, 2:] / 2
        assert (middles > 0).all()
        assert (middles < SIZE).all()


def test_a_target_that_left_has_no_box_until_it_is_back(pairs: list[StillPair]) -> None:
    for clip in clips(pairs, [LEAVING])[:4]:
        footage = film(clip)
        there = np.isfinite(footage.boxes).all(axis=1)
        gone = np.flatnonzero(~there)
        assert len(gone) >= 3
        assert np.ptp(gone) == len(gone) - 1
        assert there[: LENGTH // 3].all()
        assert there[-3:].all()
        whole = clip._window()  # where it is when it is not to be seen
        x, y, w, h = whole.upright(float(gone[len(gone) // 2]))
        assert x + w <= 0 or y + h <= 0 or x >= SIZE[0] or y >= SIZE[1]
    named = clips(pairs, FURTHER)
    assert {clip.condition for clip in named} == set(FURTHER)


def test_twins_leave_the_target_in_one_camera_then_in_the_other(pairs: list[StillPair]) -> None:
    made = clips(pairs, [SWITCHING])
    assert {clip.kind for clip in made} == {"RGB first", "thermal first"}
    for clip in (
        next(each for each in made if each.failing == camera) for camera in ("rgb", "tir")
    ):
        # The same window without twins.
        seen, bare = film(clip), film(replace(clip, failing=None))
        assert np.array_equal(seen.boxes, bare.boxes)
        first, other = ("rgb", "tir") if clip.failing == "rgb" else ("tir", "rgb")
        there = {
            camera: [
                not np.array_equal(getattr(one, camera), getattr(two, camera))
                for one, two in zip(seen.film, bare.film, strict=True)
            ]
            for camera in (first, other)
        }
        middle = range(LENGTH // 3, 2 * LENGTH // 3)
        assert not any(there[other][time] for time in range(LENGTH) if time not in middle)
        assert not any(there[first][time] for time in middle)
        assert not there[first][0]  # what is given is the target alone
        # Soon after, with the frame's noise and the target's own way between them.
        assert all(there[first][4:10])
        assert all(there[other][13:20])
        assert all(there[first][24:30])
        # What left looks like the target, where it is by then.
        time, box = 4, seen.boxes[4]
        twin = next(each for each in clip._twins(clip._window()) if each.camera == first)
        gone = (time - twin.copy.meets) * np.array([*twin.copy.way, 0, 0])
        given = inside(getattr(seen.film[0], first), seen.boxes[0])
        assert likeness(given, inside(getattr(seen.film[time], first), box + gone)) > 0.8
        assert likeness(given, inside(getattr(seen.film[time], other), box + gone)) < 0.8


def test_pieces_of_other_pairs_hide_the_target_for_a_while(pairs: list[StillPair]) -> None:
    hidden = 0
    both = zip(clips(pairs, [CROSSED]), clips(pairs, [PLAIN]), strict=True)
    for clip, bare in list(both)[:4]:
        assert clip.pair not in [still for still, _ in clip.crossing]
        crossed, plain = film(clip), film(bare)
        assert np.array_equal(crossed.boxes, plain.boxes)
        alike = [
            min(
                likeness(inside(getattr(one, shown), box), inside(getattr(other, shown), box))
                for shown in ("rgb", "tir")
            )
            for one, other, box in zip(crossed.film, plain.film, crossed.boxes, strict=True)
        ]
        assert alike[0] > 0.95
        hidden += min(alike[LENGTH // 3 - 1 : LENGTH // 3 + 2]) < 0.5
        hidden += min(alike[2 * LENGTH // 3 - 1 : 2 * LENGTH // 3 + 2]) < 0.5
    assert hidden >= 5  # of two for each


def test_one_camera_fails_in_the_middle_third_and_the_other_does_not(
    pairs: list[StillPair],
) -> None:
    seen = set()
    for clip in clips(pairs, [FAILING]):
        assert clip.fault is not None
        # The same window with nothing the matter.
        ill, well = film(clip), film(replace(clip, fault=None))
        middle = range(LENGTH // 3, 2 * LENGTH // 3)
        for index, (one, other) in enumerate(zip(ill.film, well.film, strict=True)):
            assert same(one, other) == (index not in middle)
        failing, sound = ("rgb", "tir") if clip.failing == "rgb" else ("tir", "rgb")
        shown = [getattr(ill.film[index], failing) for index in middle]
        for index, image in zip(middle, shown, strict=True):
            kept = getattr(ill.film[index], sound)
            assert np.array_equal(kept, getattr(well.film[index], sound))
            before = getattr(ill.film[middle[0] - 1], failing)
            assert {
                "dark": image.mean() < 20,
                "saturated": image.mean() > 230,
                "frozen": np.array_equal(image, before),
                "fogged": image.std() < 14 and 140 < np.median(image) < 200,
            }[clip.fault], clip.kind
        seen.add(clip.kind)
    assert len(seen) == 8


def test_trackers_follow_a_window(pairs: list[StillPair]) -> None:
    contenders = [Contender(name, tracker_source(name)) for name in ("correlation", "still")]
    best, still = score_clip(clips(pairs, [PLAIN])[0], contenders)
    assert (best.condition, best.frames) == (PLAIN, LENGTH - 1)
    assert best.figures.iou > 0.5 > still.figures.iou


def test_stills_without_texture_are_left_out_and_none_at_all_is_said(tmp_path: Path) -> None:
    folder = write_stills(tmp_path / "road", 4)
    plain = np.full((300, 420), 90, np.uint8)
    for suffix, part in (("jpg", "visible"), ("png", "infrared")):
        write_image(folder / part / f"view a.{suffix}", plain)
    made = exam_clips(still_pairs(folder), EXAMS, "report", 1, LENGTH, SIZE)
    assert {clip.pair.name for clip in made} == {"view b", "view c", "view d"}
    assert all(still.name != "view a" for clip in made for still, _ in clip.crossing)
    with pytest.raises(CKDError, match="enough texture"):
        exam_clips(still_pairs(folder)[:1], [PLAIN], "report", 1, LENGTH, SIZE)


@pytest.mark.parametrize(
    ("exams", "each", "length", "words"),
    [
        (["fame"], 1, LENGTH, "no exam 'fame'; choose from plain"),
        ([PLAIN], 0, LENGTH, "1 to 100 windows"),
        ([PLAIN], 101, LENGTH, "1 to 100 windows"),
        ([PLAIN], 1, 9, "at least 10 frames"),
    ],
)
def test_what_cannot_be_made_is_refused(
    pairs: list[StillPair], exams: list[str], each: int, length: int, words: str
) -> None:
    with pytest.raises(CKDError, match=words):
        exam_clips(pairs, exams, "report", each, length, SIZE)


def test_nothing_can_cross_without_other_pairs(pairs: list[StillPair]) -> None:
    with pytest.raises(CKDError, match="at least 3 pairs, not 2"):
        clips(pairs[:2], [CROSSED])
    assert clips(pairs[:2], [PLAIN])
