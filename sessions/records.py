"""Values as JSON and back: what the journal writes, one record for each command."""

from __future__ import annotations

import base64
import binascii
import math
import zlib
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import IntEnum, IntFlag
from typing import Any, TypeAlias, TypeVar

import numpy as np

from sessions.checks import Array
from sessions.errors import SessionError

MAX_ARRAY_BYTES = 1 << 31
"""An array in a record that claims more than this is refused before memory is taken."""

_DTYPES = frozenset({"<f8", "<f4", "<f2", "<i8", "<u2", "|u1", "|b1"})
_RECORD_TYPES: dict[str, type[Any]] = {}

T = TypeVar("T")
Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


def recordable(cls: type[T]) -> type[T]:
    """Let instances of this dataclass be written as records and read back."""
    _RECORD_TYPES[cls.__name__] = cls
    return cls


def encode(value: object) -> Json:
    """Return the value as JSON types; arrays and bytes are packed, dataclasses are named."""
    # Before int, which an enumeration is too: a record holds plain numbers.
    if isinstance(value, IntEnum | IntFlag | np.integer):
        return int(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.ndarray):
        return {"array": _pack(value)}
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode("ascii")}
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    if isinstance(value, Mapping):
        return {"map": {str(key): encode(item) for key, item in value.items()}}
    name = type(value).__name__
    if _RECORD_TYPES.get(name) is type(value) and is_dataclass(value):
        parts = {field.name: encode(getattr(value, field.name)) for field in fields(value)}
        return {"type": name, "fields": parts}
    raise TypeError(f"{name} cannot be written as a record")


def decode(record: object) -> object:
    """Return the value that `encode` wrote; raises SessionError when the record is not one."""
    # Each alone may be small enough; a few kilobytes of text can claim any number of them.
    if _claimed_bytes(record) > MAX_ARRAY_BYTES:
        raise SessionError(f"A record holds arrays of more than {MAX_ARRAY_BYTES} bytes.")
    return _decode(record)


def _claimed_bytes(record: object) -> int:
    """Return how many bytes all arrays of a record say that they have."""
    total, waiting = 0, [record]
    while waiting:
        match waiting.pop():
            case {"array": [str(name), list(shape), str()]} if name in _DTYPES:
                # What else stands there is refused when it is decoded.
                sizes = [size for size in shape if type(size) is int]
                total += math.prod([np.dtype(name).itemsize, *sizes])
            case dict(parts):
                waiting += parts.values()
            case list(items):
                waiting += items
    return total


def _decode(record: object) -> object:
    if record is None or isinstance(record, bool | int | float | str):
        return record
    if isinstance(record, list):
        return tuple(_decode(item) for item in record)
    if isinstance(record, dict):
        return _decode_object(record)
    raise SessionError(f"A record holds {type(record).__name__}, which no command writes.")


def _decode_object(record: dict[str, object]) -> object:
    match record:
        case {"array": packed}:
            return _unpack(packed)
        case {"bytes": str(text)}:
            return _from_base64(text)
        case {"map": dict(items)}:
            return {key: _decode(item) for key, item in items.items()}
        case {"type": str(name), "fields": dict(parts)} if name in _RECORD_TYPES:
            return _build(_RECORD_TYPES[name], {key: _decode(part) for key, part in parts.items()})
    raise SessionError("A record names a command or value that this version does not know.")


def _build(cls: type[Any], parts: dict[str, object]) -> object:
    # A record of before a field was added lacks it; what it then says is the field's default.
    optional = {field.name for field in fields(cls) if field.default is not MISSING}
    names = {field.name for field in fields(cls)}
    if not names - optional <= set(parts) <= names:
        raise SessionError(f"A {cls.__name__} record has other fields than it should.")
    try:
        value: object = cls(**parts)
    except SessionError:
        raise
    # A record may hold any JSON where the class expects an array, a text or an object.
    except (TypeError, ValueError, OverflowError, AttributeError, IndexError, KeyError) as error:
        raise SessionError(f"A {cls.__name__} record holds values it cannot have.") from error
    return value


def _pack(array: Array) -> list[Json]:
    data = np.ascontiguousarray(array)
    # Level 1: it is written while a person waits, and lasts until the next save only.
    packed = base64.b64encode(zlib.compress(data.tobytes(), 1)).decode("ascii")
    return [data.dtype.newbyteorder("<").str, list(array.shape), packed]


def _unpack(packed: object) -> Array:
    match packed:
        case [str(name), list(shape), str(text)] if name in _DTYPES:
            pass
        case _:
            raise SessionError("A record holds an array of an unknown kind.")
    # JSON's true is an int to Python, and a shape may claim any number.
    if not all(type(size) is int and 0 <= size <= MAX_ARRAY_BYTES for size in shape):
        raise SessionError("A record holds an array with an impossible shape.")
    dtype = np.dtype(name)
    size = dtype.itemsize
    # Python's whole numbers do not overflow, whatever a record claims.
    for length in shape:
        size *= length
    if size > MAX_ARRAY_BYTES:
        raise SessionError(f"A record holds an array of {size} bytes, which is too large.")
    data = inflate(_from_base64(text), size)
    return np.frombuffer(data, dtype).reshape(shape)


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise SessionError("A record holds damaged data.") from None


def inflate(data: bytes, size: int) -> bytes:
    """Return exactly `size` bytes of a zlib stream, never taking memory for more."""
    stream = zlib.decompressobj()
    try:
        # One byte more than allowed shows that there is too much, without unpacking all of it.
        plain = stream.decompress(data, size + 1)
    except zlib.error:
        raise SessionError("Compressed data is damaged.") from None
    # Not at its end, the checksum of the stream was not seen.
    if len(plain) != size or not stream.eof or stream.unused_data:
        raise SessionError("Compressed data has another length than it should.")
    return plain
