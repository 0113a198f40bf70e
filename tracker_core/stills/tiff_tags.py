"""The tags of TIFF pages, read within limits, and a page put together from some of them."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from enum import IntEnum
from typing import BinaryIO

from tracker_core.stills.facts import DamageError


class Tag(IntEnum):
    """Numbers of the tags that pixels depend on."""

    SUBFILE = 254
    WIDTH = 256
    LENGTH = 257
    BITS = 258
    COMPRESSION = 259
    PHOTOMETRIC = 262
    FILL_ORDER = 266
    OFFSETS = 273
    ORIENTATION = 274
    SAMPLES = 277
    ROWS = 278
    COUNTS = 279
    PLANAR = 284
    FAX_3 = 292
    FAX_4 = 293
    PREDICTOR = 317
    COLOURS = 320
    TILE_WIDTH = 322
    TILE_LENGTH = 323
    TILE_OFFSETS = 324
    TILE_COUNTS = 325
    SAMPLE_FORMAT = 339
    JPEG_TABLES = 347
    SUBSAMPLING = 530


_KEPT = (Tag.PHOTOMETRIC, Tag.FILL_ORDER, Tag.FAX_3, Tag.FAX_4, Tag.PREDICTOR, Tag.COLOURS,
         Tag.SUBSAMPLING)  # fmt: skip
"""Tags that a page needs as they are, besides those of its size and bytes."""
_TYPES = {1: "B", 2: "B", 3: "H", 4: "I", 7: "B", 13: "I", 16: "Q", 18: "Q"}
"""Codes of `struct` by the type of a tag; fractions and signed numbers are in none of ours."""
_WIDTHS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4,
           16: 8, 17: 8, 18: 8}  # fmt: skip
_MOST_VALUES = 1 << 20
"""A page has a value for each strip, and no more strips than rows or tiles."""
_MOST_PAGES = 1 << 20
_THUMBNAIL = 1


class Tags:
    """The tags of one page."""

    def __init__(self, order: str, values: Mapping[int, tuple[int, ...]]) -> None:
        self.order = order
        self._values = values

    def all(self, tag: Tag) -> tuple[int, ...]:
        """All values of a tag; none where it is missing."""
        return self._values.get(tag, ())

    def one(self, tag: Tag, default: int | None = None) -> int:
        """The first value of a tag; DamageError where it is missing and has no default."""
        values = self._values.get(tag)
        if values:
            return values[0]
        if default is None:
            raise DamageError(f"is damaged: its TIFF data has no {tag.name.lower()}")
        return default

    def raw(self, tag: Tag) -> bytes:
        """The values of a tag that holds bytes."""
        return bytes(value & 0xFF for value in self.all(tag))


def page_offsets(file: BinaryIO) -> tuple[str, bool, list[int]]:
    """Byte order, whether it is a BigTIFF, and where the tags of each page are.

    Raises DamageError when there is no page, or the chain of pages is broken.
    """
    file.seek(0)
    head = file.read(16)
    order = "<" if head[:2] == b"II" else ">"
    try:
        big = struct.unpack_from(order + "H", head, 2)[0] == 43
        (offset,) = struct.unpack_from(order + ("Q" if big else "I"), head, 8 if big else 4)
    except struct.error:
        raise DamageError("is cut short") from None
    offsets: list[int] = []
    seen: set[int] = set()
    while offset:
        # A chain that leads back would never end.
        if offset in seen or len(seen) >= _MOST_PAGES:
            raise DamageError("is damaged: its TIFF pages form a circle")
        seen.add(offset)
        count, entries, width = _entries(file, order, big, offset)
        kind = 0
        for k in range(count):
            if struct.unpack_from(order + "H", entries, k * width)[0] == Tag.SUBFILE:
                (kind,) = struct.unpack_from(order + "I", entries, k * width + (12 if big else 8))
        if not kind & _THUMBNAIL:
            offsets.append(offset)
        (offset,) = struct.unpack_from(order + ("Q" if big else "I"), entries, count * width)
    if not offsets:
        raise DamageError("is damaged: its TIFF data has no page")
    return order, big, offsets


def _entries(file: BinaryIO, order: str, big: bool, offset: int) -> tuple[int, bytes, int]:
    """The number of tags of a page, their bytes with the next page's offset, and bytes a tag."""
    width, after = (20, 8) if big else (12, 4)
    file.seek(offset)
    head = file.read(8 if big else 2)
    try:
        (count,) = struct.unpack(order + ("Q" if big else "H"), head)
    except struct.error:
        raise DamageError("is cut short: its TIFF data has no end") from None
    if count > 0xFFFF:
        raise DamageError("is damaged: a TIFF page has too many tags")
    entries = file.read(count * width + after)
    if len(entries) != count * width + after:
        raise DamageError("is cut short: its TIFF data has no end")
    return count, entries, width


def read_tags(file: BinaryIO, order: str, big: bool, offset: int) -> Tags:
    """Read those tags of a page that pixels depend on; DamageError when they are out of reach."""
    count, entries, width = _entries(file, order, big, offset)
    known = frozenset(Tag)
    values: dict[int, tuple[int, ...]] = {}
    inline = 8 if big else 4
    for k in range(count):
        tag, kind = struct.unpack_from(order + "HH", entries, k * width)
        if tag not in known or kind not in _TYPES:
            continue
        (number,) = struct.unpack_from(order + ("Q" if big else "I"), entries, k * width + 4)
        if number > _MOST_VALUES:
            raise DamageError("is damaged: a TIFF tag has too many values")
        length = number * _WIDTHS[kind]
        at = k * width + (12 if big else 8)
        if length <= inline:
            data = entries[at : at + length]
        else:
            (where,) = struct.unpack_from(order + ("Q" if big else "I"), entries, at)
            file.seek(where)
            data = file.read(length)
        if len(data) != length:
            raise DamageError("is cut short: its TIFF data has no end")
        values[tag] = struct.unpack(f"{order}{number}{_TYPES[kind]}", data)
    return Tags(order, values)


def small_tiff(tags: Tags, changed: Mapping[Tag, int], bits: int, strips: list[bytes]) -> bytes:
    """Put together a TIFF of one page from given strips, with the tags that decoding needs."""
    order = tags.order
    values: dict[int, tuple[int, ...]] = {tag: tags.all(tag) for tag in _KEPT if tags.all(tag)}
    values |= {tag: (value,) for tag, value in changed.items()}
    values[Tag.BITS] = (bits,) * changed[Tag.SAMPLES]
    start = 8
    offsets = []
    for strip in strips:
        offsets.append(start)
        start += len(strip)
    values[Tag.OFFSETS] = tuple(offsets)
    values[Tag.COUNTS] = tuple(len(strip) for strip in strips)
    start += start % 2
    shorts = {Tag.BITS, Tag.COLOURS, Tag.SUBSAMPLING}
    head = struct.pack(order + "H", len(values))
    extra_at = start + 2 + 12 * len(values) + 4
    extra = b""
    for tag in sorted(values):
        code, kind = ("H", 3) if tag in shorts else ("I", 4)
        data = struct.pack(f"{order}{len(values[tag])}{code}", *values[tag])
        head += struct.pack(order + "HHI", tag, kind, len(values[tag]))
        if len(data) > 4:
            head += struct.pack(order + "I", extra_at + len(extra))
            extra += data
        else:
            head += data.ljust(4, b"\0")
    mark = b"II*\0" if order == "<" else b"MM\0*"
    body = b"".join([mark, struct.pack(order + "I", start), *strips])
    return body.ljust(start, b"\0") + head + bytes(4) + extra
