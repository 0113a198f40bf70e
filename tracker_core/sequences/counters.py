"""Which digits of file names tell one frame from another: a counter, a time stamp, or bursts."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tracker_core.sequences.stamps import find_stamps
from tracker_core.sequences.steps import grid


class Kind(IntEnum):
    """What the values of a reading are; the surest first."""

    COUNTER = 0
    """Numbers that count frames."""
    STAMP = 1
    """Nanoseconds."""
    GROUPS = 2
    """Two or three numbers that only together tell frames apart, such as burst and index."""
    NUMBER = 3
    """Numbers that differ but do not count: a clock of unknown unit, many lost, or no identity."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way in which the names of a folder identify their frames."""

    kind: Kind
    values: NDArray[np.int64]
    """(N,) rising and unique."""
    positions: list[int]
    """(N,) which name has each value."""
    strays: list[int]
    """Names that have no such value."""
    doubles: list[tuple[int, int]]
    """Names that are left out because another has their value, and that other."""
    label: str = ""
    """The word before the number, in lower case."""
    base: int = 10
    absolute: bool = False
    """True for stamps that count from 1970."""


_RUN = re.compile(r"(?:(?<=^)|(?<=[\s_\-=.,(\[]))-\d+|\d+", re.ASCII)
_DIGITS = re.compile(r"\d+", re.ASCII)
_WORDS = re.compile(r"[^\W_]+")
_NUMBER_WORD = re.compile(r"([^\W\d_]*)(\d+)([^\W\d_]*)", re.ASCII)
# Longer runs of digits are identifiers or hashes and count nothing; up to here, differences and
# steps fit in int64.
_LARGEST = 1 << 53
GROUP = 10**6
"""Each number of a group is below this, so that three of them fit in int64."""
_COUNTING = frozenset(
    {"frame", "frames", "frm", "fr", "f", "img", "image", "im", "idx", "index", "seq", "no"}
    | {"num", "n", "nr", "number", "pic", "picture", "count", "counter", "id", "v", "i"}
)
_MEASURING = frozenset(
    {"exp", "exposure", "et", "shutter", "iso", "gain", "temp", "temperature", "t", "hash"}
    | {"crc", "cam", "camera", "sn", "serial", "w", "h", "x", "y", "fps", "hz", "size"}
)
_FEW = 3
_PLACE = "\0"
"""Stands for a number in the shape of a name; no file has this character in its name."""


def most_strays(count: int) -> int:
    """How many of some names may lack a number; with more, the numbers are the mistake."""
    return max(_FEW, count // 20) if count > 2 * _FEW else (count + 2) // 5


def in_plain_digits(stem: str) -> str:
    """Write the digits of any script as 0 to 9."""
    if stem.isascii():
        return stem
    return "".join(
        str(unicodedata.decimal(letter)) if letter.isdecimal() else letter for letter in stem
    )


def read_numbers(names: Sequence[str]) -> list[Reading]:
    """Return the ways in which names tell frames apart, the surest first; none for none."""
    stems = [in_plain_digits(name[: name.rfind(".")]) for name in names]
    readings: list[Reading] = []
    whole = stems
    if (counted := _hexadecimal(stems, names)) is not None:
        return [counted]
    stamps = find_stamps(stems, most_strays(len(stems)))
    if stamps is not None:
        there = np.flatnonzero(stamps.there)
        order = there[np.argsort(stamps.times[there], kind="stable")]
        strays = np.flatnonzero(~stamps.there).tolist()
        readings.append(
            Reading(
                Kind.STAMP,
                stamps.times[order],
                order.tolist(),
                strays,
                [],
                absolute=stamps.absolute,
            )
        )
        # A letter in its place, which joins nothing: what is left may still hold a counter.
        stems = [
            stem if span is None else f"{stem[: span[0]]}@{stem[span[1] :]}"
            for stem, span in zip(stems, stamps.spans, strict=True)
        ]
    columns = _columns(stems)
    # From the end: a counter mostly comes last, after camera and date.
    last_first = columns[-1:] if len(names) == 1 else list(reversed(columns))
    for column in sorted(last_first, key=lambda each: _trust(each.label)):
        reading = _reading_of(column, names, whole)
        if reading is not None and not any(_same(reading, other) for other in readings):
            readings.append(reading)
    # What is measured tells no frames apart, though no two may happen to be equal.
    counting = [each for each in readings if each.label not in _MEASURING]
    readings = counting or readings
    readings += _groups(columns, names, whole)
    return sorted(readings, key=_rank)


def _rank(reading: Reading) -> tuple[int, int, int]:
    return reading.kind, _trust(reading.label), len(reading.strays)


def _trust(label: str) -> int:
    """0 for a word that counts frames, 2 for one that measures something."""
    return 0 if label in _COUNTING else 2 if label in _MEASURING else 1


def _same(reading: Reading, other: Reading) -> bool:
    if reading.positions != other.positions or reading.kind is not other.kind:
        return False
    return bool(np.array_equal(np.diff(reading.values), np.diff(other.values)))


@dataclass(frozen=True, slots=True)
class _Column:
    """One number of each name."""

    values: list[int | None]
    label: str
    odd: frozenset[int] = frozenset()
    """Names of another shape than most, which yield where two have one number."""


def _columns(stems: list[str]) -> list[_Column]:
    """Line up the numbers of names: by position where most have one shape, else by words."""
    shapes = [_RUN.sub(_PLACE, stem.lower()) for stem in stems]
    runs = [_RUN.findall(stem) for stem in stems]
    shape, count = Counter(shapes).most_common(1)[0]
    if len(stems) - count <= most_strays(len(stems)):
        return _by_place(shapes, shape, runs)
    if all(len(each) == 1 for each in runs):  # several words, one number each
        labels = {_letters(shape) for shape in shapes}
        label = labels.pop() if len(labels) == 1 else ""
        return [_Column(_signed([each[0] for each in runs]), label)]
    return _by_words(stems)


def _by_place(shapes: list[str], shape: str, runs: list[list[str]]) -> list[_Column]:
    usual = [k for k, each in enumerate(shapes) if each == shape]
    words = _letters(shape)
    pieces = shape.split(_PLACE)
    found = []
    for position in range(len(pieces) - 1):
        texts: list[str | None] = [None] * len(shapes)
        for k in usual:
            texts[k] = runs[k][position]
        odd = set()
        if len(pieces) == 2:
            # 00002 among 00001v and 00003v: it lacks a letter, and is no mask_00002.
            odd = {
                k
                for k, s in enumerate(shapes)
                if s != shape and s.count(_PLACE) == 1 and _letters(s) in ("", words)
            }
            for k in odd:
                texts[k] = runs[k][0]
        before = _WORDS.findall(pieces[position])
        label = before[-1] if before else ""
        found.append(_Column(_signed(texts), label, frozenset(odd)))
    return found


def _letters(shape: str) -> str:
    return "".join(letter for letter in shape if letter.isalpha())


def _signed(texts: Sequence[str | None]) -> list[int | None]:
    """Numbers of runs of digits; before a zero a minus is a hyphen."""
    hyphen = any(text is not None and text.startswith("-0") for text in texts)
    values = [None if text is None else _number(text) for text in texts]
    return [value if value is None or not hyphen else abs(value) for value in values]


def _number(text: str) -> int | None:
    if len(text) > 17:  # int() of thousands of digits raises
        text = text.lstrip("-0") or "0"
        if len(text) > 17:
            return None
    value = int(text)
    return value if abs(value) <= _LARGEST else None


def _by_words(stems: list[str]) -> list[_Column]:
    """Numbers by a word that all names have before them, or by their position among the words.

    For names with a hash in them, whose letters and digits come in any order.
    """
    words = [[word.lower() for word in _WORDS.findall(stem)] for stem in stems]
    numbers = [[_NUMBER_WORD.fullmatch(word) for word in each] for each in words]
    found: list[_Column] = []

    def add(places: list[int | None], label: str) -> None:
        matches = [None if at is None else row[at] for row, at in zip(numbers, places, strict=True)]
        around = {(m[1], m[3]) for m in matches if m is not None}
        missing = sum(match is None for match in matches)
        if len(around) == 1 and missing <= most_strays(len(stems)):
            before = next(iter(around))[0]
            texts = [None if match is None else match[2] for match in matches]
            found.append(_Column(_signed(texts), before or label))

    every = Counter(word for each in words for word in set(each))
    for word, count in every.items():
        # A constant word, once in each name: `frame` in video-HASH-frame-000012-HASH.
        if count == len(words) and not word.isdecimal() and all(e.count(word) == 1 for e in words):
            after = [each.index(word) + 1 for each in words]
            add([at if at < len(e) else None for at, e in zip(after, words, strict=True)], word)
    shortest = min(map(len, words))
    for position in range(shortest):
        add([position] * len(words), "")
        add([len(each) - 1 - position for each in words], "")
    for prefix, count in Counter(
        m[1] for row in numbers for m in row if m is not None and len(m[1]) > 1
    ).items():
        if count == len(words):
            places = [
                [k for k, m in enumerate(row) if m is not None and m[1] == prefix]
                for row in numbers
            ]
            if all(len(each) == 1 for each in places):
                add([each[0] for each in places], prefix)
    return found


def _reading_of(column: _Column, names: Sequence[str], stems: Sequence[str]) -> Reading | None:
    """A column as identity of the frames; None when too many names share a number."""
    kept: dict[int, int] = {}
    doubles: list[tuple[int, int]] = []
    bare = [_DIGITS.sub(lambda run: run[0].lstrip("0"), stem.lower()) for stem in stems]
    endings = [name[name.rfind(".") :].lower() for name in names]
    common = Counter(endings).most_common(1)[0][0]
    order = sorted(
        ((k, value) for k, value in enumerate(column.values) if value is not None),
        # Of two with one number the one of the usual shape and ending stays.
        key=lambda pair: (pair[0] in column.odd, endings[pair[0]] != common, names[pair[0]]),
    )
    for k, value in order:
        if value in kept:
            # v1 and v01, or one as png and as jpg. Others with one number are other frames.
            if bare[k] != bare[kept[value]] and k not in column.odd:
                return None
            doubles.append((k, kept[value]))
        else:
            kept[value] = k
    if not kept:
        return None
    values = np.array(sorted(kept), np.int64)
    if len(values) == 1 and len(names) > 1 and len(doubles) < len(names) - 1:
        return None
    positions = [kept[value] for value in values.tolist()]
    strays = [k for k, value in enumerate(column.values) if value is None]
    if len(strays) > most_strays(len(names)):
        return None
    return Reading(_kind_of(values), values, positions, strays, doubles, column.label)


def _kind_of(values: NDArray[np.int64]) -> Kind:
    return Kind.COUNTER if grid(values) is not None else Kind.NUMBER


def _groups(
    columns: Sequence[_Column], names: Sequence[str], stems: Sequence[str]
) -> Iterable[Reading]:
    """The numbers that only together tell frames apart, in the order in which they stand."""
    changing = [
        column
        for column in columns
        if len(set(column.values)) > 1 and column.label not in _MEASURING
    ]
    if len(changing) == 1 and len(columns) == 2:
        changing = list(columns)  # one burst alone; the other camera may have several
    if not 2 <= len(changing) <= 3:
        return
    joined: list[int | None] = []
    for row in zip(*(column.values for column in changing), strict=True):
        parts = [part for part in row if part is not None and 0 <= part < GROUP]
        whole = len(parts) == len(row)
        joined.append(sum(p * GROUP**k for k, p in enumerate(reversed(parts))) if whole else None)
    last = changing[-1]
    reading = _reading_of(_Column(joined, last.label), names, stems)
    if reading is not None and not reading.doubles:
        yield replace(reading, kind=Kind.GROUPS)


_HEX = frozenset("0123456789abcdef")


def _hexadecimal(stems: list[str], names: Sequence[str]) -> Reading | None:
    """A counter to the base of 16: as wide in all names, with letters in some, and dense."""
    if len(stems) < 3:
        return None
    lowered = [stem.lower() for stem in stems]
    start = len(common_start(lowered).rstrip("0123456789"))
    end = len(common_start([stem[::-1] for stem in lowered])[::-1].lstrip("0123456789"))
    runs = [stem[start : len(stem) - end] for stem in lowered]
    width = len(runs[0])
    together = set("".join(runs))
    if not (
        1 <= width <= 12
        and all(len(run) == width for run in runs)
        and together <= _HEX
        and together & set("abcdef")
        and together & set("0123456789")
    ):
        return None
    values = [int(run, 16) for run in runs]
    # Dense, as no hash is; a good half may be lost.
    if len(set(values)) < len(values) or max(values) - min(values) >= 4 * len(values):
        return None
    order = sorted(range(len(names)), key=lambda k: values[k])
    rising = np.array([values[k] for k in order], np.int64)
    return Reading(Kind.COUNTER, rising, order, [], [], base=16)


def common_start(names: Sequence[str]) -> str:
    """Return what all names begin with."""
    # What the first and the last in alphabetical order share, all between them share.
    first, last = min(names), max(names)
    length = 0
    for a, b in zip(first, last, strict=False):
        if a != b:
            break
        length += 1
    return first[:length]


def has_changing_digits(stems: Sequence[str]) -> bool:
    """True when most names have numbers, and these are not the same in all."""
    numbers = Counter(tuple(_DIGITS.findall(stem)) for stem in stems)
    return 2 * numbers[()] < len(stems) and len(numbers) > 2


def is_hash_like(stems: Sequence[str]) -> bool:
    """True when names are random letters and digits, whose order says nothing."""
    random = 0
    for stem in stems:
        words = _WORDS.findall(stem)
        random += any(len(word) >= 8 and _changes(word) >= 3 for word in words)
    return len(stems) > 1 and 2 * random > len(stems)


def _changes(word: str) -> int:
    return sum(a.isdigit() != b.isdigit() for a, b in pairwise(word))
