from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from app.export.video_writer import VideoWriter
from tracker_core.errors import CKDError


def test_every_frame_comes_back_in_order(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    with VideoWriter(path, (64, 48), 12) as video:
        for level in range(0, 250, 25):
            video.write(np.full((48, 64, 3), level, np.uint8))
    with av.open(path) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.average_rate == 12
        levels = [frame.to_ndarray(format="rgb24").mean() for frame in container.decode(stream)]
    assert np.allclose(levels, range(0, 250, 25), atol=4)


@pytest.mark.parametrize(
    ("given", "written"),
    [
        (30000 / 1001, Fraction(30000, 1001)),
        (24000 / 1001, Fraction(24000, 1001)),
        (60000 / 1001, Fraction(60000, 1001)),
        (29.97, Fraction(2997, 100)),
        (12.5, Fraction(25, 2)),
        (25, Fraction(25)),
    ],
)
def test_the_rate_is_written_as_it_was_given(
    given: float, written: Fraction, tmp_path: Path
) -> None:
    path = tmp_path / "clip.mp4"
    with VideoWriter(path, (64, 48), given) as video:
        for level in (0, 100, 200):
            video.write(np.full((48, 64, 3), level, np.uint8))
    with av.open(path) as container:
        assert container.streams.video[0].average_rate == written


def test_an_error_leaves_no_half_video(tmp_path: Path) -> None:
    with pytest.raises(CKDError), VideoWriter(tmp_path / "clip.mp4", (64, 48)) as video:
        video.write(np.zeros((48, 64, 3), np.uint8))
        raise CKDError("gone")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(("name", "size"), [("clip.avi", (64, 48)), ("clip.mp4", (63, 48))])
def test_what_cannot_be_written_is_refused(
    name: str, size: tuple[int, int], tmp_path: Path
) -> None:
    with pytest.raises(CKDError):
        VideoWriter(tmp_path / name, size)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processors are given on Linux")
def test_a_film_is_the_same_on_any_number_of_processors(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (12, 240, 320, 3), np.uint8)

    def film(name: str) -> bytes:
        with VideoWriter(tmp_path / name, (320, 240)) as video:
            for picture in noise:
                video.write(picture)
        return (tmp_path / name).read_bytes()

    before = os.sched_getaffinity(0)
    one = film("many.mp4")
    os.sched_setaffinity(0, {min(before)})
    try:
        assert film("one.mp4") == one
    finally:
        os.sched_setaffinity(0, before)
