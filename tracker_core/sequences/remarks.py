"""Things noticed about a sequence: a code for programs, a sentence for people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """How much a remark matters."""

    ERROR = "error"
    """Something is wrong with the data."""
    WARNING = "warning"
    """It can be read, but somebody should look."""
    INFO = "info"
    """Good to know; nothing is wrong."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that was noticed."""

    code: str
    """A short name that stays the same: "missing-frames"."""
    severity: Severity
    sentence: str


def error(code: str, sentence: str) -> Remark:
    """Return a remark on data that is wrong."""
    return Remark(code, Severity.ERROR, sentence)


def warning(code: str, sentence: str) -> Remark:
    """Return a remark on data that looks odd."""
    return Remark(code, Severity.WARNING, sentence)


def info(code: str, sentence: str) -> Remark:
    """Return a remark that is only good to know."""
    return Remark(code, Severity.INFO, sentence)


def ranges(numbers: Iterable[int], limit: int = 5) -> str:
    """Write rising whole numbers for people: "3, 7-9 and 4 more"."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = int(number)
        else:
            spans.append([int(number), int(number)])
    shown = [str(a) if a == b else f"{a}-{b}" for a, b in spans[:limit]]
    hidden = sum(b - a + 1 for a, b in spans[limit:])
    return ", ".join(shown) + (f" and {hidden} more" if hidden else "")


def some(items: list[str], limit: int = 3) -> str:
    """Write names for people: "a, b, c and 4 more"."""
    shown = ", ".join(items[:limit])
    return shown if len(items) <= limit else f"{shown} and {len(items) - limit} more"
