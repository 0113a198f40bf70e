"""What a thermal camera would show of a scene known only in colour.

Temperatures are gray levels before the camera: 0 is the coldest and 255 the warmest thing in
sight. A `ThermalLook` turns colours into temperatures and is fixed for a sequence; a `Sensor`
turns temperatures into an image and may drift from frame to frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tracker_core.imaging import cv2

Temperature = NDArray[np.float32]
"""(H, W) float32, 0 to 255."""

# Large enough that a crop falls on another part each time.
_NOISE_SIDE = 640


def _noise_bank() -> NDArray[np.float32]:
    return np.random.default_rng(20240101).standard_normal((_NOISE_SIDE, _NOISE_SIDE), np.float32)


_NOISE = _noise_bank()


def noise(rng: np.random.Generator, height: int, width: int) -> NDArray[np.float32]:
    """(height, width) of standard normal noise, cut from one bank: much faster than drawing it."""
    # From half the bank on, two cuts would share most of their noise.
    if height > _NOISE_SIDE // 2 or width > _NOISE_SIDE // 2:
        return rng.standard_normal((height, width), np.float32)
    row = int(rng.integers(_NOISE_SIDE - height))
    column = int(rng.integers(_NOISE_SIDE - width))
    cut = _NOISE[row : row + height, column : column + width]
    return cut[::-1] if rng.random() < 0.5 else cut  # twice as many different ones


@dataclass(frozen=True, slots=True)
class ThermalLook:
    """How colours of the scene become temperatures."""

    weights: NDArray[np.float32]
    """(1, 3) of red, green, blue in the brightness that the first curve reads."""
    curve: NDArray[np.uint8]
    """(256,) temperature of each brightness."""
    tint_weights: NDArray[np.float32]
    """(1, 4) of red, green, blue and 1 in the hue that shares in the temperature."""
    tint_share: float
    """0 to 1: how much of the temperature the hue decides."""
    smoothing: float
    """Blur before the curve, in scene pixels: heat spreads."""
    detail: float
    """0 to 1: how much fine structure comes back after smoothing."""
    low: float
    """Temperature of the coldest part of the background."""
    high: float
    """Temperature of the warmest part of the background."""


def random_look(rng: np.random.Generator) -> ThermalLook:
    """Draw a relation between colour and heat: close, loose, inverted or hardly any."""
    kind = rng.random()
    if kind < 0.20:  # near infrared and cameras in daylight: thermal looks like gray
        curve = _monotone_curve(rng, falling=False, strength=0.25)
        smoothing, detail, tint_share = 0.0, 1.0, 0.0
        low, high = float(rng.uniform(0, 30)), float(rng.uniform(200, 255))
    else:
        if kind < 0.55:
            curve = _monotone_curve(rng, falling=bool(rng.random() < 0.45), strength=0.7)
        else:
            curve = _wild_curve(rng)
        smoothing = float(np.exp(rng.uniform(np.log(0.2), np.log(2.5))))
        detail = float(rng.uniform(0.0, 1.0))
        tint_share = float(rng.uniform(0.0, 0.6))
        low = float(rng.uniform(5, 70))
        high = low + float(rng.uniform(50, 200))
    weights = rng.dirichlet((1.5, 2.0, 1.5)).astype(np.float32)[None]
    tint = rng.normal(size=3)
    # Without its mean: gray has no hue, and must give the middle, 128.
    tint = (tint - tint.mean()) / max(float(np.abs(tint - tint.mean()).sum()), 1e-6)
    return ThermalLook(
        weights=weights,
        curve=curve,
        tint_weights=np.append(3.0 * tint, 128.0).astype(np.float32)[None],
        tint_share=tint_share,
        smoothing=smoothing,
        detail=detail,
        low=low,
        high=min(high, 250.0),  # room above the background for what is warmer
    )


def cool_ground_look(rng: np.random.Generator) -> ThermalLook:
    """Draw the look of a cool, even background at night, before which people glow."""
    low = float(rng.uniform(15, 60))
    return replace(
        random_look(rng),
        low=low,
        high=low + float(rng.uniform(12, 60)),
        smoothing=float(rng.uniform(0.8, 3.0)),
    )


def background_temperature(
    look: ThermalLook, rgb: NDArray[np.uint8], pixels_per_unit: float
) -> Temperature:
    """Temperatures of a view of the background.

    `pixels_per_unit` says how many pixels of the view one scene pixel covers, so that the
    smoothing is the same in every view of a scene.
    """
    brightness = cv2.transform(rgb, look.weights)
    sigma = look.smoothing * pixels_per_unit
    # Below a third of a pixel a blur changes nothing but takes its time.
    smooth = cv2.GaussianBlur(brightness, (0, 0), sigma) if sigma > 0.35 else brightness
    warmth = cv2.LUT(smooth, look.curve).astype(np.float32)
    if look.tint_share > 0.05:
        tint = cv2.GaussianBlur(cv2.transform(rgb, look.tint_weights), (0, 0), max(sigma, 0.6))
        warmth += look.tint_share * (tint - warmth)
    if look.detail > 0.05 and sigma > 0.35:
        # As floats: uint8 would cut what is negative.
        fine = cv2.subtract(brightness, smooth, dtype=cv2.CV_32F)
        warmth += look.detail * fine
    scale = (look.high - look.low) / 255.0
    return np.asarray(warmth * scale + look.low, np.float32)


def _monotone_curve(rng: np.random.Generator, falling: bool, strength: float) -> NDArray[np.uint8]:
    steps = rng.dirichlet(np.full(6, 1.0 / max(strength, 0.05)))
    knots = np.concatenate([[0.0], np.cumsum(steps)]) * 255
    if falling:
        knots = knots[::-1]
    return _curve(knots)


def _wild_curve(rng: np.random.Generator) -> NDArray[np.uint8]:
    knots = rng.uniform(0, 255, 5)
    spread = max(float(np.ptp(knots)), 1.0)
    return _curve((knots - knots.min()) * (255.0 / spread))


def _curve(knots: NDArray[np.float64]) -> NDArray[np.uint8]:
    places = np.linspace(0, 255, len(knots))
    return np.interp(np.arange(256), places, knots).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class Sensor:
    """How a thermal camera turns temperatures into gray levels."""

    gain: float
    offset: float
    gamma: float
    black_hot: bool
    """Warm is dark, as some cameras show it."""
    blur: float
    """Sigma of the optics in image pixels."""
    grain: float
    """Standard deviation of the noise in gray levels."""
    stripes: float
    """Standard deviation of the fixed pattern of the columns, in gray levels."""
    vignette: float
    """Gray levels by which the corners differ."""
    coarse: float
    """1 for full resolution; 2 halves it."""


def random_sensor(rng: np.random.Generator) -> Sensor:
    """Draw a camera, from clear to poor."""
    good = rng.random() < 0.45
    return Sensor(
        gain=float(rng.uniform(0.8, 1.3)),
        offset=float(rng.uniform(-20, 20)),
        gamma=float(np.exp(rng.uniform(-0.35, 0.35))),
        black_hot=bool(rng.random() < 0.15),
        blur=float(rng.uniform(0.0, 0.6) if good else rng.uniform(0.3, 1.4)),
        grain=float(rng.uniform(0.5, 4.0) if good else rng.uniform(2.0, 10.0)),
        stripes=0.0 if good else float(max(0.0, rng.normal(0, 2.5))),
        vignette=0.0 if good else float(rng.normal(0, 12.0)),
        coarse=1.0 if good else float(rng.choice((1.0, 1.0, 1.5, 2.0))),  # most have all pixels
    )


def drifted(sensor: Sensor, rng: np.random.Generator, amount: float = 1.0) -> Sensor:
    """Return the same camera a while later: gain, offset and noise have drifted."""
    return replace(
        sensor,
        gain=sensor.gain * float(np.exp(rng.normal(0, 0.10 * amount))),
        offset=sensor.offset + float(rng.normal(0, 10 * amount)),
        gamma=sensor.gamma * float(np.exp(rng.normal(0, 0.08 * amount))),
        grain=sensor.grain * float(np.exp(rng.normal(0, 0.2 * amount))),
        blur=max(0.0, sensor.blur + float(rng.normal(0, 0.15 * amount))),
    )


def stretch(
    views: Sequence[Temperature], rng: np.random.Generator, most: float = 5.0
) -> tuple[float, float]:
    """Gain and offset by which an automatic camera spreads what it sees over its gray levels."""
    # Every third pixel is enough for two percentiles.
    seen = np.concatenate([view[::3, ::3].ravel() for view in views])
    low, high = np.percentile(seen, (2, 98))  # one lamp must not decide the range
    dark, bright = float(rng.uniform(5, 60)), float(rng.uniform(170, 250))
    # Bounded: of an even view only noise would be left.
    gain = float(min((bright - dark) / max(high - low, 1.0), most))
    middle = float(low + high) / 2
    return gain, (dark + bright) / 2 - gain * middle


def expose(sensor: Sensor, warmth: Temperature, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Turn (H, W) temperatures into the (H, W) uint8 image that the camera gives."""
    height, width = warmth.shape
    image = warmth
    if sensor.coarse > 1.0:
        small = (max(8, round(width / sensor.coarse)), max(8, round(height / sensor.coarse)))
        image = np.asarray(cv2.resize(image, small, interpolation=cv2.INTER_AREA), np.float32)
    if sensor.blur > 0.25:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), sensor.blur), np.float32)
    image = image * np.float32(sensor.gain) + np.float32(sensor.offset)
    image += noise(rng, image.shape[0], image.shape[1]) * np.float32(sensor.grain)
    # Enlarged after the noise, which is that of the coarse detectors.
    if sensor.coarse > 1.0:
        full = cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)
        image = np.asarray(full, np.float32)
    if sensor.stripes > 0.3:
        # One row for all: the columns of a detector have amplifiers of their own.
        image += rng.standard_normal((1, width), np.float32) * np.float32(sensor.stripes)
    if abs(sensor.vignette) > 2:
        across = np.linspace(-1, 1, width, dtype=np.float32) ** 2
        down = np.linspace(-1, 1, height, dtype=np.float32)[:, None] ** 2
        image += (across + down) * np.float32(sensor.vignette)
    gray = np.clip(image, 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(gray, _gamma_table(sensor.gamma, sensor.black_hot)), np.uint8)


def _gamma_table(gamma: float, inverted: bool) -> NDArray[np.uint8]:
    ramp = np.linspace(0, 1, 256) ** gamma * 255
    return (255 - ramp if inverted else ramp).astype(np.uint8)
