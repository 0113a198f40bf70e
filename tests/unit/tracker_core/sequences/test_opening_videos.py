from __future__ import annotations

import contextlib
import logging
import shutil
import threading
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
import pytest
from numpy.typing import NDArray

from tests.recordings import striped_number, write_boxes, write_folder, write_video
from tracker_core.errors import CKDError
from tracker_core.sequences import Layout, open_sequence
from tracker_core.sequences.video import VideoReader
from tracker_core.sequences.video_index import build_video_index

COUNT = 30

Written = tuple[str, str, str, dict[str, str]]

KINDS: dict[str, Written] = {
    "h264 with B-frames in mp4": ("a.mp4", "libx264", "yuv420p", {"bf": "3", "g": "10"}),
    "h264 with B-frames in mkv": ("a.mkv", "libx264", "yuv420p", {"bf": "3", "g": "10"}),
    "h264 with B-frames in avi": ("a.avi", "libx264", "yuv420p", {"bf": "3", "g": "10"}),
    "h264 in a transport stream": ("a.ts", "libx264", "yuv420p", {"bf": "2", "g": "10"}),
    "h264 without a container": ("a.h264", "libx264", "yuv420p", {"bf": "2", "g": "10"}),
    "hevc with open groups": (
        "a.mp4",
        "libx265",
        "yuv420p",
        {"x265-params": "bframes=3:keyint=10:open-gop=1:log-level=none"},
    ),
    "mpeg4 with B-frames in avi": ("a.avi", "mpeg4", "yuv420p", {"bf": "2", "g": "10"}),
    "mpeg2 in a program stream": ("a.mpg", "mpeg2video", "yuv420p", {"bf": "2", "g": "10"}),
    "motion jpeg": ("a.avi", "mjpeg", "yuvj420p", {}),
    "vp8 with hidden frames": (
        "a.webm",
        "libvpx",
        "yuv420p",
        {"auto-alt-ref": "1", "lag-in-frames": "16", "g": "10", "b": "300k"},
    ),
    "vp9": ("a.webm", "libvpx-vp9", "yuv420p", {"lag-in-frames": "16", "g": "10"}),
    "ffv1": ("a.mkv", "ffv1", "gray", {}),
    "raw": ("a.avi", "rawvideo", "yuv420p", {}),
    "png in mov": ("a.mov", "png", "rgb24", {}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_frame_is_the_one_asked_for_in_any_order(tmp_path: Path, kind: str) -> None:
    name, codec, pix_fmt, options = KINDS[kind]
    path = write_video(tmp_path / name, COUNT, codec, pix_fmt, options)
    reader = VideoReader(path)
    assert len(reader) == COUNT
    rng = np.random.default_rng(0)
    order = [*range(COUNT), *reversed(range(COUNT)), *rng.integers(0, COUNT, 40).tolist()]
    wrong = [(k, seen) for k in order if (seen := striped_number(reader.read(k))) != k]
    reader.close()
    assert wrong == []


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_variable_rate_changes_nothing(tmp_path: Path, name: str) -> None:
    times = np.cumsum([[10, 40, 100, 33][k % 4] for k in range(COUNT)]).tolist()
    path = write_video(tmp_path / name, COUNT, options={"bf": "2", "g": "10"}, times_ms=times)
    reader = VideoReader(path)
    assert len(reader) == COUNT
    for k in (7, 3, 29, 0, 15, 16, 14):
        assert striped_number(reader.read(k)) == k
    reader.close()


def test_a_closed_reader_opens_itself_again(tmp_path: Path) -> None:
    reader = VideoReader(write_video(tmp_path / "a.mp4"))
    assert striped_number(reader.read(4)) == 4
    reader.close()
    assert striped_number(reader.read(5)) == 5
    reader.close()


def test_what_is_read_belongs_to_the_caller(tmp_path: Path) -> None:
    reader = VideoReader(write_video(tmp_path / "a.mp4"))
    reader.read(9)[:] = 0
    assert striped_number(reader.read(9)) == 9
    reader.close()


def test_several_threads_may_read_one_video(tmp_path: Path) -> None:
    reader = VideoReader(write_video(tmp_path / "a.mp4", options={"g": "10", "bf": "2"}))
    wrong: list[int] = []

    def read(offset: int) -> None:
        for k in range(COUNT):
            index = (7 * k + offset) % COUNT
            if striped_number(reader.read(index)) != index:
                wrong.append(index)

    threads = [threading.Thread(target=read, args=(k,)) for k in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    reader.close()
    assert wrong == []


def cache_files() -> list[Path]:
    folder = Path(platformdirs.user_cache_dir("ckd-studio", appauthor=False)) / "video-index"
    return sorted(folder.glob("*")) if folder.is_dir() else []


def test_the_index_is_kept_and_a_changed_file_is_indexed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_video(tmp_path / "a.mp4", 12)
    VideoReader(path).close()
    assert len(cache_files()) == 1

    def refuse(_path: Path) -> Any:
        raise AssertionError("the index was built although it was cached")

    with monkeypatch.context() as patch:
        patch.setattr("tracker_core.sequences.video_index.build_video_index", refuse)
        reader = VideoReader(path)
        assert striped_number(reader.read(11)) == 11
        reader.close()
    write_video(path, 20)
    assert len(VideoReader(path)) == 20
    assert len(cache_files()) == 2


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04broken"])
def test_a_damaged_cache_is_ignored(tmp_path: Path, content: bytes) -> None:
    path = write_video(tmp_path / "a.mp4", 12)
    VideoReader(path).close()
    (cached,) = cache_files()
    cached.write_bytes(content)
    assert len(VideoReader(path)) == 12


@pytest.mark.parametrize("wrong", ["type", "twice", "key", "rate", "short"])
def test_a_cache_that_makes_no_sense_is_made_again(tmp_path: Path, wrong: str) -> None:
    path = write_video(tmp_path / "a.mp4", 12)
    VideoReader(path).close()
    (cached,) = cache_files()
    with np.load(cached) as stored:
        parts = {name: stored[name] for name in stored.files}
    if wrong == "type":
        parts["times"] = parts["times"].astype(np.float32)
    elif wrong == "twice":
        parts["times"][3] = parts["times"][4]
    elif wrong == "key":
        parts["keys"][5] += 1
    elif wrong == "rate":
        parts["facts"][3] = np.nan
    else:
        parts["facts"] = parts["facts"][:4]
    np.savez_compressed(cached, **parts)
    reader = VideoReader(path)
    assert len(reader) == 12
    assert [striped_number(reader.read(k)) for k in (3, 4, 11, 0)] == [3, 4, 11, 0]
    reader.close()
    with np.load(cached) as stored:
        assert stored["facts"].shape == (5,)
        assert np.isfinite(stored["facts"]).all()


def test_a_cache_that_cannot_be_written_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda *_a, **_k: str(tmp_path / "file"))
    assert len(VideoReader(write_video(tmp_path / "a.mp4", 12))) == 12


def damaged(path: Path, first: int, last: int) -> Path:
    """Overwrite the packets from one position to another with noise."""
    data = bytearray(path.read_bytes())
    noise = np.random.default_rng(1).integers(0, 256, last - first, dtype=np.uint8)
    data[first:last] = noise.tobytes()
    path.write_bytes(data)
    return path


def test_damage_inside_a_video_makes_gaps_and_shifts_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write_video(tmp_path / "a.mp4", COUNT, "mjpeg", "yuvj420p")
    size = path.stat().st_size
    damaged(path, size // 3, size // 3 + 900)
    reader = VideoReader(path)
    assert len(reader) == COUNT
    seen: dict[int, int | None] = {}
    for k in range(COUNT):
        seen[k] = None
        with contextlib.suppress(CKDError):
            seen[k] = striped_number(reader.read(k))
    reader.close()
    assert sum(value == k for k, value in seen.items()) >= COUNT - 6
    assert seen[COUNT - 1] == COUNT - 1
    assert capfd.readouterr().err == ""


def test_a_picture_with_a_hole_is_a_gap_and_not_filled_with_an_older_one(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mkv", COUNT, "mjpeg", "yuvj420p")
    data = bytearray(path.read_bytes())
    (start, end) = pictures_in(data)[11]
    data[(start + end) // 2 : end - 20] = bytes(end - 20 - (start + end) // 2)
    path.write_bytes(data)
    reader = VideoReader(path)
    assert not reader.index.tolerant
    with pytest.raises(CKDError, match=r"Frame 11 of .* cannot be decoded"):
        reader.read(11)
    assert striped_number(reader.read(12)) == 12
    assert striped_number(reader.read(10)) == 10
    reader.close()


def test_a_video_full_of_small_errors_is_still_shown(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mkv", COUNT, "mjpeg", "yuvj420p")
    data = bytearray(path.read_bytes())
    for _start, end in pictures_in(data):
        data[end - 12 : end - 2] = bytes(10)
    path.write_bytes(data)
    reader = VideoReader(path)
    assert reader.index.tolerant
    assert len(reader) == COUNT
    assert reader.read(17).shape == (64, 96, 3)
    reader.close()


def pictures_in(data: bytes | bytearray) -> list[tuple[int, int]]:
    """Where each JPEG of a motion JPEG file starts and ends."""
    found = []
    start = data.find(b"\xff\xd8\xff")
    while start >= 0:
        end = data.find(b"\xff\xd9", start) + 2
        found.append((start, end))
        start = data.find(b"\xff\xd8\xff", end)
    return found


def test_a_video_cut_short_keeps_what_is_there(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write_video(tmp_path / "a.mkv", COUNT, options={"g": "5"})
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    reader = VideoReader(path)
    assert 5 < len(reader) < COUNT
    assert striped_number(reader.read(len(reader) // 2)) == len(reader) // 2
    reader.close()
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes.mp4", b"just some text\n" * 40),
        ("notes.txt", b"just some text\n" * 40),
        ("empty.mp4", b""),
        ("zeros.avi", bytes(5000)),
        ("list.m3u8", b"#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n"),
        ("table.csv", b"1,2,3\n4,5,6\n"),
    ],
)
def test_what_is_not_a_video_is_refused_in_one_sentence(
    tmp_path: Path, name: str, content: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(CKDError, match=f"{path}.*video") as refusal:
        open_sequence(path)
    assert "\n" not in str(refusal.value)
    with pytest.raises(CKDError, match="video"):
        open_sequence(path, write_video(tmp_path / "other.mp4", 3))
    assert capfd.readouterr().err == ""


def test_an_mp4_without_its_end_is_refused(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4")
    path.write_bytes(path.read_bytes()[:1500])
    with pytest.raises(CKDError, match=r"a\.mp4"):
        open_sequence(path)


def test_two_videos_given(tmp_path: Path) -> None:
    rgb = write_video(tmp_path / "walk_rgb.mp4", 12)
    tir = write_video(tmp_path / "walk_ir.avi", 10, "mjpeg", "yuvj420p")
    write_boxes(tmp_path / "walk_rgb.txt", 12)
    with open_sequence(rgb, tir) as sequence:
        assert sequence.layout is Layout.TWO_VIDEOS
        assert sequence.name == "walk"
        assert len(sequence) == 12
        assert sequence.gaps == {10, 11}
        assert "12 RGB and 10 thermal frames" in " ".join(sequence.notes)
        assert sequence.frame_rate == 25
        frame = sequence.frame(7)
        assert (striped_number(frame.rgb), striped_number(frame.tir)) == (7, 7)
        assert sequence.frame(11).tir is None
        assert sequence.ground_truth is not None
        assert sequence.rgb_paths == (rgb,)


def test_a_folder_with_two_videos_and_either_of_them(tmp_path: Path) -> None:
    root = tmp_path / "walk"
    root.mkdir()
    write_video(root / "visible.mp4", 6)
    write_video(root / "infrared.mp4", 6)
    write_boxes(root / "visible.txt", 6)
    for path in (root, root / "visible.mp4", root / "infrared.mp4"):
        with open_sequence(path) as sequence:
            assert sequence.layout is Layout.TWO_VIDEOS
            assert sequence.name == "walk"
            assert sequence.rgb_paths == (root / "visible.mp4",)
            assert sequence.ground_truth is not None
            assert sequence.notes == ()


def test_frame_rates_that_differ_are_said(tmp_path: Path) -> None:
    rgb = write_video(tmp_path / "a_rgb.mp4", 6, rate=30)
    tir = write_video(tmp_path / "a_ir.mp4", 6, rate=9)
    with open_sequence(rgb, tir) as sequence:
        assert "runs at 30 and the thermal video at 9 frames per second" in sequence.notes[0]


def test_a_count_that_the_container_gets_wrong_is_said(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.avi", COUNT, "mjpeg", "yuvj420p")
    data = path.read_bytes()
    wrong = data.replace(COUNT.to_bytes(4, "little"), (COUNT + 7).to_bytes(4, "little"))
    path.write_bytes(wrong)
    assert build_video_index(path).declared != COUNT
    other = write_video(tmp_path / "b.avi", COUNT, "mjpeg", "yuvj420p")
    with open_sequence(path, other) as sequence:
        assert len(sequence) == COUNT
        assert f"a.avi says that it has {COUNT + 7} frames, but it has {COUNT}." in sequence.notes


def test_frames_lost_by_the_recorder_are_suspected(tmp_path: Path) -> None:
    times = [40 * k for k in range(COUNT)]
    whole = write_video(tmp_path / "rgb.mp4", COUNT, times_ms=times)
    late = [time + 80 * (k > 11) for k, time in enumerate(times)]
    gappy = write_video(tmp_path / "ir.mkv", COUNT, times_ms=late)
    with open_sequence(whole, gappy) as sequence:
        assert [remark.code for remark in sequence.remarks if "jump" in remark.code] == [
            "time-jumps"
        ]
        assert "The times in ir.mkv jump after frame 11;" in " ".join(sequence.notes)


def side_by_side(k: int, thermal_left: bool = False) -> NDArray[np.uint8]:
    image = np.empty((64, 192, 3), np.uint8)
    rgb, tir = (slice(96, None), slice(96)) if thermal_left else (slice(96), slice(96, None))
    image[:, rgb] = (8 * k, 200, 20)
    image[:, tir] = 8 * k
    return image


@pytest.mark.parametrize("thermal_left", [False, True])
def test_one_video_with_both_side_by_side(tmp_path: Path, thermal_left: bool) -> None:
    path = write_video(
        tmp_path / "both.avi",
        10,
        "png",
        "rgb24",
        make=lambda k: side_by_side(k, thermal_left),
    )
    with open_sequence(path) as sequence:
        assert sequence.layout is Layout.SIDE_BY_SIDE
        assert sequence.rgb_size == sequence.tir_size == (96, 64)
        side = "left" if thermal_left else "right"
        assert f"because the {side} half is gray" in sequence.notes[0]
        for k in (3, 9, 0):
            frame = sequence.frame(k)
            assert frame.rgb is not None
            assert frame.rgb[0, 0].tolist() == [8 * k, 200, 20]
            assert frame.tir is not None
            assert frame.tir[0, 0].tolist() == [8 * k] * 3


def test_a_lone_video_named_like_one_of_two_is_missing_the_other(tmp_path: Path) -> None:
    path = write_video(tmp_path / "thermal.mp4", 3)
    with pytest.raises(CKDError, match="named like the thermal video of two, and no RGB video"):
        open_sequence(path)


def test_deep_gray_video_stays_raw(tmp_path: Path) -> None:
    import av

    path = tmp_path / "ir.mkv"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 32, 24, "gray16le"
        for k in range(4):
            pixels = np.full((24, 32), 1000 * k + 77, np.uint16)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "gray16le")))
        container.mux(stream.encode())
    rgb = write_video(tmp_path / "rgb.mp4", 4)
    with open_sequence(rgb, path) as sequence:
        assert sequence.tir_bit_depth == 16
        frame = sequence.frame(3)
        assert frame.tir is not None
        assert frame.tir.dtype == np.uint16
        assert (frame.tir == 3077).all()


def test_a_video_and_frames_do_not_mix(tmp_path: Path) -> None:
    write_folder(tmp_path / "visible", ["0.png"])
    video = write_video(tmp_path / "infrared.mp4", 3)
    with pytest.raises(CKDError, match="a folder and a file"):
        open_sequence(tmp_path / "visible", video)
    with pytest.raises(CKDError, match="has RGB frames but no thermal frames"):
        open_sequence(tmp_path)


def test_the_fingerprint_of_videos(tmp_path: Path) -> None:
    root = tmp_path / "walk"
    root.mkdir()
    write_video(root / "visible.mp4", 6)
    write_video(root / "infrared.mp4", 6)
    with open_sequence(root) as sequence:
        first = sequence.fingerprint()
    shutil.copytree(root, tmp_path / "copy")
    with open_sequence(tmp_path / "copy") as copy:
        assert copy.fingerprint() == first
    write_video(root / "infrared.mp4", 5)
    with open_sequence(root) as changed:
        assert changed.fingerprint() != first


def test_nothing_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    path = damaged(write_video(tmp_path / "a.mp4", COUNT), 200, 400)
    with contextlib.suppress(CKDError):
        open_sequence(path, write_video(tmp_path / "b.mp4", 3)).close()
    assert not caplog.records


@pytest.mark.parametrize(
    ("rgb", "tir", "name"),
    [
        ("cam1.mp4", "flir_3.avi", "cam1 + flir_3"),
        ("visible.mp4", "infrared.mp4", "visible + infrared"),
    ],
)
def test_two_videos_are_named_by_themselves_and_not_by_their_folder(
    tmp_path: Path, rgb: str, tir: str, name: str
) -> None:
    with open_sequence(write_video(tmp_path / rgb, 3), write_video(tmp_path / tir, 3)) as sequence:
        assert sequence.name == name


def test_what_is_no_video_is_said_without_the_words_of_ffmpeg(tmp_path: Path) -> None:
    for content in (b"", b"text", bytes(4000)):
        path = tmp_path / "a.mp4"
        path.write_bytes(content)
        with pytest.raises(CKDError) as caught:
            open_sequence(path)
        assert "a.mp4" in str(caught.value)
        for words in ("Invalid data", "processing input", "Errno", "avformat", "moov"):
            assert words not in str(caught.value)
