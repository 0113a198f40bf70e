"""Names of boxes do not cover each other."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF, QSizeF
from PySide6.QtGui import QColor

from app.look.palette import DARK, LIGHT, Palette, contrast
from app.views.frame.labels import TITLE_HEIGHT, place_labels, readable_on

PANE = QSizeF(600, 400)
NAME = QSizeF(90, 18)
corners = st.tuples(st.floats(0, 560), st.floats(0, 360))


@given(st.lists(corners, min_size=1, max_size=6))
def test_names_of_a_few_boxes_lie_apart_and_inside(places: list[tuple[float, float]]) -> None:
    chips = place_labels([(QRectF(x, y, 40, 40), NAME) for x, y in places], PANE)
    assert len(chips) == len(places)
    for chip in chips:
        assert chip.left() >= 0
        assert chip.right() <= PANE.width()
        assert chip.top() >= TITLE_HEIGHT
    for one, other in combinations(chips, 2):
        assert not one.intersects(other)


def test_the_first_has_its_place_above_the_box() -> None:
    rect = QRectF(200, 200, 50, 50)
    first, second = place_labels([(rect, NAME), (rect, NAME)], PANE)
    assert first.bottom() <= rect.top()
    assert second.top() >= rect.bottom()


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])
def test_a_name_is_readable_on_every_colour_of_a_target(palette: Palette) -> None:
    for colour in (*palette.targets, palette.truth):
        ink = readable_on(QColor(*colour))
        assert contrast((ink.red(), ink.green(), ink.blue()), colour) >= 4.3, colour
