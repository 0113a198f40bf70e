from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from app.views.frame.images import (
    ThermalLook,
    gray_of,
    rgb_pixmap,
    thermal_pixmap,
    thermal_table,
    words_of_range,
)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_percentiles_span_the_colours(dtype: type) -> None:
    gray = np.arange(100, 200, dtype=dtype).reshape(10, 10)
    table = thermal_table(gray, ThermalLook(low_percentile=10, high_percentile=90))
    colours = table.rgb(gray)
    assert colours[0, 0].tolist() == [0, 0, 0]
    assert colours[-1, -1].tolist() == [255, 255, 255]
    assert table.low == pytest.approx(110, abs=1)
    assert table.high == pytest.approx(189, abs=1)
    assert (np.diff(colours[..., 0].ravel().astype(int)) >= 0).all()


def test_hot_outliers_do_not_flatten_a_sixteen_bit_image() -> None:
    rng = np.random.default_rng(0)
    gray = rng.integers(7000, 7200, (64, 64)).astype(np.uint16)
    gray[0, 0] = 65535
    table = thermal_table(gray, ThermalLook())
    assert 7000 <= table.low < table.high <= 7200
    assert words_of_range(table, gray).startswith("16 bit, 70")


@pytest.mark.parametrize("value", [0, 255])
def test_a_flat_image_has_a_table_too(value: int) -> None:
    gray = np.full((4, 4), value, np.uint8)
    table = thermal_table(gray, ThermalLook())
    assert table.low < table.high


def test_black_hot_is_white_hot_turned_round() -> None:
    gray = np.arange(256, dtype=np.uint8).reshape(16, 16)
    white = thermal_table(gray, ThermalLook("white hot", 0, 100)).rgb(gray)
    black = thermal_table(gray, ThermalLook("black hot", 0, 100)).rgb(gray)
    assert (white.astype(int) + black == 255).all()


def test_a_gray_jpeg_is_gray_and_false_colours_are_not() -> None:
    gray = np.random.default_rng(0).integers(0, 250, (40, 50)).astype(np.uint8)
    noisy = np.stack([gray, gray + 3, gray], axis=2)
    found = gray_of(noisy)
    assert found is not None
    assert np.array_equal(found, gray + 3)
    coloured = noisy.copy()
    coloured[..., 0] = 255 - coloured[..., 0]
    assert gray_of(coloured) is None
    assert gray_of(gray) is gray


@pytest.mark.parametrize("width", [5, 6, 7, 8])
def test_pixmaps_show_the_right_pixels_at_any_width(qapp: QApplication, width: int) -> None:  # noqa: ARG001
    rgb = np.random.default_rng(width).integers(0, 256, (3, width, 3), np.uint8)
    image = rgb_pixmap(rgb).toImage()
    assert image.pixelColor(width - 1, 2) == QColor(*rgb[2, width - 1].tolist())
    gray = rgb[..., 0]
    table = thermal_table(gray, ThermalLook("iron", 0, 100))
    shown = thermal_pixmap(gray, table).toImage()
    assert shown.pixelColor(width - 1, 2) == QColor(*table.rgb(gray)[2, width - 1].tolist())
