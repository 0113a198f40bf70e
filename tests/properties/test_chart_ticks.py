from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.views.charts.chart import Scale, tick_text

numbers = st.floats(-1e6, 1e6, allow_nan=False)


@given(numbers, st.floats(1e-3, 1e5), st.floats(0, 1))
def test_a_scale_and_its_inverse(low: float, length: float, share: float) -> None:
    scale = Scale(low, low + length, 300.0, 20.0)
    value = low + share * length
    assert scale.value(scale.pixel(value)) == pytest.approx(value, abs=1e-6 * (abs(low) + length))


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (-2.5, "−2.5"), (0.1 + 0.2, "0.3"), (1200.0, "1200")]
)
def test_tick_texts_are_short(value: float, text: str) -> None:
    assert tick_text(value) == text
