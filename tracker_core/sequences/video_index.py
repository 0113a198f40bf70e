"""An exact index of a video's frames, built once and kept in the user's cache.

Containers count frames in different ways, some wrongly, and seeking by frame number is inexact
everywhere. So every packet is read once (without decoding), the presentation times are sorted, and
frame k is the frame with the k-th time. Where a container's times cannot be trusted (AVI with
B-frames, raw streams), the whole video is decoded once instead.
"""

from __future__ import annotations

import errno
import hashlib
import os
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import platformdirs
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream
from numpy.typing import NDArray

from safe_files import FileError, replacing
from tracker_core.errors import CKDError
from tracker_core.sequences.video_damage import is_sound

# A part of a cached index's name: raised whenever what an index holds changes.
_CACHE_VERSION = 3
# Enough to see times that are guessed or reordered; to decode all would cost what the index saves.
_FRAMES_VERIFIED = 32
_MANY_FAILURES = 0.9
"""From this part of damaged frames at the start on, the decoder overlooks errors.

Some recorders write what FFmpeg takes for an error into every frame. What is damaged in places has
whole frames between.
"""
_NEVER_TOLERANT = frozenset({"ffv1", "png"})
"""Codecs with checksums: what does not match is damaged, however often."""
_STRICT = {"err_detect": "crccheck+bitstream+buffer+explode"}
_FEW_WITHOUT_TIME = 0.1
"""Up to this part of packets without a time are taken for damaged, and their frames for lost.

Where fields are packets of their own, every second one has none.
"""
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
    checked: bool = False
    """True when packets can be looked at for damage that the decoder does not tell (`is_sound`)."""

    def __len__(self) -> int:
        return len(self.times)


def open_container(
    path: Path, tolerant: bool = False, stream_index: int = 0, one_thread: bool = False
) -> tuple[InputContainer, VideoStream]:
    """Open a local video file and one of its video streams; CKDError when it is not a video.

    Unless `tolerant`, the decoder gives no frame where it meets damage, instead of filling the hole
    with something that looks like a picture. With `one_thread` it says at each packet whether that
    one is damaged; otherwise only some packets later.
    """
    if not path.is_file():
        what = "is no regular file" if path.exists() else "is not there"
        raise CKDError(f"The video {path} {what}; check the path.")
    try:
        # A name such as `concat:a|b` is no protocol once it is absolute, and a playlist may not
        # fetch anything from the network.
        container = av.open(str(path.absolute()), mode="r", options={"protocol_whitelist": "file"})
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise CKDError(
            f"{path} cannot be opened as a video{_reason(error)}; check that it is one and is "
            "complete."
        ) from error
    names = set(container.format.name.split(","))
    streams = _moving_streams(container)
    # png_pipe and its like are still images, recognised by content.
    if names & _NOT_VIDEOS or container.format.name.endswith("_pipe") or not streams:
        container.close()
        raise CKDError(
            f"{path} is not a video, or is cut short; choose a video file or a folder of frames."
        )
    if stream_index >= len(streams):
        container.close()
        raise CKDError(f"{path} has {len(streams)} video streams, and no number {stream_index}.")
    stream = streams[stream_index]
    if one_thread:
        stream.codec_context.thread_count = 1
    else:
        # PyAV's default are threads for slices, of which many videos have one per frame.
        stream.thread_type = "AUTO"
    if not tolerant:
        stream.codec_context.options = _STRICT
    return container, stream


def _moving_streams(container: InputContainer) -> list[VideoStream]:
    """The video streams that are no cover pictures and that there is a decoder for."""
    covers = Disposition.attached_pic | Disposition.timed_thumbnails
    return [
        stream
        for stream in container.streams.video
        if stream.codec_context is not None and not stream.disposition & covers
    ]


def count_streams(path: Path) -> int:
    """How many video streams a file has, covers not counted; CKDError when it is not a video."""
    container, _ = open_container(path)
    with container:
        return len(_moving_streams(container))


def _reason(error: BaseException) -> str:
    """What the system says of a file that it does not give; FFmpeg's own words explain nothing."""
    number = error.errno if isinstance(error, OSError) else None
    # FFmpeg has numbers of its own, beside those of the system, and texts only programmers read.
    known = number in errno.errorcode and number != errno.EINVAL
    return f" ({os.strerror(number)})" if number is not None and known else ""


def load_video_index(path: Path, use_cache: bool = True, stream_index: int = 0) -> VideoIndex:
    """Return the index of a video stream, from the cache when the file has not changed since.

    Raises CKDError when the file is not a video or holds no frame that can be decoded.
    """
    cached = _cache_path(path, stream_index) if use_cache else None
    if cached is not None and (index := _read_cached(cached)) is not None:
        return index
    index = build_video_index(path, stream_index)
    if cached is not None:
        _write_cached(cached, index)
    return index


def build_video_index(path: Path, stream_index: int = 0) -> VideoIndex:
    """Read every packet of a video stream once and work out where its frames are."""
    container, stream = open_container(path, stream_index=stream_index)
    with container:
        packets = _read_packets(container, stream)
        formats = set(container.format.name.split(","))
        checked = packets.sound > 0 and (
            stream.codec_context.name in _NEVER_TOLERANT or packets.sound > packets.unsound
        )
        facts = int(stream.frames or 0), float(stream.average_rate or 0), checked
        may_overlook = stream.codec_context.name not in _NEVER_TOLERANT
    first = _decode(path, stream_index, tolerant=False, most=_FRAMES_VERIFIED)
    tolerant = False
    if may_overlook and first.failures > _MANY_FAILURES * (len(first.times) + first.failures):
        again = _decode(path, stream_index, tolerant=True, most=_FRAMES_VERIFIED)
        # Only if it helps: some videos are damaged beyond what overlooking errors brings back.
        tolerant = len(again.times) > len(first.times)
        first = again if tolerant else first
    order = None if formats & (_WITHOUT_TIMES | _TIMES_CHANGE) else _order_by_time(packets)
    # The slow way, only where packets do not tell in which order frames come out.
    if order is None or not _agrees(first, packets.times[order], formats):
        shown = _decode(path, stream_index, tolerant=True).times
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
    """False when too many packets have no time to go by those that have one."""
    sound: int
    unsound: int
    """How many of the first ones `is_sound` found to be so and not."""


def _read_packets(container: InputContainer, stream: VideoStream) -> _Packets:
    times: list[int] = []
    is_key: list[bool] = []
    without = 0
    ended = True
    verdicts: list[bool | None] = []
    hides_frames = stream.codec_context.name in ("vp8", "libvpx")
    try:
        for packet in container.demux(stream):
            # The packet at the end that flushes, and those that an edit list hides.
            if packet.size == 0 or packet.is_discard:
                continue
            if len(verdicts) < _FRAMES_VERIFIED:
                verdicts.append(is_sound(packet, stream.codec_context.name))
            if hides_frames and not memoryview(packet)[0] & 0x10:
                continue  # VP8: a reference frame that is never shown
            if packet.pts is None:
                without += 1
                continue
            times.append(packet.pts)
            is_key.append(bool(packet.is_keyframe))
    except av.error.FFmpegError:
        ended = bool(times)  # a damaged end: what was read so far counts
    complete = ended and without <= _FEW_WITHOUT_TIME * len(times)
    sound, unsound = verdicts.count(True), verdicts.count(False)
    return _Packets(np.array(times, np.int64), np.array(is_key, np.bool_), complete, sound, unsound)


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


def _decode(path: Path, stream_index: int, *, tolerant: bool, most: int | None = None) -> _Decoded:
    """Decode a video from the start, up to a number of frames, and keep the times only."""
    container, stream = open_container(path, tolerant, stream_index)
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
    if first.times and first.times == expected[: len(first.times)].tolist():
        return True
    known = [time for time in first.times if time is not None]
    few = _FEW_WITHOUT_TIME * len(first.times)
    if formats & _TIMES_GUESSED or not 0 < len(first.times) - len(known) <= few:
        return False
    # A lost packet took a time with it: the other frames are where their times say.
    wanted = {int(time) for time in expected[expected <= max(known)]}
    return known == sorted(known) and len(wanted ^ set(known)) <= few


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


def _cache_path(path: Path, stream_index: int) -> Path | None:
    try:
        status = path.stat()
    except OSError:
        return None
    # Size and time: to hash a video of gigabytes would take longer than to index it.
    identity = (
        f"{_CACHE_VERSION}|{path.resolve()}|{status.st_size}|{status.st_mtime_ns}|{stream_index}"
    )
    folder = Path(platformdirs.user_cache_dir("ckd-studio", appauthor=False)) / "video-index"
    # A path may hold bytes that are no text.
    digest = hashlib.sha256(identity.encode("utf-8", "surrogateescape"))
    return folder / f"{digest.hexdigest()[:32]}.npz"


def _read_cached(path: Path) -> VideoIndex | None:
    try:
        # Without pickles: a cache that anybody could write to must not run code.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            times, keys, facts = stored["times"], stored["keys"], stored["facts"]
    # Whatever a file of other bytes makes of a reader of archives.
    except (
        OSError,
        ValueError,
        KeyError,
        EOFError,
        TypeError,
        MemoryError,
        OverflowError,
        RuntimeError,
        zipfile.BadZipFile,
        zlib.error,
    ):
        return None
    # A file that is cut or of somebody else costs another indexing, and no crash.
    if times.ndim != 1 or times.shape != keys.shape or facts.shape != (5,) or not len(times):
        return None
    if times.dtype != np.int64 or keys.dtype != np.int64 or facts.dtype != np.float64:
        return None
    counted = bool(facts[0])
    # Bits that fell over: a time names one frame, a key frame is one of them, a rate is a number.
    if len(np.unique(times)) != len(times) or not np.isfinite(facts).all():
        return None
    if not (counted or np.isin(keys, times).all()):
        return None
    return VideoIndex(
        times,
        keys,
        counted,
        bool(facts[1]),
        int(facts[2]),
        float(facts[3]),
        bool(facts[4]),
    )


def _write_cached(path: Path, index: VideoIndex) -> None:
    # Doubles hold every count of frames exactly.
    facts = np.array(
        [index.counted, index.tolerant, index.declared, index.frame_rate, index.checked],
        np.float64,
    )
    try:
        # Two processes may index one video at a time: each writes its own file, and the last one
        # stays.
        with replacing(path, parents=True) as part, part.open("wb") as file:
            np.savez_compressed(file, times=index.times, keys=index.keys, facts=facts)
    except (OSError, FileError):
        return  # a cache that cannot be written costs time, nothing else
