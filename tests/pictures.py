"""Made-up photographs, cut-outs and a short film, for tests of whatever looks at pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tracker_core.imaging import cv2, write_image

SIZE = (420, 300)


def photograph(number: int) -> NDArray[np.uint8]:
    rng = np.random.default_rng(number)
    width, height = SIZE
    layers = [
        cv2.resize(rng.uniform(0, 255, (n, n, 3)).astype(np.float32), SIZE) for n in (3, 12, 60)
    ]
    mixed = layers[0] * 0.4 + layers[1] * 0.4 + layers[2] * 0.2
    image = np.clip(mixed, 0, 255).astype(np.uint8)
    for _ in range(12):
        x, y = rng.integers(0, width), rng.integers(0, height)
        colour = tuple(int(value) for value in rng.integers(0, 255, 3))
        cv2.circle(image, (int(x), int(y)), int(rng.integers(6, 40)), colour, -1)
    return image


def cutout(number: int) -> NDArray[np.uint8]:
    rng = np.random.default_rng(100 + number)
    image = np.zeros((90, 120, 4), np.uint8)
    image[:, :, :3] = photograph(number)[:90, :120]
    axes = (int(rng.integers(30, 50)), int(rng.integers(25, 38)))
    opaque = np.zeros((90, 120), np.uint8)
    cv2.ellipse(opaque, (60, 45), axes, float(rng.uniform(0, 90)), 0, 360, 255, -1)
    image[:, :, 3] = opaque
    return image


def write_film(path: Path, frames: int = 40) -> None:
    """A textured square that moves 2 px to the right in every frame before a photograph."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, SIZE)
    thing = photograph(50)[:60, :60]
    ground = photograph(51)
    for number in range(frames):
        frame = ground.copy()
        frame[100:160, 40 + 2 * number : 100 + 2 * number] = thing
        writer.write(frame[:, :, ::-1])
    writer.release()


def write_pictures(root: Path) -> None:
    """objects/ (two categories), photos/ and videos/ below one folder."""
    for folder in ("objects/animals", "objects/tools", "photos", "videos"):
        (root / folder).mkdir(parents=True)
    for number in range(24):
        write_image(
            root / "photos" / f"view-{'abcdefghijklmnopqrstuvwx'[number]}.png", photograph(number)
        )
    for number in range(12):
        name = (
            f"{'objects/animals' if number % 2 else 'objects/tools'}/thing-{chr(97 + number)}.png"
        )
        rgba = cutout(number)
        cv2.imwrite(str(root / name), cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA))
    write_film(root / "videos" / "square.avi")
