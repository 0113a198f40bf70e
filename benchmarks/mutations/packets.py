"""Where in a video the coded frames lie: all else is the container's, which has no checksums."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import av
import numpy as np

FILMS = {".mp4", ".mkv", ".avi", ".mov", ".webm"}
"""Endings of videos."""


@lru_cache(maxsize=64)
def _coded(body: bytes, ending: str) -> tuple[tuple[int, int], ...]:
    """First and last byte of every packet of a sound video, the last one excluded."""
    import io

    del ending
    spans = []
    with av.open(io.BytesIO(body), "r") as container:
        for packet in container.demux():
            data = bytes(packet)
            # Formats differ in what a packet's place is: of its data, or of what stands before.
            start = body.find(data, max(int(packet.pos or 0), 0)) if data else -1
            if start >= 0:
                spans.append((start, start + len(data)))
    return tuple(spans)


def only_coded(path: Path, before: bytes, after: bytes) -> bool:
    """Tell whether two states of a video differ within coded frames and nowhere else."""
    if path.suffix not in FILMS or len(before) != len(after):
        return False
    try:
        spans = _coded(before, path.suffix)
    except (av.error.FFmpegError, OSError, ValueError):
        # Damaged before.
        return False
    different = np.flatnonzero(np.frombuffer(before, np.uint8) != np.frombuffer(after, np.uint8))
    inside = np.zeros(len(before), bool)
    for start, end in spans:
        inside[start:end] = True
    return bool(inside[different].all())
