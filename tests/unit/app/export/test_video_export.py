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
