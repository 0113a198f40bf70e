"""Changes of bytes, whatever they mean."""

from __future__ import annotations

import random
from collections.abc import Callable

from benchmarks.mutations.damage import Damage, Edit

MAGICS = (
    b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"BM", b"II*\0", b"MM\0*", b"RIFF",
    b"P6\n", b"P5\n",
    b"\x89HDF\r\n\x1a\n", b"PK\x03\x04", b"\x80\x02", b"\x93NUMPY", b"\x1aE\xdf\xa3",
    b"\0\0\0\x20ftypisom",
    b"<!DOCTYPE html>", b"version https://git-lfs", b"\xef\xbb\xbf", b"\xff\xfe",
    b"\0\0\0\0\0\0\0\0", b"#!/bin/sh\n",
    b"#EXTM3U\n", b"ffconcat version 1.0\nfile ", b"v=0\r\n", b"%PDF-1.7", b"\x1f\x8b\x08", b"OggS",
)  # fmt: skip
LONGEST_RUN = 400
LARGE = (
    b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x00\x00\x00\x80",
    b"\x80\x00\x00\x00",
    b"\xff" * 8, b"\xff" * 7 + b"\x7f", b"\x7f" + b"\xff" * 7, b"\x00\x00\x00\x40",
    b"\x40\x00\x00\x00", b"\0" * 4,
    b"\x00\x00\x10\x00", b"\xff\xff",
)  # fmt: skip

Change = Callable[[random.Random, bytes, bytes], tuple[bytes, str]]
"""Takes the bytes of a file and of another of its kind; gives new bytes, and words."""


def _place(chance: random.Random, size: int) -> int:
    """A position, often near the beginning or the end, where most structures stand."""
    where = chance.random()
    near = min(size, 256)
    if where < 0.4:
        return chance.randrange(near)
    if where < 0.55:
        return size - 1 - chance.randrange(near)
    return chance.randrange(size)


def _flips(chance: random.Random, data: bytes, _other: bytes) -> tuple[bytes, str]:
    made = bytearray(data)
    places = [_place(chance, len(made)) for _ in range(chance.choice((1, 1, 1, 2, 4, 16)))]
    for place in places:
        made[place] ^= 1 << chance.randrange(8)
    return bytes(made), f"bits flipped in bytes {places}"


def _values(chance: random.Random, data: bytes, _other: bytes) -> tuple[bytes, str]:
    made = bytearray(data)
    place = _place(chance, len(made))
    made[place] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
    return bytes(made), f"byte {place} set to {made[place]}"


def _runs(chance: random.Random, data: bytes, _other: bytes) -> tuple[bytes, str]:
    start = _place(chance, len(data))
    count = min(chance.randint(1, LONGEST_RUN), len(data) - start)
    kind = chance.choice(("zeros", "ones", "noise"))
    filling = {"zeros": bytes(count), "ones": b"\xff" * count, "noise": chance.randbytes(count)}
    return data[:start] + filling[kind] + data[start + count :], f"{count} {kind} from {start} on"


def _cut(chance: random.Random, data: bytes, _other: bytes) -> tuple[bytes, str]:
    place = _place(chance, len(data))
    return data[:place], f"cut after {place} of {len(data)} bytes"


def _lost(chance: random.Random, data: bytes, _other: bytes) -> tuple[bytes, str]:
    start = _place(chance, len(data))
    count = chance.randint(1, LONGEST_RUN)
    return data[:start] + data[start + count :], f"{count} bytes lost from {start} on"


def _twice(chance: random.Random, data: bytes, _other: bytes) -> tuple[bytes, str]:
    start = _place(chance, len(data))
    part = data[start : start + chance.randint(1, LONGEST_RUN)]
    place = chance.choice((start, len(data), _place(chance, len(data))))
    return data[:place] + part + data[place:], f"{len(part)} bytes of {start} again at {place}"


def _spliced(chance: random.Random, data: bytes, other: bytes) -> tuple[bytes, str]:
    share = chance.random()
    here, there = int(share * len(data)), int(share * len(other))
    return data[:here] + other[there:], f"{here} bytes, then another file's from {there} on"


def _magic(chance: random.Random, data: bytes, _other: bytes) -> tuple[bytes, str]:
    magic = chance.choice(MAGICS)
    keep = chance.random() < 0.5
    return magic + data[0 if keep else len(magic) :], f"begins with {magic!r}"


def _large(chance: random.Random, data: bytes, _other: bytes) -> tuple[bytes, str]:
    number = chance.choice(LARGE)
    place = _place(chance, len(data))
    if chance.random() < 0.6:
        place -= place % 4
    return data[:place] + number + data[place + len(number) :], f"{number.hex()} at {place}"


def _more(chance: random.Random, data: bytes, _other: bytes) -> tuple[bytes, str]:
    count = chance.choice((1, 16, 4096, 100_000))
    return data + (
        chance.randbytes(count) if chance.random() < 0.5 else bytes(count)
    ), f"{count} bytes behind the end"


def _empty(_chance: random.Random, _data: bytes, _other: bytes) -> tuple[bytes, str]:
    return b"", "emptied"


CHANGES: dict[str, Change] = {
    "flips": _flips, "values": _values, "runs": _runs, "cut": _cut, "lost": _lost, "twice": _twice,
    "spliced": _spliced, "magic": _magic, "large": _large, "more": _more, "empty": _empty,
}  # fmt: skip
"""By name."""


def _edit(name: str, change: Change) -> Edit:
    def edit(damage: Damage) -> bool:
        path = damage.one(lambda each: each.stat().st_size > 0)
        if path is None:
            return False
        data = path.read_bytes()
        others = [each for each in damage.files() if each.suffix == path.suffix and each != path]
        other = damage.chance.choice(others) if others else path
        made, words = change(damage.chance, data, other.read_bytes())
        if made == data:
            return False
        damage.change(path, made)
        if name in ("spliced", "twice", "lost", "cut"):
            # The rest may well be a whole picture of the other moment.
            damage.lies(*((damage.moment(path),) if name == "spliced" else ()))
        damage.say(f"{damage.name(path)}: {words}")
        return True

    return edit


def edits() -> dict[str, Edit]:
    """Every change of bytes as an edit of any file."""
    return {f"bytes {name}": _edit(name, change) for name, change in CHANGES.items()}
