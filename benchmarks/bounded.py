"""Numbers on the command lines of these measurements: each within bounds that its refusal says."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from safe_files import printable
from safe_files.rows import number
from tracker_core.bounds import LARGEST_SEED, Bounds

ROUNDS = Bounds(1, 10_000)
"""How often something is measured."""
REPEATS = Bounds(1, 100_000_000)
"""How often something is done; a campaign goes on for days."""
MINUTES = Bounds(0, 10_000_000)
"""Nineteen years, which is as long as one likes."""
SEED = Bounds(0, LARGEST_SEED)


def whole(allowed: Bounds) -> Callable[[str], int]:
    """Return the `type` of an option of argparse that is a whole number within bounds."""

    def read(text: str) -> int:
        # Digits only, and not too many: int() takes 1_0 and other scripts', and raises for
        # thousands of digits.
        plain = text.isascii() and text.removeprefix("-").isdecimal() and len(text) <= 20
        if not plain or int(text) not in allowed:
            raise argparse.ArgumentTypeError(
                f"{printable(repr(text), 40)} is not a whole number {allowed}"
            )
        return int(text)

    return read


def real(allowed: Bounds) -> Callable[[str], float]:
    """Return the `type` of an option of argparse that is a number within bounds."""

    def read(text: str) -> float:
        try:
            value = number(text)
        except ValueError:
            value = float("nan")  # which is within no bounds
        if value not in allowed:
            raise argparse.ArgumentTypeError(
                f"{printable(repr(text), 40)} is not a number {allowed}"
            )
        return value

    return read
