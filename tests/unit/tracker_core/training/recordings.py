"""Small annotated sequences whose pixels tell where the target is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from tracker_core.imaging import Image, write_image

SIZE = (96, 72)
Row = tuple[float, float, float, float]


def bright_box(box: Row, channels: int, dtype: type[np.uint8 | np.uint16]) -> Image:
    """A dark frame with a bright target."""
    top = np.iinfo(dtype).max
    image = np.full((SIZE[1], SIZE[0]), top // 8, dtype)
    if box[2] > 0 and box[3] > 0:
        x, y, w, h = (round(value) for value in box)
        image[max(0, y) : y + h, max(0, x) : x + w] = top
    return image if channels == 1 else np.repeat(image[:, :, None], 3, 2)


def walk(count: int) -> list[Row]:
    """A target that moves 3 px to the right in every frame."""
    return [(10.0 + 3 * k, 20.0, 16.0, 24.0) for k in range(count)]


def write_walk(
    folder: Path,
    boxes: Sequence[Row],
    *,
    tir_channels: int = 1,
    tir_type: type[np.uint8 | np.uint16] = np.uint8,
    shown: Callable[[int], Row] | None = None,
) -> Path:
    """A sequence in the LasHeR layout whose frame k shows the target at `boxes[k]`."""
    for name in ("visible", "infrared"):
        (folder / name).mkdir(parents=True)
    for number, box in enumerate(boxes):
        drawn = box if shown is None else shown(number)
        write_image(folder / "visible" / f"v{number:03d}.png", bright_box(drawn, 3, np.uint8))
        tir = bright_box(drawn, tir_channels, tir_type)
        write_image(folder / "infrared" / f"i{number:03d}.png", tir)
    rows = "".join(",".join(f"{value:g}" for value in box) + "\n" for box in boxes)
    for name in ("visible.txt", "infrared.txt"):
        (folder / name).write_text(rows)
    return folder
