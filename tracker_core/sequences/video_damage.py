"""Which frames of a video the decoder complained about, and which others these spoil.

A frame that is stored as differences from others is wrong where one of these is wrong, and no
decoder says so again. So every frame between a complaint and the next key frame is damaged.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Callable, Iterator

import simplejpeg
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

_MOST_HELD = 17
"""No codec shows a frame more than 16 frames after it was decoded."""
_REVERSED = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))
_CHECK_BYTES = 8
"""Of a slice of FFV1 with a checksum: three for its size, one for errors, four for the sum."""


class DamageLog:
    """Follows one pass of a decoder: packets in, frames out, with a verdict on each frame.

    A frame waits until all that were decoded before it have come out: the decoder marks a frame as
    damaged when it shows it, and those made from it may be shown earlier.
    """

    def __init__(self, started_at: int | None, key_of: Callable[[int], int | None]) -> None:
        self._started_at = started_at
        self._key_of = key_of
        self._sent = 0
        self._order: dict[int, int] = {}
        """Of each packet by its time, until its frame comes out: its rank among all packets."""
        self._keys: dict[int, int] = {}
        self._key_ranks: deque[int] = deque()
        """Of key packets whose frames have not come out."""
        self._clean_from = 0
        """The rank of the last sound key frame that was shown, where only decoding tells."""
        self._bad: list[int] = []
        self._held: list[tuple[int, VideoFrame]] = []

    @property
    def is_clean(self) -> bool:
        """True while the decoder has not complained."""
        return not self._bad

    def send(self, packet: Packet[VideoStream]) -> None:
        """Note a packet that goes into the decoder."""
        if not packet.size:
            return
        if packet.is_keyframe:
            self._key_ranks.append(self._sent)
        if packet.pts is not None:
            self._order[packet.pts] = self._sent
            if packet.is_keyframe:
                self._keys[packet.pts] = self._sent
        self._sent += 1

    def complain(self, time: int | None) -> None:
        """Note that the packet sent last, of this time, is damaged or could not be decoded."""
        if not self._leads(time):
            insort(self._bad, max(0, self._sent - 1))

    def _leads(self, time: int | None) -> bool:
        """True for a frame that is shown before the key frame at which decoding began.

        It may need frames from before; nothing that comes later needs it.
        """
        return self._started_at is not None and time is not None and time < self._started_at

    def receive(self, frames: list[VideoFrame]) -> Iterator[tuple[VideoFrame, bool]]:
        """Take frames that came out; give those whose verdict is certain, True for damaged."""
        for frame in frames:
            known = None if frame.pts is None else self._order.pop(frame.pts, None)
            rank = self._sent - 1 if known is None else known
            if frame.is_corrupt and not self._leads(frame.pts):
                insort(self._bad, rank)
            self._held.append((rank, frame))
        yield from self._release(_MOST_HELD)

    def flush(self) -> Iterator[tuple[VideoFrame, bool]]:
        """Give all frames that are still held."""
        yield from self._release(0)

    def _release(self, most: int) -> Iterator[tuple[VideoFrame, bool]]:
        while self._held:
            rank, frame = self._held[0]
            waits = any(other < rank for other in self._order.values())
            if waits and len(self._held) <= most and self._sent - rank <= 2 * most:
                return
            del self._held[0]
            # What was sent long ago and never came out does not come any more.
            late = [time for time, other in self._order.items() if other < rank - most]
            for time in late:
                del self._order[time]
            self._show_key(frame)
            yield frame, self._is_damaged(rank, frame)

    def _is_damaged(self, rank: int, frame: VideoFrame) -> bool:
        if not self._bad:
            return False
        key_time = None if frame.pts is None else self._key_of(frame.pts)
        start = self._clean_from if key_time is None else self._keys.get(key_time, 0)
        return bisect_right(self._bad, rank) > bisect_left(self._bad, min(start, rank))

    def _show_key(self, frame: VideoFrame) -> None:
        """Note that a key frame is shown: where it is sound, what comes after it may be, too."""
        if frame.key_frame and self._key_ranks:
            rank = self._key_ranks.popleft()
            if not frame.is_corrupt and rank not in self._bad:
                self._clean_from = rank


def is_sound(packet: Packet[VideoStream], codec: str) -> bool | None:
    """Look for damage that FFmpeg does not tell; None for a codec where nothing can be looked at.

    It compares the checksums of FFV1 and only logs what does not match, and reads on in JPEG data
    where libjpeg would complain.
    """
    if codec == "ffv1":
        return _ffv1_is_sound(bytes(packet))
    if codec != "mjpeg":
        return None
    try:
        # An eighth of the size, for all of the data is read but hardly a pixel made.
        simplejpeg.decode_jpeg(bytes(packet), "GRAY", min_height=1, min_width=1, min_factor=8)
    except ValueError:
        return False
    return True


def _ffv1_is_sound(packet: bytes) -> bool:
    slices = _slices(packet)
    # The sum runs over the bits in the other direction than zlib's, without its inversions, and
    # over its own four bytes, so that nothing remains.
    return slices is not None and all(
        zlib.crc32(packet[start:end].translate(_REVERSED), 0xFFFFFFFF) == 0xFFFFFFFF
        for start, end in slices
    )


def _slices(packet: bytes) -> list[tuple[int, int]] | None:
    """Where the slices of a packet start and end; None when their sizes do not add up."""
    found = []
    end = len(packet)
    while end > 0:
        if end < _CHECK_BYTES:
            return None
        size = int.from_bytes(packet[end - _CHECK_BYTES : end - 5], "big")
        start = end - _CHECK_BYTES - size
        if start < 0:
            return None
        found.append((start, end))
        end = start
    return found
