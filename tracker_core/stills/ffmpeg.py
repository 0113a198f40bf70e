"""One still image by one of FFmpeg's decoders, which print nothing and say when they fail."""

from __future__ import annotations

from typing import Any

import av
import numpy as np
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from tracker_core.stills.facts import DamageError


def decode_by_ffmpeg(data: bytes, codec: str) -> NDArray[Any]:
    """Return gray (H, W) or RGB (H, W, 3), 8 or 16 bits; DamageError for any damage."""
    context = CodecContext.create(codec, "r")
    if not isinstance(context, VideoCodecContext):
        raise TypeError(codec)
    # One picture gives threads nothing to share.
    context.thread_count = 1
    context.options = {"err_detect": "explode"}
    try:
        frames = [*context.decode(av.Packet(data)), *context.decode(None)]
        if len(frames) != 1 or frames[0].is_corrupt:
            raise DamageError("is damaged or of a kind that is not read")
        return _pixels(frames[0])
    except (av.error.FFmpegError, ValueError, MemoryError):
        raise DamageError("is damaged or of a kind that is not read") from None


def _pixels(frame: VideoFrame) -> NDArray[Any]:
    name = frame.format.name
    bits = max(component.bits for component in frame.format.components)
    gray = name.startswith(("gray", "ya", "mono"))
    if bits <= 8:
        target = "gray" if gray else "rgb24"
        return np.ascontiguousarray(frame.to_ndarray(format=target), dtype=np.uint8)
    if gray and 8 < bits <= 16:
        # numpy's own order of bytes; gray of 10 or 12 bits keeps its values.
        target = f"gray{bits}le" if name.startswith("gray") else "gray16le"
        return np.ascontiguousarray(frame.to_ndarray(format=target), dtype=np.uint16)
    return np.ascontiguousarray(frame.to_ndarray(format="rgb48le"), dtype=np.uint16)
