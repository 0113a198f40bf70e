"""What a decoder complains about is a gap, and so is what was made from it, from any side."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.media import DAMAGES, number_of, numbered, packets_of, write_streams
from tests.recordings import write_lasher
from tracker_core.errors import CKDError
from tracker_core.sequences import open_sequence
from tracker_core.sequences.linter import lint
from tracker_core.sequences.video import VideoReader

FRAMES = 36
KEYS_EVERY = 12

Kind = tuple[str, str, str, dict[str, str]]
KINDS: dict[str, Kind] = {
    "ffv1": ("a.mkv", "ffv1", "yuv420p", {"slices": "4", "slicecrc": "1", "g": "12"}),
    "ffv1 of key frames": ("a.mkv", "ffv1", "gray", {"slicecrc": "1", "level": "3", "g": "1"}),
    "h264": ("a.mp4", "libx264", "yuv420p", {"g": "12", "bf": "2", "coder": "0"}),
    "h264 in slices": ("a.mkv", "libx264", "yuv420p", {"g": "12", "slices": "4", "coder": "0"}),
    "h264 with open groups": (
        "a.mkv",
        "libx264",
        "yuv420p",
        {"g": "12", "bf": "2", "coder": "0", "x264-params": "open-gop=1"},
    ),
    "mpeg4": ("a.avi", "mpeg4", "yuv420p", {"g": "12", "b": "2M"}),
    "mpeg2": ("a.ts", "mpeg2video", "yuv420p", {"g": "12", "b": "4M", "bf": "2"}),
    "motion jpeg": ("a.avi", "mjpeg", "yuvj420p", {}),
    "png": ("a.mov", "png", "rgb24", {}),
}


def written(folder: Path, kind: str) -> Path:
    name, codec, pix_fmt, options = KINDS[kind]
    draw = numbered if pix_fmt != "gray" else lambda k: numbered(k, colour=False)
    return write_streams(folder / name, FRAMES, draw, codec=codec, pix_fmt=pix_fmt, options=options)


def frames_of(path: Path, order: list[int] | None = None) -> dict[int, NDArray[np.uint8] | None]:
    reader = VideoReader(path, use_cache=False)
    found: dict[int, NDArray[np.uint8] | None] = {}
    for k in order or range(len(reader)):
        found[k] = None
        with contextlib.suppress(CKDError):
            found[k] = reader.read(k)  # type: ignore[assignment]
    reader.close()
    return found


@pytest.mark.parametrize("damage", ["zeros", "noise"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_picture_is_ever_half_right(
    kind: str, damage: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, kind)
    sound, data = frames_of(path), path.read_bytes()
    assert len(sound) == FRAMES
    packets = packets_of(path)
    for number in (14, 27):
        start, size, _ = packets[number]
        # Behind the headers, which are another matter.
        a = start + 30 + size // 3
        path.write_bytes(DAMAGES[damage](data, a, min(a + 150, start + size - 4)))
        found = frames_of(path)
        assert len(found) == FRAMES
        gaps = [k for k, image in found.items() if image is None]
        wrong = [
            k for k, image in found.items()
            if image is not None and not np.array_equal(image, sound[k])
        ]  # fmt: skip
        assert wrong == []
        assert gaps
        # Up to the next key frame at most, and one group before for frames that lead it.
        assert max(gaps) - min(gaps) <= KEYS_EVERY + 3
        # The same from any side.
        order = np.random.default_rng(number).permutation(FRAMES).tolist()
        again = frames_of(path, order)
        assert [k for k in range(FRAMES) if again[k] is None] == gaps
    assert capfd.readouterr().err == ""


def test_a_damaged_key_frame_takes_its_whole_group(tmp_path: Path) -> None:
    path = written(tmp_path, "ffv1")
    start, size, _ = packets_of(path)[12]
    data = path.read_bytes()
    path.write_bytes(DAMAGES["flipped"](data, start + size // 2, start + size // 2 + 3))
    gaps = [k for k, image in frames_of(path).items() if image is None]
    assert gaps == list(range(12, 24))


def test_a_video_whose_every_checksum_is_wrong_is_not_shown(tmp_path: Path) -> None:
    path = written(tmp_path, "ffv1 of key frames")
    data = path.read_bytes()
    for start, size, _ in packets_of(path)[1:]:
        data = DAMAGES["flipped"](data, start + size // 2, start + size // 2 + 2)
    path.write_bytes(data)
    found = frames_of(path)
    assert [k for k, image in found.items() if image is not None] == [0]


def test_ffv1_without_checksums_is_read(tmp_path: Path) -> None:
    path = write_streams(
        tmp_path / "a.mkv",
        6,
        numbered,
        codec="ffv1",
        pix_fmt="yuv420p",
        options={"level": "3", "slicecrc": "0"},
    )
    reader = VideoReader(path, use_cache=False)
    assert not reader.index.checked
    reader.close()
    assert all(image is not None for image in frames_of(path).values())


def test_the_sequence_says_it_once_and_lint_names_it(tmp_path: Path) -> None:
    rgb = written(tmp_path, "ffv1")
    tir = write_streams(tmp_path / "b.mp4", FRAMES, lambda k: numbered(k, colour=False))
    start, size, _ = packets_of(rgb)[20]
    data = rgb.read_bytes()
    rgb.write_bytes(DAMAGES["noise"](data, start + size // 2, start + size // 2 + 40))
    root = tmp_path / "walk"
    root.mkdir()
    rgb.rename(root / "visible.mkv")
    tir.rename(root / "infrared.mp4")
    with open_sequence(root) as sequence:
        frame = sequence.frame(21)
        assert frame.rgb is None
        assert frame.tir is not None
        assert len(frame.problems) == 1
        assert sequence.frame(24).rgb is not None
    (said,) = [f for f in lint(root).sequences[0].findings if f.code == "unreadable-frame"]
    assert "4 RGB frames cannot be read (index 20-23)" in said.sentence


def test_packets_lost_from_a_transport_stream_shift_nothing_unsaid(tmp_path: Path) -> None:
    options = {"g": "10", "bf": "2"}
    path = write_streams(tmp_path / "a.ts", 40, numbered, options=options)
    whole = write_streams(tmp_path / "b.mp4", 40, lambda k: numbered(k, colour=False))
    data = path.read_bytes()
    packets = len(data) // 188
    for at in (packets // 3, packets // 2, 2 * packets // 3):
        path.write_bytes(data[: 188 * at] + data[188 * (at + 6) :])
        with open_sequence(path, whole) as sequence:
            shown = [sequence.frame(k) for k in range(len(sequence))]
            numbers = [None if f.rgb is None else number_of(f.rgb) for f in shown]
            said = {remark.code for remark in sequence.remarks}
        known = [number for number in numbers if number is not None]
        # No picture of another moment in between, and a jump is said where one is gone.
        assert known == sorted(set(known))
        assert len(known) >= 25
        moved = [k for k, number in enumerate(numbers) if number not in (None, k)]
        assert not moved or {"time-jumps", "unequal-counts"} <= said


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes lie in folders on Unix only")
def test_a_pipe_among_frames_is_a_gap_and_nobody_waits(tmp_path: Path) -> None:
    root = write_lasher(tmp_path / "walk")
    for name in ("v000.png", "v002.png"):
        (root / "visible" / name).unlink()
        os.mkfifo(root / "visible" / name)
    with open_sequence(root) as sequence:
        assert "it is a pipe and no file" in sequence.frame(2).problems[0]
        assert sequence.fingerprint()
        assert sequence.frame(1).rgb is not None
    (said,) = [f for f in lint(root).sequences[0].findings if f.code == "unreadable-frame"]
    assert "2 RGB frames cannot be read (index 0, 2)" in said.sentence


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes lie in folders on Unix only")
def test_a_pipe_named_like_a_video_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "thermal.mp4")
    rgb = write_streams(tmp_path / "rgb.mp4", 3, numbered)
    for paths in ((tmp_path,), (rgb, tmp_path / "thermal.mp4"), (tmp_path / "thermal.mp4",)):
        with pytest.raises(CKDError, match=r"thermal\.mp4"):
            open_sequence(*paths)
