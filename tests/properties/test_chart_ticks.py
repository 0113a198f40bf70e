from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.views.charts.chart import Scale, round_ticks, tick_text

numbers = st.floats(-1e6, 1e6, allow_nan=False)


@given(numbers, st.floats(1e-4, 1e6), st.integers(2, 8))
def test_ticks_lie_within_the_axis_and_are_few(low: float, length: float, most: int) -> None:
    high = low + length
    assume(length > 1e-6 * abs(low))
    ticks = round_ticks(low, high, most)
    assert len(ticks) <= most + 1
    slack = 1e-6 * length
    assert all(low - slack <= tick <= high + slack for tick in ticks)
    steps = [second - first for first, second in pairwise(ticks)]
    assert all(step == pytest.approx(steps[0], rel=1e-3) for step in steps)


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
