from __future__ import annotations

import pytest

from app.look.numbers import short_number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1857.4076, "1857"),
        (185.74, "186"),
        (18.574, "18.6"),
        (2.0, "2"),
        (0.9951, "0.995"),
        (0.271, "0.271"),
        (0.00123, "0.0012"),
        (0.00001, "< 0.0001"),
        (-0.00001, "> −0.0001"),
        (-1.5, "−1.5"),
        (100.0, "100"),
        (0.0, "0"),
    ],
)
def test_a_number_is_short_and_never_has_an_exponent(value: float, text: str) -> None:
    assert short_number(value) == text
