"""Numbers as labels show them."""

from __future__ import annotations

import math

LEAST = 0.0001
"""What is nearer to zero is only said to be."""


def short_number(value: float) -> str:
    """Return three significant digits, at most four of them behind the point; never an exponent."""
    if 0 < abs(value) < LEAST:
        return f"< {LEAST}" if value > 0 else f"> −{LEAST}"
    digits = 0 if value == 0 else 2 - math.floor(math.log10(abs(value)))
    shown = f"{value:.{min(max(digits, 0), 4)}f}"
    return (shown.rstrip("0").rstrip(".") if "." in shown else shown).replace("-", "−")
