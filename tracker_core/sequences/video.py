"""Reading single frames of a video, exactly, in any order, from any thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from tracker_core.errors import CKDError
from tracker_core.imaging import Image
from tracker_core.sequences.video_index import VideoIndex, load_video_index, open_container

_KEYS_BACK = (0, 2)
"""How many key frames before the right one to start, when the container seeks too far."""


class VideoReader:
    """The frames of one video file by exact number; safe to call from several threads.

    The decoder keeps its position: reading on is cheap, going back starts at a key frame.
    """

    def __init__(self, path: Path, use_cache: bool = True) -> None:
        self.path = path
        self.index: VideoIndex = load_video_index(path, use_cache)
        # A decoder names frames by their times, never by numbers.
        self._position = {int(time): k for k, time in enumerate(self.index.times)}
        self._key_times = np.unique(self.index.keys)
        self._lock = threading.Lock()
        self._container: InputContainer | None = None
        self._frames: Iterator[tuple[int, VideoFrame]] = iter(())
        self._at = -1
        self._started_at: int | None = None
        self._last: tuple[int, Image] | None = None

    def __len__(self) -> int:
        return len(self.index)

    def read(self, frame_index: int) -> Image:
        """Return one frame: RGB (H, W, 3) uint8, or (H, W) 8 or 16 bits for a gray video.

        Raises CKDError, naming the file and the frame, when it cannot be decoded.
        """
        if not 0 <= frame_index < len(self):
            raise CKDError(
                f"{self.path} has frames 0 to {len(self) - 1}, so there is no {frame_index}."
            )
        # One decoder, whose position is the state.
        with self._lock:
            # Both halves of a side-by-side video ask for the same frame.
            if self._last is None or self._last[0] != frame_index:
                self._last = frame_index, _to_image(self._decode(frame_index))
            return self._last[1].copy()  # the caller may write into it

    def close(self) -> None:
        """Close the file; the next read opens it again."""
        with self._lock:
            self._release()

    def _release(self) -> None:
        if self._container is not None:
            self._container.close()
        self._container = None
        self._frames = iter(())
        self._at = -1

    def _decode(self, frame_index: int) -> VideoFrame:
        if self._can_go_on_to(frame_index) and (found := self._advance(frame_index)) is not None:
            return found
        for start in self._starts(frame_index):
            self._restart(start)
            found = self._advance(frame_index)
            if found is not None:
                return found
            if start is not None and self._started_at is not None and self._started_at <= start:
                break  # it began where it should have, so another start would not help
        # After an error a decoder cannot be trusted to go on.
        self._release()
        raise CKDError(
            f"Frame {frame_index} of {self.path} cannot be decoded; the file is damaged there."
        )

    def _can_go_on_to(self, frame_index: int) -> bool:
        """True when decoding on from here is no longer than starting at the key frame."""
        if self._container is None or frame_index <= self._at:
            return False
        # Without times nothing can be sought, so going on is all that there is.
        if self.index.counted:
            return True
        key_at = self._position.get(int(self.index.keys[frame_index]), 0)
        return self._at >= 0 and key_at <= self._at + 1

    def _starts(self, frame_index: int) -> Iterator[int | None]:
        """Key frame times to start from, the best first; None is the start of the file."""
        if not self.index.counted:
            key = int(np.searchsorted(self._key_times, self.index.keys[frame_index]))
            for back in _KEYS_BACK:
                if key - back > 0:
                    yield int(self._key_times[key - back])
        # At last from the very start: slow, but it finds whatever can be decoded.
        yield None

    def _restart(self, time: int | None) -> None:
        # Seeking reuses the open file; the start is reached for certain only by opening it again.
        if time is None or self._container is None:
            self._release()
            self._container, _ = open_container(self.path, self.index.tolerant)
        self._at = -1
        self._started_at = None
        container = self._container
        if time is not None:
            try:
                container.seek(
                    time, backward=True, any_frame=False, stream=container.streams.video[0]
                )
            except (av.error.FFmpegError, OSError):
                self._release()
                self._container = container = open_container(self.path, self.index.tolerant)[0]
                time = None
        self._frames = self._decoded(container, skip_to_key=time is not None)

    def _decoded(
        self, container: InputContainer, skip_to_key: bool
    ) -> Iterator[tuple[int, VideoFrame]]:
        """Decode on from the current position, giving each frame its number (-1: not indexed)."""
        count = 0
        skipping = skip_to_key
        try:
            for packet in container.demux(container.streams.video[0]):
                if skipping:
                    # After a seek, what comes before a key frame decodes to garbage. The empty
                    # packet at the end flushes the decoder and has to pass.
                    if packet.size and not packet.is_keyframe:
                        continue
                    skipping = False
                    self._started_at = packet.pts  # where the container really went
                for frame in _decode_packet(packet):
                    if self.index.counted:
                        yield count, frame
                    elif frame.pts is not None:
                        yield self._position.get(frame.pts, -1), frame
                    count += 1
        except av.error.FFmpegError:
            return

    def _advance(self, frame_index: int) -> VideoFrame | None:
        """Decode forward to a frame; None when the decoder passes it by or the file ends."""
        for number, frame in self._frames:
            if number < 0:  # a frame that the index does not know
                continue
            self._at = number
            if number == frame_index:
                # FFmpeg patches damage up with older pixels: better a gap than a picture that never
                # was.
                return None if frame.is_corrupt else frame
            if number > frame_index:
                return None
        return None


def _decode_packet(packet: Packet[VideoStream]) -> list[VideoFrame]:
    try:
        return packet.decode()
    except av.error.FFmpegError:
        return []  # a damaged packet: its frame is missing, and the reader says so


def _to_image(frame: VideoFrame) -> Image:
    name = frame.format.name
    bits = frame.format.components[0].bits
    if name.startswith("gray") and 8 < bits <= 16:
        native = name[:-2] + "le" if name.endswith("be") else name  # numpy's own order
        return np.ascontiguousarray(frame.to_ndarray(format=native), dtype=np.uint16)
    target = "gray" if name.startswith(("gray", "ya8")) else "rgb24"
    return np.ascontiguousarray(frame.to_ndarray(format=target), dtype=np.uint8)
