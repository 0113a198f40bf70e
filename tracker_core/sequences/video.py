"""Reading single frames of a video, exactly, in any order, from any thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from tracker_core.errors import CKDError
from tracker_core.imaging import Image
from tracker_core.sequences.video_damage import DamageLog, is_sound
from tracker_core.sequences.video_index import VideoIndex, load_video_index, open_container
from tracker_core.sequences.video_picture import aspect_of, to_image, turn_in_words, turn_of

_FRAMES_TRIED = 8
"""How many frames are tried to learn how they are shown."""
_KEYS_BACK = (0, 2)
"""How many key frames before the right one to start, when the container seeks too far."""


class VideoReader:
    """The frames of one video stream by exact number; safe to call from several threads.

    The decoder keeps its position: reading on is cheap, going back starts at a key frame.
    """

    def __init__(self, path: Path, use_cache: bool = True, stream_index: int = 0) -> None:
        self.path = path
        self.stream_index = stream_index
        """Of the video streams of the file, covers not counted."""
        self.index: VideoIndex = load_video_index(path, use_cache, stream_index)
        # A decoder names frames by their times, never by numbers.
        self._position = {int(time): k for k, time in enumerate(self.index.times)}
        self._key_times = np.unique(self.index.keys)
        self._lock = threading.Lock()
        self._container: InputContainer | None = None
        self._stream: VideoStream | None = None
        self._frames: Iterator[tuple[int, VideoFrame, bool]] = iter(())
        self._at = -1
        self._started_at: int | None = None
        self._aspect = Fraction(1)
        # With several threads a decoder complains some packets late: from the first complaint on
        # there is one, so that the verdict on a frame does not depend on how it was reached.
        self._one_thread = False
        self._gaps: set[int] = set()
        self._last: tuple[int, Image] | None = None

    def __len__(self) -> int:
        return len(self.index)

    def read(self, frame_index: int) -> Image:
        """Return one frame: RGB (H, W, 3) uint8, or (H, W) 8 or 16 bits for a gray video.

        Upright and with square pixels, as a player shows it. Raises CKDError, naming the file and
        the frame, when it cannot be decoded, or is damaged as far as the decoder notices.
        """
        if not 0 <= frame_index < len(self):
            raise CKDError(
                f"{self.path} has frames 0 to {len(self) - 1}, so there is no {frame_index}."
            )
        # One decoder, whose position is the state.
        with self._lock:
            # Both halves of a side-by-side video ask for the same frame.
            if self._last is None or self._last[0] != frame_index:
                self._last = frame_index, to_image(self._decode(frame_index), self._aspect)
            return self._last[1].copy()  # the caller may write into it

    def shown_as(self) -> str:
        """How the pixels are turned and stretched for showing; empty where they are not.

        Raises CKDError when none of the first frames can be decoded.
        """
        with self._lock:
            turn = turn_in_words(turn_of(self._first_frame()))
            stretch = f"{float(self._aspect):.4g}" if self._aspect != 1 else ""
        words = [turn] if turn else []
        if stretch:
            words.append(f"stretched to {stretch} times the width")
        return " and ".join(words)

    def _first_frame(self) -> VideoFrame:
        for position in range(min(_FRAMES_TRIED, len(self))):
            try:
                return self._decode(position)
            except CKDError:
                continue
        raise CKDError(f"The first frames of {self.path} cannot be decoded; check the file.")

    def close(self) -> None:
        """Close the file; the next read opens it again."""
        with self._lock:
            self._release()
            # A network drive may have failed for a moment.
            self._gaps.clear()

    def _release(self) -> None:
        if self._container is not None:
            self._container.close()
        self._container = None
        self._stream = None
        self._frames = iter(())
        self._at = -1

    def _decode(self, frame_index: int) -> VideoFrame:
        if frame_index in self._gaps:
            raise self._damaged(frame_index)
        try:
            return self._find(frame_index)
        except _ComplaintError:
            self._one_thread = True
            self._release()
            return self._find(frame_index)

    def _find(self, frame_index: int) -> VideoFrame:
        goes_on = self._can_go_on_to(frame_index)
        if goes_on and (found := self._advance(frame_index)) is not None:
            return found
        # One thread has passed it by on the way from its key frame, and would do so again.
        passed_by = goes_on and self._one_thread and not self.index.counted
        for start in () if passed_by else self._starts(frame_index):
            # Known to be damaged from one start, it is so from any other.
            if frame_index in self._gaps:
                break
            self._restart(start)
            found = self._advance(frame_index)
            if found is not None:
                return found
            if start is not None and self._started_at is not None and self._started_at <= start:
                break  # it began where it should have, so another start would not help
        self._gaps.add(frame_index)
        raise self._damaged(frame_index)

    def _damaged(self, frame_index: int) -> CKDError:
        return CKDError(
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

    def _open(self) -> InputContainer:
        self._release()
        self._container, self._stream = open_container(
            self.path, self.index.tolerant, self.stream_index, self._one_thread
        )
        self._aspect = aspect_of(self._stream)
        return self._container

    def _restart(self, time: int | None) -> None:
        # Seeking reuses the open file; the start is reached for certain only by opening it again.
        container = self._container
        if time is None or container is None:
            container = self._open()
        self._at = -1
        self._started_at = None
        if time is not None:
            try:
                container.seek(time, backward=True, any_frame=False, stream=self._stream)
            except (av.error.FFmpegError, OSError):
                container = self._open()
                time = None
        stream = self._stream
        if stream is not None:
            self._frames = self._decoded(container, stream, skip_to_key=time is not None)

    def _decoded(
        self, container: InputContainer, stream: VideoStream, skip_to_key: bool
    ) -> Iterator[tuple[int, VideoFrame, bool]]:
        """Decode on from here, giving each frame its number (-1: not indexed) and a verdict."""
        count = 0
        skipping = skip_to_key
        log: DamageLog | None = None
        codec = stream.codec_context.name if self.index.checked else ""
        try:
            for packet in container.demux(stream):
                if skipping:
                    # After a seek, what comes before a key frame decodes to garbage. The empty
                    # packet at the end flushes the decoder and has to pass.
                    if packet.size and not packet.is_keyframe:
                        continue
                    skipping = False
                    self._started_at = packet.pts  # where the container really went
                if log is None:
                    log = DamageLog(self._started_at, self._key_of)
                log.send(packet)
                frames = list(_decode_packet(packet, log, codec))
                released = [*log.receive(frames), *([] if packet.size else log.flush())]
                if not (log.is_clean or self._one_thread):
                    raise _ComplaintError
                for frame, damaged in released:
                    yield self._number(frame, count), frame, damaged
                    count += 1
        except av.error.FFmpegError:
            for frame, damaged in () if log is None else log.flush():
                yield self._number(frame, count), frame, damaged
                count += 1

    def _number(self, frame: VideoFrame, count: int) -> int:
        if self.index.counted:
            return count
        return -1 if frame.pts is None else self._position.get(frame.pts, -1)

    def _key_of(self, time: int) -> int | None:
        """The time of the key frame that a frame needs; None where only decoding tells."""
        at = None if self.index.counted else self._position.get(time)
        return None if at is None else int(self.index.keys[at])

    def _advance(self, frame_index: int) -> VideoFrame | None:
        """Decode forward to a frame; None when the decoder passes it by or the file ends."""
        for number, frame, damaged in self._frames:
            if number < 0:  # a frame that the index does not know
                continue
            self._at = number
            # FFmpeg patches damage up with older pixels: better a gap than a picture that never
            # was.
            if damaged:
                self._gaps.add(number)
            if number == frame_index:
                return None if damaged else frame
            if number > frame_index:
                self._frames = chain([(number, frame, damaged)], self._frames)
                self._at = frame_index
                return None
        return None


class _ComplaintError(Exception):
    """A decoder of several threads met damage somewhere in the last packets."""


def _decode_packet(packet: Packet[VideoStream], log: DamageLog, codec: str) -> list[VideoFrame]:
    if packet.is_corrupt or (packet.size and is_sound(packet, codec) is False):
        log.complain(packet.pts)
    try:
        return packet.decode()
    except av.error.FFmpegError:
        log.complain(packet.pts)
        return []  # a damaged packet: its frame is missing, and the reader says so
