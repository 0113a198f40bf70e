"""Video as players show it: turned, with square pixels, every stream, and no covers."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.media import number_of, numbered, write_streams
from tests.recordings import write_video
from tracker_core.errors import CKDError
from tracker_core.sequences import Layout, open_sequence
from tracker_core.sequences.video import VideoReader
from tracker_core.sequences.video_index import count_streams

EXACT: dict[str, dict[str, Any]] = {
    "a.mov": {"codec": "png", "pix_fmt": "rgb24"},
    "a.mkv": {"codec": "ffv1", "pix_fmt": "bgr0"},
}
TURNS: dict[str, tuple[int, bool, bool, Callable[[np.ndarray], np.ndarray]]] = {
    "upright": (0, False, False, lambda a: a),
    "left": (90, False, False, np.rot90),
    "upside down": (180, False, False, lambda a: a[::-1, ::-1]),
    "right": (270, False, False, lambda a: np.rot90(a, -1)),
    "mirrored": (0, True, False, lambda a: a[:, ::-1]),
    "stood on its head": (0, False, True, lambda a: a[::-1]),
    "left and mirrored": (90, True, False, lambda a: np.rot90(a)[:, ::-1]),
    "right and mirrored": (270, True, False, lambda a: np.rot90(a, -1)[:, ::-1]),
}


def gray(k: int) -> np.ndarray:
    return np.repeat(numbered(k, colour=False)[..., None], 3, axis=2)


@pytest.mark.parametrize("name", ["a.mov", "a.mkv"])
@pytest.mark.parametrize("turn", TURNS)
def test_a_video_is_turned_as_its_file_says(turn: str, name: str, tmp_path: Path) -> None:
    degrees, across, down, turned = TURNS[turn]
    path = write_streams(
        tmp_path / name,
        3,
        numbered,
        prepare=lambda streams: streams[0].set_display_rotation(degrees, across, down),
        **EXACT[name],
    )
    reader = VideoReader(path, use_cache=False)
    for k in (2, 0):
        np.testing.assert_array_equal(reader.read(k), turned(numbered(k)))
    assert bool(reader.shown_as()) == (turn != "upright")
    reader.close()


def test_a_turn_is_said_and_makes_the_size(tmp_path: Path) -> None:
    path = write_streams(
        tmp_path / "walk_rgb.mp4",
        4,
        numbered,
        prepare=lambda streams: streams[0].set_display_rotation(-90),
    )
    thermal = write_streams(tmp_path / "walk_ir.mp4", 4, gray)
    with open_sequence(path, thermal) as sequence:
        assert sequence.rgb_size == (128, 192)
        (said,) = [remark for remark in sequence.remarks if remark.code == "shown-as"]
        assert "walk_rgb.mp4 is turned by 90 degrees to the right" in said.sentence


@pytest.mark.parametrize(
    ("aspect", "width"), [((4, 3), 256), ((1, 2), 96), ((1, 1), 192), ((50, 1), 192)]
)
def test_pixels_are_shown_square(aspect: tuple[int, int], width: int, tmp_path: Path) -> None:
    def prepare(streams: list[Any]) -> None:
        streams[0].codec_context.sample_aspect_ratio = Fraction(*aspect)

    path = write_streams(tmp_path / "a.mkv", 4, numbered, prepare=prepare)
    reader = VideoReader(path, use_cache=False)
    image = reader.read(3)
    assert image.shape == (128, width, 3)
    assert number_of(np.repeat(np.repeat(image, 1, 0), 1, 1) if width == 192 else _wide(image)) == 3
    reader.close()


def _wide(image: np.ndarray) -> np.ndarray:
    columns = (np.arange(192) * image.shape[1]) // 192
    return image[:, columns]


@pytest.mark.parametrize("first_is_thermal", [False, True])
def test_two_streams_are_a_pair(first_is_thermal: bool, tmp_path: Path) -> None:
    pictures = (gray, numbered) if first_is_thermal else (numbered, gray)
    path = write_streams(tmp_path / "flight.mkv", 12, *pictures)
    assert count_streams(path) == 2
    with open_sequence(path) as sequence:
        assert sequence.layout is Layout.TWO_STREAMS
        assert sequence.rgb_size == sequence.tir_size == (192, 128)
        for k in (0, 7, 3, 11):
            frame = sequence.frame(k)
            assert frame.rgb is not None
            assert frame.tir is not None
            assert (number_of(frame.rgb), number_of(frame.tir)) == (k, k)
            assert np.ptp(frame.rgb.astype(int), axis=2).mean() > 30
            assert np.ptp(np.atleast_3d(frame.tir).astype(int), axis=2).mean() < 8
        order = "second is taken for RGB and the first" if first_is_thermal else "first is taken"
        assert order in sequence.notes[0]
        own = sequence.fingerprint()
    with open_sequence(path, swap=True) as sequence:
        frame = sequence.frame(5)
        assert frame.tir is not None
        assert np.ptp(frame.tir.astype(int), axis=2).mean() > 30
        assert "swapped as asked" in sequence.notes[0]
        assert sequence.fingerprint() != own
        with open_sequence(*sequence.locator) as again:
            assert again.fingerprint() == sequence.fingerprint()


def test_of_two_alike_the_second_is_thermal(tmp_path: Path) -> None:
    path = write_streams(tmp_path / "flight.mp4", 4, numbered, numbered)
    with open_sequence(path) as sequence:
        assert "neither is clearly the gray one" in sequence.notes[0]


def test_more_streams_than_two_are_said(tmp_path: Path) -> None:
    path = write_streams(tmp_path / "flight.mkv", 4, numbered, gray, gray)
    with open_sequence(path) as sequence:
        assert "flight.mkv has 3 video streams; only the first two are used." in sequence.notes
    rgb = write_streams(tmp_path / "a.mp4", 4, numbered)
    with open_sequence(rgb, path) as sequence:
        assert "flight.mkv has 3 video streams; only the first is used." in sequence.notes


def test_a_cover_is_no_video(tmp_path: Path) -> None:
    def prepare(streams: list[Any]) -> None:
        streams[0].disposition = av.stream.Disposition.attached_pic

    path = write_streams(
        tmp_path / "a.mp4", 3, gray, numbered, codec="mjpeg", pix_fmt="yuvj420p", prepare=prepare
    )
    assert count_streams(path) == 1
    reader = VideoReader(path, use_cache=False)
    assert len(reader) == 3
    assert np.ptp(reader.read(1).astype(int), axis=2).mean() > 30
    reader.close()


def test_swapping_is_for_single_videos(tmp_path: Path) -> None:
    both = write_video(tmp_path / "both.mp4", 3)
    sides = []
    for swap in (False, True):
        with open_sequence(both, swap=swap) as sequence:
            sides.append(sequence.frame(1).rgb)
    assert not np.array_equal(sides[0], sides[1])
    other = write_video(tmp_path / "other.mp4", 3)
    with pytest.raises(CKDError, match="nothing to swap"):
        open_sequence(both, other, swap=True)


def test_sound_and_nothing_else_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), "s16", "mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with pytest.raises(CKDError, match="is not a video"):
        VideoReader(path, use_cache=False)


def test_a_video_without_a_frame_is_one_sentence(tmp_path: Path) -> None:
    path = write_streams(tmp_path / "a.mkv", 0, numbered)
    with pytest.raises(CKDError, match=r"a\.mkv"):
        VideoReader(path, use_cache=False)
