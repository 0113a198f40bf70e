"""Changes of HDF5 files that any HDF5 library could have written."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import h5py
import numpy as np

from benchmarks.mutations.damage import Damage, Edit

VALUES: tuple[Any, ...] = (
    np.nan, np.inf, -np.inf, 1e300, -1e300, 5e-324, 0, -1, 1, 255, 65_535, 2**31, -(2**31), 2**62,
    7,
)  # fmt: skip
ATTRIBUTES: tuple[Any, ...] = (
    0, -1, 2**62, 1.5, np.nan, np.bytes_(b""), np.bytes_(b"x"), np.bytes_(b"\xff\xfe"),
    np.bytes_(b"\x1b[31m"),
    np.bytes_(b"a\nb"), np.bytes_(b"x" * 20_000), np.zeros(0), np.zeros((3, 3)), np.arange(5),
    "text of varying length",
    np.array([np.nan, 1.0]), np.array([2**62, 2**62]), np.bytes_(b"{}"),
    np.bytes_(b'{"a": 1e999}'), np.bytes_(b"[" * 5000),
    np.bool_(True), np.complex64(1j), h5py.Empty("f"), np.bytes_("\u202e".encode()),
)  # fmt: skip


def _places(file: h5py.File) -> tuple[list[str], list[str]]:
    groups: list[str] = ["/"]
    datasets: list[str] = []

    def look(name: str, item: Any) -> None:  # noqa: ANN401 - a group or a dataset
        (datasets if isinstance(item, h5py.Dataset) else groups).append(name)

    file.visititems(look)
    return sorted(groups), sorted(datasets)


def _attribute(chance: random.Random, file: h5py.File) -> str:
    groups, datasets = _places(file)
    with_some = [name for name in (*groups, *datasets) if len(file[name].attrs)]
    if not with_some:
        return ""
    item = file[chance.choice(with_some)]
    name = chance.choice(sorted(item.attrs))
    if chance.random() < 0.15:
        del item.attrs[name]
        return f"{item.name}@{name} lost"
    value = chance.choice(ATTRIBUTES)
    item.attrs[name] = value
    return f"{item.name}@{name} = {str(value)[:40]!r}"


def _value(chance: random.Random, file: h5py.File) -> str:
    _, datasets = _places(file)
    if not datasets:
        return ""
    data = file[chance.choice(datasets)]
    if not data.size or data.dtype.kind not in "iuf":
        return ""
    index = tuple(chance.randrange(side) for side in data.shape)
    if chance.random() < 0.3:
        index = index[:1]
    value = chance.choice(VALUES)
    with np.errstate(all="ignore"):
        if data.dtype.kind in "iu":
            known = np.iinfo(data.dtype)
            value = 0 if not np.isfinite(value) else max(known.min, min(known.max, int(value)))
        data[index] = value
    return f"{data.name}{list(index)} = {value}"


def _other_type(chance: random.Random, data: Any) -> Any:  # noqa: ANN401 - any array
    kinds = ("f4", "f8", "i8", "u1", ">f8", "f2", "S8", "c8", "?")
    return np.zeros(data.shape, chance.choice(kinds))


_REWRITTEN: dict[str, Callable[[random.Random, Any], Any]] = {
    "type": _other_type,
    "shape": lambda _chance, data: data.reshape(-1),
    "longer": lambda _chance, data: np.concatenate([data, data]),
    "shorter": lambda _chance, data: data[: len(data) // 2],
    "empty": lambda _chance, data: data[:0],
    "text": lambda _chance, _data: np.bytes_(b"x" * 100),
    "scalar": lambda _chance, _data: np.float64(1),
}


def _rewritten(chance: random.Random, file: h5py.File) -> str:
    _, datasets = _places(file)
    if not datasets:
        return ""
    name = chance.choice(datasets)
    data = file[name][...]
    attributes = dict(file[name].attrs)
    del file[name]
    how = chance.choice((*_REWRITTEN, "filter", "checksum", "contiguous"))
    options: dict[str, Any] = {}
    if how in _REWRITTEN:
        data = _REWRITTEN[how](chance, data)
    elif how != "contiguous" and data.ndim:
        kind = {"compression": "lzf"} if how == "filter" else {"fletcher32": True}
        options = {**kind, "chunks": True}
    made = file.create_dataset(name, data=data, **options)
    for key, value in attributes.items():
        made.attrs[key] = value
    return f"/{name} written again: {how}"


def _huge(chance: random.Random, file: h5py.File) -> str:
    """A dataset that says to be far larger than what is there."""
    _, datasets = _places(file)
    if not datasets:
        return ""
    name = chance.choice(datasets)
    old = file[name]
    shape = (chance.choice((10**6, 10**9, 2**40)), *old.shape[1:])
    kind = old.dtype
    del file[name]
    file.create_dataset(
        name, shape, kind, chunks=tuple(min(each, 16) or 1 for each in shape), compression="gzip"
    )
    return f"/{name} claims to be {shape}"


def _chunk(chance: random.Random, file: h5py.File) -> str:
    _, datasets = _places(file)
    chunked = [name for name in datasets if file[name].chunks and file[name].id.get_num_chunks()]
    if not chunked:
        return ""
    data = file[chance.choice(chunked)]
    place = data.id.get_chunk_info(chance.randrange(data.id.get_num_chunks())).chunk_offset
    mask, body = data.id.read_direct_chunk(place)
    how = chance.choice(("cut", "noise", "flip", "empty", "longer", "mask"))
    made = bytearray(body)
    if how == "cut":
        made = made[: len(made) // 2]
    elif how == "noise":
        made = bytearray(chance.randbytes(len(made)))
    elif how == "flip":
        made[chance.randrange(len(made))] ^= 1 << chance.randrange(8)
    elif how == "empty":
        made = bytearray(b"")
    elif how == "longer":
        made += bytes(5000)
    else:
        mask ^= 1
    data.id.write_direct_chunk(place, bytes(made), mask)
    return f"{data.name}: chunk at {place} {how}"


def _put(file: h5py.File, name: str, how: str, other: str) -> None:
    """Put something else where a member was, or nothing."""
    if how == "soft":
        file[name] = h5py.SoftLink(f"/{other}")
    elif how == "external":
        file[name] = h5py.ExternalLink("/dev/zero", "/x")
    elif how == "group":
        file.create_group(name)
    elif how == "reference":
        file.create_dataset(name, data=np.array([file.ref], dtype=h5py.ref_dtype))


def _member(chance: random.Random, file: h5py.File) -> str:
    groups, datasets = _places(file)
    names = [name for name in (*groups, *datasets) if name != "/"]
    if not names:
        return ""
    name = chance.choice(names)
    how = chance.choice(
        ("lost", "renamed", "soft", "external", "hard", "swapped", "loop", "group", "reference")
    )
    other = chance.choice(names)
    if how == "renamed":
        file.move(name, f"{name}x")
    elif how == "hard":
        file[f"{name}2"] = file[other]
    elif how == "loop":
        file[f"{name}_loop"] = file["/"]
    elif how == "swapped":
        if other == name or other.startswith(f"{name}/") or name.startswith(f"{other}/"):
            return ""
        file.move(name, "kept")
        file.move(other, name)
        file.move("kept", other)
    else:
        del file[name]
        _put(file, name, how, other)
    return f"/{name} {how} /{other}"


_CHANGES = {
    "attribute": _attribute, "value": _value, "rewritten": _rewritten, "huge": _huge,
    "chunk": _chunk, "member": _member,
}  # fmt: skip


def _edit(change: Any) -> Edit:  # noqa: ANN401 - one of the above
    def edit(damage: Damage) -> bool:
        path = damage.one(lambda each: each.suffix in (".h5", ".hdf5"))
        # h5py may crash on a file whose bytes were changed before.
        if path is None or (damage.name(path) in damage.touched and damage.pictures):
            return False
        with h5py.File(path, "r+") as file:
            words = change(damage.chance, file)
        if words:
            damage.note(path)
            damage.pictures = False
            damage.values = True
            damage.say(f"{damage.name(path)}: {words}")
        return bool(words)

    return edit


EDITS: dict[str, Edit] = {f"hdf5 {name}": _edit(change) for name, change in _CHANGES.items()}
"""By name."""
