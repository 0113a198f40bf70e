from __future__ import annotations

import numpy as np
import pytest

from tracker_core.synthetic import degrade


@pytest.fixture
def rgb() -> np.ndarray:
    rng = np.random.default_rng(0)
    coarse = rng.integers(30, 225, (16, 16, 3), dtype=np.uint8)
    return np.repeat(np.repeat(coarse, 8, axis=0), 8, axis=1)


def sharpness(image: np.ndarray) -> float:
    return float(np.abs(np.diff(image.astype(float), axis=0)).mean())


def test_night_is_dark_and_colourless(rgb: np.ndarray) -> None:
    darks = [degrade.night(rgb, np.random.default_rng(n), 0.1) for n in range(12)]
    assert np.median([dark.mean() for dark in darks]) < 0.35 * rgb.mean()
    assert all(dark.shape == rgb.shape and dark.dtype == np.uint8 for dark in darks)


def test_overexposure_burns_out(rgb: np.ndarray) -> None:
    burnt = degrade.overexposed(rgb, np.random.default_rng(1))
    assert (burnt == 255).mean() > 0.3


@pytest.mark.parametrize("number", range(3))
def test_blurs_keep_the_mean_and_lose_edges(rgb: np.ndarray, number: int) -> None:
    rng = np.random.default_rng(number)
    for image in (rgb, rgb[:, :, 0].copy()):
        for worse in (
            degrade.motion_blurred(image, rng, 9.0),
            degrade.blurred(image, 2.0),
            degrade.coarse(image, 3.0),
        ):
            assert worse.shape == image.shape
            assert worse.mean() == pytest.approx(image.mean(), abs=4)
            assert worse.std() < image.std()


def test_compression_keeps_gray_and_colour_apart(rgb: np.ndarray) -> None:
    assert degrade.compressed(rgb, 40).shape == rgb.shape
    assert degrade.compressed(rgb[:, :, 0], 40).shape == rgb.shape[:2]
    assert np.abs(degrade.compressed(rgb, 95).astype(int) - rgb).mean() < 10


def test_flat_and_saturated_thermal(rgb: np.ndarray) -> None:
    tir = rgb[:, :, 0].copy()
    assert degrade.flat(tir, np.random.default_rng(2)).std() < 0.4 * tir.std()
    clipped = degrade.saturated(tir, np.random.default_rng(3))
    assert ((clipped == 0) | (clipped == 255)).mean() > 0.3


def test_haze_and_glare(rgb: np.ndarray) -> None:
    assert degrade.hazy(rgb, np.random.default_rng(4)).std() < 0.75 * rgb.std()
    assert degrade.glare(rgb, np.random.default_rng(5)).mean() > rgb.mean()
