from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from app.views.frame.images import (
    ThermalLook,
    ThermalTable,
    gray_of,
    rgb_pixmap,
    thermal_pixmap,
    thermal_table,
    words_of_range,
)
from app.views.frame.painting import PaneLook, paint_pane
from app.views.frame.pictures import PictureStore, Prepared
from app.views.frame.scene import Compare, FrameScene
from app.views.frame.viewport import PaneMap
from sessions import Modality
from tracker_core.sequences import Frame


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


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("shift", range(8))
def test_a_blend_is_a_mean_of_both_images_up_to_its_edges(
    qapp: QApplication,  # noqa: ARG001
    dtype: type,
    shift: int,
) -> None:
    colour = (200, 40, 90)
    gray = np.full((12, 40), 7, dtype)
    table = ThermalTable(0, 255, np.tile(np.array(colour, np.uint8), (np.iinfo(dtype).max + 1, 1)))
    ground = np.full((12, 40, 3), 100, np.uint8)
    store = PictureStore()
    frame = Frame(0, ground, gray)
    prepared = Prepared(ThermalLook(), None, gray, table, None, None)
    scene = FrameScene(0, (40, 12), *store.pictures(frame, prepared))
    # At every distance from a boundary of memory, for Qt takes several pixels at once between two.
    target = QImage(64, 24, QImage.Format.Format_RGB32)
    pane = PaneMap(1.0, QPointF(20, 6), QPointF(20 + shift, 6))
    with QPainter(target) as painter:
        look = PaneLook(Modality.RGB, Compare.BLEND, 0.25, 0.5)
        paint_pane(painter, QRectF(0, 0, 64, 24), scene, pane, look)
    seen = np.array([target.pixelColor(x, 5).getRgb()[:3] for x in range(shift, shift + 40)])
    mean = 0.75 * 100 + 0.25 * np.array(colour)
    assert np.abs(seen - mean).max() <= 2


def test_thermal_is_opaque_in_every_byte(qapp: QApplication) -> None:  # noqa: ARG001
    gray = np.arange(30, dtype=np.uint8).reshape(5, 6)
    image = thermal_pixmap(gray, thermal_table(gray, ThermalLook())).toImage()
    assert image.format() == QImage.Format.Format_RGB32
    words = np.frombuffer(image.constBits(), np.uint32)
    assert (words >> 24 == 255).all()
