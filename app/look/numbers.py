"""Numbers as labels show them."""

from __future__ import annotations

import math

LEAST = 0.0001
"""Nearer to zero only "< 0.0001" is shown: more digits would not fit a label."""


def short_number(value: float) -> str:
    """Return three significant digits, at most four of them after the point; never an exponent."""
    if 0 < abs(value) < LEAST:
        return f"< {LEAST}" if value > 0 else f"> −{LEAST}"
    # Zero has no logarithm.
    digits = 0 if value == 0 else 2 - math.floor(math.log10(abs(value)))
    # Never below 0: format refuses it, and rounding whole numbers would say less than is known.
    shown = f"{value:.{min(max(digits, 0), 4)}f}"
    # Only after a point, or 100 would become 1. The sign is the one that is as wide as a digit.
    return (shown.rstrip("0").rstrip(".") if "." in shown else shown).replace("-", "−")


def score_number(score: float) -> str:
    """Return a score, "0.83"; one that is far from 0 to 1, as a file may hold, with an exponent."""
    return f"{score:.2f}" if abs(score) < 100 else f"{score:.2e}"


def frames_words(count: int) -> str:
    """Return how many frames there are, "300 frames"."""
    return f"{count} frame{'' if count == 1 else 's'}"
