"""What goes wrong in pictures: darkness, glare, blur, compression, missing edges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracker_core.imaging import cv2
from tracker_core.synthetic.thermal import noise

Pixels = NDArray[np.uint8]


def tone(rgb: Pixels, gain: tuple[float, float, float], gamma: float, lift: float = 0.0) -> Pixels:
    """Apply a gain per channel, a gamma and an offset (gray levels) to (H, W, 3)."""
    # A table of 256 levels: a power for every pixel would be slow.
    ramp = np.linspace(0, 1, 256)[:, None] ** gamma * 255.0 * np.array(gain) + lift
    table = np.clip(ramp, 0, 255).astype(np.uint8)[None]  # (1, 256, 3)
    toned: Pixels = np.asarray(cv2.LUT(rgb, table), np.uint8)
    return toned


def grainy(image: Pixels, rng: np.random.Generator, sigma: float) -> Pixels:
    """Add noise of the given standard deviation in gray levels."""
    height, width = image.shape[:2]
    grain = noise(rng, height, width)
    if image.ndim == 3:
        # (H, W, 3): every channel has noise of its own.
        grain = np.stack([grain, *(noise(rng, height, width) for _ in range(2))], axis=2)
    noisy = image + grain * np.float32(sigma)
    np.clip(noisy, 0, 255, out=noisy)
    return noisy.astype(np.uint8)


def night(rgb: Pixels, rng: np.random.Generator, light: float) -> Pixels:
    """Darken to `light` (0 to 1), lose colour, add noise; lamps and lit things may stay bright."""
    gray = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    colourless = cv2.cvtColor(gray, cv2.COLOR_GRAY2RGB)
    share = float(rng.uniform(0.2, 0.9))
    faded = np.asarray(
        cv2.addWeighted(rgb, share, colourless, float(rng.uniform(0.1, 0.5)), 0), np.uint8
    )
    cast = tuple(float(value) for value in light * np.exp(rng.normal(0, 0.12, 3)))
    dark = tone(faded, (cast[0], cast[1], cast[2]), float(rng.uniform(1.0, 1.7)), lift=2.0)
    if rng.random() < 0.35:
        bright = (gray > int(rng.integers(215, 245))).astype(np.float32)
        spread = np.asarray(cv2.GaussianBlur(bright, (0, 0), 0.8), np.float32)
        dark = np.clip(dark + spread[:, :, None] * rgb, 0, 255).astype(np.uint8)
    if rng.random() < 0.35:
        dark = glare(dark, rng)
    # The less light, the more the camera amplifies.
    return grainy(dark, rng, float(rng.uniform(2.0, 4.0 + 10.0 * (1.0 - light))))


def glare(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """Add one to three lamps with their halo."""
    height, width = rgb.shape[:2]
    glow = np.zeros((height, width), np.float32)
    across = np.arange(width, dtype=np.float32)
    down = np.arange(height, dtype=np.float32)[:, None]
    for _ in range(int(rng.integers(1, 4))):
        x, y = float(rng.uniform(0, width)), float(rng.uniform(0, height))
        radius = float(rng.uniform(0.015, 0.06)) * width
        distance = (across - x) ** 2 + (down - y) ** 2
        glow += 280.0 / (1.0 + distance / (radius * radius))
    colour = np.array([1.0, rng.uniform(0.75, 1.0), rng.uniform(0.45, 1.0)], np.float32)
    return np.clip(rgb + glow[:, :, None] * colour, 0, 255).astype(np.uint8)


def overexposed(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """Burn the bright parts out."""
    gain = float(rng.uniform(1.7, 3.5))
    return tone(rgb, (gain, gain, gain), float(rng.uniform(0.6, 0.95)), lift=rng.uniform(10, 50))


def hazy(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """Lay fog over the picture."""
    share = float(rng.uniform(0.3, 0.75))
    fog = float(rng.uniform(140, 225))
    return np.asarray(cv2.convertScaleAbs(rgb, alpha=1.0 - share, beta=fog * share), np.uint8)


def motion_blurred(image: Pixels, rng: np.random.Generator, length: float) -> Pixels:
    """Smear along a random direction by `length` pixels."""
    reach = max(1, int(np.ceil(length / 2)))  # a kernel of one pixel would not smear
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    angle = float(rng.uniform(0, np.pi))
    ends = np.array([np.cos(angle), np.sin(angle)]) * length / 2
    start, stop = np.rint(reach - ends).astype(int), np.rint(reach + ends).astype(int)
    cv2.line(kernel, tuple(start.tolist()), tuple(stop.tolist()), 1.0)
    kernel /= kernel.sum()  # as bright as before
    return np.asarray(cv2.filter2D(image, -1, kernel, borderType=cv2.BORDER_REFLECT_101), np.uint8)


def blurred(image: Pixels, sigma: float) -> Pixels:
    """Lose focus."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8)


def coarse(image: Pixels, factor: float) -> Pixels:
    """Lose resolution by `factor` and come back to the same size."""
    height, width = image.shape[:2]
    small = (max(6, round(width / factor)), max(6, round(height / factor)))  # still a picture
    tiny = cv2.resize(image, small, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(tiny, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def compressed(image: Pixels, quality: int) -> Pixels:
    """Go through JPEG at a quality of 1 to 100."""
    _, data = cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, quality))
    flag = cv2.IMREAD_GRAYSCALE if image.ndim == 2 else cv2.IMREAD_COLOR
    decoded: Pixels = np.asarray(cv2.imdecode(data, flag), np.uint8)
    return decoded


def flat(tir: Pixels, rng: np.random.Generator) -> Pixels:
    """Leave almost no thermal contrast: rain, fog, everything at one temperature."""
    contrast = float(rng.uniform(0.0, 0.15))
    level = float(rng.uniform(40, 200))
    squeezed: NDArray[np.float32] = (tir - np.float32(tir.mean())) * np.float32(contrast)
    squeezed = (
        squeezed
        + np.float32(level)
        + noise(rng, tir.shape[0], tir.shape[1]) * np.float32(rng.uniform(1.0, 6.0))
    )
    return np.clip(squeezed, 0, 255).astype(np.uint8)


def saturated(tir: Pixels, rng: np.random.Generator) -> Pixels:
    """Clip a good part of the thermal range at one end."""
    gain = float(rng.uniform(2.0, 4.5))
    # Every fourth pixel: sorting all of them is slow, and a random percentile needs no precision.
    pivot = float(np.percentile(tir[::4, ::4], rng.uniform(10, 90)))
    aim = 235.0 if rng.random() < 0.6 else 20.0
    return np.asarray(np.clip((tir.astype(np.float32) - pivot) * gain + aim, 0, 255), np.uint8)
