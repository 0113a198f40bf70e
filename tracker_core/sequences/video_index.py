"""An exact index of a video's frames, built once and kept in the user's cache.

Containers count frames in different ways, some wrongly, and seeking by frame number is inexact
everywhere. So every packet is read once (without decoding), the presentation times are sorted, and
frame k is the frame with the k-th time. Where a container's times cannot be trusted (AVI with
B-frames, raw streams), the whole video is decoded once instead.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import platformdirs
from av.container import InputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

from tracker_core.errors import CKDError

# A part of a cached index's name: raised whenever what an index holds changes.
_CACHE_VERSION = 2
# Enough to see times that are guessed or reordered; to decode all would cost what the index saves.
_FRAMES_VERIFIED = 32
_MANY_FAILURES = 0.25
"""From this part of damaged frames at the start on, the decoder overlooks errors."""
# FFmpeg opens texts, still images and lists of other files as videos, too.
_NOT_VIDEOS = frozenset(
    {"tty", "image2", "hls", "dash", "concat", "sdp", "ffmetadata", "lavfi", "srt", "ass", "webvtt"}
)
_WITHOUT_TIMES = frozenset({"h264", "hevc", "m4v", "mpegvideo", "mjpeg", "obu", "av1", "vvc"})
"""Containers that are bare streams: they hold no presentation times at all."""
_TIMES_GUESSED = frozenset({"avi"})
"""Containers that hold decoding times only: presentation times are somebody's guess."""
_TIMES_CHANGE = frozenset({"mpeg", "vob"})
"""Containers whose frames get other times after a seek: they can only be counted."""


@dataclass(frozen=True, slots=True)
class VideoIndex:
    """Where each frame of a video is."""

    times: NDArray[np.int64]
    """(N,) the time stamp that identifies frame k when it comes out of the decoder; for a
    `counted` video it is simply k."""
    keys: NDArray[np.int64]
    """(N,) the time stamp of the key frame from which frame k can be decoded."""
    counted: bool
    """True when frames carry no usable times and can only be counted from the start."""
    tolerant: bool
    """True when the decoder must overlook errors, because the whole video is full of them."""
    declared: int
    """The number of frames that the container claims; 0 when it claims nothing."""
    frame_rate: float
    """Mean frames per second; 0 when unknown."""

    def __len__(self) -> int:
        return len(self.times)


def open_container(path: Path, tolerant: bool = False) -> tuple[InputContainer, VideoStream]:
    """Open a local video file and choose its picture stream; CKDError when it is not a video.

    Unless `tolerant`, the decoder gives no frame where it meets damage, instead of filling the hole
    with something that looks like a picture.
    """
    if not path.is_file():
        raise CKDError(f"There is no video {path}; check the path.")
    try:
        # A name such as `concat:a|b` is no protocol once it is absolute, and a playlist may not
        # fetch anything from the network.
        container = av.open(str(path.absolute()), mode="r", options={"protocol_whitelist": "file"})
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise CKDError(
            f"{path} cannot be opened as a video; check that it is one and is complete "
            f"({_reason(error)})."
        ) from error
    names = set(container.format.name.split(","))
    streams = [s for s in container.streams.video if s.codec_context is not None]
    # png_pipe and its like are still images, recognised by content.
    if names & _NOT_VIDEOS or container.format.name.endswith("_pipe") or not streams:
        container.close()
        raise CKDError(
            f"{path} is not a video, or is cut short; choose a video file or a folder of frames."
        )
    stream = streams[0]
    # PyAV's default are threads for slices, of which many videos have one per frame.
    stream.thread_type = "AUTO"
    if not tolerant:
        stream.codec_context.options = {"err_detect": "explode"}
    return container, stream


def _reason(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or error)


def load_video_index(path: Path, use_cache: bool = True) -> VideoIndex:
    """Return the index of a video, from the cache when the file has not changed since.

    Raises CKDError when the file is not a video or holds no frame that can be decoded.
    """
    cached = _cache_path(path) if use_cache else None
    if cached is not None and (index := _read_cached(cached)) is not None:
        return index
    index = build_video_index(path)
    if cached is not None:
        _write_cached(cached, index)
    return index


def build_video_index(path: Path) -> VideoIndex:
    """Read every packet of a video once and work out where its frames are."""
    container, stream = open_container(path)
    with container:
        packets = _read_packets(container, stream)
        formats = set(container.format.name.split(","))
        facts = int(stream.frames or 0), float(stream.average_rate or 0)
    first = _decode(path, tolerant=False, most=_FRAMES_VERIFIED)
    tolerant = False
    if first.failures > _MANY_FAILURES * (len(first.times) + first.failures):
        again = _decode(path, tolerant=True, most=_FRAMES_VERIFIED)
        # Only if it helps: some videos are damaged beyond what overlooking errors brings back.
        tolerant = len(again.times) > len(first.times)
        first = again if tolerant else first
    order = None if formats & (_WITHOUT_TIMES | _TIMES_CHANGE) else _order_by_time(packets)
    # The slow way, only where packets do not tell in which order frames come out.
    if order is None or not _agrees(first, packets.times[order], formats):
        shown = _decode(path, tolerant=True).times
        order = None if formats & _TIMES_CHANGE else _order_by_output(packets, shown)
        if order is None:
            numbers = np.arange(len(shown), dtype=np.int64)
            return _checked(path, VideoIndex(numbers, numbers * 0, True, True, *facts))
    keys = _keys_for(packets, order)
    return _checked(path, VideoIndex(packets.times[order], keys, False, tolerant, *facts))


def _checked(path: Path, index: VideoIndex) -> VideoIndex:
    if not len(index):
        raise CKDError(f"{path} holds no frame that can be decoded; check the file.")
    return index


@dataclass(frozen=True, slots=True)
class _Packets:
    """What the packets of a video say, in the order in which they are decoded."""

    times: NDArray[np.int64]
    is_key: NDArray[np.bool_]
    complete: bool
    """False when some packet has no time."""


def _read_packets(container: InputContainer, stream: VideoStream) -> _Packets:
    times: list[int] = []
    is_key: list[bool] = []
    complete = True
    hides_frames = stream.codec_context.name in ("vp8", "libvpx")
    try:
        for packet in container.demux(stream):
            # The packet at the end that flushes, and those that an edit list hides.
            if packet.size == 0 or packet.is_discard:
                continue
            if hides_frames and not memoryview(packet)[0] & 0x10:
                continue  # VP8: a reference frame that is never shown
            if packet.pts is None:
                complete = False
                continue
            times.append(packet.pts)
            is_key.append(bool(packet.is_keyframe))
    except av.error.FFmpegError:
        complete = complete and bool(times)  # a damaged end: what was read so far counts
    return _Packets(np.array(times, np.int64), np.array(is_key, np.bool_), complete)


def _order_by_time(packets: _Packets) -> NDArray[np.int64] | None:
    """Presentation order of the packets; None when their times do not give one."""
    if not packets.complete or len(np.unique(packets.times)) != len(packets.times):
        return None
    return np.argsort(packets.times, kind="stable").astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Decoded:
    """What came out of the decoder."""

    times: list[int | None]
    failures: int
    """How many packets it could not decode."""


def _decode(path: Path, tolerant: bool, most: int | None = None) -> _Decoded:
    """Decode a video from the start, up to a number of frames, and keep the times only."""
    container, stream = open_container(path, tolerant)
    times: list[int | None] = []
    failures = 0
    with container:
        try:
            for packet in container.demux(stream):
                try:
                    times += [frame.pts for frame in packet.decode()]
                except av.error.FFmpegError:
                    failures += 1
                if most is not None and len(times) + failures >= most:
                    break
        except av.error.FFmpegError:
            failures += 1
    return _Decoded(times[:most], failures)


def _agrees(first: _Decoded, expected: NDArray[np.int64], formats: set[str]) -> bool:
    """Tell whether the first frames came out with the expected times.

    When some of them are damaged, the container decides: real times are believed, and the frames
    that do not come out are gaps.
    """
    if first.failures:
        return not formats & _TIMES_GUESSED
    return bool(first.times) and first.times == expected[: len(first.times)].tolist()


def _order_by_output(packets: _Packets, shown: list[int | None]) -> NDArray[np.int64] | None:
    """Match decoded frames to packets by their times; None when that is not one to one."""
    known = [time for time in shown if time is not None]
    if not packets.complete or len(known) != len(shown) or len(set(known)) != len(known):
        return None
    if len(np.unique(packets.times)) != len(packets.times):
        return None
    position = {int(time): index for index, time in enumerate(packets.times)}
    if any(time not in position for time in known):
        return None
    return np.array([position[time] for time in known], np.int64)


def _keys_for(packets: _Packets, order: NDArray[np.int64]) -> NDArray[np.int64]:
    """For every frame the time of the key frame to start from.

    It is the last key frame that comes before the frame both in the file and on the screen: frames
    that lead an open group of pictures need the group before.
    """
    shown_at = np.full(len(packets.times), -1, np.int64)
    shown_at[order] = np.arange(len(order))
    starts = [int(k) for k in np.flatnonzero(packets.is_key)] or [0]
    keys = np.empty(len(order), np.int64)
    latest = np.searchsorted(starts, order, side="right") - 1
    for index in range(len(order)):
        slot = max(int(latest[index]), 0)
        while slot > 0 and shown_at[starts[slot]] > index:
            slot -= 1
        keys[index] = packets.times[starts[slot]]
    return keys


def _cache_path(path: Path) -> Path | None:
    try:
        status = path.stat()
    except OSError:
        return None
    # Size and time: to hash a video of gigabytes would take longer than to index it.
    identity = f"{_CACHE_VERSION}|{path.resolve()}|{status.st_size}|{status.st_mtime_ns}"
    folder = Path(platformdirs.user_cache_dir("ckd-studio", appauthor=False)) / "video-index"
    # A path may hold bytes that are no text.
    digest = hashlib.sha256(identity.encode("utf-8", "surrogateescape"))
    return folder / f"{digest.hexdigest()[:32]}.npz"


def _read_cached(path: Path) -> VideoIndex | None:
    try:
        # Without pickles: a cache that anybody could write to must not run code.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            times, keys, facts = stored["times"], stored["keys"], stored["facts"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    # A file that is cut or of somebody else costs another indexing, and no crash.
    if times.ndim != 1 or times.shape != keys.shape or facts.shape != (4,) or not len(times):
        return None
    return VideoIndex(
        times.astype(np.int64),
        keys.astype(np.int64),
        bool(facts[0]),
        bool(facts[1]),
        int(facts[2]),
        float(facts[3]),
    )


def _write_cached(path: Path, index: VideoIndex) -> None:
    # Doubles hold every count of frames exactly.
    facts = np.array([index.counted, index.tolerant, index.declared, index.frame_rate], np.float64)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Two processes may index one video at a time: each writes its own file, and the last one
        # stays.
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            np.savez_compressed(file, times=index.times, keys=index.keys, facts=facts)
        Path(name).replace(path)
    except OSError:
        return  # a cache that cannot be written costs time, nothing else
