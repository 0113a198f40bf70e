"""Time stamps in file names: since 1970, as date and time of day, or seconds with a fraction."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tracker_core.sequences.steps import counts_on

SECOND = 1_000_000_000
"""Stamps are kept in nanoseconds, the finest that names have."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = 630_000_000, 4_200_000_000
"""Seconds since 1970 that a camera can have seen: 1989 to 2103."""

_DAY = r"(?P<year>(?:19|20)\d\d)(?P<a>[-_.]?)(?P<month>0[1-9]|1[0-2])(?P=a)(?P<day>[0-2]\d|3[01])"
_CLOCK = r"(?P<hour>[01]\d|2[0-3])(?P<b>[-_:.]?)(?P<minute>[0-5]\d)(?P=b)(?P<second>[0-5]\d)"
_TAIL = r"(?:(?P<point>[-_.,: ]?)(?P<tail>\d{1,9}))?(?:Z|z)?(?!\d)"
_DATE_TIME = re.compile(rf"(?<!\d){_DAY}(?:T|t|[-_. ]+|[-_ ]?at[-_ ]?)?{_CLOCK}{_TAIL}")
# Without a date there must be something between hours, minutes and seconds, or a fraction.
_TIME = re.compile(
    r"(?<![\d.])(?P<hour>[01]\d|2[0-3])(?P<b>[-_:.])(?P<minute>[0-5]\d)(?P=b)(?P<second>[0-5]\d)"
    r"(?P<point>[-_.,: ])(?P<tail>\d{1,9})(?!\d)"
    r"|(?<!\d)(?P<hour2>[01]\d|2[0-3])(?P<minute2>[0-5]\d)(?P<second2>[0-5]\d)"
    r"(?P<point2>[-_.,])(?P<tail2>\d{3}|\d{6}|\d{9})(?!\d)"
)
_SINCE = re.compile(
    r"(?<![\d.])(?P<whole>\d{19}|\d{16}|\d{13}|\d{10})(?:(?P<point>[._,])(?P<tail>\d{1,9}))?(?!\d)"
)
_SECONDS = re.compile(r"(?<![\d.,])(?P<whole>\d{1,9})[.,](?P<tail>\d{1,9})(?![\d.,]\d|\d)")
_DAY_SECONDS = 86_400
_UNITS = {10: SECOND, 13: 1_000_000, 16: 1_000, 19: 1}

Span: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Stamps:
    """The time stamp of each of N names."""

    times: NDArray[np.int64]
    """(N,) nanoseconds; of names without one, 0."""
    there: NDArray[np.bool_]
    """(N,) True where the name has one."""
    spans: list[Span | None]
    """Where in each name it stands, so that its digits are not taken for a counter."""
    absolute: bool
    """True when it counts from 1970, so that two cameras' stamps can be compared at all."""


def find_stamps(stems: list[str], strays: int) -> Stamps | None:
    """Find the time stamps of names; None unless all but `strays` have one, and each another."""
    for pattern, value, absolute in (
        (_DATE_TIME, _of_date, True),
        (_SINCE, _of_count, True),
        (_TIME, _of_clock, False),
        (_SECONDS, _of_seconds, False),
    ):
        found = [pattern.search(stem) for stem in stems]
        if sum(match is None for match in found) > strays or not any(found):
            continue
        matches = [match for match in found if match is not None]
        times = value(matches)
        if times is None or len(set(times)) < len(times):
            continue
        values = iter(times)
        return Stamps(
            np.array([0 if match is None else next(values) for match in found], np.int64),
            np.array([match is not None for match in found], np.bool_),
            [None if match is None else match.span() for match in found],
            absolute,
        )
    return None


def may_hold_stamp(stem: str) -> bool:
    """True when some digits of a name look like a time stamp."""
    return any(pattern.search(stem) for pattern in (_DATE_TIME, _SINCE, _TIME, _SECONDS))


_Match: TypeAlias = re.Match[str]


def _of_date(matches: list[_Match]) -> list[int] | None:
    seconds = []
    for match in matches:
        parts = [int(match[name]) for name in ("year", "month", "day", "hour", "minute", "second")]
        try:
            moment = datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]  # six numbers
        except ValueError:  # 30 February
            return None
        seconds.append(round((moment - _EPOCH).total_seconds()))
    return _with_fractions(seconds, [m["tail"] for m in matches], {m["point"] for m in matches})


def _of_clock(matches: list[_Match]) -> list[int] | None:
    seconds, tails, points = [], [], set()
    for match in matches:
        end = "" if match["hour"] is not None else "2"
        hour, minute, second = (int(match[name + end]) for name in ("hour", "minute", "second"))
        seconds.append(3600 * hour + 60 * minute + second)
        tails.append(match["tail" + end])
        points.add(match["point" + end])
    # Over midnight the day's last seconds come before its first.
    if max(seconds) - min(seconds) > _DAY_SECONDS // 2:
        seconds = [each + _DAY_SECONDS * (2 * each < _DAY_SECONDS) for each in seconds]
    return _with_fractions(seconds, tails, points)


def _of_count(matches: list[_Match]) -> list[int] | None:
    widths = {len(match["whole"]) for match in matches}
    if len(widths) != 1:
        return None
    unit = _UNITS[widths.pop()]
    wholes = [int(match["whole"]) for match in matches]
    if not all(_FIRST * SECOND <= whole * unit <= _LAST * SECOND for whole in wholes):
        return None
    # Numbers of so many digits that count on one by one are a counter.
    if not any(match["tail"] for match in matches):
        return None if counts_on(wholes) else [whole * unit for whole in wholes]
    if unit == SECOND:
        return _with_fractions(wholes, [m["tail"] for m in matches], {m["point"] for m in matches})
    if {match["point"] for match in matches} != {"."}:  # another number that stands behind it
        return [whole * unit for whole in wholes]
    tails = [match["tail"] or "0" for match in matches]
    return [
        whole * unit + unit * int(tail) // 10 ** len(tail)
        for whole, tail in zip(wholes, tails, strict=True)
    ]


def _of_seconds(matches: list[_Match]) -> list[int] | None:
    tails = [match["tail"] for match in matches]
    if not any(tail.strip("0") for tail in tails):
        return None  # 1.0, 2.0 count
    return _with_fractions([int(match["whole"]) for match in matches], tails, {"."})


def _with_fractions(
    seconds: list[int], tails: list[str | None], points: set[str]
) -> list[int] | None:
    """Nanoseconds of seconds and what stands behind them; None when that is a counter."""
    known = [tail for tail in tails if tail]
    if not known:
        return [second * SECOND for second in seconds]
    if len(known) < len(tails) and points - {".", ",", ""}:
        return None
    values = [int(tail) if tail else 0 for tail in tails]
    if counts_on(values) or _restarts(seconds, values):
        return None  # a counter behind the second, or one that begins again with each
    widths = {len(tail) for tail in known}
    if len(widths) == 1 or points <= {".", ","}:
        return [
            second * SECOND + SECOND * value // 10 ** len(tail or "0")
            for second, value, tail in zip(seconds, values, tails, strict=True)
        ]
    # Of several widths behind another sign it is a whole number of milli-, micro- or nanoseconds.
    digits = next(width for width in (3, 6, 9) if max(widths) <= width)
    return [
        second * SECOND + value * 10 ** (9 - digits)
        for second, value in zip(seconds, values, strict=True)
    ]


def _restarts(groups: list[int], values: list[int]) -> bool:
    """True when the second number counts 0, 1, 2 within each of the first: bursts."""
    inside: dict[int, list[int]] = {}
    for group, value in zip(groups, values, strict=True):
        inside.setdefault(group, []).append(value)
    several = [sorted(each) for each in inside.values() if len(each) > 1]
    if not several:
        return False
    return all(each[0] <= 1 and each[-1] - each[0] == len(each) - 1 for each in several)
