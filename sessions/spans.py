"""What a person says of a target on some of its frames: attributes such as pose = sitting."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from sessions.checks import MAX_FRAMES, as_int, as_line
from sessions.errors import SessionError
from sessions.records import recordable

MAX_ATTRIBUTE_NAME = 100
MAX_ATTRIBUTE_VALUE = 200
# Some that change ten times a second for a quarter of an hour; a step of undo holds all of them.
MAX_SPANS = 50_000
MAX_SPAN_NAMES = 200
"""Most attributes of one target: every frame on show is asked about all of them."""


@recordable
@dataclass(frozen=True, slots=True, order=True)
class AttributeSpan:
    """An attribute has a value on the frames `first` to `last`."""

    name: str
    first: int
    last: int
    """The last frame, itself included."""
    value: str

    def __post_init__(self) -> None:
        check_attribute_name(self.name)
        check_attribute_value(self.value)
        first = as_int(self.first, "The first frame of an attribute", 0, MAX_FRAMES)
        object.__setattr__(self, "first", first)
        last = as_int(self.last, "The last frame of an attribute", first, MAX_FRAMES)
        object.__setattr__(self, "last", last)


Spans = tuple[AttributeSpan, ...]
"""In order of name and frame; no two of one name on one frame."""


def check_attribute_name(name: object) -> str:
    """Return the name of an attribute, a text in one line; SessionError otherwise."""
    return as_line(name, "The name of an attribute", empty=False, limit=MAX_ATTRIBUTE_NAME)


def check_attribute_value(value: object) -> str:
    """Return the value of an attribute, a text in one line; SessionError otherwise."""
    # Without text it would be no value, which other programs cannot tell from an empty one.
    return as_line(value, "The value of an attribute", empty=False, limit=MAX_ATTRIBUTE_VALUE)


def check_spans(spans: object) -> Spans:
    """Return spans in order, neighbours of one value made one.

    SessionError when two of one name lie on one frame, when they are too many or none at all.
    """
    if not isinstance(spans, tuple | list) or not all(isinstance(s, AttributeSpan) for s in spans):
        raise SessionError("Attributes of frames are a list of spans.")
    ordered = sorted(spans)
    for one, other in pairwise(ordered):
        if one.name == other.name and other.first <= one.last:
            raise SessionError(
                f"The attribute {one.name!r} has two values on frame {other.first}; leave one."
            )
    return _counted(_joined(ordered))


def with_value(spans: Spans, name: str, first: int, last: int, value: str | None) -> Spans:
    """Return the spans with a value on the frames `first` to `last`; None takes it away there.

    What the attribute said there before gives way. Raises SessionError when they are too many.
    """
    kept = [part for span in spans for part in _without(span, name, first, last)]
    if value is not None:
        kept.append(AttributeSpan(name, first, last, value))
    return check_spans(kept)


def merged_spans(own: Spans, others: Spans) -> Spans:
    """Return what both say; where they differ on a frame, what `own` says."""
    by_name: dict[str, list[AttributeSpan]] = {}
    for span in own:
        by_name.setdefault(span.name, []).append(span)
    free = [part for span in others for part in _beside(span, by_name.get(span.name, []))]
    return check_spans([*own, *free])


def spans_within(spans: Spans, first: int, last: int) -> Spans:
    """Return what they say of the frames `first` to `last`, those included."""
    return tuple(
        replace(span, first=max(span.first, first), last=min(span.last, last))
        for span in spans
        if span.first <= last and first <= span.last
    )


def moved_spans(spans: Spans, by: int) -> Spans:
    """Return them so many frames later."""
    return tuple(replace(span, first=span.first + by, last=span.last + by) for span in spans)


def told_spans(stretches: Iterable[tuple[int, int, Mapping[str, str]]]) -> Spans:
    """Return the spans of first and last frames, ascending, with what is said on them."""
    done: list[AttributeSpan] = []
    open_: dict[str, tuple[int, int, str]] = {}
    for first, last, said in stretches:
        for name, value in said.items():
            begun = open_.get(name)
            if begun is not None and begun[1:] == (first - 1, value):
                open_[name] = begun[0], last, value
                continue
            if begun is not None:
                done.append(AttributeSpan(name, *begun))
            open_[name] = first, last, value
    return check_spans([*done, *(AttributeSpan(name, *begun) for name, begun in open_.items())])


def attributes_at(spans: Spans, frame_index: int) -> Mapping[str, str]:
    """Return names and values of the attributes on one frame, in order of their names."""
    found: dict[str, str] = {}
    start = 0
    # From name to name: a person steps through frames while there may be thousands of spans.
    while start < len(spans):
        name = spans[start].name
        end = bisect_right(spans, name, lo=start, key=_name)
        last = bisect_right(spans, frame_index, lo=start, hi=end, key=_first) - 1
        if last >= start and frame_index <= spans[last].last:
            found[name] = spans[last].value
        start = end
    return found


def changes_of(spans: Spans) -> tuple[int, ...]:
    """Return the frames, ascending, from which on anything else is said than on the one before."""
    return tuple(sorted({frame for span in spans for frame in (span.first, span.last + 1)}))


def names_of(spans: Spans) -> tuple[str, ...]:
    """Return the names of the attributes, in order."""
    return tuple(dict.fromkeys(span.name for span in spans))


def _name(span: AttributeSpan) -> str:
    return span.name


def _first(span: AttributeSpan) -> int:
    return span.first


def _without(span: AttributeSpan, name: str, first: int, last: int) -> Iterator[AttributeSpan]:
    """Yield what is left of a span without these frames."""
    if span.name != name or span.last < first or last < span.first:
        yield span
        return
    if span.first < first:
        yield replace(span, last=first - 1)
    if last < span.last:
        yield replace(span, first=last + 1)


def _beside(span: AttributeSpan, taken: list[AttributeSpan]) -> Iterator[AttributeSpan]:
    """Yield what of a span lies on frames that none of `taken`, in order, lies on."""
    start = span.first
    for other in taken:
        if other.last < start:
            continue
        if other.first > span.last:
            break
        if start < other.first:
            yield replace(span, first=start, last=other.first - 1)
        start = other.last + 1
    if start <= span.last:
        yield replace(span, first=start)


def _joined(ordered: list[AttributeSpan]) -> Iterator[AttributeSpan]:
    for _, group in groupby(ordered, key=lambda span: (span.name, span.value)):
        now: AttributeSpan | None = None
        for span in group:
            if now is not None and span.first == now.last + 1:
                now = replace(now, last=span.last)
                continue
            if now is not None:
                yield now
            now = span
        if now is not None:
            yield now


def _counted(spans: Iterable[AttributeSpan]) -> Spans:
    found = tuple(spans)
    if len(found) > MAX_SPANS:
        raise SessionError(
            f"A target holds at most {MAX_SPANS} attributes of frames; take some away first."
        )
    if len(names_of(found)) > MAX_SPAN_NAMES:
        raise SessionError(
            f"A target has at most {MAX_SPAN_NAMES} attributes on its frames; use fewer names."
        )
    return found
