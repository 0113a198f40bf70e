"""Changes of what is packed: pickles, zip archives, headers of safetensors."""

from __future__ import annotations

import io
import json
import pickletools
import random
import struct
import zipfile
from collections.abc import Callable
from typing import Any

from benchmarks.mutations.damage import Damage, Edit
from benchmarks.mutations.textwise import NASTY, changed

PICKLES = {".npy", ".pth", ".pt", ".tar", ".ckpt"}
INSERTS = (
    b"cos\nsystem\nX\x04\0\0\0trueq\0\x85R", b"cbuiltins\neval\n",
    b"\x8c\x05posix\x8c\x06system\x93", b"ctorch\nload\n",
    b"cnumpy\nndarray\n", b"cnumpy.core.multiarray\nscalar\n", b"(" * 50, b"0" * 3, b"2" * 200,
    b"]" * 3000, b"}" * 3,
    b"X\xff\xff\xff\x7f", b"B\xff\xff\xff\x7f", b"\x8d\xff\xff\xff\xff\xff\xff\xff\x7f",
    b"\x8a\xff" + b"\xff" * 255,
    b"\x8b\xff\xff\xff\x7f", b"r\xff\xff\xff\xff", b"h\xff", b"j\xff\xff\xff\x7f",
    b"I" + b"9" * 6000 + b"\n", b"F1e999\n",
    b"\x95\xff\xff\xff\xff\xff\xff\xff\xff", b"R", b"b", b"\x81", b"a", b"e", b"s", b"u", b"Q",
    b"Pabc\n", b"\x82\x01",
    b".", b"N.", b"\x80\x63", b"ccollections\nOrderedDict\n)R", b"c__main__\nx\n", b"\x97",
    b"\x98", b"M\xff\xff", b"J\xff\xff\xff\xff",
)  # fmt: skip
"""Instructions that may stand anywhere."""


def changed_pickle(chance: random.Random, body: bytes) -> tuple[bytes, str]:
    """Return a pickle with one instruction lost, doubled, exchanged, put in or changed."""
    try:
        steps = [(name.name, place) for name, _, place in pickletools.genops(body)]
    except Exception:  # noqa: BLE001 - pickletools raises whatever it meets
        steps = []
    if len(steps) < 3:
        place = chance.randrange(len(body) + 1)
        return body[:place] + chance.choice(INSERTS) + body[place:], f"instruction at {place}"
    bounds = [int(place or 0) for _, place in steps] + [len(body)]
    index = chance.randrange(len(steps))
    start, end = bounds[index], bounds[index + 1]
    how = chance.choice(("lost", "twice", "insert", "insert", "argument", "other", "exchanged"))
    if how == "lost":
        made = body[:start] + body[end:]
    elif how == "twice":
        made = body[:end] + body[start:end] * chance.choice((1, 1, 50)) + body[end:]
    elif how == "insert":
        made = body[:start] + chance.choice(INSERTS) + body[start:]
    elif how == "argument" and end - start > 1:
        place = chance.randrange(start + 1, end)
        made = (
            body[:place]
            + bytes([chance.choice((0, 1, 127, 255, chance.randrange(256)))])
            + body[place + 1 :]
        )
    elif how == "exchanged":
        other = chance.randrange(len(steps))
        made = body[:start] + body[bounds[other] : bounds[other + 1]] + body[end:]
    else:
        made = (
            body[:start]
            + bytes([chance.choice(pickletools.opcodes).code.encode("latin-1")[0]])
            + body[start + 1 :]
        )
    return made, f"pickle: {steps[index][0]} at {start} {how}"


def pickle_edit(damage: Damage) -> bool:
    """Change an instruction of a pickle, inside an archive too."""
    path = damage.one(lambda each: each.suffix in PICKLES)
    if path is None:
        return False
    body = path.read_bytes()
    if body[:4] == b"PK\x03\x04":
        entries = _entries(body)
        name = next((each for each in entries if each.endswith(".pkl")), "")
        if not name:
            return False
        entries[name], words = changed_pickle(damage.chance, entries[name])
        made = _zipped(entries)
    else:
        # numpy's header stands before the pickle.
        head = body.index(b"\n") + 1 if body[:6] == b"\x93NUMPY" and b"\n" in body else 0
        rest, words = changed_pickle(damage.chance, body[head:])
        made = body[:head] + rest
    damage.change(path, made)
    damage.values = True
    damage.say(f"{damage.name(path)}: {words}")
    return True


def _entries(body: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except Exception:  # noqa: BLE001 - damaged before
        return {}


def _zipped(entries: dict[str, bytes], **how: Any) -> bytes:  # noqa: ANN401 - options of ZipFile
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", **how) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return made.getvalue()


def zip_edit(damage: Damage) -> bool:
    """Change members of an archive, or what its directory says of them."""
    path = damage.one(
        lambda each: (
            each.read_bytes()[:4] == b"PK\x03\x04" if each.stat().st_size < 1 << 22 else False
        )
    )
    entries = {} if path is None else _entries(path.read_bytes())
    if path is None or not entries:
        return False
    name = damage.chance.choice(sorted(entries))
    how = damage.chance.choice(tuple(_ZIPS))
    made = _ZIPS[how](damage.chance, dict(entries), name)
    if made == path.read_bytes():
        return False
    damage.change(path, made)
    damage.values = True
    damage.say(f"{damage.name(path)}: archive, {name} {how}")
    return True


def _without(_chance: random.Random, entries: dict[str, bytes], name: str) -> bytes:
    del entries[name]
    return _zipped(entries)


def _shorter(_chance: random.Random, entries: dict[str, bytes], name: str) -> bytes:
    return _zipped(entries | {name: entries[name][: len(entries[name]) // 2]})


def _longer(_chance: random.Random, entries: dict[str, bytes], name: str) -> bytes:
    return _zipped(entries | {name: entries[name] + bytes(1000)})


def _deflated(_chance: random.Random, entries: dict[str, bytes], _name: str) -> bytes:
    return _zipped(entries, compression=zipfile.ZIP_DEFLATED)


def _bomb(_chance: random.Random, entries: dict[str, bytes], name: str) -> bytes:
    return _zipped(
        entries | {name: entries[name] + bytes(300 << 20)},
        compression=zipfile.ZIP_DEFLATED,
        compresslevel=1,
    )


def _double(_chance: random.Random, entries: dict[str, bytes], name: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for each, data in (*entries.items(), (f"{name[:-1]}\0", b"other")):
            archive.writestr(each, data)
    return made.getvalue().replace(f"{name[:-1]}\0".encode(), name.encode())


def _renamed(chance: random.Random, entries: dict[str, bytes], name: str) -> bytes:
    other = chance.choice(
        ("../../x", "/etc/x", "x", "a" * 60_000, "data.pkl", "\u202e", f"{name}/")
    )
    return _zipped({other if key == name else key: data for key, data in entries.items()})


def _directory(chance: random.Random, entries: dict[str, bytes], _name: str) -> bytes:
    """Other numbers in a record of the directory: method, sizes, checksum, place."""
    body = bytearray(_zipped(entries))
    places = [start for start in range(len(body) - 46) if body[start : start + 4] == b"PK\x01\x02"]
    place = chance.choice(places) + chance.choice((8, 10, 16, 20, 24, 28, 30, 32, 34, 42))
    body[place : place + 4] = chance.choice(
        (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f", b"\x01\0\0\0", chance.randbytes(4))
    )
    return bytes(body)


def _end(chance: random.Random, entries: dict[str, bytes], _name: str) -> bytes:
    body = bytearray(_zipped(entries))
    place = len(body) - 22 + chance.choice((4, 8, 10, 12, 16, 20))
    body[place : place + 2] = chance.choice((b"\xff\xff", b"\0\0", b"\x01\0", chance.randbytes(2)))
    return bytes(body)


_ZIPS: dict[str, Callable[[random.Random, dict[str, bytes], str], bytes]] = {
    "lost": _without, "shorter": _shorter, "longer": _longer, "deflated": _deflated,
    "bomb": _bomb, "twice": _double,
    "renamed": _renamed, "record": _directory, "end": _end, "record again": _directory,
}  # fmt: skip


def header_edit(damage: Damage) -> bool:
    """Change the header of a safetensors file."""
    path = damage.one(lambda each: each.suffix == ".safetensors")
    if path is None:
        return False
    body = path.read_bytes()
    made, words = changed_header(damage.chance, body)
    if not words:
        return False
    damage.change(path, made)
    damage.values = True
    damage.say(f"{damage.name(path)}: {words}")
    return True


_KINDS = ("F16", "F64", "BF16", "I64", "U8", "BOOL", "F8_E4M3", "X", "")


def changed_header(chance: random.Random, body: bytes) -> tuple[bytes, str]:
    """Return a safetensors file with another header, and words; no words where there is none."""
    try:
        (length,) = struct.unpack("<Q", body[:8])
        header = json.loads(body[8 : 8 + length])
        names = [name for name in header if name != "__metadata__"]
        entry = header[chance.choice(names)]
        rest = body[8 + length :]
        how = chance.choice(
            ("tree", "type", "shape", "offsets", "length", "renamed", "metadata", "config", "rest")
        )
        if how == "tree":
            header, _ = changed(chance, header)
        elif how == "type":
            entry["dtype"] = chance.choice(_KINDS)
        elif how == "shape":
            entry["shape"] = chance.choice(
                ([2**40], [2**62, 2], [0], [], [-1], entry["shape"][::-1], [1, *entry["shape"]])
            )
        elif how == "offsets":
            entry["data_offsets"] = chance.choice(
                ([0, 2**62], [0, 0], [5, 1], [-4, 4], header[chance.choice(names)]["data_offsets"])
            )
        elif how == "renamed":
            name = chance.choice(names)
            header[chance.choice(("x", "module." + name, "\u202e", name[:-1]))] = header.pop(name)
        elif how == "metadata":
            header["__metadata__"] = chance.choice(
                (*NASTY[:20], {"format": "ckd-studio-checkpoint", "config": "[" * 5000})
            )
        elif how == "config":
            _config(chance, header)
        elif how == "rest":
            rest = rest[: len(rest) // 2]
        text = json.dumps(header).encode("utf-8", "surrogatepass")
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, struct.error):
        return body, ""
    size = (
        len(text)
        if how != "length"
        else chance.choice((0, 1, len(text) - 1, len(text) + 9, 2**40, 2**63))
    )
    return struct.pack("<Q", size) + text + rest, f"header: {how}"


def _config(chance: random.Random, header: dict[str, Any]) -> None:
    metadata = header["__metadata__"]
    tree, _ = changed(chance, json.loads(metadata["config"]))
    metadata["config"] = json.dumps(tree)


EDITS: dict[str, Edit] = {"pickle": pickle_edit, "archive": zip_edit, "header": header_edit}
"""By name."""
