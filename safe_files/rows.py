"""Rows of numbers as people and programs write them, with a decimal comma where that is certain."""

from __future__ import annotations

import re

from safe_files.errors import printable

LARGEST = 1e12
"""No position in an image is larger; such numbers are mistakes."""
BLANKS = " \t\f"
"""What may stand around a row; a form feed begins a page in texts that were once printed."""
# Narrower than float(): no infinities, underscores or digits of other scripts.
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?nan", re.IGNORECASE | re.ASCII)
_DECIMAL_COMMA = re.compile(r"([+-]?\d+),(\d+([eE][+-]?\d+)?)", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
_SPACE_OR_SEMICOLON = re.compile(r"[ \t]*;[ \t]*|[ \t]+")
_COMMA = re.compile(r"[ \t]*,[ \t]*")


def number(text: str, largest: float = LARGEST) -> float:
    """Return the number that a word is, NaN too; ValueError says why it is none."""
    if _NUMBER.fullmatch(text) is None:
        raise ValueError(f"{_quoted(text)} is not a number")
    value = float(text)
    if abs(value) > largest:
        raise ValueError(f"{_quoted(text)} is too large for a position in an image")
    return value


def row_numbers(line: str) -> list[float]:
    """Return the numbers of one line; ValueError says which part is not one.

    Commas, semicolons, blanks or tabs separate. A comma between two digits is a decimal comma
    where semicolons or blanks separate. One separator at the end means nothing.
    """
    line = line.strip(BLANKS)
    if "," not in line:
        return [number(word) for word in _fields(_SPACE_OR_SEMICOLON, line)]
    words = _fields(_SPACE_OR_SEMICOLON, line)
    if len(words) == 1 or any(word.startswith(",") or word.endswith(",") for word in words):
        return _between_commas(line)
    return _with_decimal_commas(words)


def is_evenly_spaced(line: str) -> bool:
    """False where some commas have blanks around them and others none: `20,4, 60,4`.

    Such a row may hold half as many numbers with decimal commas.
    """
    spaced = len(re.findall(r",[ \t]|[ \t],", line.strip(BLANKS).rstrip(",")))
    return spaced == 0 or re.search(r"[^ \t],[^ \t]", line) is None


def _between_commas(line: str) -> list[float]:
    if ";" in line:
        raise ValueError(f"{_quoted(line)} has commas and semicolons between its values")
    return [number(field) for field in _fields(_COMMA, line)]


def _with_decimal_commas(words: list[str]) -> list[float]:
    commas = [word for word in words if "," in word]
    if len(commas) < len(words) and all(_THOUSANDS.fullmatch(word) for word in commas):
        # Where every number has three decimals, whole ones have them too.
        raise ValueError(f"{_quoted(commas[0])} may mean thousands or decimals; write a point")
    if any("." in word for word in words):
        raise ValueError(f"{_quoted(commas[0])} stands beside numbers with a decimal point")
    numbers = []
    for word in words:
        found = _DECIMAL_COMMA.fullmatch(word)
        numbers.append(number(word if found is None else f"{found[1]}.{found[2]}"))
    return numbers


def _fields(separator: re.Pattern[str], line: str) -> list[str]:
    fields = separator.split(line)
    if len(fields) > 1 and not fields[-1]:
        fields.pop()  # a separator at the end of the line
    if len(fields) > 1 and not all(fields):
        raise ValueError("a value is missing between two separators")
    return fields


def _quoted(text: str) -> str:
    return f"'{printable(text, 20)}'"
