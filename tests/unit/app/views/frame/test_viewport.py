from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF

from app.views.frame.viewport import MARGIN, MAX_SCALE, PaneMap, Viewport

numbers = st.floats(-2000, 2000)


@given(numbers, numbers, st.floats(0.05, 64), numbers, numbers)
def test_frame_and_pane_are_inverse(
    x: float, y: float, scale: float, centre_x: float, centre_y: float
) -> None:
    pane = PaneMap(scale, QPointF(centre_x, centre_y), QPointF(300, 200))
    back = pane.to_frame(pane.to_pane(QPointF(x, y)))
    assert back.x() == pytest.approx(x, abs=1e-6)
    assert back.y() == pytest.approx(y, abs=1e-6)
    mapped = pane.transform().map(QPointF(x, y))
    assert mapped.x() == pytest.approx(pane.to_pane(QPointF(x, y)).x(), abs=1e-5)


@pytest.fixture
def viewport() -> Viewport:
    viewport = Viewport()
    viewport.set_pane("rgb", 400, 300)
    viewport.set_pane("tir", 380, 300)
    viewport.set_content(640, 512)
    return viewport


def test_fitting_shows_the_whole_frame_in_the_smaller_pane(viewport: Viewport) -> None:
    pane = viewport.pane_map(380, 300)
    frame = pane.rect_to_pane(QRectF(0, 0, 640, 512))
    assert frame.left() >= MARGIN - 1e-6
    assert frame.right() <= 380 - MARGIN + 1e-6
    assert frame.top() >= MARGIN - 1e-6
    assert frame.center().x() == pytest.approx(190)


def test_zooming_keeps_the_point_under_the_pointer(viewport: Viewport) -> None:
    before = viewport.pane_map(400, 300).to_pane(QPointF(100, 80))
    viewport.zoom(2.0, QPointF(100, 80))
    after = viewport.pane_map(400, 300).to_pane(QPointF(100, 80))
    assert (after - before).manhattanLength() < 1e-6
    assert not viewport.fitted


def test_a_resized_pane_is_fitted_again_only_when_it_was_fitted(viewport: Viewport) -> None:
    scale = viewport.scale
    viewport.set_pane("rgb", 200, 150)
    assert viewport.scale < scale
    viewport.zoom(3.0)
    scale = viewport.scale
    viewport.set_pane("rgb", 400, 300)
    assert viewport.scale == scale


def test_the_frame_cannot_be_lost(viewport: Viewport) -> None:
    viewport.pan(QPointF(1e6, -1e6))
    centre = viewport.pane_map(400, 300).centre
    assert 0 <= centre.x() <= 640
    assert 0 <= centre.y() <= 512
    viewport.zoom(1e9)
    assert viewport.scale == MAX_SCALE
    viewport.fit()
    assert viewport.fitted
