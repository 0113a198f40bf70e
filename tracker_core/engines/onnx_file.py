"""ONNX files as bytes: weights added to a graph, and what a file says of itself.

The `onnx` package is not needed for either. A protobuf message that is followed by another one of
its kind is both of them merged, so weights are appended; and what lies at the top level is a list
of fields, each with its length.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tracker_core.errors import CKDError

_TYPES = {"float32": 1, "uint8": 2, "int8": 3, "int64": 7}
"""numpy's name -> TensorProto.DataType."""
# Numbers of fields in onnx.proto, and how protobuf stores what a field holds.
_MODEL_GRAPH, _MODEL_METADATA, _GRAPH_WEIGHT = 7, 14, 5
_DIMS, _DATA_TYPE, _NAME, _RAW = 1, 2, 8, 9
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

# Protobuf itself takes no more in one message, and runtimes read the file as one.
MOST_BYTES = (1 << 31) - 1

Weights: TypeAlias = Mapping[str, NDArray[np.generic]]


def with_weights(graph: bytes, weights: Weights) -> bytes:
    """Return a graph with weights under their names; raises CKDError for more than ONNX holds."""
    entries = [_field(_GRAPH_WEIGHT, _tensor(name, value)) for name, value in weights.items()]
    whole = graph + _field(_MODEL_GRAPH, b"".join(entries))
    if len(whole) > MOST_BYTES:
        raise CKDError("The network is too large for one ONNX file, which holds at most 2 GiB.")
    return whole


def with_metadata(graph: bytes, values: Mapping[str, str]) -> bytes:
    """Return a graph that says more of itself."""
    pairs = (_field(1, key.encode()) + _field(2, value.encode()) for key, value in values.items())
    return graph + b"".join(_field(_MODEL_METADATA, pair) for pair in pairs)


def metadata_of(data: bytes) -> dict[str, str]:
    """What a file says of itself, later entries first; raises CKDError for what is no ONNX."""
    found: dict[str, str] = {}
    try:
        for number, value in _fields(data):
            if number == _MODEL_METADATA:
                pair = dict(_fields(value))
                found[pair.get(1, b"").decode()] = pair.get(2, b"").decode()
    except (IndexError, ValueError) as error:
        raise CKDError("it is damaged, or no ONNX file") from error
    return found


def _tensor(name: str, value: NDArray[np.generic]) -> bytes:
    dims = b"".join(_varint(_DIMS << 3 | _VARINT) + _varint(side) for side in value.shape)
    kind = _varint(_DATA_TYPE << 3 | _VARINT) + _varint(_TYPES[value.dtype.name])
    # ONNX is little-endian wherever it is written.
    raw = np.ascontiguousarray(value).astype(value.dtype.newbyteorder("<"), copy=False).tobytes()
    return dims + kind + _field(_NAME, name.encode()) + _field(_RAW, raw)


def _field(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | _BYTES) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and content of each field that has a length; ValueError for what is no message."""
    start = 0
    while start < len(data):
        key, start = _read_varint(data, start)
        kind = key & 7
        if kind == _VARINT:
            _, start = _read_varint(data, start)
            continue
        if kind in (_FIXED32, _FIXED64):
            start += 4 if kind == _FIXED32 else 8
        elif kind == _BYTES:
            length, start = _read_varint(data, start)
            if start + length <= len(data):
                yield key >> 3, data[start : start + length]
            start += length
        else:
            raise ValueError("no kind of field that protobuf knows")
    if start != len(data):
        raise ValueError("cut off")


def _read_varint(data: bytes, start: int) -> tuple[int, int]:
    value, shift = 0, 0
    while True:
        byte = data[start]
        start += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, start
        shift += 7
        # Ten groups of seven bits hold every number that there is.
        if shift >= 70:
            raise ValueError("a number without end")
