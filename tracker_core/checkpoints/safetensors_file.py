"""Read safetensors: the header by our own limits, the values by the library."""

from __future__ import annotations

import json
import struct
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from safe_files import printable
from tracker_core.checkpoints.stored import StoredTensor, possible_shape, quoted
from tracker_core.errors import CKDError

_LARGEST_HEADER = 4 << 20
"""Bytes; 40 000 tensors. The library takes up to 100 MB, and many times that in memory."""
_DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}


@dataclass(frozen=True, slots=True)
class SafetensorsFile:
    """What a safetensors file holds; tensors are read when they are wanted."""

    path: Path
    size: int
    """Bytes of the file."""
    metadata: dict[str, str]
    tensors: dict[str, StoredTensor]

    @classmethod
    def open(cls, path: Path) -> SafetensorsFile:
        """Read the header; CKDError for what is damaged or takes too much."""
        try:
            size = path.stat().st_size
            header = _header(path, size)
            metadata = _texts(header.pop("__metadata__", {}))
            tensors = {name: _described(name, entry) for name, entry in header.items()}
            # The library checks that the tensors fill the file, one behind the other.
            with safe_open(path, framework="pt") as file:
                _check_same(file.keys(), tensors)
        except (SafetensorError, OSError, ValueError, RecursionError) as error:
            raise _not_whole(path, error) from error
        return cls(path, size, metadata, tensors)

    def read(self, state: Mapping[str, StoredTensor]) -> dict[str, Tensor]:
        """Read tensors."""
        try:
            with safe_open(self.path, framework="pt") as file:
                return {name: file.get_tensor(stored.key) for name, stored in state.items()}
        except (SafetensorError, OSError, ValueError) as error:
            raise _not_whole(self.path, error) from error


def _header(path: Path, size: int) -> dict[str, Any]:
    with path.open("rb") as file:
        start = file.read(8)
        if len(start) != 8:
            raise ValueError("it has no header")
        (length,) = struct.unpack("<Q", start)
        if length > size - 8:
            raise ValueError("it is cut short")
        if length > _LARGEST_HEADER:
            raise ValueError(f"its header has more than {_LARGEST_HEADER >> 20} MiB")
        text = file.read(length).decode("utf-8")
    if not text.startswith("{"):
        raise ValueError("its header is no list of tensors")
    header: dict[str, Any] = json.loads(
        text, object_pairs_hook=_once, parse_float=_no_number, parse_constant=_no_number
    )
    return header


def _texts(values: object) -> dict[str, str]:
    if isinstance(values, dict):
        texts = {name: value for name, value in values.items() if isinstance(value, str)}
        if len(texts) == len(values):
            return texts
    raise ValueError("its metadata is not text")


def _check_same(names: Iterable[str], tensors: Mapping[str, StoredTensor]) -> None:
    if set(names) != set(tensors):
        raise ValueError("its header can be read in two ways")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    # Which of two counts depends on who reads; nobody writes such a file by accident.
    if len(values) != len(pairs):
        counts = Counter(name for name, _ in pairs)
        raise ValueError(f"its header names {quoted(counts.most_common(1)[0][0])} twice")
    return values


def _no_number(text: str) -> Any:  # noqa: ANN401 - never returns
    raise ValueError(f"its header holds {quoted(text)}, where only whole numbers stand")


def _described(name: str, entry: object) -> StoredTensor:
    if not isinstance(entry, dict) or not possible_shape(entry.get("shape")):
        raise ValueError(f"{quoted(name)} has no proper shape")
    dtype = _DTYPES.get(str(entry.get("dtype")))
    if dtype is None:
        raise ValueError(
            f"{quoted(name)} holds {quoted(entry.get('dtype'))}, which no tracker uses"
        )
    return StoredTensor(name, dtype, tuple(entry["shape"]))


def _not_whole(path: Path, error: Exception) -> CKDError:
    # json's own sentence on numbers of thousands of digits is about Python's settings.
    why = "a number in its header has too many digits" if "digit" in str(error) else str(error)
    if isinstance(error, RecursionError):
        why = "its header is nested too deep"
    why = printable(why.splitlines()[0]) if why else type(error).__name__
    return CKDError(f"{path} is not a whole safetensors file ({why}); get a fresh copy.")
