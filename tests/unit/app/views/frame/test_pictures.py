"""Pictures in the size they are shown in: the same picture, made once."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from app.views.frame.images import ThermalLook
from app.views.frame.pictures import PictureStore, shrink
from tracker_core.sequences import Frame

SIZE = (60, 45)


def frame(index: int = 0) -> Frame:
    ramp = np.linspace(0, 255, 160).astype(np.uint8)
    rgb = np.repeat(np.repeat(ramp[None, :, None], 120, 0), 3, 2).copy()
    rgb[..., 2] = 255 - rgb[..., 2]
    return Frame(index, rgb, np.ascontiguousarray(rgb[..., 0]).astype(np.uint16) * 20 + 5000)


@pytest.mark.parametrize(("width", "height"), [(159, 119), (80, 60), (53, 40), (7, 5), (1, 1)])
def test_shrinking_keeps_the_mean_and_the_type(width: int, height: int) -> None:
    rng = np.random.default_rng(3)
    for dtype, channels in ((np.uint8, 3), (np.uint16, 0)):
        image = rng.integers(0, 250, (120, 160, channels) if channels else (120, 160)).astype(dtype)
        small = shrink(image, width, height)
        assert small.shape[:2] == (height, width)
        assert small.dtype == dtype
        if width > 10:
            assert small.mean() == pytest.approx(image.mean(), abs=4)


def test_what_was_prepared_is_what_is_shown(qapp: QApplication) -> None:  # noqa: ARG001
    store, one = PictureStore(), frame()
    store.set_size(*SIZE)
    prepared = store.prepare(one)
    assert store.prepare(one) is prepared
    for ready, late in zip(
        store.pictures(one, prepared),
        PictureStore().pictures(one, PictureStore().prepare(one)),
        strict=True,
    ):
        assert ready is not None
        assert late is not None
        image = ready.shrunk(*SIZE).toImage()
        assert (image.width(), image.height()) == SIZE
        assert image == late.shrunk(*SIZE).toImage()
        assert ready.shrunk(*SIZE).cacheKey() == ready.shrunk(*SIZE).cacheKey(), "made once"
        # The whole one is there for who zooms in.
        assert ready.whole().width() == 160
    rgb = store.pictures(one, prepared)[0]
    assert rgb is not None
    left, right = (rgb.shrunk(*SIZE).toImage().pixelColor(x, 20) for x in (2, 57))
    assert left.red() < 20 < 230 < left.blue()
    assert right.blue() < 20 < 230 < right.red()


def test_another_look_or_size_is_prepared_again() -> None:
    store, one = PictureStore(), frame()
    store.prepare(one)
    assert store.has(one)
    store.set_size(*SIZE)
    assert not store.has(one)
    store.prepare(one)
    store.set_look(ThermalLook("iron"))
    assert not store.has(one)
    assert store.prepare(one).look.palette == "iron"
    assert not store.has(frame())


def test_what_is_prepared_keeps_no_frame_in_memory() -> None:
    store, one = PictureStore(), frame()
    store.set_size(*SIZE)
    store.prepare(one)
    gone = weakref.ref(one)
    del one
    gc.collect()
    assert gone() is None
