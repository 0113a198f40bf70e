"""The bundled demo: how resources/demo/street_dusk was made, and how to make it again."""

from __future__ import annotations

from pathlib import Path

from tracker_core.synthetic.sequence import Progress, write_sequence

# The clip in the repository was filmed with it; a test films frames again and compares.
SEED = 7
FRAMES = 135
SIZE = (640, 480)
QUALITY = 36
"""Of the JPEG files; it keeps the demo at a few megabytes."""


def write_demo(
    out: str | Path,
    frames: int = FRAMES,
    progress: Progress | None = None,
    *,
    seed: int = SEED,
    size: tuple[int, int] = SIZE,
) -> Path:
    """Film the bundled demo, or a street of another length, seed or size, into a new folder."""
    return write_sequence(out, frames, seed, size, "street", progress, QUALITY)
