from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.quality.runner import Contender, score_clip
from benchmarks.quality.windows import REAL_WINDOW, WindowClip, window_clips
from tests.pictures import photograph
from tracker_core.errors import CKDError
from tracker_core.imaging import cv2, write_image
from tracker_core.trackers import tracker_source

LENGTH = 12
SIZE = (240, 180)


def write_sequence(folder: Path, frames: int = 5, side: int = 1) -> Path:
    """A photograph per frame; thermal sees the same in gray. Every `side`-th pixel is kept."""
    for name in ("visible", "infrared"):
        (folder / name).mkdir(parents=True)
    for index in range(frames):
        rgb = np.ascontiguousarray(photograph(index)[::side, ::side])
        write_image(folder / "visible" / f"v{index:03d}.png", rgb)
        gray = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
        write_image(folder / "infrared" / f"i{index:03d}.png", np.asarray(gray, np.uint8))
    return folder


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    return write_sequence(tmp_path / "street")


def test_windows_spread_over_the_frames_and_keep_their_names(recorded: Path) -> None:
    clips = window_clips(recorded, 3, LENGTH, SIZE)
    assert [clip.name for clip in clips] == ["street-0-0", "street-2-1", "street-4-2"]
    assert {clip.condition for clip in clips} == {REAL_WINDOW}


def test_frames_that_lack_a_modality_are_passed_over(recorded: Path) -> None:
    (recorded / "infrared" / "i000.png").unlink()
    (recorded / "infrared" / "i004.png").unlink()
    assert {clip.frame_index for clip in window_clips(recorded, 7, LENGTH, SIZE)} == {1, 2, 3}


def test_both_modalities_move_together_and_the_box_goes_with_them(recorded: Path) -> None:
    (clip,) = window_clips(recorded, 1, LENGTH, SIZE)
    with clip.open() as footage:
        film, boxes = footage.film, footage.boxes
    assert len(film) == len(boxes) == LENGTH
    first = _look(film[0].rgb, boxes[0])
    for pair, box in zip(film, boxes, strict=True):
        assert pair.size == SIZE
        gray = cv2.cvtColor(pair.rgb, cv2.COLOR_RGB2GRAY).astype(float)
        assert np.abs(gray - pair.tir).mean() < 4
        likeness = np.corrcoef(_look(pair.rgb, box).ravel(), first.ravel())[0, 1]
        assert likeness > 0.9
    assert np.ptp(boxes[:, :2], axis=0).max() > 2


def test_the_same_clip_is_made_twice(recorded: Path) -> None:
    clip = window_clips(recorded, 2, LENGTH, SIZE)[1]
    with clip.open() as once, clip.open() as again:
        assert np.array_equal(once.boxes, again.boxes)
        assert np.array_equal(once.film[-1].tir, again.film[-1].tir)


def test_trackers_follow_it(recorded: Path) -> None:
    (clip,) = window_clips(recorded, 1, LENGTH, SIZE)
    (found,) = score_clip(clip, [Contender("correlation", tracker_source("correlation"))])
    assert found.frames == LENGTH - 1
    assert found.figures.iou > 0.5


def test_thermal_in_colours_and_of_another_size_is_laid_over_rgb(recorded: Path) -> None:
    for path in (recorded / "infrared").iterdir():
        write_image(path, np.ascontiguousarray(photograph(int(path.stem[1:]))[::2, ::2]))
    (clip,) = window_clips(recorded, 1, LENGTH, SIZE)
    with clip.open() as footage:
        pair = footage.film[0]
    assert pair.tir.shape == SIZE[::-1]
    gray = cv2.cvtColor(pair.rgb, cv2.COLOR_RGB2GRAY).astype(float)
    assert np.abs(gray - pair.tir).mean() < 12


@pytest.mark.parametrize(
    ("count", "length", "words"), [(0, LENGTH, "1 to 100"), (101, LENGTH, "1 to 100"), (1, 9, "10")]
)
def test_what_cannot_be_made_is_refused(
    recorded: Path, count: int, length: int, words: str
) -> None:
    with pytest.raises(CKDError, match=words):
        window_clips(recorded, count, length, SIZE)


def test_small_frames_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(CKDError, match=r"street are 105 x 75 pixels; windows need 96"):
        window_clips(write_sequence(tmp_path / "street", side=4), 1, LENGTH, SIZE)


def test_a_frame_that_cannot_be_read_is_named(recorded: Path) -> None:
    (recorded / "infrared" / "i000.png").write_bytes(b"")
    clip = WindowClip(recorded, "street", 0, 0, LENGTH, SIZE)
    with pytest.raises(CKDError, match="Frame 0 cannot be tracked"), clip.open():
        pass


def _look(image: np.ndarray, box: np.ndarray) -> np.ndarray:
    """What is in a box, always at one size, in gray without its noise."""
    x, y, w, h = box
    matrix = np.array([[24 / w, 0, -x * 24 / w], [0, 24 / h, -y * 24 / h]])
    gray = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (0, 0), 2)
    return np.asarray(cv2.warpAffine(gray, matrix, (24, 24)), float)
