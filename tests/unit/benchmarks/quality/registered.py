"""A folder of registered still pairs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.pictures import SIZE, photograph
from tracker_core.imaging import cv2, write_image


def rough(number: int) -> NDArray[np.uint8]:
    """A photograph with texture all over: a few pixels of one gray beside a few of another."""
    rng = np.random.default_rng(number)
    grains = rng.normal(0, 40, (SIZE[1] // 7, SIZE[0] // 7)).astype(np.float32)
    grain = cv2.resize(grains, SIZE, interpolation=cv2.INTER_CUBIC)[:, :, None]
    return np.clip(photograph(number) + grain, 0, 255).astype(np.uint8)


def write_stills(folder: Path, count: int = 4) -> Path:
    """Stills under names of their own; thermal sees the same in gray, bright for dark."""
    for name in ("visible", "infrared"):
        (folder / name).mkdir(parents=True)
    for number in range(count):
        name = f"view {chr(97 + number)}"
        rgb = rough(number)
        write_image(folder / "visible" / f"{name}.jpg", rgb)
        gray = 255 - cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
        write_image(folder / "infrared" / f"{name}.png", np.asarray(gray, np.uint8))
    return folder
