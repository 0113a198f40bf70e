from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tracker_core.synthetic.thermal import (
    Sensor,
    background_temperature,
    drifted,
    expose,
    noise,
    random_look,
    random_sensor,
    stretch,
)

PERFECT = Sensor(
    gain=1.0,
    offset=0.0,
    gamma=1.0,
    black_hot=False,
    blur=0.0,
    grain=0.0,
    stripes=0.0,
    vignette=0.0,
    coarse=1.0,
)


def ramp() -> np.ndarray:
    return np.broadcast_to(np.linspace(10, 240, 64, dtype=np.float32), (48, 64)).copy()


def test_a_perfect_camera_shows_temperatures_as_they_are() -> None:
    image = expose(PERFECT, ramp(), np.random.default_rng(0))
    assert np.abs(image.astype(float) - ramp()).max() <= 2


def test_polarity_gain_and_resolution() -> None:
    rng = np.random.default_rng(0)
    plain = expose(PERFECT, ramp(), rng).astype(int)
    inverted = expose(replace(PERFECT, black_hot=True), ramp(), rng).astype(int)
    assert np.abs(plain + inverted - 255).max() <= 1
    louder = expose(replace(PERFECT, gain=1.5), ramp(), rng)
    assert louder[0, 20] > plain[0, 20]
    checks = np.zeros((48, 64), np.float32)
    checks[::2, ::2] = 240
    assert expose(replace(PERFECT, coarse=2.0), checks, rng).std() < 0.3 * checks.std()


def test_noise_has_the_spread_that_is_asked_for() -> None:
    rng = np.random.default_rng(1)
    flat = np.full((300, 300), 128, np.float32)
    image = expose(replace(PERFECT, grain=5.0), flat, rng)
    assert image.std() == pytest.approx(5.0, rel=0.1)
    assert noise(rng, 500, 20).shape == (500, 20)
    assert noise(rng, 500, 500).std() == pytest.approx(1.0, abs=0.05)


def test_a_camera_drifts_but_stays_itself() -> None:
    sensor = random_sensor(np.random.default_rng(4))
    later = drifted(sensor, np.random.default_rng(5))
    assert later != sensor
    assert later.black_hot == sensor.black_hot
    assert later.gain == pytest.approx(sensor.gain, rel=0.6)


def test_automatic_gain_spreads_what_is_seen() -> None:
    rng = np.random.default_rng(2)
    narrow = 100 + 0.1 * ramp()
    gain, offset = stretch([narrow], rng, most=20.0)
    seen = narrow * gain + offset
    assert np.ptp(seen) > 3 * np.ptp(narrow)
    assert seen.min() > -15
    assert seen.max() < 270
    assert stretch([np.full((20, 20), 50, np.float32)], rng, most=5.0)[0] == 5.0


def test_heat_of_a_place_is_the_same_in_every_view() -> None:
    """Colour alone decides it, whatever the size of the view."""
    rng = np.random.default_rng(3)
    for _ in range(20):
        look = random_look(rng)
        colours = rng.integers(0, 255, (1, 1, 3), dtype=np.uint8)
        near = background_temperature(look, np.tile(colours, (40, 40, 1)), 1.0)
        far = background_temperature(look, np.tile(colours, (20, 20, 1)), 0.5)
        assert near[20, 20] == pytest.approx(far[10, 10], abs=0.5)
        assert np.ptp(near) < 0.5


def test_looks_differ_from_close_to_gray_to_hardly_related() -> None:
    rng = np.random.default_rng(6)
    rgb = rng.integers(0, 255, (60, 60, 3), dtype=np.uint8)
    rgb = np.repeat(np.repeat(rgb[:15, :15], 4, axis=0), 4, axis=1)
    gray = rgb.mean(axis=2).ravel()
    related = []
    for _ in range(60):
        warmth = background_temperature(random_look(rng), rgb, 1.0)
        assert np.isfinite(warmth).all()
        related.append(float(np.corrcoef(gray, warmth.ravel())[0, 1]))
    assert max(related) > 0.8
    assert min(related) < -0.4
    assert np.mean(np.abs(related) < 0.35) > 0.1
