"""The bundled demo: how resources/demo/street_dusk was made, and how to make it again."""

from __future__ import annotations

from pathlib import Path

from tracker_core.synthetic.sequence import Progress, write_sequence

SEED = 7
FRAMES = 135
SIZE = (640, 480)
QUALITY = 36
"""Of the JPEG files; it keeps the demo at a few megabytes."""


def write_demo(out: str | Path, frames: int = FRAMES, progress: Progress | None = None) -> Path:
    """Film the bundled demo, or its first frames, into a new folder; returns the folder."""
    return write_sequence(out, frames, SEED, SIZE, "street", progress, QUALITY)
