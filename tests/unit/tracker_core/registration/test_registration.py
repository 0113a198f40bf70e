"""Cameras that are not aligned come back: by pairs of points, by edges, by what moves."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app.state.demo_clip import demo_sequence
from tracker_core.errors import CKDError
from tracker_core.imaging import cv2
from tracker_core.registration.guess import guess_alignment
from tracker_core.registration.motion import SURE_FRAMES, changes, guess_offset
from tracker_core.registration.pixels import centres
from tracker_core.registration.points import NEEDED, Freedom, chosen, fit, residuals
from tracker_core.sequences import Frame, open_sequence

TILTED = np.array([[1.1, 0.1, 20], [-0.08, 1.05, -9], [4e-4, -2e-4, 1]])
SPOTS = np.array([[40.0, 30], [600, 50], [580, 440], [60, 420], [300, 240], [430, 120]])


def mapped(matrix: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    there = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return np.asarray(there[:, :2] / there[:, 2:], np.float64)


def turned(degrees: float, scale: float, right: float, down: float) -> NDArray[np.float64]:
    upper: Any = cv2.getRotationMatrix2D((320, 240), degrees, scale)
    matrix = np.vstack([upper, [0, 0, 1]])
    matrix[:2, 2] += right, down
    return np.asarray(matrix, np.float64)


MAPS = {
    Freedom.SHIFT: turned(0, 1, 7, -3),
    Freedom.SIMILARITY: turned(10, 0.9, 30, 12),
    Freedom.AFFINE: np.array([[1.1, 0.1, 20], [-0.08, 0.95, -9], [0, 0, 1]]),
    Freedom.HOMOGRAPHY: TILTED,
}


@pytest.mark.parametrize("freedom", Freedom)
@pytest.mark.parametrize("more", [0, 1, 3])
def test_points_give_their_map_back(freedom: Freedom, more: int) -> None:
    spots = np.vstack([SPOTS, [[200.0, 90]]])[: NEEDED[freedom] + more]
    there = mapped(MAPS[freedom], spots)
    found = fit(spots, there, freedom)
    assert mapped(found, SPOTS) == pytest.approx(mapped(MAPS[freedom], SPOTS), abs=1e-6)
    assert residuals(found, spots, there) == pytest.approx(0, abs=1e-6)
    if len(spots) == 6:
        wanted = max(freedom, Freedom.SIMILARITY, key=list(Freedom).index)
        assert chosen(spots, there) is wanted


def test_six_clicked_pairs_give_the_map_within_a_pixel() -> None:
    """Each click off by half a pixel or so; a homography would bend itself to these."""
    rng = np.random.default_rng(4)
    grid = np.array([[x, y] for x in range(0, 641, 160) for y in range(0, 481, 120)], np.float64)
    truth = turned(-8, 1.08, 25, -14)
    worst = []
    for _ in range(20):
        clicks = mapped(truth, SPOTS) + rng.normal(0, 0.5, SPOTS.shape)
        found = fit(SPOTS, clicks, chosen(SPOTS, clicks))
        worst.append(np.linalg.norm(mapped(found, grid) - mapped(truth, grid), axis=1).max())
    assert np.median(worst) < 1


@pytest.mark.parametrize(
    ("points", "freedom", "said"),
    [
        (SPOTS[:2], Freedom.AFFINE, "Affine needs 3 pairs"),
        (SPOTS[:0], Freedom.SHIFT, "Shift needs 1 pair of"),
        (np.array([[0.0, 0], [10, 10], [20, 20], [40, 40]]), Freedom.HOMOGRAPHY, "on one line"),
        (np.array([[5.0, 5], [5, 5]]), Freedom.SIMILARITY, "in one place"),
    ],
)
def test_points_that_fix_no_map_are_refused(
    points: NDArray[np.float64], freedom: Freedom, said: str
) -> None:
    with pytest.raises(CKDError, match=said):
        fit(points, points, freedom)


FRAMES = SURE_FRAMES + 8


@cache
def street() -> tuple[Frame, ...]:
    with open_sequence(demo_sequence()) as sequence:
        return tuple(sequence.frame(index) for index in range(30, 30 + FRAMES))


def seen_by(thermal: NDArray[Any], matrix: NDArray[np.float64]) -> NDArray[Any]:
    moved: Any = cv2.warpPerspective(thermal, centres(matrix), (640, 480))
    return np.asarray(moved)


@pytest.mark.parametrize("bits", [8, 16])
def test_the_guess_lays_the_street_on_itself(bits: int) -> None:
    frame = street()[30]
    assert frame.rgb is not None
    assert frame.tir is not None
    truth = turned(-7, 1.06, 28, -20)
    tir = seen_by(frame.tir, truth)
    # 16 bits, half of the size, and hot is dark: none of it is a reason to fail.
    if bits == 16:
        tir = 20_000 - 40 * np.asarray(cv2.resize(tir, (320, 240)), np.uint16)
        truth = np.diag([0.5, 0.5, 1.0]) @ truth
    guess = guess_alignment(frame.rgb, tir)
    corners = np.array([[0.0, 0], [640, 0], [640, 480], [0, 480]])
    there = mapped(guess.tir_to_rgb @ truth, corners)
    assert np.linalg.norm(there - corners, axis=1).mean() < 4
    assert guess.agreement > 0.3


def test_a_guess_needs_pictures_with_something_on_them() -> None:
    frame = street()[0]
    assert frame.rgb is not None
    with pytest.raises(CKDError, match="next to nothing"):
        guess_alignment(frame.rgb, np.full((480, 640), 7, np.uint8))
    with pytest.raises(CKDError, match="too small"):
        guess_alignment(frame.rgb, np.zeros((10, 10), np.uint8))


@pytest.mark.parametrize("offset", [7, -5])
def test_the_offset_comes_back_to_the_frame(offset: int) -> None:
    frames = street()
    first, second = max(0, -offset), max(0, offset)
    rgb = changes(frame.rgb for frame in frames[second : FRAMES - first])
    # Some pixels beside where they belong, as a first guess leaves them; one frame is lost.
    off = turned(0.5, 1.01, 4, -3)
    thermal = [None if k == 30 else frame.tir for k, frame in enumerate(frames)]
    over = [each if each is None else seen_by(each, off) for each in thermal]
    tir = changes(over[first : FRAMES - second])
    guess = guess_offset(rgb, tir)
    assert guess.offset == offset
    assert guess.sure
    # Fewer frames might agree by chance.
    few = SURE_FRAMES - 1
    assert not guess_offset(rgb[:few], tir[:few]).sure


def test_an_offset_needs_motion() -> None:
    still = changes([np.full((48, 64), 9, np.uint8)] * 30)
    with pytest.raises(CKDError, match="Nothing moves"):
        guess_offset(still, still)
    with pytest.raises(CKDError, match="at least 16 frames"):
        guess_offset(still[:5], still)
